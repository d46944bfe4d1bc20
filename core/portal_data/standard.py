"""A card of a standard metric or of a business result: what it needs, and its numbers from that.

The numbers are the analytics answers' own: the same questions over the same tables.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from core.measures import Answer, Figures, HistogramBucket, Number, Question, distribution, relative_change
from core.measures.breakdown import shares
from core.measures.change import Change, ComparedAnswer, change_of
from core.measures.noise import whole_days
from core.measures.question import resolved
from core.measures.series import AUTO
from core.measures.value import answer_of
from core.periods import Compared, Period
from core.portal_data.answer import CardChange, CardData, SeriesPoint, State, TableRow
from core.portal_data.buckets import points, previous_places
from core.portal_data.source import Need, NumberSource
from core.portal_data.standard_needs import SideNeeds, StandardNeeds, standard_needs
from core.portals.definition import ChartType, PortalMetric
from core.store.readers import Reader


@dataclass(frozen=True)
class StandardPlan:
    """A card and what it reads."""

    card: PortalMetric
    reads: StandardNeeds

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
        asked = resolved(reader, Question(card.metric_id))
        reads = standard_needs(
            asked, card.chart_type, period, compared, has_series=has_series, buckets=buckets
        )
        return cls(card, reads)

    @property
    def needs(self) -> Iterable[Need]:
        """Every table that `data` reads."""
        return self.reads.all

    def data(self, source: NumberSource) -> CardData:
        """The card's numbers."""
        reads, metric = self.reads, self.reads.metric
        answer = answer_of(source.table(reads.whole), reads.period)
        points = self._points(source)
        return CardData(
            card=self.card,
            period=reads.period,
            name=metric.name,
            description=metric.description,
            unit=metric.unit,
            better=metric.better,
            value=answer.value,
            state=_state(answer),
            figures=answer.figures,
            is_small_sample=answer.is_small_sample,
            unpriced_share=answer.unpriced_share,
            change=self._change(source),
            granularity=reads.granularity,
            series=points,
            is_partial=bool(reads.edges) and reads.period.end < reads.edges[-1],
            breakdown=shares(source.table(reads.parts)) if reads.parts else (),
            breakdown_by=reads.group_by,
            histogram=self._histogram(source),
            rows=self._rows(source, points),
            budget=answer.budget,
            mean_per_day=_value(source, reads.mean_per_day),
            p95=_value(source, reads.p95),
        )

    def _change(self, source: NumberSource) -> CardChange | None:
        compared = self.reads.compared
        if compared is None:
            return None
        sides = [_side(source, side) for side in self.reads.sides]
        found = change_of(compared, self.reads.asked, *sides)
        return _card_change(found, is_covered=source.covers(compared.previous))

    def _points(self, source: NumberSource) -> tuple[SeriesPoint, ...] | None:
        reads = self.reads
        if reads.series is None or reads.granularity is None:
            return None
        values = source.values(reads.series)
        if reads.series_before is None:
            return points(reads.edges[:-1], values)
        assert reads.compared is not None
        before = source.values(reads.series_before)
        return points(reads.edges[:-1], values, before, previous_places(reads.compared, reads.granularity))

    def _histogram(self, source: NumberSource) -> tuple[HistogramBucket, ...]:
        reads = self.reads
        if not reads.is_histogram or not reads.has_series:
            return ()
        return distribution(source.reader, reads.metric.id, reads.period).histogram

    def _rows(
        self, source: NumberSource, series: tuple[SeriesPoint, ...] | None
    ) -> tuple[TableRow, ...] | None:
        if self.card.chart_type is not ChartType.TABLE or not self.reads.has_series:
            return None
        if self.reads.is_table_of_parts:
            return self._rows_of_parts(source)
        return tuple(TableRow(p.timestamp, None, p.value, p.previous, p.change) for p in series or ())

    def _rows_of_parts(self, source: NumberSource) -> tuple[TableRow, ...]:
        assert self.reads.parts is not None
        parts = shares(source.table(self.reads.parts))
        if self.reads.parts_before is None:
            return tuple(TableRow(None, part.label, part.value, None, None) for part in parts)
        before = source.table(self.reads.parts_before)
        previous = {part.label: before.at(0, part.label).value for part in parts}
        return tuple(
            TableRow(None, p.label, p.value, previous[p.label], relative_change(p.value, previous[p.label]))
            for p in parts
        )


def _value(source: NumberSource, needed: Need | None) -> Number | None:
    """What a second question about the same period says, where the card asks one."""
    return None if needed is None else source.table(needed).at(0).value


def _side(source: NumberSource, side: SideNeeds) -> ComparedAnswer:
    days: tuple[Number, ...] = ()
    if side.days is not None:
        days = whole_days(side.period, side.days.sought.edges, source.values(side.days))
    return ComparedAnswer(answer_of(source.table(side.whole), side.period), days)


def _card_change(change: Change, *, is_covered: bool) -> CardChange:
    """What a card says of a change."""
    return CardChange(
        change.change,
        change.points,
        change.previous.value,
        change.label,
        change.compared.previous,
        change.is_within_noise,
        change.direction,
        is_covered,
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
