"""A portal's numbers → views of cards: which body a card has, its words, its pictures, its place on the grid."""

from core.measures import Number
from core.portal_data.answer import BeforeAfterData, CardData, State
from core.portal_data.parts import largest_parts
from core.portal_data.ranges import may_choose
from core.portals.definition import ChartType, Position, Size
from site_build import sentences
from site_build.chart_data import Plain, buckets
from site_build.shapes import Slice, Sparkline, bar, bars, ring, sparkline
from site_build.tables import data_table, shown_table
from site_build.views import (
    BeforeAfterView,
    CardView,
    PartView,
    SideView,
)
from site_build.words import Words

MOST_PARTS = 6
_MOST_ROW = 63


def card_view(
    card: CardData,
    key: str,
    words: Words,
    first_row: int,
    drawn: Plain | None = None,
    *,
    has_rows: bool = True,
) -> CardView:
    """One card over one range; `key` is its name in the page's data, and `drawn` what stands there, if anything.
    Without `has_rows` the table of its chart has none: the page makes them from its data when somebody looks."""
    shown = card.mean_per_day if _shows_days(card) else card.value
    amount = words.amount(shown, card.unit)
    chart, kind = chart_of(card), _kind(card)
    return CardView(
        id=card.card.metric_id,
        key=key,
        label=card.card.display_name,
        kind=kind,
        place=place(card.card.position, card.card.size, first_row),
        value=amount.text,
        unit=amount.unit,
        exact=amount.exact,
        qualifier=_qualifier(card),
        nothing=sentences.nothing(card),
        change=sentences.change(card, words),
        target=sentences.target(card, words),
        notes=sentences.notes(card, words),
        figures=sentences.figures(card, words),
        explanation=card.description,
        chart=chart,
        chart_says=_chart_says(card, words) if chart else "",
        legend=_legend(card) if chart else None,
        spark=_spark(card),
        ring=_ring(card),
        parts=_parts(card, words) if kind == "parts" else (),
        table=shown_table(card, words) if kind == "table" else None,
        data_table=data_table(card, words, drawn, has_rows=has_rows) if chart else None,
        own_range=None if may_choose(card.card) else words.span(card.period),
    )


def _shows_days(card: CardData) -> bool:
    return card.mean_per_day is not None and card.card.chart_type is ChartType.NUMBER


def _qualifier(card: CardData) -> str | None:
    if _shows_days(card):
        return "a day, on average"
    return "median" if card.p95 is not None else None


def _kind(card: CardData) -> str:
    if card.state is not State.OK:
        return "number"
    if card.breakdown and card.card.chart_type in (ChartType.PIE, ChartType.BAR):
        return "parts"
    if card.card.chart_type is ChartType.TABLE:
        return "table"
    return "chart" if chart_of(card) else "number"


def chart_of(card: CardData) -> str | None:
    """Which spec draws it; None for what needs none."""
    if card.state is not State.OK:
        return None
    if card.histogram:
        return "histogram"
    if card.card.chart_type not in (ChartType.LINE, ChartType.BAR) or not card.series:
        return None
    if card.breakdown and card.card.chart_type is ChartType.BAR:
        return None
    return card.card.chart_type.value


def _legend(card: CardData) -> tuple[str, str] | None:
    """What the two lines are, where there are two."""
    if card.change is None or not any(p.previous for p in card.series or ()):
        return None
    before = sentences.period_before(card.change.label)
    return "This period", before[:1].upper() + before[1:]


def _spark(card: CardData) -> Sparkline | None:
    if card.histogram:
        return bars([float(b.count) for b in card.histogram], is_partial=False)
    if card.state is not State.OK or not card.series or card.card.chart_type is ChartType.TABLE:
        return None
    draw = bars if card.card.chart_type is ChartType.BAR else sparkline
    return draw(card.drawn, is_partial=card.is_partial)


def _chart_says(card: CardData, words: Words) -> str:
    """What the picture shows, for who cannot see it."""
    values = [p.value for p in card.series or ()]
    known = [value for value in values if value is not None]
    if not known or card.granularity is None:
        return f"{card.card.display_name}, {words.span(card.period)}"
    write, names = words.writer(card.unit), buckets(card, words)["label"]
    low, high = (f"{write(end)} ({names[values.index(end)]})" for end in (min(known), max(known)))
    return (
        f"{card.card.display_name} by {card.granularity.value}, {words.span(card.period)}: "
        f"lowest {low}, highest {high}"
    )


def place(position: Position, size: Size, first_row: int) -> str:
    """The classes that put a card on the grid; rows are counted from the first of its section."""
    row = position.row - first_row
    rows = f" y{row}" if row <= _MOST_ROW else ""
    return f"x{position.col} w{size.width} h{min(size.height, 24)}{rows}"


def _parts(card: CardData, words: Words) -> tuple[PartView, ...]:
    """The largest parts, with bars as wide as their share of the largest."""
    shown = largest_parts(card.breakdown, MOST_PARTS)
    most = max((part.share or 0.0 for part in shown), default=0.0)
    return tuple(
        PartView(
            part.label,
            words.exact(part.value, card.unit),
            words.share(part.share),
            bar(part.share or 0.0, most),
            place,
        )
        for place, part in enumerate(shown)
    )


def _ring(card: CardData) -> tuple[Slice, ...]:
    """A donut; none where a part is below zero, which no ring can show."""
    shares = [part.share or 0.0 for part in largest_parts(card.breakdown, MOST_PARTS)]
    if card.card.chart_type is not ChartType.PIE or any(share < 0 for share in shares) or not any(shares):
        return ()
    return tuple(ring(shares))


def before_after_view(found: BeforeAfterData, key: str, words: Words, where: str) -> BeforeAfterView:
    """Two bars and one sentence."""
    value, unit = found.current.value, found.current.unit
    most = max(float(found.baseline), float(value or 0))
    tone = {"better": "good", "worse": "bad"}.get(found.direction or "", "quiet")
    if not found.comparison.improvement.highlight_positive:
        tone = "quiet"
    return BeforeAfterView(
        key=key,
        label=found.comparison.display_name,
        place=where,
        sentence=sentences.before_after(found, words),
        tone=tone,
        before=_side(found.baseline_label, found.baseline, unit, words, most),
        after=_side(found.comparison.current.label, value, unit, words, most),
        notes=sentences.notes(found.current, words),
    )


def _side(label: str, value: Number | None, unit: str, words: Words, most: float) -> SideView:
    # Both in one unit, so that they can be compared.
    return SideView(label, words.exact(value, unit), bar(float(value or 0), most))
