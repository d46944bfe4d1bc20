"""Answers about portals: configurations, tokens, presets."""

from .._answer import Answer
from ..words import (
    BaselineSource,
    ChartType,
    ComparisonPeriod,
    GridColumns,
    Permission,
    PortalStatus,
    RangeName,
    Theme,
)
from .common import Pagination


class Branding(Answer):
    title: str
    logo_url: str | None = None
    primary_color: str | None = None
    theme: Theme | None = None


class Position(Answer):
    row: int
    col: int


class Size(Answer):
    width: int
    height: int


class TimeRange(Answer):
    default: RangeName
    allow_user_selection: bool


class Comparison(Answer):
    enabled: bool
    period: ComparisonPeriod


class Target(Answer):
    value: float
    label: str


class PortalMetric(Answer):
    metric_id: str
    display_name: str
    position: Position
    size: Size
    chart_type: ChartType
    time_range: TimeRange | None = None
    comparison: Comparison | None = None
    target: Target | None = None


class LayoutSection(Answer):
    metrics: list[str]
    title: str | None = None
    collapsible: bool | None = None


class Layout(Answer):
    grid_columns: GridColumns
    sections: list[LayoutSection]


class Baseline(Answer):
    label: str
    value: float
    source: BaselineSource


class CurrentMetric(Answer):
    label: str
    metric_id: str


class Improvement(Answer):
    show_percentage: bool
    show_absolute: bool
    highlight_positive: bool


class BeforeAfter(Answer):
    metric_id: str
    display_name: str
    baseline: Baseline
    current: CurrentMetric
    improvement: Improvement | None = None
    position: Position | None = None
    size: Size | None = None


class Access(Answer):
    embed_enabled: bool
    allowed_domains: list[str] | None = None
    public: bool | None = None
    password_protected: bool | None = None
    public_link: str | None = None


class Portal(Answer):
    portal_id: str
    name: str
    customer_id: str
    status: PortalStatus
    public_link: str
    embed_code: str
    branding: Branding
    metrics: list[PortalMetric]
    layout: Layout
    comparisons: list[BeforeAfter]
    access: Access
    created_at: str
    updated_at: str


class PortalListed(Answer):
    portal_id: str
    name: str
    customer_id: str
    status: PortalStatus
    metrics_count: int
    last_accessed: str | None
    """None until somebody has looked at it."""


class PortalPage(Answer):
    data: list[PortalListed]
    pagination: Pagination


class PortalPreset(Answer):
    id: str
    name: str
    description: str
    metrics: list[PortalMetric]
    layout: Layout


class PortalPresets(Answer):
    data: list[PortalPreset]
    total: int


class PortalToken(Answer):
    token: str
    """Told once; it is kept nowhere."""
    token_type: str
    portal_id: str
    customer_id: str
    expires_at: str
    permissions: list[Permission]
    portal_url: str
    """Opens the portal in a browser."""
    jti: str
    """Names the token, to take it back."""


class Revocation(Answer):
    revoked: bool
    portal_id: str
    jti: str | None
    """None: every token that was issued until then."""
    revoked_at: str
