"""A half-open period in a zone, and the ways to ask for one: by name, by its ends, by a point in time.

"Now" is always an argument; a default one never lies after the newest event that was loaded.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from core.errors import InvalidParameter, InvalidTimeRange, MissingParameter
from core.periods.instants import format_instant, parse_instant
from core.periods.zones import day_start, first_instant, wall_clock

MAX_YEARS = 10
_DAYS = re.compile(r"([1-9][0-9]{0,3})d")


@dataclass(frozen=True)
class Period:
    """[start, end) in UTC, asked for in `zone`. `name` is `24h`, `30d`, `ytd`, … if asked for so."""

    start: datetime
    end: datetime
    zone: ZoneInfo
    name: str | None = None

    # Looked up for every number. The last 24 hours are the same ones in every zone; names tell hardly any apart.
    def __hash__(self) -> int:
        return hash((self.start, self.end, self.zone))

    @property
    def seconds(self) -> float:
        return (self.end - self.start).total_seconds()

    # Every number of a page asks the same few periods.
    @cached_property
    def wall_length(self) -> timedelta:
        """Length on the wall clock: a day is 24 hours here even where the clocks change."""
        return wall_clock(self.end, self.zone) - wall_clock(self.start, self.zone)

    @property
    def named_days(self) -> int | None:
        """The N of `Nd`, None for any other period."""
        return int(self.name[:-1]) if self.name and _DAYS.fullmatch(self.name) else None

    def is_complete(self, data_as_of: datetime) -> bool:
        """Whether everything that happened in it has been loaded."""
        return data_as_of >= self.end


def default_now(now: datetime, data_as_of: datetime) -> datetime:
    """The end of a period that names none."""
    return min(now, data_as_of)


def years_away(wall: datetime, years: int) -> datetime:
    """The same date and time in another year; 29 February becomes the 28th where there is none."""
    try:
        return wall.replace(year=wall.year + years)
    except ValueError:
        return wall.replace(year=wall.year + years, day=28)


def period_between(start: datetime, end: datetime, tz: ZoneInfo, *, name: str | None = None) -> Period:
    """The period from start to end; InvalidTimeRange when it is empty, backwards or longer than ten years."""
    if start >= end:
        raise InvalidTimeRange(
            f"start ({format_instant(start)}) must be before end ({format_instant(end)})", param="start"
        )
    # Cheap first: the years beside 1 and 9999 cannot be shifted.
    if end.year - start.year > MAX_YEARS or _is_too_long(start, end, tz):
        raise InvalidTimeRange(f"a period may be at most {MAX_YEARS} years long", param="start")
    return Period(start, end, tz, name)


def _is_too_long(start: datetime, end: datetime, tz: ZoneInfo) -> bool:
    return wall_clock(end, tz) > years_away(wall_clock(start, tz), MAX_YEARS)


def named_period(name: str, end: datetime, tz: ZoneInfo) -> Period:
    """`24h`, `Nd` or `ytd`, ending at `end`. `ytd` on the first instant of a year is empty."""
    if name == "24h":
        return Period(end - timedelta(hours=24), end, tz, name)
    today = wall_clock(end, tz).date()
    if name == "ytd":
        return Period(day_start(today.replace(month=1, day=1), tz), end, tz, name)
    days = _DAYS.fullmatch(name)
    if days is None:
        raise InvalidParameter("expected a period such as 24h, 7d, 30d, 90d or ytd", param="period")
    return period_between(day_start(today - timedelta(days=int(days[1])), tz), end, tz, name=name)


def point_in_time(at: datetime, tz: ZoneInfo) -> Period:
    """From the start of the local calendar month of `at` until it; on its first instant, the month before."""
    start = _month_start(wall_clock(at, tz), tz)
    if start >= at:
        start = _month_start(wall_clock(at, tz) - timedelta(days=1), tz)
    return Period(start, at, tz)


def _month_start(wall: datetime, tz: ZoneInfo) -> datetime:
    return first_instant(wall.replace(day=1, hour=0, minute=0, second=0, microsecond=0), tz)


def requested_period(
    *,
    start: str | None,
    end: str | None,
    period: str | None,
    tz: ZoneInfo,
    now: datetime,
    data_as_of: datetime,
) -> Period:
    """The period a request asks for: `start` wins over `period`; a missing end is the default now.

    An end in the future is cut to now. MissingParameter when there is neither start nor period.
    """
    until = _requested_end(end, tz, now, data_as_of, param="end")
    if start is not None:
        return period_between(parse_instant(start, tz, param="start"), until, tz)
    if period is None:
        raise MissingParameter("name a start, or a period such as 30d", param="start")
    return named_period(period, until, tz)


def requested_point(at: str | None, tz: ZoneInfo, *, now: datetime, data_as_of: datetime) -> Period:
    """The period of a request about a point in time; left out, it is the default now."""
    return point_in_time(_requested_end(at, tz, now, data_as_of, param="at"), tz)


def _requested_end(
    text: str | None, tz: ZoneInfo, now: datetime, data_as_of: datetime, *, param: str
) -> datetime:
    if text is None:
        return default_now(now, data_as_of)
    return min(parse_instant(text, tz, param=param), now)
