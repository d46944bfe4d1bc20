"""Which local days of which metrics are to be computed: those that a run's rows reach, or all of a changed metric.

A row of the UTC day d lies in one of the local days d - 1 to d + 1, whatever the zone. What reads the clock is
computed again for the newest day, which may not have been over; and what reads budgets from the first touched
day on, because what a day cost counts in all days after it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum, auto

from core.catalogue import OUTCOME_PREFIX
from core.custom_metrics import CustomMetricDefinition
from pipeline.custom_metrics.definitions import Defined, reads_budgets, reads_clock
from pipeline.custom_metrics.known import Customer, Known, Pair

_DAY = timedelta(days=1)
Days = tuple[date, ...]


@dataclass(frozen=True)
class Task:
    """Metrics that are computed together, everybody's or one owner's, and the days of each customer."""

    metrics: tuple[CustomMetricDefinition, ...]
    days: Mapping[Customer, Days]


@dataclass(frozen=True)
class Due:
    """What is to be computed; the versions that all rows will be of; the pairs whose other days stay."""

    tasks: tuple[Task, ...]
    versions: Mapping[Pair, str]
    kept: frozenset[Pair]


class _Extent(Enum):
    """How much of a customer's days a metric needs."""

    EVERY_DAY = auto()
    REACHED = auto()
    REACHED_AND_NEWEST = auto()
    REACHED_AND_ONWARD = auto()


def due(defined: Defined, known: Known) -> Due:
    """Compares what there should be with what there is."""
    traits = _Traits(defined)
    versions = {
        (trait.metric.id, customer.customer_id): trait.version_for(customer, known)
        for customer in known.customers
        for trait in traits.about(customer)
    }
    kept = frozenset(pair for pair, version in versions.items() if known.versions.get(pair) == version)
    return Due(tuple(_tasks(traits, known.customers, kept)), versions, kept)


# Compared by identity, as customers are.
@dataclass(frozen=True, eq=False)
class _Trait:
    """A metric and what its numbers depend on besides the rows of a day."""

    metric: CustomMetricDefinition
    version: str
    reads_budgets: bool
    reads_clock: bool
    results: frozenset[str]

    @classmethod
    def of(cls, defined: Defined, metric: CustomMetricDefinition) -> "_Trait":
        inputs = defined.standard_inputs(metric)
        ids = {part.metric_id for part in inputs if part.metric_id.startswith(OUTCOME_PREFIX)}
        results = frozenset(metric_id.removeprefix(OUTCOME_PREFIX) for metric_id in ids)
        return cls(metric, defined.version(metric), reads_budgets(inputs), reads_clock(inputs), results)

    def version_for(self, customer: Customer, known: Known) -> str:
        budgets = known.budgets if self.reads_budgets else ""
        percents = ",".join(sorted(self.results & customer.percent_results))
        return " ".join((self.version, customer.zone.key, budgets, percents))

    def extent(self, customer: Customer, kept: frozenset[Pair]) -> _Extent:
        if customer.computed is None or (self.metric.id, customer.customer_id) not in kept:
            return _Extent.EVERY_DAY
        if self.reads_budgets:
            return _Extent.REACHED_AND_ONWARD
        return _Extent.REACHED_AND_NEWEST if self.reads_clock else _Extent.REACHED


class _Traits:
    """Those of all active metrics."""

    def __init__(self, defined: Defined) -> None:
        self._owned: dict[str | None, list[_Trait]] = {}
        for metric in defined.active:
            self._owned.setdefault(metric.customer_id, []).append(_Trait.of(defined, metric))

    def about(self, customer: Customer) -> Iterable[_Trait]:
        """Everybody's metrics, and the customer's own."""
        return (*self._owned.get(None, ()), *self._owned.get(customer.customer_id, ()))


def _tasks(traits: _Traits, customers: Iterable[Customer], kept: frozenset[Pair]) -> Iterable[Task]:
    """Customers that need the same of the same metrics share their passes over the rows."""
    together: dict[tuple[_Extent, tuple[_Trait, ...]], dict[Customer, Days]] = {}
    for customer in customers:
        wanted: dict[tuple[str | None, _Extent], list[_Trait]] = {}
        for trait in traits.about(customer):
            key = trait.metric.customer_id, trait.extent(customer, kept)
            wanted.setdefault(key, []).append(trait)
        for (_, extent), alike in wanted.items():
            if days := _days(customer, extent):
                together.setdefault((extent, tuple(alike)), {})[customer] = days
    return (Task(tuple(t.metric for t in alike), days) for (_, alike), days in together.items())


def _days(customer: Customer, extent: _Extent) -> Days:
    if extent is _Extent.EVERY_DAY or customer.computed is None:
        return tuple(_between(customer.first, customer.last))
    first_known, last_known = customer.computed
    reached = {day + offset * _DAY for day in customer.touched for offset in (-1, 0, 1)}
    reached.update(_between(last_known + _DAY, customer.last), _between(customer.first, first_known - _DAY))
    if extent is not _Extent.REACHED or customer.has_uncounted:
        reached.add(last_known)
    if extent is _Extent.REACHED_AND_ONWARD and customer.touched:
        reached.update(_between(min(customer.touched) - _DAY, customer.last))
    return tuple(sorted(day for day in reached if customer.first <= day <= customer.last))


def _between(first: date, last: date) -> Iterable[date]:
    return (first + n * _DAY for n in range((last - first).days + 1))
