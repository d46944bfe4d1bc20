"""One thing that was looked at, how it is, and what to do."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.doctor.case import Case


class State(StrEnum):
    """`warn` is what works, but not for long, not for everybody or not in production; `fail` is what does not."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """`told` is one sentence; `advice` says what to do, and is there unless the state is ok."""

    subject: str
    state: State
    told: str
    advice: str | None = None


Check = Callable[["Case"], Iterator[Finding]]


def ok(subject: str, told: str) -> Finding:
    return Finding(subject, State.OK, told)


def warn(subject: str, told: str, advice: str) -> Finding:
    return Finding(subject, State.WARN, told, advice)


def fail(subject: str, told: str, advice: str) -> Finding:
    return Finding(subject, State.FAIL, told, advice)
