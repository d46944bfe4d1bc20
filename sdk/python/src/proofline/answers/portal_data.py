"""The numbers of a portal."""

from .._answer import Answer
from ..words import BaselineSource, ChartType, Granularity
from .common import HistogramBucket, Metadata, Part, Period


class ChartPoint(Answer):
    timestamp: str
    """The start of the bucket, which may lie before the range's."""
    value: float | None
    previous: float | None = None


class TableRow(Answer):
    timestamp: str | None = None
    label: str | None = None
    value: float | None
    previous: float | None
    change: float | None


class TargetReached(Answer):
    value: float
    label: str
    share: float | None


class CardMetadata(Answer):
    """Where a card's number comes from; what else it says of itself is in here as well."""

    state: str
    numerator: float | None
    denominator: float | None
    observations: int | None
    coverage: float | None
    is_small_sample: bool | None
    is_partial: bool | None
    period_start: str
    period_end: str


class PortalCard(Answer):
    metric_id: str
    display_name: str
    value: float | None
    """None where nothing was observed; `metadata.state` says why."""
    unit: str
    change: float | None
    """Percent of the previous value; None where the portal compares nothing."""
    change_period: str | None
    chart_data: list[ChartPoint] | None
    """None where there is no series."""
    granularity: Granularity | None
    chart_type: ChartType
    better: str
    target: TargetReached | None
    breakdown: list[Part] | None = None
    histogram: list[HistogramBucket] | None = None
    rows: list[TableRow] | None = None
    metadata: CardMetadata
    change_points: float | None = None
    previous_value: float | None = None
    previous_period: Period | None = None
    previous_is_covered: bool | None = None
    is_within_noise: bool | None = None
    direction: str | None = None


class BaselineFigure(Answer):
    label: str
    value: float | None
    source: BaselineSource


class CurrentFigure(Answer):
    label: str
    metric_id: str
    value: float | None


class ImprovementFigure(Answer):
    absolute: float | None
    percentage: float | None
    direction: str | None


class BeforeAfterFigures(Answer):
    metric_id: str
    display_name: str
    unit: str
    baseline: BaselineFigure
    current: CurrentFigure
    improvement: ImprovementFigure


class PortalData(Answer):
    portal_id: str
    customer_id: str
    period: Period
    data: list[PortalCard]
    comparisons: list[BeforeAfterFigures]
    generated_at: str
    metadata: Metadata
