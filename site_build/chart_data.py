"""What a chart draws: the numbers of a card's series in a compact form, with the words that stand beside them.

Times are the customer's wall-clock times written as if they were UTC, so that an axis shows the customer's
days wherever the browser is. Numbers are cut to six significant digits, which no screen can tell from all.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from core.measures import HistogramBucket
from core.periods import Granularity, Period, bucket_edges, wall_clock
from core.portal_data.answer import CardData, as_drawn
from site_build.axes import time_ticks, value_ticks
from site_build.words import Words

Plain = dict[str, Any]
_SATURDAY = 5


def chart_data(card: CardData, words: Words) -> Plain:
    """Everything that the spec of this card's kind needs."""
    if card.histogram:
        shown = shown_histogram(card.histogram)
        most = max(b.count for b in shown) * 1.08 or 1.0
        return {
            "kind": "histogram",
            "domain": (0, _cut(most)),
            "ticks": [[_cut(value), text] for value, text in value_ticks(0, most, "count", words)],
            "lower": [*map(_cut, as_drawn(b.lower for b in shown))],
            "upper": [*map(_cut, as_drawn(b.upper for b in shown))],
            "label": [f"{b.label} {card.unit}" for b in shown],
            "value": [b.count for b in shown],
            "text": [words.number(b.count, 0) for b in shown],
            "unit": card.unit,
        }
    return _series(card, words)


def shown_histogram(found: Sequence[HistogramBucket]) -> Sequence[HistogramBucket]:
    """The buckets; one alone where all values up to the 99th of 100 are the same, as widths of nothing are none."""
    lower = found[0].lower
    if found[-1].lower != lower:
        return found
    label = found[-1].label.removesuffix("+")
    return (HistogramBucket(lower, None, sum(b.count for b in found), label),)


def _series(card: CardData, words: Words) -> Plain:
    assert card.series and card.granularity is not None
    _, values, previous = zip(*card.series, strict=True)
    before = as_drawn(previous)
    domain = _domain(card, card.drawn, before)
    write = words.writer(card.unit)
    found: Plain = {
        "kind": card.card.chart_type.value,
        "buckets": card.granularity.value,
        "value": [*map(_cut, card.drawn)],
        "text": [*map(write, values)],
        "domain": domain,
        "ticks": [[_cut(value), text] for value, text in value_ticks(*domain, card.unit, words)],
        "partial": card.is_partial,
    }
    # A line of noughts says no more than that there is nothing to compare with.
    if any(previous):
        found["previous"] = [*map(_cut, before)]
        found["before"] = [*map(write, previous)]
    if card.card.target is not None:
        found["target"] = [card.card.target.value, card.card.target.label]
    return found


def buckets(card: CardData, words: Words) -> Plain:
    """The starts and names of a card's buckets; cards of one range and granularity share them."""
    assert card.granularity is not None
    return _buckets(card.period, card.granularity, words)


# Most customers of a zone and a locale have the same; nobody changes what this gives.
@lru_cache(maxsize=512)
def _buckets(period: Period, granularity: Granularity, words: Words) -> Plain:
    edges = bucket_edges(period, granularity)
    walls = [wall_clock(edge, words.zone).replace(tzinfo=None) for edge in edges]
    return {
        "edges": [_ms(wall) for wall in walls],
        "ticks": [[_ms(at), text] for at, text in time_ticks(walls, granularity, words)],
        "label": [words.bucket(edge, granularity) for edge in edges[:-1]],
        "weekends": _weekends(edges[0], edges[-1], words) if granularity is Granularity.DAY else [],
    }


def _weekends(start: datetime, end: datetime, words: Words) -> list[list[int]]:
    first, last = wall_clock(start, words.zone), wall_clock(end, words.zone)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    saturdays = [day for day in days if day.weekday() == _SATURDAY]
    if first.weekday() == _SATURDAY + 1:
        saturdays.insert(0, first - timedelta(days=1))
    return [
        [_ms(max(day, first)), _ms(min(day + timedelta(days=2), last))] for day in saturdays if day < last
    ]


def _ms(wall: datetime) -> int:
    return round(wall.replace(tzinfo=UTC).timestamp() * 1000)


def _domain(card: CardData, *shown: Sequence[float | None]) -> tuple[float, float]:
    """From zero, so that heights can be compared; rates to 100, unless all are far below."""
    values = [value for line in shown for value in line if value is not None]
    if card.card.target is not None:
        values.append(card.card.target.value)
    low, high = min(0.0, *values, 0.0), max(0.0, *values, 0.0)
    if card.unit == "percent" and high > 40 and low >= 0:
        return 0, max(100.0, high)
    room = (high - low) * 0.08 or 1.0
    return (low and _cut(low - room)) or 0, _cut(high + room) or 1


def _cut(value: float | None) -> float | int | None:
    if value is None:
        return None
    if value.is_integer() and -1_000_000 < value < 1_000_000:
        return int(value)
    number = float(f"{value:.6g}")
    return int(number) if number.is_integer() and abs(number) < 1e15 else number
