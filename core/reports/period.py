"""What a report covers: the last complete day, ISO week or calendar month before it is due."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from core.periods import Granularity, Period, bucket_edges, day_start
from core.reports.definition import Frequency

_UNITS = {
    Frequency.DAILY: Granularity.DAY,
    Frequency.WEEKLY: Granularity.WEEK,
    Frequency.MONTHLY: Granularity.MONTH,
}
_INSTANT = timedelta(seconds=1)


def covered_period(frequency: Frequency, at: datetime, days: ZoneInfo) -> Period:
    """The last day, week or month of that zone that is over at the instant `at`."""
    end = _unit_start(at, frequency, days)
    return Period(_unit_start(end - _INSTANT, frequency, days), end, days)


def _unit_start(instant: datetime, frequency: Frequency, days: ZoneInfo) -> datetime:
    return bucket_edges(Period(instant, instant + _INSTANT, days), _UNITS[frequency])[0]


def period_of(frequency: Frequency, day: date, days: ZoneInfo) -> Period:
    """The day, ISO week or month of that zone in which a date lies."""
    start = _unit_start(day_start(day, days), frequency, days)
    end = bucket_edges(Period(start, start + _INSTANT, days), _UNITS[frequency])[1]
    return Period(start, end, days)
