"""What the engine answers with: frozen values that carry everything a reader of the number may ask next.

Values are never rounded. Money is `Decimal`, counts are `int`, rates and means are `float`; None means that
nothing was observed. Percent metrics are 0 to 100; `ratio` is the 0 to 1 that formulas see.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from core.catalogue import Aggregation, Kind, Metric
from core.measures.question import Filters
from core.periods import Granularity, Period

Number = int | float | Decimal
SMALL_SAMPLE = 30


# Tuples, because a page asks for hundreds and a series has one of each a bucket: they are made several times faster.
class Figures(NamedTuple):
    """A value with the parts it came from. `observed` of `total` rows could say something about it."""

    value: Number | None
    numerator: Number | None
    denominator: int | None
    observations: int
    observed: int
    total: int

    @property
    def coverage(self) -> float | None:
        """The share of rows for which the thing was observed; None without rows."""
        return self.observed / self.total if self.total else None


class BreakdownPart(NamedTuple):
    """One part of a total; `share` is 0 to 1, None where there is no total to share."""

    label: str
    value: Number | None
    share: float | None


@dataclass(frozen=True)
class BudgetState:
    """How far a budget is spent at an instant of its running period."""

    budget_id: str
    limit_usd: Decimal
    spend_usd: Decimal | None
    projected_usd: Decimal | None
    period_start: datetime
    period_end: datetime


class Answer(NamedTuple):
    """One metric over one period."""

    metric: Metric
    aggregation: Aggregation
    period: Period
    filters: Filters
    figures: Figures
    breakdown: tuple[BreakdownPart, ...] = ()
    budget: BudgetState | None = None
    method: str = "exact"

    @property
    def value(self) -> Number | None:
        return self.figures.value

    @property
    def coverage(self) -> float | None:
        return self.figures.coverage

    @property
    def ratio(self) -> Number | None:
        """The value as a formula sees it: percent as 0 to 1."""
        return as_ratio(self.metric, self.aggregation, self.value)

    @property
    def is_small_sample(self) -> bool:
        """Whether a rate, mean or percentile stands on fewer than 30 observations."""
        judged = self.metric.kind in (Kind.RATIO, Kind.PERCENTILE)
        return judged and self.figures.observations < SMALL_SAMPLE

    @property
    def unpriced_share(self) -> float | None:
        """The share of calls without a known price, for metrics that need one; None without calls."""
        coverage = self.figures.coverage if self.metric.is_priced or self.budget else None
        return None if coverage is None else 1 - coverage


def as_ratio(metric: Metric, aggregation: Aggregation, value: Number | None) -> Number | None:
    """A percent as its ratio 0 to 1; anything else unchanged. How many rows there are is no percent."""
    is_percent = metric.is_percent and aggregation is not Aggregation.COUNT
    return value / 100 if is_percent and value is not None else value


class Point(NamedTuple):
    """One bucket of a series; `timestamp` is the bucket's start, which may lie before the period's."""

    timestamp: datetime
    value: Number | None
    dimensions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Series:
    """One metric, bucket by bucket: every bucket of the period, by time and then by group."""

    metric: Metric
    aggregation: Aggregation
    granularity: Granularity
    group_by: str | None
    period: Period
    filters: Filters
    points: tuple[Point, ...]
    is_truncated: bool
    method: str = "exact"


@dataclass(frozen=True)
class HistogramBucket:
    """Rows with lower ≤ value < upper; the last one is open (`upper` None)."""

    lower: Number
    upper: Number | None
    count: int
    label: str


@dataclass(frozen=True)
class Distribution:
    """How the values of a metric's rows spread; all None and no histogram when there is no row."""

    metric: Metric
    period: Period
    filters: Filters
    count: int
    minimum: Number | None
    maximum: Number | None
    mean: Number | None
    percentiles: tuple[tuple[str, Number | None], ...]
    histogram: tuple[HistogramBucket, ...]
    observed: int
    total: int
    method: str = "exact"
