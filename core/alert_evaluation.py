"""What an alert rule finds in the buckets of its metric: its state, and each change of it. Pure.

Which buckets there are is decided here too. A duration in days counts days of the zone, from their first
instants, in groups that begin on Mondays: `7d` is an ISO week, and a day may have 23 or 25 hours. A duration
in minutes or hours is a stretch of that exact length, counted from 1970-01-01T00:00Z, so `1h` is a UTC hour
and `24h` a UTC day. Fetching the values is for whoever has a reader, keeping states is `core.store.control`'s.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from operator import eq, ge, gt, le, lt
from typing import Any
from zoneinfo import ZoneInfo

from core.alerts import AlertRule, Operator, parse_duration
from core.measures import Number
from core.periods import day_start, wall_clock

# 31 days of minutes. Whoever was not evaluated for longer goes on with the newest of them.
MAX_BUCKETS = 44_640

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONDAY = date(1970, 1, 5)
_DAY = timedelta(days=1)
_MEETS: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.GT: gt,
    Operator.LT: lt,
    Operator.GTE: ge,
    Operator.LTE: le,
    Operator.EQ: eq,
}


class State(StrEnum):
    OK = "ok"
    FIRING = "firing"
    NO_DATA = "no_data"


@dataclass(frozen=True)
class AlertState:
    """What a rule last found. `changed_at` and `seen_until` are ends of buckets."""

    state: State
    value: float | None
    changed_at: datetime
    seen_until: datetime


@dataclass(frozen=True)
class Transition:
    """A change of state. `previous_state` is None where the first evaluation of a rule fires."""

    state: State
    previous_state: State | None
    value: float | None
    at: datetime


@dataclass(frozen=True)
class Evaluation:
    """What some buckets made of a rule."""

    state: AlertState
    transitions: tuple[Transition, ...]


def due_edges(
    duration: str, tz: ZoneInfo, before: AlertState | None, *, watched_since: datetime, until: datetime
) -> tuple[datetime, ...]:
    """The n + 1 edges of the n complete buckets to look at, none where nothing is complete yet.

    They go on where `before` ended. A rule without state begins with the buckets since it is watched, at
    least with the newest one, so that it has a state although its numbers end before the rule was made.
    """
    if before is not None:
        return _edges(duration, tz, before.seen_until, until)
    newest = _edges(duration, tz, until - 2 * parse_duration(duration) - 2 * _DAY, until)[-2:]
    return _edges(duration, tz, watched_since, until) if newest and watched_since < newest[0] else newest


def evaluate(
    rule: AlertRule, before: AlertState | None, edges: Sequence[datetime], values: Sequence[Number | None]
) -> Evaluation:
    """The state after the last bucket, and every change on the way; there must be at least one bucket.

    A rule that is evaluated for the first time and does not fire has not changed.
    """
    transitions: list[Transition] = []
    now = before
    for (_, end), value in zip(pairwise(edges), values, strict=True):
        found, number = state_of(rule, value), None if value is None else float(value)
        if now is None or found is not now.state:
            if now is not None or found is State.FIRING:
                transitions.append(Transition(found, now.state if now else None, number, end))
            now = AlertState(found, number, end, end)
        else:
            now = AlertState(found, number, now.changed_at, end)
    assert now is not None, "there is no bucket to evaluate"
    return Evaluation(now, tuple(transitions))


def state_of(rule: AlertRule, value: Number | None) -> State:
    """What one bucket's value means. Money is compared with the threshold digit by digit, as it is written."""
    if value is None:
        return State.NO_DATA
    threshold = Decimal(repr(rule.threshold)) if isinstance(value, Decimal) else rule.threshold
    return State.FIRING if _MEETS[rule.operator](value, threshold) else State.OK


def _edges(duration: str, tz: ZoneInfo, since: datetime, until: datetime) -> tuple[datetime, ...]:
    """Edges of the complete buckets that begin at `since` or later, at most the newest `MAX_BUCKETS`."""
    step = parse_duration(duration)
    since = until - min(until - since, MAX_BUCKETS * step)
    found = _local_days(step, tz, since, until) if duration.endswith("d") else _stretches(step, since, until)
    return found if len(found) > 1 else ()


def _stretches(step: timedelta, since: datetime, until: datetime) -> tuple[datetime, ...]:
    first, last = -((_EPOCH - since) // step), (until - _EPOCH) // step
    return tuple(_EPOCH + number * step for number in range(first, last + 1))


def _local_days(step: timedelta, tz: ZoneInfo, since: datetime, until: datetime) -> tuple[datetime, ...]:
    day = wall_clock(since, tz).date() - _DAY
    day += (_MONDAY - day) % step
    edges: list[datetime] = []
    while (start := day_start(day, tz)) <= until:
        # A day that a zone skipped as a whole begins with the next one.
        if start >= since and start not in edges[-1:]:
            edges.append(start)
        day += step
    return tuple(edges)
