"""What a preset is: cards in rows, laid out on whatever grid a portal has. Which presets there are is `presets`'."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from core.portals.definition import (
    ChartType,
    Comparison,
    ComparisonPeriod,
    PortalMetric,
    Position,
    Section,
    Size,
    TimeRange,
)

NUMBER_HEIGHT = 2
CHART_HEIGHT = 4


@dataclass(frozen=True)
class Card:
    """A metric under the words of those who read it; `share` is its part of the row's width."""

    metric_id: str
    display_name: str
    chart_type: ChartType
    share: int = 1


@dataclass(frozen=True)
class Band:
    """A section with a title, row by row from its top."""

    title: str
    rows: tuple[tuple[Card, ...], ...]


@dataclass(frozen=True)
class Preset:
    id: str
    name: str
    description: str
    bands: tuple[Band, ...]

    def cards(self, columns: int, *, top: int = 0, without: Iterable[str] = ()) -> Iterator[PortalMetric]:
        """Its cards from row `top` on; the cards beside one that is left out share its place."""
        left_out = frozenset(without)
        for band in self.bands:
            for row in band.rows:
                kept = [card for card in row if card.metric_id not in left_out]
                yield from _laid_out(kept, columns, top)
                top += _height(kept)

    def sections(self, *, without: Iterable[str] = ()) -> tuple[Section, ...]:
        """A section for each band that has a card left."""
        left_out = frozenset(without)
        named = (
            (band.title, tuple(c.metric_id for row in band.rows for c in row if c.metric_id not in left_out))
            for band in self.bands
        )
        return tuple(Section(metric_ids, title) for title, metric_ids in named if metric_ids)


def filled(
    presets: Iterable[Preset], columns: int, metrics: tuple[PortalMetric, ...] = ()
) -> tuple[tuple[PortalMetric, ...], tuple[Section, ...]]:
    """Cards and sections of several presets, one below the other, below those that are there already.

    A metric stands once: the first to bring it keeps it.
    """
    cards, sections = list(metrics), list[Section]()
    for preset in presets:
        there = {card.metric_id for card in cards}
        top = max((card.position.row + card.size.height for card in cards), default=0)
        sections += preset.sections(without=there)
        cards += preset.cards(columns, top=top, without=there)
    return tuple(cards), tuple(sections)


def _laid_out(cards: list[Card], columns: int, row: int) -> Iterator[PortalMetric]:
    total, before = sum(card.share for card in cards), 0
    for card in cards:
        left, before = columns * before // total, before + card.share
        right = columns * before // total
        yield PortalMetric(
            metric_id=card.metric_id,
            display_name=card.display_name,
            position=Position(row, left),
            size=Size(right - left, _height(cards)),
            chart_type=card.chart_type,
            time_range=TimeRange(),
            # The parts of a total are compared with one another, not with those of another time.
            comparison=None
            if card.chart_type is ChartType.PIE
            else Comparison(True, ComparisonPeriod.PREVIOUS),
        )


def _height(cards: list[Card]) -> int:
    if not cards:
        return 0
    return NUMBER_HEIGHT if all(c.chart_type is ChartType.NUMBER for c in cards) else CHART_HEIGHT
