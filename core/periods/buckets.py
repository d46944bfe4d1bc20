"""The minutes, hours, days, ISO weeks and months of a period, as the zone's clocks and calendars count them.

A day may have 23 or 25 hours; an hour is cut where a zone's offset changes by less than one (Lord Howe).
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from core.errors import InvalidGranularity, InvalidTimeRange
from core.periods.period import Period
from core.periods.zones import day_start, is_midnight, offset_change, wall_clock

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Granularity(StrEnum):
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


_LONGEST = {Granularity.MINUTE: timedelta(days=7), Granularity.HOUR: timedelta(days=92)}


def auto_granularity(period: Period) -> Granularity:
    """Minutes up to 6 hours, hours to 14 days, days to 400, weeks to 1,000 of them, else months."""
    if timedelta(seconds=period.seconds) <= timedelta(hours=6):
        return Granularity.MINUTE
    steps = ((14, Granularity.HOUR), (400, Granularity.DAY), (7000, Granularity.WEEK))
    return next((g for days, g in steps if period.wall_length <= days * _DAY), Granularity.MONTH)


def chosen_granularity(name: str, period: Period) -> Granularity:
    """The granularity of that name (`auto` included), if the period is short enough for it."""
    if name == "auto":
        return auto_granularity(period)
    try:
        granularity = Granularity(name)
    except ValueError:
        known = ", ".join(("auto", *Granularity))
        raise InvalidGranularity(f"expected one of {known}", param="granularity") from None
    longest = _LONGEST.get(granularity)
    if longest and period.wall_length > longest:
        message = (
            f"{granularity} buckets go with at most {longest.days} days; ask for less or for coarser ones"
        )
        raise InvalidTimeRange(message, param="granularity")
    return granularity


@lru_cache(maxsize=512)
def bucket_edges(period: Period, granularity: Granularity) -> tuple[datetime, ...]:
    """The n + 1 edges of the n buckets that cover the period; the first may lie before its start.

    Edges are strictly increasing UTC instants. An empty period has none.
    """
    if period.start >= period.end:
        return ()
    first, after = _STEPS[granularity]
    edges = [first(period.start, period.zone)]
    while edges[-1] < period.end:
        edges.append(after(edges[-1], period.zone))
    return tuple(edges)


def _first_minute(instant: datetime, _tz: ZoneInfo) -> datetime:
    # Offsets have been whole minutes everywhere since 1972, so minutes need no zone.
    return instant.replace(second=0, microsecond=0)


def _next_minute(instant: datetime, _tz: ZoneInfo) -> datetime:
    return instant + _MINUTE


def _past_the_hour(instant: datetime, tz: ZoneInfo) -> timedelta:
    wall = wall_clock(instant, tz)
    return timedelta(minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond)


def _first_hour(instant: datetime, tz: ZoneInfo) -> datetime:
    start = instant - _past_the_hour(instant, tz)
    return start if not _past_the_hour(start, tz) else offset_change(start, instant, tz)


def _next_hour(instant: datetime, tz: ZoneInfo) -> datetime:
    end = instant + _HOUR - _past_the_hour(instant, tz)
    return end if not _past_the_hour(end, tz) else offset_change(instant, end, tz)


Next = Callable[[date], date]
Step = Callable[[datetime, ZoneInfo], datetime]


def _first_of(calendar: Next) -> Step:
    def first(instant: datetime, tz: ZoneInfo) -> datetime:
        # Where clocks go back over midnight a day has begun although the wall shows the day before.
        tomorrow = wall_clock(instant, tz).date() + _DAY
        start = day_start(calendar(tomorrow), tz)
        while start > instant:
            tomorrow -= _DAY
            start = day_start(calendar(tomorrow), tz)
        return start

    return first


def _after(calendar: Next, following: Next) -> Step:
    # People ask about the same days again and again, of some zones.
    @lru_cache(maxsize=4096)
    def after(instant: datetime, tz: ZoneInfo) -> datetime:
        today = wall_clock(instant, tz).date()
        day = following(calendar(today))
        # Nearly always it is so many times 24 hours later; asking is quicker than working it out.
        if is_midnight(guess := instant + (day - today), day, tz):
            return guess
        # A day that a zone skipped as a whole has no first instant of its own.
        while (start := day_start(day, tz)) <= instant:
            day = following(day)
        return start

    return after


def _same_day(day: date) -> date:
    return day


def _week_start(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _month_start(day: date) -> date:
    return day.replace(day=1)


def _days_on(count: int) -> Next:
    return lambda day: day + timedelta(days=count)


def _month_on(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def _calendar(start: Next, following: Next) -> tuple[Step, Step]:
    return _first_of(start), _after(start, following)


_STEPS: dict[Granularity, tuple[Step, Step]] = {
    Granularity.MINUTE: (_first_minute, _next_minute),
    Granularity.HOUR: (_first_hour, _next_hour),
    Granularity.DAY: _calendar(_same_day, _days_on(1)),
    Granularity.WEEK: _calendar(_week_start, _days_on(7)),
    Granularity.MONTH: _calendar(_month_start, _month_on),
}
