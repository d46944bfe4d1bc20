"""Processes as the system tells of them: who is below whom, what each has open, and waiting for what comes."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Found = TypeVar("Found")
# Only what never comes is given up on: a busy machine may take minutes for what takes a second.
_GIVEN_UP_SECONDS = 1200.0


def eventually(ask: Callable[[], Found | None]) -> Found:
    """What comes of asking, as soon as something does."""
    until = time.monotonic() + _GIVEN_UP_SECONDS
    while not (found := ask()):
        if time.monotonic() > until:
            raise AssertionError(f"in {_GIVEN_UP_SECONDS:.0f} s it never came to be")
        time.sleep(0.01)
    return found


def children(pid: int) -> list[int]:
    """Every process below this one."""
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found, waiting = [], [pid]
    while waiting:
        below = parents.get(waiting.pop(), [])
        found, waiting = [*found, *below], [*waiting, *below]
    return found


def command_line(pid: int) -> list[str]:
    """The words it was started with; none where it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return []


def open_files(pid: int) -> list[str]:
    """What it has open, by name; nothing where it is gone."""
    try:
        return [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]
    except OSError:
        return []


def is_alive(pid: int) -> bool:
    """Whether it still does anything; one that nobody has buried yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
