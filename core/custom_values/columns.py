"""The inputs of a formula as numbers by place; standard metrics are fetched together."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.catalogue import CATALOGUE, Aggregation
from core.custom_metrics import Formula, FormulaInput, check_custom_formula, is_custom
from core.custom_metrics.definition import MAX_CHAIN
from core.custom_metrics.references import Definitions
from core.custom_values.rows import run_rows
from core.errors import InvalidState, MetricNotFound
from core.formula.faults import Fault
from core.measures import Filters, Number, Question, find_metric
from core.metric_info import find_for_use
from core.store.readers import Reader

# Where a value stands: at a bucket's start or over everything (None), of a group or of all (None).
Place = tuple[datetime | None, str | None]
# Aggregations of which nothing is 0; of the others it is unknown.
TOTALS = (Aggregation.SUM, Aggregation.COUNT, Aggregation.RATE)


@dataclass(frozen=True)
class Column:
    """Numbers by place; `missing` stands where the metric has no row."""

    values: Mapping[Place, Number | None]
    missing: Number | None = None

    def at(self, place: Place) -> Number | None:
        return self.values.get(place, self.missing)


@dataclass(frozen=True)
class Ground:
    """What a formula stands on: which definitions, over which places, and how to fetch.

    `fetch` answers questions about standard metrics, those that `is_known` says exist; `places` gives the
    places of columns, in order.
    """

    is_known: Callable[[str], bool]
    definitions: Definitions
    fetch: Callable[[Sequence[Question]], list[Column]]
    places: Callable[[Iterable[Column]], list[Place]]


def input_columns(ground: Ground, formula: Formula, filters: Filters) -> dict[str, Column]:
    """A column for every input, by variable; its own filters and the request's both apply."""
    columns = {
        part.variable: _custom_column(ground, part.metric_id, _both(part, filters))
        for part in formula.inputs
        if is_custom(part.metric_id)
    }
    standard = [part for part in formula.inputs if not is_custom(part.metric_id)]
    known = [part for part in standard if ground.is_known(part.metric_id)]
    questions = [Question(part.metric_id, part.aggregation, _both(part, filters)) for part in known]
    fetched = ground.fetch(questions) if questions else []
    columns |= {part.variable: column for part, column in zip(known, fetched, strict=True)}
    return {
        part.variable: columns.get(part.variable, Column({}, nothing(part.aggregation)))
        for part in formula.inputs
    }


def run_formula(
    ground: Ground, formula: Formula, columns: Mapping[str, Column], places: Sequence[Place]
) -> tuple[dict[Place, float | None], tuple[Fault, ...]]:
    """The formula at every place; InvalidState when it cannot be calculated any more."""
    checked = check_custom_formula(formula, find_metric=find_for_use, definitions=ground.definitions)
    if checked.formula is None:
        raise InvalidState(f"The metric cannot be calculated: {checked.errors[0].message}")
    inputs = {name: [columns[name].at(place) for place in places] for name in checked.formula.variables}
    values, warnings = run_rows(checked.formula, inputs, len(places))
    return dict(zip(places, values, strict=True)), warnings


def _custom_column(ground: Ground, metric_id: str, filters: Filters) -> Column:
    definition = ground.definitions.get(metric_id)
    if definition is None:
        raise InvalidState(f"The metric cannot be calculated: {metric_id} does not exist")
    columns = input_columns(ground, definition.formula, filters)
    places = ground.places(columns.values())
    values, _ = run_formula(ground, definition.formula, columns, places)
    if definition.unit != "percent":
        return Column(values)
    return Column({place: None if v is None else v / 100 for place, v in values.items()})


def _both(part: FormulaInput, filters: Filters) -> Filters:
    return Filters.of(**part.filters) & filters


def known_to(reader: Reader) -> Callable[[str], bool]:
    """Whether a standard metric exists, or a business result that the reader's scope has."""

    def is_known(metric_id: str) -> bool:
        if metric_id in CATALOGUE:
            return True
        try:
            find_metric(reader, metric_id)
        except MetricNotFound:
            return False
        return True

    return is_known


def standard_questions(formula: Formula, definitions: Definitions, filters: Filters) -> Iterator[Question]:
    """What `input_columns` will ask of standard metrics, down to the last custom metric among the inputs."""
    yield from _questions(formula, definitions, filters, MAX_CHAIN)


def _questions(
    formula: Formula, definitions: Definitions, filters: Filters, levels: int
) -> Iterator[Question]:
    for part in formula.inputs:
        both, used = _both(part, filters), definitions.get(part.metric_id)
        if not is_custom(part.metric_id):
            yield Question(part.metric_id, part.aggregation, both)
        elif used is not None and levels:
            yield from _questions(used.formula, definitions, both, levels - 1)


def nothing(aggregation: str | None) -> Number | None:
    """A business result that a customer does not have: a sum of nothing is 0, anything else is unknown."""
    return 0 if aggregation is None or aggregation in TOTALS else None
