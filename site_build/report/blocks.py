"""Cards → what stands on paper: single numbers as rows of a table, the others with a picture or a table."""

from core.measures import Number
from core.portal_data.answer import BeforeAfterData, CardData, State
from core.portal_data.parts import largest_parts
from core.portals.definition import ChartType, ComparisonPeriod
from site_build.axes import value_ticks
from site_build.cards import MOST_PARTS, before_after_view, card_view
from site_build.chart_data import buckets, chart_data
from site_build.report.changes import change_view
from site_build.report.drawing import Ink, as_address, chart, donut
from site_build.report.grammar import as_sentence
from site_build.report.period_names import before_name, period_name
from site_build.report.rows import Rows, donut_rows, histogram_rows, series_rows
from site_build.report.views import BeforeAfterBlock, Block, NumberRow, PartRow, SideRow, TableBlock
from site_build.tables import shown_table
from site_build.views import CardView, ChangeView
from site_build.words import NOTHING, Words

# What somebody reads; all of it is in the CSV.
MOST_ROWS = 100


def is_block(card: CardData, *, has_charts: bool) -> bool:
    """Whether the card needs more room than a row."""
    if card.state is not State.OK:
        return False
    if card.card.chart_type is ChartType.TABLE:
        return bool(card.rows)
    has_parts = bool(card.breakdown) and card.card.chart_type in (ChartType.PIE, ChartType.BAR)
    return has_charts and (has_parts or _drawn(card))


def _drawn(card: CardData) -> bool:
    """Whether there is anything to draw: a row of zeros is said in fewer words."""
    is_series = card.card.chart_type in (ChartType.LINE, ChartType.BAR)
    return bool(card.histogram) or (is_series and any(p.value or p.previous for p in card.series or ()))


def number_row(card: CardData, words: Words) -> NumberRow:
    """The card as a row of a table of numbers."""
    view, before = card_view(card, "", words, 0), NOTHING
    # Against the year to date whole years stand beside each other, which no column has room for.
    is_of_period = (
        card.card.comparison is None or card.card.comparison.period is not ComparisonPeriod.YEAR_TO_DATE
    )
    if card.change is not None and card.change.previous is not None and is_of_period:
        before = words.exact(card.change.previous, card.unit)
    value, qualifier = view.exact, view.qualifier
    if card.mean_per_day is not None:
        # What stands beside it are whole periods too.
        value, qualifier = words.exact(card.value, card.unit), f"{view.exact} {view.qualifier}"
    return NumberRow(
        label=view.label,
        value=value,
        qualifier=qualifier,
        nothing=view.nothing,
        change=change_view(card, words),
        before=before,
        target=view.target,
        notes=view.notes if card.mean_per_day is None else (),
    )


def block(card: CardData, key: str, words: Words, ink: Ink, rest: str) -> Block:
    """The card with its picture or table; `rest` says where the rows are that are not shown."""
    view = card_view(card, key, words, 0)
    made = _Maker(card, view, words, ink)
    kind = (
        "table" if card.card.chart_type is ChartType.TABLE else "parts" if view.kind == "parts" else "chart"
    )
    return Block(
        key=key,
        kind=kind,
        label=view.label,
        sentence=made.sentence(),
        value=view.value,
        unit=view.unit,
        qualifier=view.qualifier,
        change=change_view(card, words),
        target=view.target,
        notes=view.notes,
        picture=made.picture(kind),
        says=view.chart_says if kind == "chart" else made.parts_say(),
        parts=made.parts() if kind == "parts" else (),
        table=_table(card, words, rest) if kind == "table" else None,
        legend=made.legend() if kind == "chart" else None,
    )


