"""All checks, in the order in which their answers help: what others stand on comes first."""

from collections.abc import Iterator

from core.doctor import exposed, home, machine, packages, published, store, work
from core.doctor.case import Case
from core.doctor.finding import Check, Finding, State

CHECKS: tuple[Check, ...] = (
    *exposed.SETTINGS_CHECKS,
    *packages.CHECKS,
    *machine.CHECKS,
    *home.CHECKS,
    *store.CHECKS,
    *published.CHECKS,
    *exposed.CHECKS,
    *work.CHECKS,
)


def examine(case: Case) -> list[Finding]:
    """Everything that was found, in the order of the checks. One that breaks is a finding itself."""
    return [finding for check in CHECKS for finding in _asked(check, case)]


def _asked(check: Check, case: Case) -> Iterator[Finding]:
    try:
        yield from check(case)
    except Exception as problem:
        # Only its kind: its words may repeat a password that stands in an address.
        subject = check.__name__.removeprefix("check_").replace("_", " ")
        told = f"cannot be looked at: {type(problem).__name__}"
        yield Finding(subject, State.FAIL, told, "Mend what was found above first, then ask again.")
