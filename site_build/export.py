"""A portal's numbers as CSV: RFC 4180, a total and every bucket or part of each card, exact to the last digit.

A spreadsheet runs a cell that begins like a formula; such a text gets a quote before it. Numbers stay numbers.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from core.measures import Number
from core.periods import bucket_edges, format_instant
from core.portal_data.answer import CardData, PortalData

HEAD = (
    "metric_id", "name", "unit", "kind", "label", "start", "end", "value", "previous_value",
    "change_percent", "numerator", "denominator", "coverage",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "|", "%")
_HIDING = " \t\r\n\v\f\0\"'\ufeff\u00a0\u200b\u3000"
_WIDE = {"＝": "=", "＋": "+", "－": "-", "＠": "@"}
Cell = str | Number | None


def export_csv(data: PortalData) -> str:
    """All cards of a portal over the range it opens with."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEAD)
    for card in data.cards:
        for row in _rows(card):
            writer.writerow([_cell(value) for value in row])
    return out.getvalue()


def guarded(text: str) -> str:
    """The text; behind a quote where a spreadsheet could take it for a formula."""
    seen = text.lstrip(_HIDING)
    first = _WIDE.get(seen[:1], seen[:1])
    is_formula = first in _FORMULA or text[:1] in _FORMULA
    return f"'{text}" if (text and is_formula and first != "") or text[:1] in _FORMULA else text


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return guarded(value)
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return repr(value)


def _rows(card: CardData) -> Iterator[Iterable[Cell]]:
    names = (card.card.metric_id, card.card.display_name, card.unit)
    start, end = format_instant(card.period.start), format_instant(card.period.end)
    change, figures = card.change, card.figures
    yield (
        *names, "total", "", start, end, card.value, change.previous if change else None,
        change.percent if change else None, figures.numerator if figures else None,
        figures.denominator if figures else None, card.coverage,
    )  # fmt: skip
    for part in card.breakdown:
        yield (*names, "part", part.label, start, end, part.value, None, None, None, None, None)
    for point, (first, last) in zip(card.series or (), _buckets(card), strict=False):
        times = (format_instant(first), format_instant(last))
        yield (*names, "bucket", "", *times, point.value, point.previous, point.change, None, None, None)


def _buckets(card: CardData) -> Iterator[tuple[datetime, datetime]]:
    if card.granularity is not None:
        edges = bucket_edges(card.period, card.granularity)
        yield from pairwise(edges)
