"""PROOFLINE_HOME: can it be written, has it room, whose is it, and do its clock and ours agree?"""

import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from core.doctor.case import Case
from core.doctor.finding import Check, Finding, fail, ok, warn

_LEAST_FREE = 2 * 1024**3
_CLOCK_SECONDS = 30.0
# What holds secrets or everybody's numbers: for the one user that runs Proofline.
_PRIVATE = ("signing_keys.json", "control.sqlite")


def check_home(case: Case) -> Iterator[Finding]:
    home = case.settings.home
    if not home.exists():
        yield warn("home", f"{home} is not there yet.", "Run `proofline demo`, or set PROOFLINE_HOME.")
    elif not home.is_dir():
        yield fail("home", f"{home} is no folder.", "Let PROOFLINE_HOME name a folder.")
    elif problem := _write_problem(home):
        yield fail("home", f"{home} cannot be written ({problem}).", f"Give it to the user {_user()}.")
    else:
        yield ok("home", f"{home} can be written")
        yield from _room(home, case)
        yield from _clock(home)


def check_permissions(case: Case) -> Iterator[Finding]:
    open_to_others = [path for name in _PRIVATE if _is_open(path := case.settings.home / name)]
    if open_to_others:
        names = " ".join(str(path) for path in open_to_others)
        yield fail("permissions", f"Others can read or write {names}.", f"Run: chmod 600 {names}")
    elif any((case.settings.home / name).exists() for name in _PRIVATE):
        yield ok("permissions", "keys and control store are for one user only")


def _write_problem(home: Path) -> str | None:
    try:
        _probe(home)
    except OSError as problem:
        return problem.strerror
    return None


def _probe(home: Path) -> float:
    """Writes a file of no other use and tells when the file system says that it was."""
    file = home / f".doctor.{secrets.token_hex(4)}.tmp"
    try:
        file.write_bytes(b"")
        return file.stat().st_mtime
    finally:
        file.unlink(missing_ok=True)


def _room(home: Path, case: Case) -> Iterator[Finding]:
    """A build works in a copy of the warehouse and publishes another."""
    free = shutil.disk_usage(home).free
    warehouse = case.settings.warehouse_path
    needed = max(_LEAST_FREE, 3 * warehouse.stat().st_size if warehouse.exists() else 0)
    told = f"{free / 1024**3:.1f} GiB are free"
    if free >= needed:
        yield ok("disk", told)
    else:
        advice = "Free some, or lower PROOFLINE_KEEP_SNAPSHOTS."
        yield warn("disk", f"Only {told}; the next build may need {needed / 1024**3:.1f}.", advice)


def _clock(home: Path) -> Iterator[Finding]:
    now = datetime.now(UTC)
    ahead = _probe(home) - now.timestamp()
    newest = max((p.lstat().st_mtime for p in home.iterdir()), default=0.0) - now.timestamp()
    if abs(ahead) > _CLOCK_SECONDS:
        yield fail(
            "clock", f"The file system's clock is {ahead:+.0f} s off.", "Let both machines follow NTP."
        )
    elif newest > _CLOCK_SECONDS:
        told = f"Files of {home} are {newest:.0f} s in the future."
        yield warn("clock", told, "Was the clock put back? Let the machine follow NTP.")
    else:
        yield ok("clock", f"{now:%Y-%m-%d %H:%M} UTC, and the files agree")


def _is_open(path: Path) -> bool:
    return path.exists() and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def _user() -> str:
    return str(os.geteuid())


CHECKS: tuple[Check, ...] = (check_home, check_permissions)
