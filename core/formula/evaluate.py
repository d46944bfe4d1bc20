"""Runs a checked formula: the SQL that `sql` prints, for one set of inputs. There is no other evaluator.

For many rows at once, print `select_sql` over their relation and read its faults with `fault_of`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import duckdb

from core.formula import sql_faults
from core.formula.check import CheckedFormula
from core.formula.faults import Fault
from core.formula.sql import select_sql


@dataclass(frozen=True, slots=True)
class Result:
    """A finite value or None. A warning says what became null on the way, also when the value is not."""

    value: float | None
    warnings: tuple[Fault, ...] = ()


def evaluate(
    connection: duckdb.DuckDBPyConnection,
    formula: CheckedFormula,
    inputs: Mapping[str, float | Decimal | None],
) -> Result:
    """The formula's value over `inputs`, which name every variable of the formula (with its `$`).

    Percent metrics are given as ratios 0 to 1, null as None. A variable left out is a KeyError.
    """
    columns = {name: f"given_{index}" for index, name in enumerate(formula.variables)}
    given = ", ".join(f"CAST(? AS DOUBLE) AS {column}" for column in columns.values())
    query = select_sql(formula, columns, relation=f"(SELECT {given or '0 AS nothing'})")
    row = connection.execute(query, [_as_double(inputs[name]) for name in columns]).fetchone()
    value, fault = row or (None, None)
    return Result(value, () if fault is None else (fault_of(formula, fault),))


def fault_of(formula: CheckedFormula, fault: int) -> Fault:
    """The warning that a value in the column `fault` of `select_sql` stands for."""
    return sql_faults.fault_of(formula.tree, fault)


def _as_double(value: float | Decimal | None) -> float | None:
    return None if value is None else float(value)
