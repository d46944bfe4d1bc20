"""A card of a custom metric: its formula over the period, the one before and every bucket, in one go.

The formula sees what `core.custom_values` would let it see over the same stretch of time, so it gives the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from core.catalogue import Better
from core.custom_metrics import CustomMetricDefinition
from core.custom_metrics.references import Definitions
from core.custom_values import standard_questions
from core.custom_values.answers import granularity_of
from core.custom_values.columns import Column, Ground, Place, input_columns, known_to, run_formula
from core.errors import MetricNotFound
from core.measures import Number, Question, relative_change
from core.measures.answer import as_ratio
from core.measures.change import difference
from core.measures.question import EVERYTHING, Asked, resolved
from core.measures.series import AUTO
from core.measures.table import Sought
from core.periods import Compared, Granularity, Period, bucket_edges
from core.portal_data.answer import CardChange, CardData, SeriesPoint, State, TableRow
from core.portal_data.buckets import points, previous_places
from core.portal_data.source import Need, NumberSource, need
from core.portals.definition import ChartType, PortalMetric
from core.store.readers import Reader

_WITH_PREVIOUS = frozenset((ChartType.LINE, ChartType.BAR, ChartType.TABLE))
_CURRENT, _BEFORE, _COMPARED = "current", "previous", "compared"


@dataclass(frozen=True)
class _Span:
    """A stretch of time that the formula is calculated over, as a whole and, with edges, bucket by bucket."""

    name: str
    period: Period
    edges: tuple[datetime, ...] = ()

    def places(self) -> list[Place]:
        return [(None, self.name), *((start, self.name) for start in self.edges[:-1])]


# Compared by identity: definitions hold mappings.
@dataclass(frozen=True, eq=False)
class CustomPlan:
    """A card, the definition of its metric and of those it uses, and over which period."""

    card: PortalMetric
    definition: CustomMetricDefinition
    definitions: Definitions
    period: Period
    compared: Compared | None
    questions: tuple[tuple[Question, Asked], ...]
    has_series: bool = True
    buckets: str = AUTO

    @classmethod
    def of(
        cls,
        reader: Reader,
        card: PortalMetric,
        definitions: Definitions,
        period: Period,
        compared: Compared | None,
        *,
        has_series: bool = True,
        buckets: str = AUTO,
    ) -> "CustomPlan":
        """MetricNotFound where the metric is gone; refuses a filter that an input does not have."""
        definition = definitions.get(card.metric_id)
        if definition is None or not definition.is_active:
            raise MetricNotFound(f"there is no metric {card.metric_id}", param="metric_id")
        named = standard_questions(definition.formula, definitions, EVERYTHING)
        questions = tuple(_resolved(reader, dict.fromkeys(named)))
        return cls(card, definition, definitions, period, compared, questions, has_series, buckets)

    @cached_property
    def granularity(self) -> Granularity | None:
        if not self.has_series or self.card.chart_type is ChartType.PIE:
            return None
        return granularity_of(self.definition.formula, self.definitions, self.buckets, self.period)

    @cached_property
    def spans(self) -> tuple[_Span, ...]:
        spans = [_Span(_CURRENT, self.period, self._edges(self.period))]
        if self.compared is not None:
            edges = self._edges(self.compared.previous) if self.has_previous_series else ()
            spans.append(_Span(_BEFORE, self.compared.previous, edges))
            if self.compared.current != self.period:
                spans.append(_Span(_COMPARED, self.compared.current))
        return tuple(spans)

    @cached_property
    def has_previous_series(self) -> bool:
        is_shown = self.granularity is not None and self.card.chart_type in _WITH_PREVIOUS
        return is_shown and self.compared is not None and self.compared.current == self.period

    def _edges(self, period: Period) -> tuple[datetime, ...]:
        return bucket_edges(period, self.granularity) if self.granularity else ()

    @property
    def needs(self) -> Iterator[Need]:
        """Every table that `data` reads."""
        for span in self.spans:
            for _, asked in self.questions:
                yield from _tables(span, asked)

    def data(self, source: NumberSource) -> CardData:
        """The card's numbers; InvalidState when a metric that it uses is gone."""
        found = self._calculated(source)
        value, series = found[None, _CURRENT], self._points(found)
        edges = self.spans[0].edges
        return CardData(
            card=self.card,
            period=self.period,
            name=self.definition.name,
            description=self.definition.description,
            unit=self.definition.unit,
            better=Better.NEUTRAL,
            value=value,
            state=State.OK if value is not None else State.UNDEFINED,
            change=self._change(found, source),
            granularity=self.granularity,
            series=series,
            is_partial=bool(edges) and self.period.end < edges[-1],
            rows=self._rows(series),
        )

    def _calculated(self, source: NumberSource) -> dict[Place, float | None]:
        places = [place for span in self.spans for place in span.places()]
        asked = dict(self.questions)

        def fetch(questions: Sequence[Question]) -> list[Column]:
            return [Column(dict(self._seen(source, asked[question]))) for question in questions]

        def every_place(_columns: Iterable[Column]) -> list[Place]:
            return places

        ground = Ground(known_to(source.reader), self.definitions, fetch, every_place)
        columns = input_columns(ground, self.definition.formula, EVERYTHING)
        return run_formula(ground, self.definition.formula, columns, places)[0]

    def _seen(self, source: NumberSource, asked: Asked) -> Iterator[tuple[Place, Number | None]]:
        """An input at every place, as the formula sees it."""
        for span in self.spans:
            tables = [source.table(need) for need in _tables(span, asked)]
            values = [table.at(n).value for table in tables for n in range(table.window.bucket_count)]
            for place, value in zip(span.places(), values, strict=True):
                yield place, as_ratio(asked.metric, asked.aggregation, value)

    def _points(self, found: dict[Place, float | None]) -> tuple[SeriesPoint, ...] | None:
        if self.granularity is None:
            return None
        starts = self.spans[0].edges[:-1]
        values = [found[start, _CURRENT] for start in starts]
        if not self.has_previous_series:
            return points(starts, values)
        assert self.compared is not None
        before = [found[start, _BEFORE] for start in self.spans[1].edges[:-1]]
        places = previous_places(self.compared, self.granularity)
        return points(starts, values, before, places)

    def _change(self, found: dict[Place, float | None], source: NumberSource) -> CardChange | None:
        """Whether it may be chance is not judged: a formula's error is not known."""
        if self.compared is None:
            return None
        current, previous = found.get((None, _COMPARED), found[None, _CURRENT]), found[None, _BEFORE]
        return CardChange(
            percent=relative_change(current, previous),
            points=difference(current, previous) if self.definition.unit == "percent" else None,
            previous=previous,
            label=self.compared.label,
            period=self.compared.previous,
            is_within_noise=None,
            direction=None,
            is_covered=source.covers(self.compared.previous),
        )

    def _rows(self, series: tuple[SeriesPoint, ...] | None) -> tuple[TableRow, ...] | None:
        if self.card.chart_type is not ChartType.TABLE or series is None:
            return None
        return tuple(TableRow(p.timestamp, None, p.value, p.previous, p.change) for p in series)


def _tables(span: _Span, asked: Asked) -> Iterator[Need]:
    """Over the whole span, then over its buckets."""
    yield need(span.period, Sought(asked))
    if span.edges:
        yield need(span.period, Sought(asked, span.edges))


def _resolved(reader: Reader, questions: Iterable[Question]) -> Iterator[tuple[Question, Asked]]:
    """Those that have an answer; a business result that this customer does not have is nothing of it."""
    for question in questions:
        try:
            yield question, resolved(reader, question)
        except MetricNotFound:
            continue
