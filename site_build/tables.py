"""Tables: the rows of table cards, and the numbers behind every chart."""

from core.measures import Number
from core.portal_data.answer import CardData, TableRow
from site_build.chart_data import Plain, buckets, chart_data, shown_histogram
from site_build.shapes import bar
from site_build.views import RowView, TableView
from site_build.words import NOTHING, Words


def data_table(
    card: CardData, words: Words, drawn: Plain | None = None, *, has_rows: bool = True
) -> TableView | None:
    """A chart's numbers, in the order of time; `drawn` is what its picture is made from, if somebody has it."""
    if card.series is None and not card.histogram:
        return None
    drawn = drawn or chart_data(card, words)
    if card.histogram:
        head: tuple[str, ...] = (f"From – to ({card.unit})", "Count")
        labels = [bucket.label for bucket in shown_histogram(card.histogram)]
        return TableView(head, lines=_lines(labels, drawn["text"]) if has_rows else ())
    assert card.granularity is not None
    head = (card.granularity.value.capitalize(), card.card.display_name)
    columns = [drawn["text"]]
    if "before" in drawn:
        head, columns = (*head, "Before"), [*columns, drawn["before"]]
    return TableView(head, lines=_lines(_labels(card, words), *columns) if has_rows else ())


def _lines(labels: list[str], *columns: list[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(zip(labels, zip(*columns, strict=True), strict=True))


def _labels(card: CardData, words: Words) -> list[str]:
    """The names of the buckets; the last one says if it is not over yet."""
    names: list[str] = buckets(card, words)["label"]
    return [*names[:-1], f"{names[-1]} (so far)"] if card.is_partial else names


def shown_table(card: CardData, words: Words) -> TableView:
    """A row a bucket or a part, the newest or largest first, with a bar in the cell."""
    rows = list(card.rows or ())
    is_of_time = bool(rows) and rows[0].timestamp is not None
    if is_of_time:
        rows.reverse()
    most = max((float(row.value) for row in rows if row.value is not None), default=0.0)
    labels = [*reversed(_labels(card, words))] if is_of_time else [row.label or "" for row in rows]
    first = card.granularity.value.capitalize() if is_of_time and card.granularity else "Part"
    head = (first, card.card.display_name)
    views = (_row(row, labels[number], number, card, words, most) for number, row in enumerate(rows))
    return TableView((*head, "Before", "Change") if card.change else head, tuple(views))


def _row(row: TableRow, label: str, number: int, card: CardData, words: Words, most: float) -> RowView:
    value = words.exact(row.value, card.unit)
    width = bar(float(row.value), most) if row.value is not None else "0%"
    if card.change is None:
        return RowView(label, value, width=width, keys=(number, _key(row.value)))
    change = NOTHING if row.change is None else f"{'+' if row.change > 0 else ''}{words.percent(row.change)}"
    keys = (number, _key(row.value), _key(row.previous), _key(row.change))
    return RowView(label, value, words.exact(row.previous, card.unit), change, width, keys)


def _key(value: Number | None) -> float | None:
    return None if value is None else float(f"{float(value):.6g}")
