"""A portal's numbers as CSV: RFC 4180, a total and every bucket or part of each card, exact to the last digit.

A spreadsheet runs a cell that begins like a formula; such a text gets a quote before it. Numbers stay numbers.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

from core.measures import Number
from core.periods import Granularity, Period, bucket_edges, format_instant
from core.portal_data.answer import CardData, PortalData

HEAD = (
    "metric_id", "name", "unit", "kind", "label", "start", "end", "value", "previous_value",
    "change_percent", "numerator", "denominator", "coverage",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "|", "%")
_HIDING = " \t\r\n\v\f\0\"'\ufeff\u00a0\u200b\u3000"
_WIDE = {"＝": "=", "＋": "+", "－": "-", "＠": "@"}
_NOTHING = ("",) * 5
_END = "\r\n"


def export_csv(data: PortalData) -> str:
    """All cards of a portal over the range it opens with."""
    return _END.join((_line(HEAD), *(line for card in data.cards for line in _lines(card)), ""))


def guarded(text: str) -> str:
    """The text; behind a quote where a spreadsheet could take it for a formula."""
    seen = text.lstrip(_HIDING)
    first = _WIDE.get(seen[:1], seen[:1])
    is_formula = first in _FORMULA or text[:1] in _FORMULA
    return f"'{text}" if (text and is_formula and first != "") or text[:1] in _FORMULA else text


def _cell(value: Number | None) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return repr(value)


def _line(cells: Iterable[str]) -> str:
    """Without its end."""
    out = io.StringIO()
    csv.writer(out, lineterminator=_END).writerow(cells)
    return out.getvalue().removesuffix(_END)


def _lines(card: CardData) -> Iterator[str]:
    names = tuple(map(guarded, (card.card.metric_id, card.card.display_name, card.unit)))
    times = (format_instant(card.period.start), format_instant(card.period.end))
    yield _line((*names, "total", "", *times, *map(_cell, _total(card))))
    for part in card.breakdown:
        yield _line((*names, "part", guarded(part.label), *times, _cell(part.value), *_NOTHING))
    # Nothing in a number or an instant needs quotes, and there are many.
    names_and_kind = _line((*names, "bucket", ""))
    for point, (first, last) in zip(card.series or (), _buckets(card), strict=False):
        values = f"{_cell(point.value)},{_cell(point.previous)},{_cell(point.change)}"
        yield f"{names_and_kind},{first},{last},{values},,,"


def _total(card: CardData) -> tuple[Number | None, ...]:
    change, figures = card.change, card.figures
    return (
        card.value,
        change.previous if change else None,
        change.percent if change else None,
        figures.numerator if figures else None,
        figures.denominator if figures else None,
        card.coverage,
    )


def _buckets(card: CardData) -> Iterable[tuple[str, str]]:
    return () if card.granularity is None else _times(card.period, card.granularity)


# Cards of one range have the same buckets, and so have most customers of a zone.
@lru_cache(maxsize=256)
def _times(period: Period, granularity: Granularity) -> list[tuple[str, str]]:
    return [*pairwise(map(format_instant, bucket_edges(period, granularity)))]
