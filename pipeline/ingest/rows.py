"""The rows of a reading as they stand in the warehouse, in SQL: typed, with the contract's defaults, and judged.

`zone` is SQL for the zone in which a row's times without offset are read. Nothing here runs SQL; `load` does.
"""

from collections.abc import Sequence

from core.contract import Column, Table
from pipeline.ingest.checks import Fault, faults, first_fault
from pipeline.ingest.reading import Reading, literal
from pipeline.ingest.typed import typed


def good_rows(table: Table, reading: Reading, zone: str, *more: str) -> str:
    """The rows that are loaded, as `raw.<table>` has them after the columns `more` of the reading."""
    columns = ", ".join((*more, *_columns(table)))
    return (
        f"SELECT {columns} FROM ({_typed(table, reading, zone)}) WHERE {_first_fault(table, reading)} IS NULL"
    )


def judged_rows(table: Table, reading: Reading, zone: str) -> str:
    """All rows of a reading that tells rows, as `raw.<table>` has them, with `row_number` and the number of their
    first `fault`; of those with a fault also the `original`."""
    return f"""
        SELECT {", ".join(_columns(table))}, row_number, fault, CASE WHEN fault IS NOT NULL THEN original END AS original
        FROM (SELECT *, {_first_fault(table, reading)} AS fault FROM ({_typed(table, reading, zone)}))"""


def faulty_rows(table: Table, reading: Reading, zone: str) -> str:
    """Of a reading that tells rows those with a fault: `file_id`, `row_number`, `fault` and `original`."""
    return f"""
        SELECT file_id, row_number, {_first_fault(table, reading)} AS fault, original
        FROM ({_typed(table, reading, zone)}) WHERE fault IS NOT NULL"""


def all_faults(table: Table, reading: Reading) -> Sequence[Fault]:
    """What the numbers of faults mean, from 1 on: the faults of the format first, then those of the contract."""
    return (*reading.faults, *faults(table, reading.values))


def _first_fault(table: Table, reading: Reading) -> str:
    return first_fault(all_faults(table, reading))


def _typed(table: Table, reading: Reading, zone: str) -> str:
    columns = {c.name: typed(c, reading.values.get(c.name), zone) for c in table.columns}
    if zone == "'UTC'":
        return f"SELECT *, {_named(columns)} FROM ({reading.sql})"
    # The zone depends on a column that must be typed first.
    source = {"source_system": columns.pop("source_system")}
    return f"SELECT *, {_named(columns)} FROM (SELECT *, {_named(source)} FROM ({reading.sql}))"


def _named(columns: dict[str, str]) -> str:
    return ", ".join(f"{sql} AS {name}" for name, sql in columns.items())


def _columns(table: Table) -> tuple[str, ...]:
    return ("file_id", "extra", *map(_with_default, table.columns))


def _with_default(column: Column) -> str:
    if column.default is None:
        return column.name
    default = literal(column.default) if isinstance(column.default, str) else str(column.default)
    return f"coalesce({column.name}, {default}) AS {column.name}"
