"""The floor under ingest: DuckDB alone reads the same files and stores the newest row of each key.

No row is checked, no reject or late row looked for, nothing measured or published: what remains is the least
that any pipeline on DuckDB must do. One source is assumed, so a key is the contract's without source_system.
"""

from collections.abc import Mapping
from pathlib import Path
from time import perf_counter

import duckdb

from core.contract import TABLES, Table, Type

FLOOR_TABLES = ("llm_requests", "sessions", "tool_calls")

_TYPES: Mapping[Type, str] = {
    Type.TEXT: "VARCHAR",
    Type.INT: "BIGINT",
    Type.NUMBER: "DOUBLE",
    Type.DECIMAL: "DECIMAL(22, 12)",
    Type.BOOL: "BOOLEAN",
    Type.TIME: "TIMESTAMP",
}


def floor(landing: Path, database: Path) -> dict[str, float]:
    """Seconds per table, the checkpoint included, for landing files as `bench.events` writes them.

    `database` must not exist yet.
    """
    if database.exists():
        raise FileExistsError(f"{database} exists: the floor is measured into a fresh database")
    return {name: _load(landing / name, TABLES[name], database) for name in FLOOR_TABLES}


def _load(folder: Path, table: Table, database: Path) -> float:
    begun = perf_counter()
    with duckdb.connect(database) as connection:
        connection.execute(f"CREATE TABLE {table.name} AS {_read(folder, table)}")
        _keep_newest(connection, table)
        connection.execute("CHECKPOINT")
    return perf_counter() - begun


def _read(folder: Path, table: Table) -> str:
    columns = {c.name: _TYPES[c.type] for c in table.columns if c.name != "source_system"}
    files = sorted(str(path) for path in folder.iterdir() if path.suffix in {".jsonl", ".parquet"})
    if files[0].endswith(".parquet"):
        return f"SELECT {', '.join(columns)} FROM read_parquet({files})"
    return f"FROM read_json({files}, format = 'newline_delimited', columns = {columns})"


def _keep_newest(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Sorts only rows whose key came more than once: a window over all of them costs as much as reading."""
    [key] = table.key
    connection.execute(f"""
        DELETE FROM {table.name} WHERE rowid IN (
            SELECT rowid
            FROM {table.name}
            WHERE {key} IN (SELECT {key} FROM {table.name} GROUP BY {key} HAVING count(*) > 1)
            QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY coalesce(record_version, 0) DESC) > 1
        )
    """)
