"""Which Python `make install` takes, on a machine with several."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FIND = Path(__file__).parents[1] / ".ci" / "find-python"


@pytest.fixture
def pythons(tmp_path: Path) -> Path:
    """Programs that answer as a Python would that is too old, plain, or optimised."""
    for name, suits, is_optimised in (("old", 1, 0), ("plain", 0, 1), ("fine", 0, 0), ("other", 0, 0)):
        program = tmp_path / name
        program.write_text(
            f'#!/bin/sh\ncase "$2" in *sysconfig*) exit {is_optimised};; *) exit {suits};; esac\n'
        )
        program.chmod(0o755)
    return tmp_path


def _found(folder: Path, names: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{folder}:{os.environ['PATH']}", "PYTHON": names}
    return subprocess.run([str(FIND)], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("names", "taken"),
    [("fine other", "fine"), ("plain fine", "fine"), ("plain", "plain"), ("old plain missing", "plain")],
)
def test_the_first_that_is_optimised_is_taken_else_the_first(pythons: Path, names: str, taken: str) -> None:
    found = _found(pythons, names)
    assert found.returncode == 0, found.stderr
    assert found.stdout == f"{pythons / taken}\n"


@pytest.mark.parametrize("names", ["old", "missing"])
def test_none_is_taken_where_none_suits(pythons: Path, names: str) -> None:
    found = _found(pythons, names)
    assert (found.returncode, found.stdout) == (1, "")


def test_a_real_one_suits() -> None:
    """Ours does, whether or not it was optimised."""
    found = _found(Path(sys.executable).parent, sys.executable)
    assert (found.returncode, found.stdout) == (0, f"{sys.executable}\n"), found.stderr
