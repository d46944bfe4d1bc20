"""A card of a standard metric or of a business result: what it needs, and its numbers from that.

The numbers are the analytics answers' own: the same questions over the same tables.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from core.catalogue import Aggregation, Metric
from core.measures import Answer, Figures, HistogramBucket, Number, Question, distribution, relative_change
from core.measures.breakdown import shares
from core.measures.change import Change, ComparedAnswer, change_of, scatters_by_day
from core.measures.noise import whole_days
from core.measures.question import Asked, resolved
from core.measures.series import AUTO, granularity_of
from core.measures.table import Sought
from core.measures.value import answer_of
from core.periods import Compared, Granularity, Period, bucket_edges
from core.portal_data.answer import CardChange, CardData, SeriesPoint, State, TableRow
from core.portal_data.buckets import points, previous_places
from core.portal_data.source import Need, NumberSource
from core.portals.definition import ChartType, PortalMetric
from core.store.readers import Reader

_PLAIN = frozenset((ChartType.LINE, ChartType.BAR, ChartType.NUMBER, ChartType.TABLE))
_WITH_PREVIOUS = frozenset((ChartType.LINE, ChartType.BAR, ChartType.TABLE))


@dataclass(frozen=True)
class StandardPlan:
    """A card, the question it asks, and over which period; `compared` is None where it compares nothing."""

    card: PortalMetric
    asked: Asked
    period: Period
    compared: Compared | None
    has_series: bool = True
    buckets: str = AUTO

    @classmethod
    def of(
        cls,
        reader: Reader,
        card: PortalMetric,
        period: Period,
        compared: Compared | None,
        *,
        has_series: bool = True,
        buckets: str = AUTO,
    ) -> "StandardPlan":
        """MetricNotFound for a business result that the customer does not have."""
        return cls(card, resolved(reader, Question(card.metric_id)), period, compared, has_series, buckets)

    @property
    def metric(self) -> Metric:
        return self.asked.metric

    @property
    def is_histogram(self) -> bool:
        return self.metric.is_distribution and self.card.chart_type is ChartType.BAR

    @cached_property
    def group_by(self) -> str | None:
        """What its parts are told apart by; None where it has none to show."""
        if not self.metric.is_additive:
            return None
        if self.card.chart_type is ChartType.PIE:
            return self.metric.own_dimension or "agent_id"
        return self.metric.own_dimension

    @property
    def is_table_of_parts(self) -> bool:
        return self.card.chart_type is ChartType.TABLE and self.metric.own_dimension is not None

    @cached_property
    def granularity(self) -> Granularity | None:
        """Of its series, None where it has none."""
        if not self.has_series or self.is_histogram or self.card.chart_type not in _PLAIN:
            return None
        return granularity_of([self.asked], self.buckets, self.period)

    @cached_property
    def has_previous_series(self) -> bool:
        is_shown = self.granularity is not None and self.card.chart_type in _WITH_PREVIOUS
        return is_shown and self.compared is not None and self.compared.current == self.period

    def needs(self) -> Iterator[Need]:
        """Every table that `data` reads."""
        yield self._whole(self.period)
        if self.group_by:
            yield self._parts(self.period)
        if self.metric.is_daily:
            yield self._more(Aggregation.AVG)
        if self.metric.is_distribution:
            yield self._more(Aggregation.P95)
        if self.granularity:
            yield self._series(self.period)
        if self.compared is not None:
            yield from self._needs_of_change(self.compared)

    def _needs_of_change(self, compared: Compared) -> Iterator[Need]:
        for period in (compared.current, compared.previous):
            yield self._whole(period)
            if self._days_count(period):
                yield self._days(period)
        if self.has_previous_series:
            yield self._series(compared.previous)
        if self.is_table_of_parts:
            yield self._parts(compared.previous)

    def _whole(self, period: Period) -> Need:
        return Need(period, Sought(self.asked))

    def _parts(self, period: Period) -> Need:
        return Need(period, Sought(self.asked, group_by=self.group_by))

    def _more(self, aggregation: Aggregation) -> Need:
        return Need(self.period, Sought(replace(self.asked, aggregation=aggregation)))

    def _series(self, period: Period) -> Need:
        assert self.granularity is not None
        return Need(period, Sought(self.asked, bucket_edges(period, self.granularity)))

    def _days(self, period: Period) -> Need:
        return Need(period, Sought(self.asked.as_total(), bucket_edges(period, Granularity.DAY)))

    def _days_count(self, period: Period) -> bool:
        """Whether noise is judged by the scatter of its days."""
        return scatters_by_day(self.asked) and period.start < period.end

    def data(self, source: NumberSource) -> CardData:
        """The card's numbers."""
        answer = self._answer(source, self.period)
        points = self._points(source)
        return CardData(
            card=self.card,
            period=self.period,
            name=self.metric.name,
            description=self.metric.description,
            unit=self.metric.unit,
            better=self.metric.better,
            value=answer.value,
            state=_state(answer),
            figures=answer.figures,
            is_small_sample=answer.is_small_sample,
            unpriced_share=answer.unpriced_share,
            change=self._change(source),
            granularity=self.granularity,
            series=points,
            is_partial=self._is_partial,
            breakdown=shares(source.table(self._parts(self.period))) if self.group_by else (),
            breakdown_by=self.group_by,
            histogram=self._histogram(source),
            rows=self._rows(source, points),
            budget=answer.budget,
            mean_per_day=self._second(source, Aggregation.AVG) if self.metric.is_daily else None,
            p95=self._second(source, Aggregation.P95) if self.metric.is_distribution else None,
        )

    def _answer(self, source: NumberSource, period: Period) -> Answer:
        return answer_of(source.table(self._whole(period)), period)

    def _second(self, source: NumberSource, aggregation: Aggregation) -> Number | None:
        return source.table(self._more(aggregation)).at(0).value

    def _change(self, source: NumberSource) -> CardChange | None:
        if self.compared is None:
            return None
        sides = [self._side(source, p) for p in (self.compared.current, self.compared.previous)]
        return card_change(change_of(self.compared, self.asked, *sides))

    def _side(self, source: NumberSource, period: Period) -> ComparedAnswer:
        days: tuple[Number, ...] = ()
        if self._days_count(period):
            need = self._days(period)
            days = whole_days(period, need.sought.edges, source.table(need).bucket_values)
        return ComparedAnswer(self._answer(source, period), days)

    @property
    def _is_partial(self) -> bool:
        if self.granularity is None:
            return False
        edges = bucket_edges(self.period, self.granularity)
        return bool(edges) and self.period.end < edges[-1]

    def _points(self, source: NumberSource) -> tuple[SeriesPoint, ...] | None:
        if self.granularity is None:
            return None
        need = self._series(self.period)
        edges, values = need.sought.edges, source.table(need).bucket_values
        if not self.has_previous_series:
            return points(edges[:-1], values)
        assert self.compared is not None
        before = source.table(self._series(self.compared.previous)).bucket_values
        return points(edges[:-1], values, before, previous_places(self.compared, self.granularity))

    def _histogram(self, source: NumberSource) -> tuple[HistogramBucket, ...]:
        if not self.is_histogram or not self.has_series:
            return ()
        return distribution(source.reader, self.metric.id, self.period).histogram

    def _rows(
        self, source: NumberSource, series: tuple[SeriesPoint, ...] | None
    ) -> tuple[TableRow, ...] | None:
        if self.card.chart_type is not ChartType.TABLE or not self.has_series:
            return None
        if self.is_table_of_parts:
            return self._rows_of_parts(source)
        return tuple(TableRow(p.timestamp, None, p.value, p.previous, p.change) for p in series or ())

    def _rows_of_parts(self, source: NumberSource) -> tuple[TableRow, ...]:
        parts = shares(source.table(self._parts(self.period)))
        if self.compared is None:
            return tuple(TableRow(None, part.label, part.value, None, None) for part in parts)
        before = source.table(self._parts(self.compared.previous))
        previous = {part.label: before.at(0, part.label).value for part in parts}
        return tuple(
            TableRow(None, p.label, p.value, previous[p.label], relative_change(p.value, previous[p.label]))
            for p in parts
        )


def card_change(change: Change) -> CardChange:
    """What a card says of a change."""
    return CardChange(
        change.change,
        change.points,
        change.previous.value,
        change.label,
        change.compared.previous,
        change.is_within_noise,
        change.direction,
    )


def _state(answer: Answer) -> State:
    if answer.value is not None:
        return State.OK
    if answer.metric.id == "cost.burn_rate" and answer.budget is None:
        return State.NO_BUDGET
    return state_of_nothing(answer.figures)


def state_of_nothing(figures: Figures) -> State:
    """Why there is no value."""
    if not figures.total:
        return State.NO_DATA
    return State.UNDEFINED if figures.observed else State.NOT_OBSERVED
