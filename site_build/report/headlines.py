"""The six numbers of the first page: the portal's single numbers first, then whatever else has a value."""

from collections.abc import Iterable

from core.portal_data.answer import CardData, State
from core.portals.definition import ChartType
from site_build.cards import card_view
from site_build.report.changes import change_view
from site_build.report.drawing import Ink, as_address, spark
from site_build.report.rows import spark_rows
from site_build.report.views import HeadlineView
from site_build.words import Words

MOST = 6


def headline_cards(cards: Iterable[CardData]) -> list[CardData]:
    """Which cards they are, each metric once, in the portal's order."""
    found: dict[str, CardData] = {}
    for card in sorted(cards, key=_last_choice):
        found.setdefault(card.card.metric_id, card)
    return list(found.values())[:MOST]


def _last_choice(card: CardData) -> tuple[bool, bool]:
    return (card.state is not State.OK, card.card.chart_type is not ChartType.NUMBER)


def headline(card: CardData, words: Words, ink: Ink) -> HeadlineView:
    """The number as the portal's card writes it, with its change and its course."""
    view = card_view(card, "", words, 0)
    return HeadlineView(
        label=view.label,
        value=view.value,
        unit=view.unit,
        change=change_view(card, words),
        nothing=view.nothing,
        qualifier=view.qualifier,
        spark=_spark(card, ink),
    )


def _spark(card: CardData, ink: Ink) -> str | None:
    if card.state is not State.OK or not card.series or card.histogram:
        return None
    rows = spark_rows([None if p.value is None else float(p.value) for p in card.series])
    return as_address(spark(rows, ink)) if rows else None
