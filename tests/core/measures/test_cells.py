"""Values made column by column are those that each cell has alone, in value and in type."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from core.catalogue import CATALOGUE, Aggregation, Metric
from core.measures.cells import Cells
from core.measures.gather import PartTable
from core.measures.parts import Part, Recipe
from core.measures.question import EVERYTHING, Asked
from core.measures.table import FigureTable
from core.measures.window import Window

START = datetime(2026, 10, 1, tzinfo=UTC)
DAYS = 9
EDGES = tuple(START + timedelta(days=day) for day in range(DAYS + 1))
WINDOW = Window(START, EDGES[-1] - timedelta(hours=5), EDGES)
_QUESTIONS = [
    (metric, aggregation)
    for metric in CATALOGUE.values()
    for aggregation in map(Aggregation, metric.aggregations)
    if not Asked(metric, aggregation, EVERYTHING).is_burn_rate
]


def _values(part: Part) -> st.SearchStrategy[Any]:
    if "cost" in part.sql or "savings" in part.sql:
        return st.none() | st.decimals(0, 1000, places=6)
    if "latency_ms" in part.sql or "sentiment" in part.sql:
        return st.none() | st.floats(-1000, 1000)
    return st.none() | st.integers(0, 5)


def _table(draw: st.DataObject, parts: tuple[Part, ...]) -> PartTable:
    buckets = draw.draw(st.lists(st.integers(0, DAYS - 1), unique=True, max_size=DAYS))
    columns = {part: [draw.draw(_values(part)) for _ in buckets] for part in parts}
    return PartTable([(bucket, None) for bucket in buckets], columns)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(_QUESTIONS), st.data())
def test_a_column_of_values_is_what_each_cell_says(
    question: tuple[Metric, Aggregation], data: st.DataObject
) -> None:
    asked = Asked(*question, EVERYTHING)
    recipe = Recipe.of(asked)
    by_fact: dict[object, list[Part]] = {}
    for part in recipe.parts:
        by_fact.setdefault(part.fact, []).append(part)
    tables = [_table(data, tuple(parts)) for parts in by_fact.values()]
    table = FigureTable(asked, WINDOW, Cells.of(recipe, WINDOW, tables))
    alone = [table.at(bucket).value for bucket in range(DAYS)]
    assert list(table.bucket_values) == alone
    assert [type(value) for value in table.bucket_values] == [type(value) for value in alone]


def test_groups_have_no_values_of_their_bucket_alone() -> None:
    asked = Asked(CATALOGUE["usage.requests.total"], Aggregation.SUM, EVERYTHING)
    recipe = Recipe.of(asked)
    columns = {part: [2, 3] for part in recipe.parts}
    found = Cells.of(recipe, WINDOW, [PartTable([(0, "a"), (1, "b")], columns)])
    table = FigureTable(asked, WINDOW, found)
    assert list(table.bucket_values) == [0] * DAYS
    assert (table.at(0, "a").value, table.at(1, "b").value, table.at(1, "a").value) == (2, 3, 0)


def test_a_fact_without_rows_leaves_the_others_theirs() -> None:
    asked = Asked(CATALOGUE["cost.per_completion"], Aggregation.AVG, EVERYTHING)
    recipe = Recipe.of(asked)
    own = [part for part in recipe.parts if part.fact is asked.metric.fact]
    columns = {part: [Decimal(5) if "cost" in part.sql else 3] for part in own}
    found = Cells.of(recipe, WINDOW, [PartTable([(4, None)], columns)])
    assert found[4, None].value is None
    assert found[4, None].numerator == Decimal(5)
