"""Where the axes of a chart have marks, and what stands there: dates and numbers as the customer's locale writes them.

The chart library has names of months, but not the order in which a language puts a date; so the words are made here.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from math import ceil, floor, log10

from babel.dates import format_skeleton, format_time

from core.periods import Granularity
from site_build.words import COMPACT_FROM, Words

_MOST_VALUES = 5
_HOURS, _DAYS, _WEEKS, _MONTHS = (
    timedelta(days=2),
    timedelta(days=10),
    timedelta(days=46),
    timedelta(days=800),
)

Ticks = list[tuple[datetime, str]]


def time_ticks(edges: Sequence[datetime], granularity: Granularity, words: Words) -> Ticks:
    """Marks on an axis from the first edge to the last, both wall-clock times: hours of a day or two, days of a week,
    weeks of a month, and beyond that months where they begin."""
    first, last = edges[0], edges[-1]
    length = last - first
    if granularity in (Granularity.MINUTE, Granularity.HOUR) and length <= _HOURS:
        return [(at, _hour(at, words)) for at in _hours(first, last)]
    if length <= _DAYS:
        return [(at, _text("MMMd", at, words)) for at in _days(first, last)]
    if length <= _WEEKS:
        return [(at, _text("MMMd", at, words)) for at in _days(first, last) if at.weekday() == 0]
    step = 1 if length <= _MONTHS else 12
    return [
        (at, _month(at, words)) for at in _days(first, last) if at.day == 1 and (at.month - 1) % step == 0
    ]


def _hours(first: datetime, last: datetime) -> Iterator[datetime]:
    at = first.replace(minute=0, second=0, microsecond=0)
    while at < last:
        if at >= first and at.hour % 6 == 0:
            yield at
        at += timedelta(hours=1)


def _days(first: datetime, last: datetime) -> Iterator[datetime]:
    at = first.replace(hour=0, minute=0, second=0, microsecond=0)
    while at < last:
        if at >= first:
            yield at
        at += timedelta(days=1)


def _hour(at: datetime, words: Words) -> str:
    return format_time(at, "short", locale=words.locale) if at.hour else _text("MMMd", at, words)


def _month(at: datetime, words: Words) -> str:
    """Its name; January also says of which year."""
    return _text("yMMM" if at.month == 1 else "MMM", at, words)


def _text(skeleton: str, at: datetime, words: Words) -> str:
    return str(format_skeleton(skeleton, at, locale=words.locale))


def value_ticks(low: float, high: float, unit: str, words: Words) -> list[tuple[float, str]]:
    """Round numbers from low to high, all with the same digits and in the same unit."""
    least = (high - low) / _MOST_VALUES
    step = _step(max(least, 1.0) if unit == "count" else least)
    write = _writer(max(-low, high), step, unit, words)
    numbers = range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)
    found = [float(f"{number * step:.6g}") for number in numbers]
    return [(value, write(value)) for value in found]


def _step(least: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is not below."""
    power = 10.0 ** floor(log10(least))
    return float(next(times * power for times in (1, 2, 5, 10) if times * power >= least * (1 - 1e-9)))


def _writer(most: float, step: float, unit: str, words: Words) -> Callable[[float], str]:
    if unit == "ms" and most >= COMPACT_FROM:
        return lambda value: f"{words.number(value / 1000, _places(step / 1000))}\u202fs"
    if most >= COMPACT_FROM and unit != "percent":
        return lambda value: words.amount(value, unit).text if value else words.number(0, 0)
    return lambda value: words.rounded(value, unit, _places(step))


def _places(step: float) -> int:
    """How many digits after the point tell neighbours apart."""
    return max(0, -floor(log10(step) + 1e-9))
