"""A program ends at once, and yet with all that belongs to an end; each case is a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def _run(body: str) -> subprocess.CompletedProcess[str]:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    imports = "import atexit, os, sys, tempfile, threading, time\nfrom core.program import run"
    code = f"{imports}\ndef main():\n{lines}\nrun(main)"
    # Where nothing is kept back, nothing could be left behind.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=60, env=environment
    )


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ("pass", 0, ""),
        ("sys.exit()", 0, ""),
        ("sys.exit(0)", 0, ""),
        ("sys.exit(3)", 3, ""),
        ("sys.exit('It did not work.')", 1, "It did not work.\n"),
    ],
)
def test_ends_with_the_code_that_was_asked_for(body: str, code: int, said: str) -> None:
    ended = _run(body)
    assert (ended.returncode, ended.stderr) == (code, said)


def test_a_fault_is_told_and_ends_with_one() -> None:
    ended = _run("raise ValueError('a fault')")
    assert ended.returncode == 1
    assert "ValueError: a fault" in ended.stderr


def test_everything_written_arrives() -> None:
    ended = _run("print('x' * 100_000); print('end', end='')")
    assert ended.stdout == "x" * 100_000 + "\nend"


def test_what_was_registered_for_the_end_is_done_after_all_threads() -> None:
    ended = _run(
        "def late():\n"
        "    time.sleep(0.3)\n"
        "    print('thread')\n"
        "atexit.register(print, 'end')\n"
        "threading.Thread(target=late).start()\n"
        "print('main')"
    )
    assert ended.stdout.split() == ["main", "thread", "end"]


def test_temporary_folders_are_removed(tmp_path: Path) -> None:
    ended = _run(f"sys.kept = tempfile.TemporaryDirectory(dir={str(tmp_path)!r})")
    assert ended.returncode == 0, ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_taken_apart() -> None:
    """The order in which an interpreter takes things apart is nobody's to rely on; here none is begun."""
    left = "class Left:\n    def __del__(self, write=os.write):\n        write(1, b'taken apart')\n"
    ended = _run(f"global left\n{left}left = Left()\nprint('main')")
    assert ended.stdout == "main\n"
