"""A checked formula over many rows at once: numbers in, finite numbers or None out, in the same order."""

import atexit
from collections.abc import Mapping, Sequence
from functools import cache

import duckdb

from core.formula.check import CheckedFormula
from core.formula.evaluate import fault_of
from core.formula.faults import Fault
from core.formula.sql import select_sql
from core.measures import Number

_POSITION = "position"


@cache
def _memory() -> duckdb.DuckDBPyConnection:
    """A database of nothing, for arithmetic; it may not look at anything outside. Opening one takes 20 ms."""
    atexit.register(_close_memory)
    return duckdb.connect(
        ":memory:", config={"enable_external_access": "false", "threads": 1, "temp_directory": ""}
    )


def _close_memory() -> None:
    _memory().close()
    _memory.cache_clear()


def run_rows(
    formula: CheckedFormula, inputs: Mapping[str, Sequence[Number | None]], count: int
) -> tuple[list[float | None], tuple[Fault, ...]]:
    """The formula's value in each of `count` rows, and what became null on the way, each reason once.

    `inputs` has a column of `count` numbers for every variable of the formula, percent metrics as ratios.
    """
    columns = {name: f"given_{index}" for index, name in enumerate(formula.variables)}
    given = [f"unnest(CAST(? AS DOUBLE[])) AS {column}" for column in columns.values()]
    relation = f"(SELECT {', '.join([f'unnest(range({count:d})) AS {_POSITION}', *given])})"
    query = select_sql(formula, columns, relation=relation, keys=(_POSITION,))
    numbers = [[_as_double(number) for number in inputs[name]] for name in columns]
    with _memory().cursor() as cursor:
        found = sorted(cursor.execute(query, numbers).fetchall(), key=lambda row: row[0])
    faults = dict.fromkeys(fault for _, _, fault in found if fault is not None)
    return [value for _, value, _ in found], tuple(fault_of(formula, fault) for fault in faults)


def _as_double(number: Number | None) -> float | None:
    return None if number is None else float(number)
