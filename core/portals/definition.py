"""What a portal's configuration is. Whether one is sound is judged in `check`.

Frozen values only, so that a configuration can be compared, hashed and handed around. The password is not here:
only its hash is kept, by the control store, and nobody but the door asks for it.
"""

from dataclasses import dataclass, field
from enum import StrEnum

MAX_METRICS = 50
GRID_COLUMNS = (12, 16, 24)


class PortalStatus(StrEnum):
    """draft and active change into each other; archived is final."""

    DRAFT = "draft"
    ACTIVE = "active"
    ARCHIVED = "archived"


class Theme(StrEnum):
    LIGHT = "light"
    DARK = "dark"
    AUTO = "auto"


class ChartType(StrEnum):
    LINE = "line"
    BAR = "bar"
    NUMBER = "number"
    PIE = "pie"
    TABLE = "table"


class RangeName(StrEnum):
    """The stretches of time a visitor chooses from."""

    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"
    QUARTER = "90d"
    YEAR_TO_DATE = "ytd"


class ComparisonPeriod(StrEnum):
    PREVIOUS = "previous"
    YEAR_TO_DATE = "ytd"
    YEAR_OVER_YEAR = "yoy"


class BaselineSource(StrEnum):
    """Who knows what it was before: the vendor, or the newest row of the baselines."""

    MANUAL = "manual"
    HISTORICAL = "historical"


@dataclass(frozen=True)
class Branding:
    title: str
    logo_url: str | None = None
    primary_color: str | None = None
    theme: Theme = Theme.LIGHT


@dataclass(frozen=True)
class Position:
    """Of a card's upper left corner, in grid units from 0."""

    row: int
    col: int


@dataclass(frozen=True)
class Size:
    """In grid units, at least 1."""

    width: int
    height: int


@dataclass(frozen=True)
class TimeRange:
    default: RangeName = RangeName.MONTH
    allow_user_selection: bool = True


@dataclass(frozen=True)
class Comparison:
    enabled: bool
    period: ComparisonPeriod = ComparisonPeriod.PREVIOUS


@dataclass(frozen=True)
class Target:
    """In the metric's unit; a percent is 0 to 100."""

    value: float
    label: str


@dataclass(frozen=True)
class PortalMetric:
    """One card: a metric of the catalogue or a custom one, and how it is shown."""

    metric_id: str
    display_name: str
    position: Position
    size: Size
    chart_type: ChartType
    time_range: TimeRange | None = None
    comparison: Comparison | None = None
    target: Target | None = None


@dataclass(frozen=True)
class Section:
    """`metrics` are ids of metrics that have a card."""

    metrics: tuple[str, ...]
    title: str | None = None
    collapsible: bool = False


@dataclass(frozen=True)
class Layout:
    """`sections` as they were asked for; which ones a page has is `PortalDefinition.sections`."""

    grid_columns: int = 12
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True)
class Baseline:
    """What it was before; for a historical one the value is what stands where no row of the baselines does."""

    label: str
    value: float
    source: BaselineSource = BaselineSource.MANUAL


@dataclass(frozen=True)
class CurrentMetric:
    label: str
    metric_id: str


@dataclass(frozen=True)
class Improvement:
    show_percentage: bool = True
    show_absolute: bool = True
    highlight_positive: bool = True


@dataclass(frozen=True)
class BeforeAfter:
    """A metric of today beside what it was before the agent. `metric_id` is this card's own name."""

    metric_id: str
    display_name: str
    baseline: Baseline
    current: CurrentMetric
    improvement: Improvement = field(default_factory=Improvement)
    position: Position | None = None
    size: Size | None = None


@dataclass(frozen=True)
class Access:
    """`allowed_domains` are patterns of hosts that may embed the portal and read its data from a page."""

    embed_enabled: bool = False
    allowed_domains: tuple[str, ...] = ()
    public: bool = False
    password_protected: bool = False


@dataclass(frozen=True)
class PortalDefinition:
    portal_id: str
    name: str
    customer_id: str
    status: PortalStatus
    branding: Branding
    metrics: tuple[PortalMetric, ...]
    layout: Layout = field(default_factory=Layout)
    comparisons: tuple[BeforeAfter, ...] = ()
    access: Access = field(default_factory=Access)

    @property
    def metric_ids(self) -> tuple[str, ...]:
        """Every metric whose numbers it shows, each once."""
        shown = [metric.metric_id for metric in self.metrics]
        return tuple(dict.fromkeys([*shown, *(card.current.metric_id for card in self.comparisons)]))

    @property
    def placed_ids(self) -> tuple[str, ...]:
        """What has a card on the grid, each id once: the metrics, then the comparisons with a place."""
        placed = [metric.metric_id for metric in self.metrics]
        placed += [card.metric_id for card in self.comparisons if card.position is not None]
        return tuple(dict.fromkeys(placed))

    @property
    def sections(self) -> tuple[Section, ...]:
        """Everything with a card in one section: those asked for, then one of all that they leave out."""
        asked = self.layout.sections
        named = {metric_id for section in asked for metric_id in section.metrics}
        rest = tuple(metric_id for metric_id in self.placed_ids if metric_id not in named)
        return (*asked, Section(rest)) if rest else asked
