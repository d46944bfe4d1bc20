"""When a report is due: the instants that a schedule means, for ever.

With a zone of its own, a schedule is a time on that zone's clocks and a date there. Without one its time is UTC
and its days of the week and month are the customer's: it is due when UTC first shows the time after such a day
has begun. What clocks skip is due at the first instant after, what they show twice the first time.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from core.periods import day_start, first_instant, wall_clock, zone
from core.reports.definition import Frequency, Schedule

_DAY = timedelta(days=1)
_UTC = ZoneInfo("UTC")


@dataclass(frozen=True)
class Due:
    """The instant, in UTC, and the date that the schedule's own clock is meant to show then."""

    at: datetime
    on: date


def clock_zone(schedule: Schedule) -> ZoneInfo:
    """Whose clocks the time is read from."""
    return zone(schedule.timezone) if schedule.timezone else _UTC


def day_zone(schedule: Schedule, customers: ZoneInfo) -> ZoneInfo:
    """Whose days, weeks and months it means."""
    return zone(schedule.timezone) if schedule.timezone else customers


def dues(schedule: Schedule, after: datetime, customers: ZoneInfo) -> Iterator[Due]:
    """Every time that it is due after an instant, in order, without end."""
    last = after
    for day in _dates(schedule, wall_clock(after, day_zone(schedule, customers)).date() - 2 * _DAY):
        due = _due(schedule, day, customers)
        if due.at > last:
            yield due
            last = due.at


def next_due(
    schedule: Schedule, after: datetime, customers: ZoneInfo, *, taken: Collection[date] = ()
) -> Due:
    """The first time after an instant, on a date that is not taken: a day has one report, whatever was changed."""
    return next(due for due in dues(schedule, after, customers) if due.on not in taken)


def dues_between(schedule: Schedule, after: datetime, until: datetime, customers: ZoneInfo) -> list[Due]:
    """Every time in (after, until], in order."""
    return list(takewhile(lambda due: due.at <= until, dues(schedule, after, customers)))


def _due(schedule: Schedule, day: date, customers: ZoneInfo) -> Due:
    at = time.fromisoformat(schedule.time)
    if schedule.timezone or schedule.frequency is Frequency.DAILY:
        return Due(first_instant(datetime.combine(day, at), clock_zone(schedule)), day)
    begun = day_start(day, customers)
    due = datetime.combine(begun.date(), at, UTC)
    due = due if due >= begun else due + _DAY
    return Due(due, due.date())


def _dates(schedule: Schedule, start: date) -> Iterator[date]:
    """The dates that a schedule names, from its first on or after `start`."""
    if schedule.frequency is Frequency.MONTHLY:
        assert schedule.day_of_month is not None
        return _monthly(schedule.day_of_month, start)
    if schedule.frequency is Frequency.DAILY:
        return _every(1, start)
    assert schedule.day_of_week is not None
    # Python's weeks begin on Monday, which is 1 here.
    return _every(7, start + timedelta(days=(schedule.day_of_week - start.isoweekday()) % 7))


def _every(days: int, first: date) -> Iterator[date]:
    day = first
    while True:
        yield day
        day += timedelta(days=days)


def _monthly(day_of_month: int, start: date) -> Iterator[date]:
    """That day of every month, or its last day where it is shorter."""
    first = start.replace(day=1)
    while True:
        following = (first + timedelta(days=31)).replace(day=1)
        day = min(first + timedelta(days=day_of_month - 1), following - _DAY)
        if day >= start:
            yield day
        first = following
