"""What may be asked about metrics."""

from collections.abc import Sequence
from typing import Required, TypedDict

from ..words import Aggregation, Granularity, GroupBy
from .common import Instant


class _Filters(TypedDict, total=False):
    agent_id: str | None
    customer_id: str | None
    timezone: str


class ValueQuery(_Filters, total=False):
    model: str | None
    at: Instant | None


class _Range(_Filters, total=False):
    model: str | None
    start: Required[Instant]
    end: Instant | None


class SeriesQuery(_Range, total=False):
    granularity: Granularity
    aggregation: Aggregation | None
    group_by: GroupBy | None
    limit: int


class DistributionQuery(_Range, total=False):
    buckets: int


class SummaryQuery(_Filters, total=False):
    period: str
    start: Instant | None
    end: Instant | None


class BatchFilters(_Filters, total=False):
    model: str | None
    start: Instant | None
    end: Instant | None


class NewBatch(TypedDict, total=False):
    metric_ids: Required[Sequence[str]]
    filters: BatchFilters
