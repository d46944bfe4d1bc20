"""A question about one metric, checked: which metric, how aggregated, of which rows.

Answering it is the other modules' work; a question that gets past `resolved` has an answer.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

from core.catalogue import (
    CATALOGUE,
    FILTERS,
    GROUPS,
    OUTCOME_PREFIX,
    OUTCOMES,
    Aggregation,
    Kind,
    Metric,
    outcome_metric,
)
from core.errors import InvalidParameter, MetricNotFound, UnsupportedAggregation, UnsupportedDimension
from core.store.query import Query
from core.store.readers import Reader

MIXED_UNITS = "mixed"


@dataclass(frozen=True)
class Filters:
    """Conditions that all hold: (dimension, value). Two values of one dimension match no row."""

    conditions: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, **values: str | None) -> Self:
        """From `agent_id=…, model=…`; None is no condition. InvalidParameter for an unknown dimension."""
        for dimension in values.keys() - set(FILTERS):
            raise InvalidParameter(f"expected one of {', '.join(FILTERS)}", param=dimension)
        return cls(tuple(sorted((d, v) for d, v in values.items() if v is not None)))

    def __and__(self, other: Self) -> Self:
        return type(self)(tuple(sorted({*self.conditions, *other.conditions})))

    def named(self, dimension: str) -> tuple[str, ...]:
        """The values that this dimension must have, usually none or one."""
        return tuple(value for d, value in self.conditions if d == dimension)

    @property
    def dimensions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(d for d, _ in self.conditions))


EVERYTHING = Filters()


@dataclass(frozen=True)
class Question:
    """What somebody asks; `aggregation` None means the metric's natural one."""

    metric_id: str
    aggregation: str | None = None
    filters: Filters = EVERYTHING


@dataclass(frozen=True)
class Asked:
    """A question that has an answer."""

    metric: Metric
    aggregation: Aggregation
    filters: Filters

    @property
    def row_filters(self) -> Filters:
        """The filters, and for a business result its name."""
        if self.metric.fact is not OUTCOMES:
            return self.filters
        name = self.metric.id.removeprefix(OUTCOME_PREFIX)
        return self.filters & Filters((("name", name),))

    @property
    def is_natural(self) -> bool:
        return self.aggregation is self.metric.natural

    @property
    def reads_days(self) -> bool:
        """Whether its rows are days: a daily metric aggregated otherwise than as a total."""
        return self.metric.is_daily and self.aggregation not in (Aggregation.SUM, Aggregation.RATE)

    @property
    def is_burn_rate(self) -> bool:
        return self.metric.kind is Kind.BURN_RATE

    def as_total(self) -> "Asked":
        return self if self.is_natural else replace(self, aggregation=self.metric.natural)


def resolved(reader: Reader, question: Question) -> Asked:
    """The question, checked.

    MetricNotFound, UnsupportedAggregation, UnsupportedDimension, or CustomerNotFound for a customer
    outside the reader's scope.
    """
    metric = find_metric(reader, question.metric_id)
    for customer_id in question.filters.named("customer_id"):
        reader.check_customer(customer_id)
    for dimension in question.filters.dimensions:
        check_dimension(metric, dimension, param=dimension)
    return Asked(metric, _aggregation(metric, question.aggregation), question.filters)


def find_metric(reader: Reader, metric_id: str) -> Metric:
    """The metric of that id among the standard ones and the business results that whoever asks knows of."""
    metric = CATALOGUE.get(metric_id)
    if metric is not None:
        return metric
    if metric_id.startswith(OUTCOME_PREFIX):
        name = metric_id.removeprefix(OUTCOME_PREFIX)
        units = units_of_outcome(reader, name) or reader.units_beyond(name)
        if name in units:
            return outcome_metric(name, units[name])
    hint = "; a custom metric is evaluated under its own address" if metric_id.startswith("cm_") else ""
    raise MetricNotFound(f"there is no metric {metric_id[:200]}{hint}", param="metric_id")


def units_of_outcome(reader: Reader, name: str) -> dict[str, str]:
    """The unit of the business result of that name; nothing where no row in the reader's scope has it."""
    return _units_of_outcomes(reader, Filters((("name", name),)))


def known_metrics(reader: Reader) -> list[Metric]:
    """Every standard metric, then every business result in the reader's scope, by name."""
    units = _units_of_outcomes(reader, EVERYTHING)
    return [*CATALOGUE.values(), *(outcome_metric(name, units[name]) for name in sorted(units))]


def _units_of_outcomes(reader: Reader, filters: Filters) -> dict[str, str]:
    query = Query(
        OUTCOMES.measure,
        ("min(unit)", "count(DISTINCT unit)"),
        ("name",),
        where=tuple("name = $name" for _ in filters.conditions),
        values=filters.conditions,
    )
    return {str(name): str(unit) if count == 1 else MIXED_UNITS for name, unit, count in reader.rows(query)}


def _aggregation(metric: Metric, name: str | None) -> Aggregation:
    if name is None:
        return metric.natural
    known = metric.aggregations
    if name not in known:
        message = f"{metric.id} has no {name[:20]}; it has {', '.join(known)}"
        raise UnsupportedAggregation(message, param="aggregation")
    return Aggregation(name)


def check_dimension(metric: Metric, dimension: str, *, param: str) -> None:
    """UnsupportedDimension where the metric's rows do not have that dimension."""
    if dimension not in metric.dimensions:
        message = (
            f"{metric.id} cannot be told apart by {dimension[:40]}; only by {', '.join(metric.dimensions)}"
        )
        raise UnsupportedDimension(message, param=param)


def check_group(metrics: Iterable[Metric], group_by: str | None) -> None:
    """InvalidParameter for an unknown dimension, UnsupportedDimension for one that a metric lacks."""
    if group_by is None:
        return
    if group_by not in GROUPS:
        raise InvalidParameter(f"expected one of {', '.join(GROUPS)}", param="group_by")
    for metric in metrics:
        check_dimension(metric, group_by, param="group_by")
