"""The period of a report and the one it is compared with, as a cover, a sentence and a chart name them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from babel.dates import format_skeleton

from core.periods import Period, wall_clock
from core.portal_data.answer import CardChange
from site_build.words import Words

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True)
class PeriodName:
    """`name` alone, `noun` inside a sentence, `within` as in "in October 2026", `short` where there is little room."""

    name: str
    noun: str
    within: str
    short: str


def period_name(period: Period, words: Words) -> PeriodName:
    """A calendar day, ISO week or month by its name; anything else by its first and last day."""
    first, end = (wall_clock(edge, period.zone) for edge in (period.start, period.end))
    span = words.span(period)
    if not (_is_midnight(first) and _is_midnight(end)):
        return _span_name(span)
    if end - first == _DAY:
        day = _text("yMMMMEEEEd", first, words)
        return PeriodName(day, day, f"on {day}", _text("MMMd", first, words))
    if end - first == _WEEK and first.weekday() == 0:
        noun = f"the week of {span}"
        return PeriodName(f"Week of {span}", noun, f"in {noun}", _short_span(first, end, words))
    if first.day == 1 and end.day == 1 and 28 <= (end - first).days <= 31:
        month = _text("yMMMM", first, words)
        return PeriodName(month, month, f"in {month}", _text("yMMM", first, words))
    return _span_name(span)


def _span_name(span: str) -> PeriodName:
    return PeriodName(span, f"the period {span}", f"in the period {span}", span)


def before_name(change: CardChange, words: Words) -> PeriodName:
    """What a change is against."""
    if change.label == "vs last year to date":
        return PeriodName("Last year to date", "last year to date", "in last year to date", "Last year")
    return period_name(change.period, words)


def shared_before(changes: Iterable[CardChange | None], words: Words) -> PeriodName:
    """What all of them are against, where it is one and the same."""
    names = {before_name(change, words) for change in changes if change is not None}
    if len(names) == 1:
        return names.pop()
    return PeriodName("The period before", "the period before", "in the period before", "Before")


def _is_midnight(wall: datetime) -> bool:
    return (wall.hour, wall.minute, wall.second, wall.microsecond) == (0, 0, 0, 0)


def _short_span(first: datetime, end: datetime, words: Words) -> str:
    last = end - timedelta(days=1)
    return f"{_text('MMMd', first, words)} – {_text('MMMd', last, words)}"


def _text(skeleton: str, wall: datetime, words: Words) -> str:
    return str(format_skeleton(skeleton, wall, locale=words.locale))