class _Maker:
    def __init__(self, card: CardData, view: CardView, words: Words, ink: Ink) -> None:
        self._card, self._view, self._words, self._ink = card, view, words, ink

    def sentence(self) -> str:
        """The number, its change, and how far its parts reach, in one line."""
        card, words = self._card, self._words
        shown = f"{self._view.value}{chr(0x202F) + self._view.unit if self._view.unit else ''}"
        if self._view.qualifier:
            shown = f"{shown} ({self._view.qualifier})"
        changed = change_view(card, words)
        said = [shown if changed is None else f"{shown}, {changed_words(changed)}"]
        reach = self._reach()
        return f"{', '.join(said)}.{f' {reach}' if reach else ''}"

    def _reach(self) -> str:
        """The lowest and the highest of a series; the largest of parts."""
        card, words = self._card, self._words
        if card.breakdown:
            first = card.breakdown[0]
            return (
                f"The largest part is {first.label} with {words.share(first.share)}." if first.share else ""
            )
        known = [(p.value, p.timestamp) for p in card.series or () if p.value is not None]
        if len(known) < 2 or card.granularity is None or card.histogram:
            return ""
        low, high = min(known, key=lambda k: k[0]), max(known, key=lambda k: k[0])
        if words.exact(low[0], card.unit) == words.exact(high[0], card.unit):
            return ""
        return f"Lowest {self._at(low)}, highest {self._at(high)}."

    def _at(self, found: tuple[Number, object]) -> str:
        assert self._card.granularity is not None
        value, at = found
        return (
            f"{self._words.exact(value, self._card.unit)} ({self._words.bucket(at, self._card.granularity)})"  # type: ignore[arg-type]
        )

    def picture(self, kind: str) -> str | None:
        if kind == "chart":
            return as_address(chart(self._rows(), self._ink, self._names()))
        shares = [row.share or 0.0 for row in largest_parts(self._card.breakdown, MOST_PARTS)]
        if kind != "parts" or self._card.card.chart_type is not ChartType.PIE or min(shares, default=-1) < 0:
            return None
        return as_address(donut(donut_rows(shares), self._ink)) if sum(shares) else None

    def _rows(self) -> Rows:
        drawn = chart_data(self._card, self._words)
        if drawn["kind"] == "histogram":
            most = max(drawn["value"]) * 1.08 or 1
            return histogram_rows(
                drawn, lambda low, high, unit: value_ticks(low, high, unit, self._words), most
            )
        return series_rows(drawn, buckets(self._card, self._words))

    def _names(self) -> tuple[str, str | None]:
        before = before_name(self._card.change, self._words).short if self._card.change else None
        return period_name(self._card.period, self._words).short, before

    def legend(self) -> tuple[str, str] | None:
        """What the two kinds of bars are; lines are named where they end."""
        now, before = self._names()
        if self._card.card.chart_type is not ChartType.BAR or self._card.histogram or before is None:
            return None
        has_before = any(p.previous is not None for p in self._card.series or ())
        return (now, before) if has_before else None

    def parts(self) -> tuple[PartRow, ...]:
        return tuple(PartRow(p.label, p.value, p.share, p.place) for p in self._view.parts)

    def parts_say(self) -> str:
        said = ", ".join(f"{p.label} {p.share}" for p in self._view.parts)
        return f"{self._view.label}: {said}"


def changed_words(view: ChangeView) -> str:
    """ "12.5 % more than in September 2026 (better)"."""
    word = f" ({view.word})" if view.word else ""
    text = f"{view.amount} {view.sentence}".strip()
    return f"{text[:1].lower() + text[1:] if not view.amount else text}{word}"


def _table(card: CardData, words: Words, rest: str) -> TableBlock:
    """The newest or largest rows; the name of the metric stands above, so that its column is called Value."""
    made = shown_table(card, words)
    rows = tuple(
        tuple(text for text in (row.label, row.value, row.previous, row.change) if text is not None)
        for row in made.rows[:MOST_ROWS]
    )
    left = len(made.rows) - len(rows)
    told = f"{words.number(left, 0)} more {'row' if left == 1 else 'rows'}: {rest}" if left else None
    return TableBlock((made.head[0], "Value", *made.head[2:]), rows, told)


def before_after_block(found: BeforeAfterData, words: Words) -> BeforeAfterBlock:
    """Two bars and one sentence."""
    view = before_after_view(found, "", words, "")
    value = found.current.value
    most = max(float(found.baseline), float(value or 0))
    return BeforeAfterBlock(
        label=view.label,
        sentence=as_sentence(view.sentence),
        tone=view.tone,
        before=SideRow(view.before.label, view.before.value, _length(found.baseline, most)),
        after=SideRow(view.after.label, view.after.value, _length(value, most)),
        notes=view.notes,
    )


def _length(value: Number | None, most: float) -> int:
    """Of a bar; what is there at all is seen."""
    if value is None or value <= 0 or most <= 0:
        return 0
    return max(1, round(100 * float(value) / most))
