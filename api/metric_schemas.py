"""The answers about metrics, for the reference; `metric_answers` makes them."""

from typing import Any

from pydantic import ConfigDict, Field

from api.schemas import Told

Metadata = dict[str, str | float | bool | None]
_ORIGIN = {"data_as_of": "2025-01-06T14:30:00Z", "snapshot": "snap-42-0f3c9a1b2d4e"}


def _example(value: dict[str, Any]) -> ConfigDict:
    return ConfigDict(extra="allow", json_schema_extra={"example": value})


class BreakdownTold(Told):
    label: str
    value: float | None
    share: float | None = Field(description="Of the total, 0 to 1")


class MetricTold(Told):
    model_config = _example(
        {
            "id": "cost.total",
            "name": "Total Cost",
            "type": "counter",
            "unit": "usd",
            "value": 1547.82,
            "timestamp": "2025-01-06T14:30:00Z",
            "metadata": {"agent_id": "agent_abc123", "period_start": "2025-01-01T00:00:00Z", **_ORIGIN},
        }
    )
    id: str
    name: str
    type: str = Field(description="counter, gauge, histogram or timeseries")
    unit: str
    description: str | None = None
    value: float | None = Field(description="Null where nothing was observed")
    timestamp: str
    metadata: Metadata
    breakdown: list[BreakdownTold] | None = Field(
        None, description="The parts of cost.by_model, cost.by_agent"
    )


class CatalogueEntryTold(Told):
    id: str
    name: str
    type: str
    unit: str
    description: str
    better: str = Field(description="higher, lower or neutral")
    dimensions: list[str]
    aggregations: list[str] = Field(description="Those with a meaning, the natural one first")
    has_distribution: bool


class CatalogueTold(Told):
    metrics: list[CatalogueEntryTold]
    total: int
    metadata: Metadata


class DataPointTold(Told):
    timestamp: str = Field(description="The start of the bucket, which may lie before the range's")
    value: float | None
    dimensions: dict[str, str]


class SeriesTold(Told):
    model_config = _example(
        {
            "metric_id": "cost.daily",
            "metric_name": "Daily Cost",
            "unit": "usd",
            "granularity": "day",
            "aggregation": "sum",
            "start": "2025-01-01T00:00:00Z",
            "end": "2025-01-03T00:00:00Z",
            "data": [
                {
                    "timestamp": "2025-01-01T00:00:00Z",
                    "value": 234.56,
                    "dimensions": {"model": "claude-sonnet-4-5-20250929"},
                }
            ],
            "metadata": {"truncated": False, **_ORIGIN},
        }
    )
    metric_id: str
    metric_name: str
    unit: str
    granularity: str
    aggregation: str
    start: str
    end: str
    data: list[DataPointTold]
    metadata: Metadata


class PercentilesTold(Told):
    p50: float | None
    p75: float | None
    p90: float | None
    p95: float | None
    p99: float | None
    min: float | None
    max: float | None
    mean: float | None
    count: int


class HistogramBucketTold(Told):
    bucket: str
    lower: float
    upper: float | None = Field(description="Not included; null is open")
    count: int


class DistributionTold(Told):
    metric_id: str
    metric_name: str
    unit: str
    start: str
    end: str
    percentiles: PercentilesTold
    histogram: list[HistogramBucketTold]
    metadata: Metadata


class BatchTold(Told):
    metrics: list[MetricTold]
    filters_applied: dict[str, str]
    metadata: Metadata


class KpiTold(Told):
    value: float | None
    unit: str
    change: float | None = Field(description="Percent of the previous value; null where that is 0 or unknown")
    change_period: str


class PeriodTold(Told):
    start: str
    end: str
    label: str


class AgentSpendTold(Told):
    agent_id: str
    cost: float | None
    requests: int


class ModelSpendTold(Told):
    model: str
    cost: float | None
    percentage: float | None


class SummaryTold(Told):
    period: PeriodTold
    kpis: dict[str, KpiTold]
    top_agents_by_spend: list[AgentSpendTold]
    cost_by_model: list[ModelSpendTold]
    metadata: Metadata
