"""What a portal shows, as frozen values: numbers with everything that is said beside them.

Values are never rounded and carry no words for people but those that the portal's owner wrote. Money is
`Decimal`, counts are `int`, rates and means are `float`; None is nothing observed, and `state` says why.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from core.catalogue import Better
from core.measures import (
    BreakdownPart,
    BudgetState,
    Direction,
    Figures,
    HistogramBucket,
    Number,
    relative_change,
)
from core.periods import Granularity, Period
from core.portals.definition import BeforeAfter, PortalDefinition, PortalMetric


class State(StrEnum):
    """Why there is a value, or none.

    no_data: not one row in the period. not_observed: rows, but none that says anything. undefined: a division by
    nothing. no_budget: no budget runs. inactive: the metric is switched off. unavailable: the metric is gone, or cannot
    be calculated any more.
    """

    OK = "ok"
    NO_DATA = "no_data"
    NOT_OBSERVED = "not_observed"
    UNDEFINED = "undefined"
    NO_BUDGET = "no_budget"
    INACTIVE = "inactive"
    UNAVAILABLE = "unavailable"


# Tuples, because a page holds thousands of them.
class SeriesPoint(NamedTuple):
    """One bucket; `previous` is the bucket in its place in the period before, `change` is in percent."""

    timestamp: datetime
    value: Number | None
    previous: Number | None = None

    @property
    def change(self) -> float | None:
        return relative_change(self.value, self.previous)


class TableRow(NamedTuple):
    """A row of a table: a bucket (its start), or a part of a total (its label)."""

    timestamp: datetime | None
    label: str | None
    value: Number | None
    previous: Number | None
    change: float | None


class CardChange(NamedTuple):
    """The value against another period. `percent` of the previous value; `points` for percent metrics only.
    Without `is_covered` the customer's data begins only during the other period, or after it."""

    percent: float | None
    points: Number | None
    previous: Number | None
    label: str
    period: Period
    is_within_noise: bool | None
    direction: Direction | None
    is_covered: bool


@dataclass(frozen=True)
class CardData:
    """One card over one period.

    `series` is None where the card has no series, and `rows` where it is no table. `is_partial`: the last bucket
    is not over yet. `breakdown_by` is the dimension of its parts. `mean_per_day` is of daily metrics, `p95` of the
    latency distribution.
    """

    card: PortalMetric
    period: Period
    name: str
    description: str
    unit: str
    better: Better
    value: Number | None
    state: State
    figures: Figures | None = None
    is_small_sample: bool = False
    unpriced_share: float | None = None
    change: CardChange | None = None
    granularity: Granularity | None = None
    series: tuple[SeriesPoint, ...] | None = None
    is_partial: bool = False
    breakdown: tuple[BreakdownPart, ...] = ()
    breakdown_by: str | None = None
    histogram: tuple[HistogramBucket, ...] = ()
    rows: tuple[TableRow, ...] | None = None
    budget: BudgetState | None = None
    mean_per_day: Number | None = None
    p95: Number | None = None

    @property
    def coverage(self) -> float | None:
        """The share of rows for which the thing was observed; None without rows."""
        return self.figures.coverage if self.figures else None

    @cached_property
    def drawn(self) -> list[float | None]:
        """The values of its series as pictures have them."""
        return as_drawn(point.value for point in self.series or ())

    @property
    def target_share(self) -> float | None:
        """The value as a share of the target, 1 is reached; None without a target above zero or a value."""
        target = self.card.target
        if target is None or target.value <= 0 or self.value is None:
            return None
        return float(self.value) / target.value


def as_drawn(values: Iterable[Number | None]) -> list[float | None]:
    """The values as floats, of which money is made from its digits and takes its time."""
    return [None if value is None else float(value) for value in values]


@dataclass(frozen=True)
class BeforeAfterData:
    """A metric of today beside what it was before the agent. `percent` is of the baseline."""

    comparison: BeforeAfter
    current: CardData
    baseline: Number
    baseline_label: str
    absolute: Number | None
    percent: float | None
    direction: Direction | None


@dataclass(frozen=True)
class PortalData:
    """All numbers of one portal over one period; some cards may keep a period of their own."""

    portal: PortalDefinition
    period: Period
    cards: tuple[CardData, ...]
    comparisons: tuple[BeforeAfterData, ...]
    data_as_of: datetime
    snapshot: str
