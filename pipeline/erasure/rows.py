"""Files of rows without those of erased customers: JSON lines, CSV, Parquet. What is kept is kept as it was.

A line that is no row is taken out too where it mentions an erased customer: nobody can tell whose it was meant to be.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb

from core.contract import AGENTS, BUDGETS, MAX_LINE_BYTES, Table
from core.tombstones import Tombstones
from pipeline.errors import UnreadableError
from pipeline.ingest import csv_records
from pipeline.ingest.reading import literal, path_literal


def clean_json_lines(table: Table, source: Path, target: Path, erased: Tombstones) -> int:
    """Writes the lines that may stay, and says how many may not."""
    gone = 0
    with source.open("rb") as reader, target.open("wb") as writer:
        for line in reader:
            if line.strip() and _is_theirs(table, line, erased):
                gone += 1
            else:
                writer.write(line)
    return gone


def clean_csv(table: Table, source: Path, target: Path, erased: Tombstones) -> int:
    """Writes the header and the records that may stay; of broken lines too long to be any, none stays."""
    names = csv_records.header(source)
    gone = 0
    with source.open("rb") as reader, target.open("wb") as writer:
        writer.write(reader.readline())
        for record in csv_records.records(source, len(names)):
            if _is_their_record(table, names, record, erased):
                gone += 1
            else:
                writer.write(record.original.encode("utf-8", "surrogateescape") + b"\n")
    return gone


def clean_parquet(table: Table, source: Path, target: Path, erased: Tombstones) -> int:
    """Writes the rows that may stay, with the same columns and types."""
    # What is only filtered is never too much for memory.
    with duckdb.connect(config={"temp_directory": ""}) as connection:
        rows = f"read_parquet({path_literal(source)})"
        try:
            names = {name for name, *_ in connection.execute(f"DESCRIBE FROM {rows}").fetchall()}
            theirs = " OR ".join(_conditions(connection, table, rows, names, erased))
            if not theirs:
                return 0
            found = connection.execute(f"SELECT count(*) FROM {rows} WHERE {theirs}").fetchone()
            kept = f"SELECT * FROM {rows} WHERE NOT coalesce({theirs}, false)"
            connection.execute(f"COPY ({kept}) TO {literal(target)} (FORMAT parquet)")
        except duckdb.Error as error:
            raise UnreadableError(f"cannot be read ({str(error).splitlines()[0][:200]})") from error
    return int(found[0]) if found else 0


def _conditions(
    connection: duckdb.DuckDBPyConnection, table: Table, rows: str, names: set[str], erased: Tombstones
) -> Iterator[str]:
    for name in ("customer_id", "scope_id", "agent_id"):
        if name not in names:
            continue
        texts = connection.execute(f"SELECT DISTINCT CAST({name} AS VARCHAR) FROM {rows}").fetchall()
        for (text,) in texts:
            for scope in ("customer", "agent") if name == "scope_id" else (None,):
                if _is_their_row(table, {"scope": scope, name: text}, erased):
                    within = f" AND CAST(scope AS VARCHAR) = '{scope}'" if scope else ""
                    yield f"(CAST({name} AS VARCHAR) = {literal(text)}{within})"


def _is_theirs(table: Table, line: bytes, erased: Tombstones) -> bool:
    try:
        row = json.loads(line) if len(line) <= 2 * MAX_LINE_BYTES else None
    except (ValueError, RecursionError):
        row = None
    if isinstance(row, dict):
        return _is_their_row(table, row, erased)
    return erased.mentioned_in(line.decode("utf-8", "replace"))


def _is_their_record(table: Table, names: list[str], record: csv_records.Record, erased: Tombstones) -> bool:
    if record.refusal is None:
        return _is_their_row(table, dict(zip(names, record.values, strict=False)), erased)
    return record.original.endswith("…") or erased.mentioned_in(record.original)


def _is_their_row(table: Table, row: Mapping[str, Any], erased: Tombstones) -> bool:
    if erased.names(row.get("customer_id")):
        return True
    if table is BUDGETS:
        names = {"customer": erased.names, "agent": erased.names_agent}.get(str(row.get("scope")))
        return names is not None and names(row.get("scope_id"))
    return table is AGENTS and erased.names_agent(row.get("agent_id"))
