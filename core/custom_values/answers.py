"""The value of a custom metric over a period, and its series: each bucket is calculated for itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.catalogue import CATALOGUE
from core.custom_metrics import Formula, is_custom
from core.custom_metrics.references import Definitions
from core.custom_values.columns import (
    TOTALS,
    Column,
    Ground,
    Place,
    input_columns,
    known_to,
    run_formula,
)
from core.errors import UnsupportedGranularity
from core.formula.faults import Fault
from core.measures import Filters, Number, Question, Series, many_series, values
from core.measures.answer import as_ratio
from core.measures.series import AUTO, DEFAULT_POINTS
from core.periods import Granularity, Period, bucket_edges, chosen_granularity
from core.store.readers import Reader

_WHOLE: Place = (None, None)


@dataclass(frozen=True)
class SeenInput:
    """An input and the value that the formula saw."""

    variable: str
    metric_id: str
    value: Number | None


@dataclass(frozen=True)
class CustomValue:
    """Finite or None; a warning says what became null on the way."""

    value: float | None
    inputs: tuple[SeenInput, ...]
    warnings: tuple[Fault, ...]


@dataclass(frozen=True)
class CustomPoint:
    timestamp: datetime
    value: float | None
    group: str | None


@dataclass(frozen=True)
class CustomSeries:
    """By timestamp, then by group."""

    granularity: Granularity
    points: tuple[CustomPoint, ...]
    is_truncated: bool


def custom_value(
    reader: Reader, formula: Formula, definitions: Definitions, period: Period, filters: Filters
) -> CustomValue:
    """The formula over the period.

    UnsupportedDimension for a filter that one of its inputs does not have; InvalidState when a metric that
    it uses is gone.
    """

    def fetch(questions: Sequence[Question]) -> list[Column]:
        answers = values(reader, questions, period)
        return [Column({_WHOLE: answer.ratio}) for answer in answers]

    ground = Ground(known_to(reader), definitions, fetch, lambda _columns: [_WHOLE])
    columns = input_columns(ground, formula, filters)
    found, warnings = run_formula(ground, formula, columns, [_WHOLE])
    inputs = tuple(
        SeenInput(part.variable, part.metric_id, columns[part.variable].at(_WHOLE)) for part in formula.inputs
    )
    return CustomValue(found[_WHOLE], inputs, warnings)


def custom_series(
    reader: Reader,
    formula: Formula,
    definitions: Definitions,
    period: Period,
    filters: Filters,
    granularity: str = AUTO,
    *,
    group_by: str | None = None,
    limit: int = DEFAULT_POINTS,
) -> CustomSeries:
    """The formula bucket by bucket; refuses as `custom_value` and `core.measures.series` do."""
    chosen = granularity_of(formula, definitions, granularity, period)
    starts = bucket_edges(period, chosen)[:-1]

    def fetch(questions: Sequence[Question]) -> list[Column]:
        found = many_series(reader, questions, period, chosen.value, group_by=group_by)
        return [_column(series) for series in found]

    def places(columns: Iterable[Column]) -> list[Place]:
        found = {group for column in columns for _, group in column.values if group is not None}
        groups: list[str | None] = [*sorted(found)] if group_by else [None]
        return [(start, group) for start in starts for group in groups]

    ground = Ground(known_to(reader), definitions, fetch, places)
    columns = input_columns(ground, formula, filters)
    every = places(columns.values())
    found, _ = run_formula(ground, formula, columns, every[:limit])
    points = tuple(CustomPoint(start, value, group) for (start, group), value in found.items() if start)
    return CustomSeries(chosen, points, len(every) > limit)


def _column(series: Series) -> Column:
    is_total = series.metric.is_additive and series.aggregation in TOTALS
    values: dict[Place, Number | None] = {
        (point.timestamp, _group(point.dimensions)): as_ratio(series.metric, series.aggregation, point.value)
        for point in series.points
    }
    return Column(values, missing=series.metric.zero if is_total else None)


def _group(dimensions: Sequence[tuple[str, str]]) -> str | None:
    return dimensions[0][1] if dimensions else None


def granularity_of(formula: Formula, definitions: Definitions, name: str, period: Period) -> Granularity:
    """What is asked for; at least a day where an input's rows are days."""
    chosen = chosen_granularity(name, period)
    if chosen not in (Granularity.MINUTE, Granularity.HOUR) or not _has_daily(formula, definitions, set()):
        return chosen
    if name == AUTO:
        return Granularity.DAY
    raise UnsupportedGranularity(
        "An input has a value a day; ask for day, week or month", param="granularity"
    )


def _has_daily(formula: Formula, definitions: Definitions, visited: set[str]) -> bool:
    for part in formula.inputs:
        if not is_custom(part.metric_id):
            if part.metric_id in CATALOGUE and CATALOGUE[part.metric_id].is_daily:
                return True
        elif part.metric_id in definitions and part.metric_id not in visited:
            visited.add(part.metric_id)
            if _has_daily(definitions[part.metric_id].formula, definitions, visited):
                return True
    return False
