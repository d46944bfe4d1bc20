"""A row in every table of the control store for one customer, with a canary in whatever can hold text; and every row
and column that a store or a database file holds, for looking for canaries."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy import Boolean, Column, Connection, Float, Integer, LargeBinary, Table, select
from sqlalchemy.exc import IntegrityError

from core.store.control.report_tables import METADATA
from core.store.control.tables import Instant

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
# What a column may only hold words of; by table where that differs.
_WORDS = {
    "role": "read",
    "operator": "gt",
    "status": "active",
    "state": "ok",
    "previous_state": "ok",
    "outbox.state": "pending",
    "report_occurrences.state": "due",
    "previous_until": NOW,
}
NOT_OF_CUSTOMERS = ("erasures",)


def portal_id(mark: str) -> str:
    return f"portal_{mark}"


def report_id(mark: str) -> str:
    return f"report_{mark}"


def keep_everywhere(connection: Connection, customer_id: str, mark: str, canary: str) -> None:
    """A row in every table; `mark` tells the ids of one customer's things from another's."""
    for table in METADATA.sorted_tables:
        if table.name not in NOT_OF_CUSTOMERS:
            values = {c.name: _value(table, c, customer_id, mark, canary) for c in table.columns}
            try:
                with connection.begin_nested():
                    connection.execute(table.insert().values(values))
            except IntegrityError as problem:
                raise AssertionError(f"tell `_WORDS` what {table.name} may hold: {problem.orig}") from None


def _value(table: Table, column: Column[Any], customer_id: str, mark: str, canary: str) -> Any:
    for name in (f"{table.name}.{column.name}", column.name):
        if name in _WORDS and not isinstance(column.type, Integer):
            return _WORDS[name]
    if column.name in ("customer_id", "owner"):
        return customer_id
    if column.name == "sender_id":
        return report_id(mark)
    if column.name.endswith("_id"):
        return f"{column.name.removesuffix('_id')}_{mark}"
    if isinstance(column.type, Boolean):
        return True
    if isinstance(column.type, Integer | Float):
        return 1
    if isinstance(column.type, Instant):
        return NOW
    if isinstance(column.type, LargeBinary):
        return json.dumps({"customer_id": customer_id, "of": canary}).encode()
    if column.name.endswith("_json"):
        return json.dumps({"of": canary})
    return f"{canary} {column.name}"


def rows_of(connection: Connection) -> dict[str, list[Mapping[str, Any]]]:
    """Every row of every table."""
    return {
        table.name: sorted(map(dict, connection.execute(select(table)).mappings()), key=repr)
        for table in METADATA.sorted_tables
    }


def values_in(database: Path) -> Iterator[str]:
    """Every value of every column of every table of a DuckDB file, as text."""
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
        for schema, table in found:
            for row in connection.execute(f'FROM "{schema}"."{table}"').fetchall():
                yield from (str(value) for value in row)


def mentions(folder: Path, canaries: list[str]) -> list[str]:
    """Every place below a folder where one of the canaries stands: bytes of files, and rows of databases."""
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink()):
        content = path.read_bytes()
        if any(canary.encode() in content or canary in path.name for canary in canaries):
            found.append(f"{path} (bytes)")
        if path.suffix == ".duckdb" and any(c in value for value in values_in(path) for c in canaries):
            found.append(f"{path} (rows)")
    return found
