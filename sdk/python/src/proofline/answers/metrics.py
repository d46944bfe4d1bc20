"""Answers about metrics, and the dashboard's summary."""

from .._answer import Answer
from ..words import Aggregation, Granularity, MetricType
from .common import HistogramBucket, Metadata, Part


class MetricMetadata(Answer):
    """How a value came about. In a batch, what holds for all of it is in the batch's own metadata."""

    aggregation: Aggregation
    numerator: float | None
    denominator: float | None
    observations: int | None
    coverage: float | None
    is_small_sample: bool | None
    period_start: str | None = None
    period_end: str | None = None
    timezone: str | None = None
    unpriced_share: float | None = None
    method: str | None = None
    data_as_of: str | None = None
    snapshot: str | None = None


class Metric(Answer):
    id: str
    name: str
    type: MetricType
    unit: str
    description: str | None = None
    value: float | None
    """None where nothing was observed; a percent is 0 to 100."""
    timestamp: str
    metadata: MetricMetadata
    breakdown: list[Part] | None = None


class CatalogueEntry(Answer):
    id: str
    name: str
    type: MetricType
    unit: str
    description: str
    better: str
    """higher, lower or neutral."""
    dimensions: list[str]
    aggregations: list[Aggregation]
    """Those with a meaning, the natural one first."""
    has_distribution: bool


class Catalogue(Answer):
    metrics: list[CatalogueEntry]
    total: int
    metadata: Metadata


class DataPoint(Answer):
    timestamp: str
    """The start of the bucket, which may lie before the range's."""
    value: float | None
    dimensions: dict[str, str]


class Series(Answer):
    metric_id: str
    metric_name: str
    unit: str
    granularity: Granularity
    aggregation: Aggregation
    start: str
    end: str
    data: list[DataPoint]
    metadata: Metadata


class Percentiles(Answer):
    p50: float | None
    p75: float | None
    p90: float | None
    p95: float | None
    p99: float | None
    min: float | None
    max: float | None
    mean: float | None
    count: int


class Distribution(Answer):
    metric_id: str
    metric_name: str
    unit: str
    start: str
    end: str
    percentiles: Percentiles
    histogram: list[HistogramBucket]
    metadata: Metadata


class FiltersApplied(Answer):
    agent_id: str | None = None
    model: str | None = None
    customer_id: str | None = None
    start: str
    end: str
    timezone: str


class Batch(Answer):
    metrics: list[Metric]
    filters_applied: FiltersApplied
    metadata: Metadata


class SummaryPeriod(Answer):
    start: str
    end: str
    label: str


class Kpi(Answer):
    value: float | None
    unit: str
    change: float | None
    """Percent of the previous value; None where that is 0 or unknown."""
    change_period: str
    metric_id: str
    change_points: float | None
    previous_value: float | None
    is_within_noise: bool | None
    direction: str | None


class Kpis(Answer):
    total_cost: Kpi
    total_requests: Kpi
    total_tokens: Kpi
    avg_latency: Kpi
    cache_savings: Kpi


class AgentSpend(Answer):
    agent_id: str
    cost: float | None
    requests: int


class ModelSpend(Answer):
    model: str
    cost: float | None
    percentage: float | None


class Summary(Answer):
    period: SummaryPeriod
    kpis: Kpis
    top_agents_by_spend: list[AgentSpend]
    cost_by_model: list[ModelSpend]
    metadata: Metadata
