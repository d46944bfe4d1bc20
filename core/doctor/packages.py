"""The Python packages: is what is installed what the lock says?"""

import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from core.doctor.case import Case
from core.doctor.finding import Check, Finding, fail, ok, warn

DISTRIBUTION = "proofline-server"
_LOCK = Path(__file__).parents[2] / "requirements.txt"
_LOCKED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^]]*\])?==([^\s;\\]+)", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SHOWN = 5
# Every venv brings its own; nothing of ours runs with them.
_INSTALLERS = frozenset(("pip", "setuptools", "wheel"))


def check_packages(case: Case) -> Iterator[Finding]:
    lock = case.lock_file or _LOCK
    installed = {_plain(d.metadata["Name"]): d.version for d in metadata.distributions()}
    if missing := [name for name in _needed() if name not in installed]:
        yield fail("packages", f"{_some(missing)} missing.", "Run `make install`.")
    elif not lock.is_file():
        yield warn(
            "packages", "requirements.txt is not here, so nothing can be compared.", "Install from it."
        )
    else:
        yield _compared(lock, installed)


def _compared(lock: Path, installed: dict[str, str]) -> Finding:
    locked = {_plain(name): version for name, version in _LOCKED.findall(lock.read_text(encoding="utf-8"))}
    other = [
        f"{name} {installed[name]} instead of {version}"
        for name, version in locked.items()
        if name not in _INSTALLERS and installed.get(name, version) != version
    ]
    if other:
        return fail(
            "packages", f"Installed is {_some(other)}.", "Run `make install`, or install the lock anew."
        )
    return ok("packages", f"{len(locked.keys() & installed)} are installed as locked")


def _needed() -> Iterator[str]:
    """What the program itself names; what those need came with them. Tools of development may be left out."""
    for requirement in metadata.requires(DISTRIBUTION) or ():
        name = _NAME.match(requirement)
        if name and "extra ==" not in requirement:
            yield _plain(name.group())


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


CHECKS: tuple[Check, ...] = (check_packages,)
