"""When a request is made again, and how long after. Nothing here waits or sends.

A request is made again only where that cannot do anything twice: where the API says that it did nothing (429,
503), where no connection came about, and, for lost answers, where doing it twice is doing it once.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2

from ._call import Call
from .errors import ProoflineError

Outcome = httpx2.Response | httpx2.RequestError

_FIRST_SECONDS = 0.5
_MOST_SECONDS = 8.0
# The API counts in windows of a minute; who is told to wait for longer is told so.
_MOST_ASKED_SECONDS = 60.0
_NOTHING_WAS_DONE = frozenset((429, 503))
_UNKNOWN_WHAT_WAS_DONE = frozenset((500, 502, 504))


@dataclass(frozen=True)
class Retries:
    """`most` is how often a request is made again; `draw` is 0 to 1, at random."""

    most: int = 2
    draw: Callable[[], float] = random.random

    def __post_init__(self) -> None:
        if self.most < 0:
            raise ProoflineError("max_retries must be 0 or more")

    def seconds_before_next(self, call: Call[Any], made: int, outcome: Outcome) -> float | None:
        """How long to wait until the request is made again after `made` attempts; None when it is not."""
        if made > self.most or not _may_be_made_again(call, outcome):
            return None
        asked = _asked_seconds(outcome)
        if asked is None:
            # Clients that failed together shall not come back together.
            return min(_FIRST_SECONDS * 2.0 ** (made - 1), _MOST_SECONDS) * (0.5 + self.draw() / 2)
        return None if asked > _MOST_ASKED_SECONDS else asked + self.draw() / 2


def _may_be_made_again(call: Call[Any], outcome: Outcome) -> bool:
    if isinstance(outcome, httpx2.Response):
        status = outcome.status_code
        return status in _NOTHING_WAS_DONE or (status in _UNKNOWN_WHAT_WAS_DONE and _is_repeatable(call))
    if isinstance(outcome, (httpx2.UnsupportedProtocol, httpx2.LocalProtocolError)):
        return False
    return isinstance(outcome, (httpx2.ConnectError, httpx2.ConnectTimeout)) or _is_repeatable(call)


def _is_repeatable(call: Call[Any]) -> bool:
    """Whether twice is once: a POST has its key. A second DELETE finds nothing, a second If-Match another tag."""
    return call.method in ("GET", "POST") or (call.method == "PATCH" and call.if_match is None)


def _asked_seconds(outcome: Outcome) -> float | None:
    said = outcome.headers.get("retry-after") if isinstance(outcome, httpx2.Response) else None
    if said is None:
        return None
    if said.strip().isdecimal():
        return float(said)
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return None
    return max(0.0, (until.astimezone(UTC) - datetime.now(UTC)).total_seconds())
