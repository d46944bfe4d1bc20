"""What the templates receive: words, classes and pictures. A template never calculates, compares or rounds.

How the words are found is `cards` and `pages`; this module only says their shapes. Those that a page has dozens of are
tuples, which are made several times faster.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

from site_build.shapes import Slice, Sparkline


@dataclass(frozen=True)
class AssetLinks:
    """Addresses of shared files."""

    styles: tuple[str, ...]
    script: str
    charts: str
    bundle: str
    fonts: tuple[str, ...] = ()
    # A file of the site itself.
    logo: str | None = None


class NavItem(NamedTuple):
    label: str
    href: str
    is_current: bool


@dataclass(frozen=True)
class Frame:
    """What stands around every page of a portal."""

    title: str
    page_title: str
    customer: str
    monogram: str
    theme: str
    nav: tuple[NavItem, ...]
    export_href: str
    as_of: str
    as_of_instant: str
    zone: str
    snapshot: str
    assets: AssetLinks
    logo: str | None = None
    robots: str = "noindex, nofollow"


class ChangeView(NamedTuple):
    """`tone` is good, bad or quiet; `word` says it too, for eyes that do not see colours."""

    arrow: str
    amount: str
    sentence: str
    tone: str
    word: str | None


class TargetView(NamedTuple):
    label: str
    value: str
    share: str
    width: str
    is_reached: bool


class PartView(NamedTuple):
    label: str
    value: str
    share: str
    width: str
    place: int


@dataclass(frozen=True)
class RowView:
    """`keys` are what the columns are sorted by; a None is always last."""

    label: str
    value: str
    previous: str | None = None
    change: str | None = None
    width: str = "0%"
    keys: tuple[float | None, ...] = ()


class TableView(NamedTuple):
    """A table of things to read, in `rows`; or the numbers of a chart, of which there are many: in `lines`, each the
    name of its row and its cells."""

    head: tuple[str, ...]
    rows: tuple[RowView, ...] = ()
    lines: tuple[tuple[str, tuple[str, ...]], ...] = ()


class FigureView(NamedTuple):
    term: str
    value: str


class CardView(NamedTuple):
    """One card. `kind` says which body it has: number, chart, parts, table; a `BeforeAfterView` is of another."""

    id: str
    key: str
    label: str
    kind: str
    place: str
    value: str
    unit: str
    exact: str
    qualifier: str | None
    nothing: str | None
    change: ChangeView | None
    target: TargetView | None
    notes: tuple[str, ...]
    figures: tuple[FigureView, ...]
    explanation: str
    chart: str | None = None
    chart_says: str = ""
    legend: tuple[str, str] | None = None
    spark: Sparkline | None = None
    ring: tuple[Slice, ...] = ()
    parts: tuple[PartView, ...] = ()
    table: TableView | None = None
    data_table: TableView | None = None
    own_range: str | None = None


@dataclass(frozen=True)
class SideView:
    label: str
    value: str
    width: str


@dataclass(frozen=True)
class BeforeAfterView:
    key: str
    label: str
    place: str
    sentence: str
    tone: str
    before: SideView
    after: SideView
    notes: tuple[str, ...] = ()
    kind: str = "compare"


@dataclass(frozen=True)
class SectionView:
    title: str | None
    is_collapsible: bool
    cards: tuple[CardView | BeforeAfterView, ...]


@dataclass(frozen=True)
class RangeView:
    """One of the ranges a visitor may choose, with everything it shows."""

    name: str
    label: str
    span: str
    is_default: bool
    sections: tuple[SectionView, ...]


@dataclass(frozen=True)
class Dashboard:
    """The overview, with every range."""

    frame: Frame
    grid: str
    ranges: tuple[RangeView, ...]
    island: dict[str, Any]

    @property
    def shown(self) -> RangeView:
        return next(r for r in self.ranges if r.is_default)

    @property
    def others(self) -> tuple[RangeView, ...]:
        return tuple(r for r in self.ranges if not r.is_default)


@dataclass(frozen=True)
class DefinitionView:
    name: str
    metric_id: str
    says: str
    formula: str
    parts: tuple[FigureView, ...]
    facts: tuple[FigureView, ...]


@dataclass(frozen=True)
class DefinitionsPage:
    frame: Frame
    window: str
    facts: tuple[FigureView, ...]
    definitions: tuple[DefinitionView, ...]


class SessionView(NamedTuple):
    started: str
    agent: str
    outcome: str
    tone: str
    steps: str
    handoff: str
    cost: str


@dataclass(frozen=True)
class ActivityPage:
    frame: Frame
    sessions: tuple[SessionView, ...]
    says: str


@dataclass(frozen=True)
class ReportRowView:
    """One version of a report; `number` is how others refer to it."""

    period: str
    href: str
    name: str
    number: str
    made: str
    pages: str
    note: str


@dataclass(frozen=True)
class ReportsPage:
    frame: Frame
    reports: tuple[ReportRowView, ...] = ()


@dataclass(frozen=True)
class MessagePage:
    """A page that is no portal."""

    title: str
    says: str
    advice: str
    kind: str
    assets: AssetLinks
    asks_password: bool = False
    offers_link: bool = False
    robots: str = "noindex, nofollow"
