"""What a period is compared with: the one before, the same dates a year before, or last year to date.

How two values are compared (percent, points, noise) is `core.measures.change`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from core.periods.period import Period, named_period, years_away
from core.periods.zones import day_start, first_instant, wall_clock


class Comparison(StrEnum):
    PREVIOUS = "previous"
    YEAR_ON_YEAR = "yoy"
    YEAR_TO_DATE = "ytd"


@dataclass(frozen=True)
class Compared:
    """Two periods to compare, and how to say it: "vs previous 30d"."""

    current: Period
    previous: Period
    label: str


# All cards of a page, and most customers of a zone, compare the same few periods.
@lru_cache(maxsize=512)
def compared_periods(period: Period, comparison: Comparison) -> Compared:
    """What to compare for that period.

    `ytd` compares the year up to the period's end with last year's, whatever the period; so does
    `previous` for a period that was itself asked for as `ytd`.
    """
    if comparison is Comparison.YEAR_ON_YEAR:
        return Compared(period, _year_before(period), "vs last year")
    if comparison is Comparison.YEAR_TO_DATE or period.name == "ytd":
        current = named_period("ytd", period.end, period.zone)
        return Compared(current, _year_before(current), "vs last year to date")
    label = f"vs previous {period.name}" if period.name else "vs previous period"
    return Compared(period, _just_before(period), label)


def _year_before(period: Period) -> Period:
    start, end = (
        first_instant(years_away(wall_clock(edge, period.zone), -1), period.zone)
        for edge in (period.start, period.end)
    )
    return replace(period, start=start, end=end, name=None)


def _just_before(period: Period) -> Period:
    if period.named_days is not None:
        return _days_before(period, period.named_days)
    calendar = None if period.name else _calendar_unit_before(period)
    if calendar is not None:
        return calendar
    length = period.end - period.start
    return replace(period, start=period.start - length, end=period.start, name=None)


def _days_before(period: Period, days: int) -> Period:
    start, end = (
        first_instant(wall_clock(edge, period.zone) - timedelta(days=days), period.zone)
        for edge in (period.start, period.end)
    )
    return replace(period, start=start, end=end, name=None)


def _calendar_unit_before(period: Period) -> Period | None:
    """The day, ISO week, month, quarter or year before, if the period is exactly one of them."""
    tz = period.zone
    day = wall_clock(period.start, tz).date()
    for is_first, following in _UNITS:
        if is_first(day) and (period.start, period.end) == (
            day_start(day, tz),
            day_start(following(day, 1), tz),
        ):
            return replace(period, start=day_start(following(day, -1), tz), end=period.start)
    return None


def _add_months(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    return day.replace(year=index // 12, month=index % 12 + 1)


Unit = tuple[Callable[[date], bool], Callable[[date, int], date]]
_UNITS: tuple[Unit, ...] = (
    (lambda _day: True, lambda day, n: day + timedelta(days=n)),
    (lambda day: day.weekday() == 0, lambda day, n: day + timedelta(days=7 * n)),
    (lambda day: day.day == 1, lambda day, n: _add_months(day, n)),
    (lambda day: day.day == 1 and day.month % 3 == 1, lambda day, n: _add_months(day, 3 * n)),
    (lambda day: day.day == 1 and day.month == 1, lambda day, n: _add_months(day, 12 * n)),
)
