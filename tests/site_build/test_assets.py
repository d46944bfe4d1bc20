"""Promise: shared files are made once, by a process that gives its memory back."""

import os
import subprocess
import sys
from multiprocessing import get_context
from pathlib import Path

import pytest

from site_build.assets import Shared, _made_apart, shared_files

_TOLD = """
import sys
from pathlib import Path
from site_build.assets import shared_files
if __name__ == "__main__":
    shared_files(Path(sys.argv[1]))
    print(*(name for name in ("altair", "vl_convert", "fontTools") if name in sys.modules))
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder that another process had them made in, and which of the heavy packages that process has loaded."""
    folder = tmp_path_factory.mktemp("sites") / "assets"
    program = folder.parent / "told.py"
    program.write_text(_TOLD)
    done = subprocess.run([sys.executable, program, folder], capture_output=True, text=True, check=True)
    return folder, done.stdout.strip()


def test_whoever_needs_them_loads_nothing_that_makes_them(made: tuple[Path, str]) -> None:
    folder, loaded = made
    assert {path.suffix for path in folder.iterdir()} >= {".css", ".js"}
    assert loaded == ""


def _in_a_daemon(folder: Path) -> None:
    shared_files(folder)


def test_a_process_that_may_have_no_children_makes_the_same(made: tuple[Path, str], tmp_path: Path) -> None:
    folder, _ = made
    daemon = get_context("spawn").Process(target=_in_a_daemon, args=(tmp_path / "assets",), daemon=True)
    daemon.start()
    daemon.join()
    assert daemon.exitcode == 0
    assert names(tmp_path / "assets") == names(folder)
    assert isinstance(shared_files(folder), Shared)


def test_what_went_wrong_in_that_process_is_told(tmp_path: Path) -> None:
    taken = tmp_path / "assets"
    taken.write_text("a file where the folder is to be")
    with pytest.raises(FileExistsError):
        _made_apart(taken)


def test_a_process_that_dies_is_told(tmp_path: Path) -> None:
    # It cannot even read what it is to do.
    with pytest.raises(ChildProcessError, match="ended early"):
        _made_apart(_Deadly(tmp_path))


class _Deadly(type(Path())):  # type: ignore[misc]
    """A folder that ends whoever is told of it."""

    def __reduce__(self) -> tuple[object, tuple[int]]:
        return os._exit, (1,)


def names(folder: Path) -> list[str]:
    """Which say what is in them."""
    return sorted(path.name for path in folder.iterdir())
