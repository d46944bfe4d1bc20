"""Gathered numbers → what each page's template receives."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from typing import Any

from core.periods import format_instant
from core.portal_data.answer import BeforeAfterData, CardData, PortalData
from core.portals.definition import Position, RangeName, Section, Size
from core.sites import INDEX
from site_build import cards, sentences
from site_build.axis_locale import axis_locale
from site_build.chart_data import buckets, chart_data
from site_build.gather import Gathered
from site_build.views import (
    AssetLinks,
    BeforeAfterView,
    CardView,
    Dashboard,
    Frame,
    NavItem,
    RangeView,
    SectionView,
)
from site_build.words import Words, words_of

_PAGES = (
    ("Overview", INDEX),
    ("Activity", "activity.html"),
    ("Reports", "reports.html"),
    ("Definitions", "definitions.html"),
)
EXPORT = "export.csv"
# Begins links into the folder, so that they can lead there from beside it (`core.sites`).
_HERE = "./"
_SIZE = Size(6, 3)


def words_for(gathered: Gathered) -> Words:
    return words_of(gathered.customer.locale, gathered.customer.zone)


def frame(gathered: Gathered, assets: AssetLinks, page: str) -> Frame:
    """What stands around a page."""
    portal, words = gathered.portal, words_for(gathered)
    nav = tuple(NavItem(label, _HERE + name, name == page) for label, name in _PAGES)
    label = next(label for label, name in _PAGES if name == page)
    title = portal.branding.title
    return Frame(
        title=title,
        page_title=title if page == INDEX else f"{label} · {title}",
        customer=gathered.customer.name,
        monogram=next((c.upper() for c in title if c.isalnum()), "P"),
        theme=portal.branding.theme.value,
        nav=nav,
        export_href=_HERE + EXPORT,
        as_of=words.moment(gathered.data_as_of),
        as_of_instant=format_instant(gathered.data_as_of),
        zone=gathered.customer.zone.key.replace("_", " "),
        snapshot=gathered.snapshot,
        assets=assets,
        logo=_HERE + assets.logo if assets.logo else None,
    )


def dashboard(gathered: Gathered, assets: AssetLinks) -> Dashboard:
    """What the first page shows, for every range."""
    words, made = words_for(gathered), {}
    island: dict[str, Any] = {"locale": axis_locale(words.locale), "ranges": {}}
    for name, data in gathered.ranges.items():
        made[name], island["ranges"][name.value] = _range(name, data, gathered)
    grid = f"g{gathered.portal.layout.grid_columns}"
    return Dashboard(frame(gathered, assets, INDEX), grid, tuple(made.values()), island)


def _range(name: RangeName, data: PortalData, gathered: Gathered) -> tuple[RangeView, dict[str, Any]]:
    words = words_for(gathered)
    is_default = name is gathered.default
    maker = _RangeMaker(with_agent_names(data, gathered.agents), words, is_shown=is_default)
    sections = [maker.section(section) for section in data.portal.sections]
    sections.append(SectionView("Before and after", False, maker.unplaced()))
    shown = tuple(section for section in sections if section.cards)
    return RangeView(
        name.value, sentences.RANGE_LABELS[name], words.span(data.period), is_default, shown
    ), maker.island


def with_agent_names(data: PortalData, agents: Mapping[str, str]) -> PortalData:
    """The same numbers, with agents called by their names."""
    return replace(data, cards=tuple(_with_names(card, agents) for card in data.cards))


def _with_names(card: CardData, agents: Mapping[str, str]) -> CardData:
    if card.breakdown_by != "agent_id":
        return card
    parts = tuple(part._replace(label=agent_name(part.label, agents)) for part in card.breakdown)
    rows = card.rows
    if rows is not None:
        rows = tuple(row._replace(label=agent_name(row.label, agents)) if row.label else row for row in rows)
    return replace(card, breakdown=parts, rows=rows)


def agent_name(agent_id: str, agents: Mapping[str, str]) -> str:
    return "No agent" if agent_id == "(none)" else agents.get(agent_id, agent_id)


class _RangeMaker:
    """The cards of one range in their sections, and what its charts draw."""

    def __init__(self, data: PortalData, words: Words, *, is_shown: bool) -> None:
        self._data, self._words, self._is_shown = data, words, is_shown
        self._keys = (f"k{number}" for number in count())
        self.island: dict[str, Any] = {"cards": {}, "buckets": {}}

    def section(self, section: Section) -> SectionView:
        ids = frozenset(section.metrics)
        shown = [card for card in self._data.cards if card.card.metric_id in ids]
        placed = [
            c for c in self._data.comparisons if c.comparison.metric_id in ids and c.comparison.position
        ]
        rows = [c.card.position.row for c in shown] + [_position(c).row for c in placed]
        views: list[tuple[int, int, CardView | BeforeAfterView]] = []
        for card in shown:
            place = card.card.position
            views.append((place.row, place.col, self._card(card, min(rows))))
        for found in placed:
            place = _position(found)
            where = cards.place(place, found.comparison.size or _SIZE, min(rows))
            views.append((place.row, place.col, self._before_after(found, where)))
        # Read line by line, as the grid shows them.
        views.sort(key=lambda view: view[:2])
        return SectionView(section.title, section.collapsible, tuple(view for *_, view in views))

    def unplaced(self) -> tuple[BeforeAfterView, ...]:
        """Comparisons without a place of their own."""
        columns = self._data.portal.layout.grid_columns
        return tuple(
            self._before_after(found, f"w{columns // 2} h3")
            for found in self._data.comparisons
            if found.comparison.position is None
        )

    def _before_after(self, found: BeforeAfterData, where: str) -> BeforeAfterView:
        return cards.before_after_view(found, next(self._keys), self._words, where)

    def _card(self, card: CardData, first_row: int) -> CardView:
        key, drawn = next(self._keys), None
        if cards.chart_of(card) is not None:
            drawn = self.island["cards"][key] = chart_data(card, self._words)
            if "buckets" in drawn:
                drawn["buckets"] = self._shared_buckets(card)
        return cards.card_view(card, key, self._words, first_row, drawn, has_rows=self._is_shown)

    def _shared_buckets(self, card: CardData) -> str:
        """The name under which the island has the card's buckets."""
        assert card.granularity is not None
        name = f"{card.granularity.value}:{card.period.name or ''}"
        if name not in self.island["buckets"]:
            self.island["buckets"][name] = buckets(card, self._words)
        return name


def _position(found: BeforeAfterData) -> Position:
    assert found.comparison.position is not None
    return found.comparison.position
