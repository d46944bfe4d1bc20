"""What a card of a standard metric or of a business result reads, before anything is read.

It depends on the metric, the kind of card and the period alone, so portals that show alike share it; what becomes of
the tables is `core.portal_data.standard`.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, lru_cache

from core.catalogue import Aggregation, Metric
from core.measures.change import scatters_by_day
from core.measures.noise import is_long_enough
from core.measures.question import Asked
from core.measures.series import granularity_of
from core.measures.table import Sought
from core.periods import Compared, Granularity, Period, bucket_edges
from core.portal_data.source import Need, need
from core.portals.definition import ChartType

_PLAIN = frozenset((ChartType.LINE, ChartType.BAR, ChartType.NUMBER, ChartType.TABLE))
_WITH_PREVIOUS = frozenset((ChartType.LINE, ChartType.BAR, ChartType.TABLE))


@dataclass(frozen=True)
class SideNeeds:
    """One of the two periods that a card compares; `days` where noise is judged by the scatter of its days."""

    period: Period
    whole: Need
    days: Need | None


@dataclass(frozen=True, eq=False)
class StandardNeeds:
    """A question asked for a kind of card over a period; `compared` is None where it compares nothing."""

    asked: Asked
    chart_type: ChartType
    period: Period
    compared: Compared | None
    has_series: bool
    buckets: str

    @property
    def metric(self) -> Metric:
        return self.asked.metric

    @property
    def is_histogram(self) -> bool:
        return self.metric.is_distribution and self.chart_type is ChartType.BAR

    @property
    def is_table_of_parts(self) -> bool:
        return self.chart_type is ChartType.TABLE and self.metric.own_dimension is not None

    @cached_property
    def group_by(self) -> str | None:
        """What its parts are told apart by; None where it has none to show."""
        if not self.metric.is_additive:
            return None
        if self.chart_type is ChartType.PIE:
            return self.metric.own_dimension or "agent_id"
        return self.metric.own_dimension

    @cached_property
    def granularity(self) -> Granularity | None:
        """Of its series, None where it has none."""
        if not self.has_series or self.is_histogram or self.chart_type not in _PLAIN:
            return None
        return granularity_of([self.asked], self.buckets, self.period)

    @cached_property
    def edges(self) -> tuple[datetime, ...]:
        """Of its series."""
        return bucket_edges(self.period, self.granularity) if self.granularity else ()

    @cached_property
    def whole(self) -> Need:
        return self._whole(self.period)

    @cached_property
    def parts(self) -> Need | None:
        return self._parts(self.period)

    @cached_property
    def parts_before(self) -> Need | None:
        """Of the period before, for a table that compares parts."""
        if self.compared is None or not self.is_table_of_parts:
            return None
        return self._parts(self.compared.previous)

    @cached_property
    def mean_per_day(self) -> Need | None:
        return self._more(Aggregation.AVG) if self.metric.is_daily else None

    @cached_property
    def p95(self) -> Need | None:
        return self._more(Aggregation.P95) if self.metric.is_distribution else None

    @cached_property
    def series(self) -> Need | None:
        return self._series(self.period)

    @cached_property
    def series_before(self) -> Need | None:
        """The series that stands beside its own."""
        if self.compared is None or self.compared.current != self.period:
            return None
        return self._series(self.compared.previous) if self.chart_type in _WITH_PREVIOUS else None

    @cached_property
    def sides(self) -> tuple[SideNeeds, ...]:
        """The two that are compared: the current one, then the previous."""
        if self.compared is None:
            return ()
        return tuple(map(self._side, (self.compared.current, self.compared.previous)))

    @cached_property
    def all(self) -> tuple[Need, ...]:
        """Everything that the card reads."""
        own = (self.whole, self.parts, self.mean_per_day, self.p95, self.series)
        before = (self.series_before, self.parts_before)
        of_sides = (one for side in self.sides for one in (side.whole, side.days))
        return tuple(one for one in (*own, *of_sides, *before) if one is not None)

    def _whole(self, period: Period) -> Need:
        return need(period, Sought(self.asked))

    def _parts(self, period: Period) -> Need | None:
        return need(period, Sought(self.asked, group_by=self.group_by)) if self.group_by else None

    def _more(self, aggregation: Aggregation) -> Need:
        return need(self.period, Sought(replace(self.asked, aggregation=aggregation)))

    def _series(self, period: Period) -> Need | None:
        if self.granularity is None:
            return None
        return need(period, Sought(self.asked, bucket_edges(period, self.granularity)), is_series=True)

    def _side(self, period: Period) -> SideNeeds:
        days = None
        if scatters_by_day(self.asked) and is_long_enough(period):
            by_day = Sought(self.asked.as_total(), bucket_edges(period, Granularity.DAY))
            days = need(period, by_day, is_series=True)
        return SideNeeds(period, self._whole(period), days)


# Most portals show the same few metrics in the same ways over the same five ranges of their zones.
@lru_cache(maxsize=1024)
def standard_needs(
    asked: Asked,
    chart_type: ChartType,
    period: Period,
    compared: Compared | None,
    *,
    has_series: bool,
    buckets: str,
) -> StandardNeeds:
    """What such a card reads."""
    return StandardNeeds(asked, chart_type, period, compared, has_series, buckets)
