"""Tables: the rows of table cards, and the numbers behind every chart."""

from datetime import datetime

from core.measures import Number
from core.portal_data.answer import CardData, TableRow
from site_build.shapes import bar
from site_build.views import RowView, TableView
from site_build.words import NOTHING, Words


def data_table(card: CardData, words: Words) -> TableView | None:
    """A chart's numbers, in the order of time."""
    if card.histogram:
        head = (f"From – to ({card.unit})", "Count")
        return TableView(head, tuple(RowView(b.label, words.number(b.count, 0)) for b in card.histogram))
    if card.series is None or card.granularity is None:
        return None
    has_previous = any(p.previous is not None for p in card.series)
    rows = (
        RowView(
            _bucket(p.timestamp, card, words),
            words.exact(p.value, card.unit),
            words.exact(p.previous, card.unit) if has_previous else None,
        )
        for p in card.series
    )
    head = (card.granularity.value.capitalize(), card.card.display_name)
    return TableView((*head, "Before") if has_previous else head, tuple(rows))


def shown_table(card: CardData, words: Words) -> TableView:
    """A row a bucket or a part, the newest or largest first, with a bar in the cell."""
    rows = list(card.rows or ())
    is_of_time = bool(rows) and rows[0].timestamp is not None
    if is_of_time:
        rows.reverse()
    most = max((float(row.value) for row in rows if row.value is not None), default=0.0)
    first = card.granularity.value.capitalize() if is_of_time and card.granularity else "Part"
    head = (first, card.card.display_name)
    views = (_row(row, number, card, words, most) for number, row in enumerate(rows))
    return TableView((*head, "Before", "Change") if card.change else head, tuple(views), has_bars=True)


def _row(row: TableRow, number: int, card: CardData, words: Words, most: float) -> RowView:
    label = row.label or ("" if row.timestamp is None else _bucket(row.timestamp, card, words))
    value = words.exact(row.value, card.unit)
    width = bar(float(row.value), most) if row.value is not None else "0%"
    if card.change is None:
        return RowView(label, value, width=width, keys=(number, _key(row.value)))
    change = NOTHING if row.change is None else f"{'+' if row.change > 0 else ''}{words.percent(row.change)}"
    keys = (number, _key(row.value), _key(row.previous), _key(row.change))
    return RowView(label, value, words.exact(row.previous, card.unit), change, width, keys)


def _bucket(start: datetime, card: CardData, words: Words) -> str:
    """A bucket's name; the last one says if it is not over yet."""
    assert card.granularity is not None
    name = words.bucket(start, card.granularity)
    is_last = bool(card.series) and card.series is not None and start == card.series[-1].timestamp
    return f"{name} (so far)" if is_last and card.is_partial else name


def _key(value: Number | None) -> float | None:
    return None if value is None else float(f"{float(value):.6g}")
