"""Portals and their tokens as they are sent. Objects that answers have may be sent back."""

from collections.abc import Sequence
from typing import NotRequired, Required, TypedDict

from ..answers import portals as told
from ..words import (
    BaselineSource,
    ChartType,
    ComparisonPeriod,
    GridColumns,
    Permission,
    PortalStatus,
    Preset,
    RangeName,
    Theme,
)
from .common import Instant


class BrandingInput(TypedDict):
    title: str
    logo_url: NotRequired[str | None]
    primary_color: NotRequired[str | None]
    theme: NotRequired[Theme | None]


class BrandingChanges(TypedDict, total=False):
    title: str
    logo_url: str | None
    primary_color: str | None
    theme: Theme | None


class PositionInput(TypedDict):
    row: int
    col: int


class SizeInput(TypedDict):
    width: int
    height: int


class TimeRangeInput(TypedDict, total=False):
    default: RangeName
    allow_user_selection: bool


class ComparisonInput(TypedDict):
    enabled: bool
    period: NotRequired[ComparisonPeriod]


class TargetInput(TypedDict):
    value: float
    label: str


class PortalMetricInput(TypedDict):
    metric_id: str
    display_name: str
    position: PositionInput | told.Position
    size: SizeInput | told.Size
    chart_type: ChartType
    time_range: NotRequired[TimeRangeInput | told.TimeRange | None]
    comparison: NotRequired[ComparisonInput | told.Comparison | None]
    target: NotRequired[TargetInput | told.Target | None]


class LayoutSectionInput(TypedDict):
    metrics: Sequence[str]
    title: NotRequired[str | None]
    collapsible: NotRequired[bool | None]


class LayoutInput(TypedDict, total=False):
    grid_columns: GridColumns
    sections: Sequence[LayoutSectionInput | told.LayoutSection] | None


class BaselineInput(TypedDict):
    label: str
    value: float
    source: NotRequired[BaselineSource]


class CurrentMetricInput(TypedDict):
    label: str
    metric_id: str


class ImprovementInput(TypedDict, total=False):
    show_percentage: bool
    show_absolute: bool
    highlight_positive: bool


class BeforeAfterInput(TypedDict):
    metric_id: str
    display_name: str
    baseline: BaselineInput | told.Baseline
    current: CurrentMetricInput | told.CurrentMetric
    improvement: NotRequired[ImprovementInput | told.Improvement | None]
    position: NotRequired[PositionInput | told.Position | None]
    size: NotRequired[SizeInput | told.Size | None]


class AccessInput(TypedDict, total=False):
    embed_enabled: bool
    allowed_domains: Sequence[str] | None
    public: bool | None
    password_protected: bool | None
    password: str | None


class AccessChanges(AccessInput, total=False):
    public_link: str | None


class NewPortal(TypedDict, total=False):
    name: str | None
    customer_id: str | None
    branding: Required[BrandingInput | told.Branding]
    metrics: Sequence[PortalMetricInput | told.PortalMetric] | None
    preset_metrics: Sequence[Preset] | None
    layout: LayoutInput | told.Layout | None
    comparisons: Sequence[BeforeAfterInput | told.BeforeAfter] | None
    access: AccessInput | None


class QuickPortal(TypedDict, total=False):
    title: Required[str]
    customer_id: str | None
    name: str | None
    preset_metrics: Sequence[Preset]


class PortalChanges(TypedDict, total=False):
    name: str
    status: PortalStatus
    branding: BrandingChanges | told.Branding
    metrics: Sequence[PortalMetricInput | told.PortalMetric]
    layout: LayoutInput | told.Layout | None
    comparisons: Sequence[BeforeAfterInput | told.BeforeAfter] | None
    access: AccessChanges | told.Access


class PortalFilters(TypedDict, total=False):
    customer_id: str | None
    status: PortalStatus | None
    limit: int


class PortalQuery(PortalFilters, total=False):
    cursor: str | None


class PortalDataQuery(TypedDict, total=False):
    start: Instant | None
    end: Instant | None
    metric_ids: Sequence[str] | str | None


class NewPortalToken(TypedDict, total=False):
    expires_in: int | None
    permissions: Sequence[Permission] | None
    preview: bool


class PortalTokenRevocation(TypedDict, total=False):
    jti: str
