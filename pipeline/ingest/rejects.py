"""Rows that were not loaded: which they are, on which line they stood, and what stood there.

Loading keeps no line numbers, since numbering costs more than all other checks. So the few files that have
rejects are gone through once more: rejected rows are recognised by their text.
"""

import csv
import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import duckdb

from core.contract import Reason, Table
from pipeline.ingest import checks
from pipeline.ingest.checks import Fault
from pipeline.ingest.readers import Reading, csv_header, literal

_BATCH_LINES = 20_000


@dataclass(frozen=True)
class Reject:
    """One row that was not loaded; `row_number` counts lines (Parquet: rows) from 1."""

    row_number: int | None
    reason: Reason
    column: str
    message: str
    original: str


class File(Protocol):
    """A plain file that was read."""

    @property
    def path(self) -> Path: ...
    @property
    def format(self) -> str: ...


def find(
    connection: duckdb.DuckDBPyConnection, table: Table, file: File, typed: str, reading: Reading
) -> list[Reject]:
    """Every row of `file` that loading left out."""
    if file.format == "parquet":
        return _in_parquet(connection, table, file, typed, reading)
    connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
    known = dict(_faulty(connection, typed, "written_text", table, reading))
    if file.format == "csv":
        return [*_in_csv(file.path, known), *_unreadable_csv_lines(connection)]
    return list(_in_json_lines(connection, file.path, known))


def of_relation(
    connection: duckdb.DuckDBPyConnection, typed: str, table: Table, reading: Reading
) -> list[tuple[int, Reject]]:
    """The rejected rows of a relation that another source made, each with its file."""
    written = ", ".join(f"{literal(name)}: {value.sql}" for name, value in reading.values.items())
    where = f"{{'file_id': file_id, 'row_number': row_number, 'row': {{{written}}}}}"
    found = _faulty(connection, typed, f"CAST(to_json({where}) AS VARCHAR)", table, reading)
    rows = ((json.loads(text), fault) for text, fault in found)
    return [
        (row["file_id"], _reject(row["row_number"], fault, json.dumps(row["row"], ensure_ascii=False)))
        for row, fault in rows
    ]


def store(
    connection: duckdb.DuckDBPyConnection, table_name: str, file_id: int, rejects: Iterable[Reject]
) -> None:
    """Keeps the rejects of one file, the same ones once."""
    rows = [
        (file_id, r.row_number, table_name, r.reason.value, r.column, r.message, r.original) for r in rejects
    ]
    if rows:
        columns = list(zip(*rows, strict=True))
        unnested = ", ".join(f"unnest(${i + 1})" for i in range(len(columns)))
        connection.execute(f"INSERT INTO raw.rejects SELECT {unnested}", [list(c) for c in columns])


def _faulty(
    connection: duckdb.DuckDBPyConnection, typed: str, text: str, table: Table, reading: Reading
) -> Iterator[tuple[Any, Fault]]:
    faults = list(checks.faults(table, reading.values))
    first = checks.first_fault(table, reading.values)
    sql = f"SELECT {text}, {first} AS fault FROM ({typed}) WHERE fault IS NOT NULL"
    for row_text, number in connection.execute(sql).fetchall():
        yield row_text, faults[number]


def _reject(row_number: int | None, fault: Fault, original: str) -> Reject:
    return Reject(row_number, fault.reason, fault.column, fault.message, original)


def _in_parquet(
    connection: duckdb.DuckDBPyConnection, table: Table, file: File, typed: str, reading: Reading
) -> list[Reject]:
    found = dict(_faulty(connection, typed, "row_number", table, reading))
    sql = f"""SELECT file_row_number + 1, CAST(to_json(t) AS VARCHAR)
        FROM read_parquet({literal(file.path)}, file_row_number = true) AS t
        WHERE list_contains($1, file_row_number + 1)"""
    rows = connection.execute(sql, [list(found)]).fetchall() if found else []
    return [_reject(number, found[number], text) for number, text in rows]


def _in_json_lines(
    connection: duckdb.DuckDBPyConnection, path: Path, known: dict[str, Fault]
) -> Iterator[Reject]:
    stripped = {text.strip(): fault for text, fault in known.items()}
    lines = _numbered_lines(path)
    while batch := list(itertools.islice(lines, _BATCH_LINES)):
        yield from _in_batch(connection, batch, stripped)


def _in_batch(
    connection: duckdb.DuckDBPyConnection, batch: list[tuple[int, bytes]], known: dict[str, Fault]
) -> Iterator[Reject]:
    unknown: list[tuple[int, str]] = []
    for number, line in batch:
        try:
            text = line.decode("utf-8").strip()
        except UnicodeDecodeError:
            yield Reject(
                number, Reason.BAD_JSON, "", "The line is not UTF-8", line.decode("utf-8", "replace").strip()
            )
            continue
        if fault := known.get(text):
            yield _reject(number, fault, text)
        elif text:
            unknown.append((number, text))
    yield from _not_objects(connection, unknown)


def _not_objects(
    connection: duckdb.DuckDBPyConnection, lines: list[tuple[int, str]]
) -> Iterator[Reject]:
    sql = """SELECT i, json_valid(line) FROM (SELECT unnest($1) AS line, unnest(range(len($1))) AS i)
        WHERE NOT CASE WHEN json_valid(line) THEN json_type(line) = 'OBJECT' ELSE false END ORDER BY i"""
    for i, is_json in connection.execute(sql, [[text for _, text in lines]]).fetchall():
        number, text = lines[i]
        message = "The line is JSON but no object" if is_json else "The line is not valid JSON"
        yield Reject(number, Reason.BAD_JSON, "", message, text)


def _numbered_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as lines:
        yield from enumerate(lines, start=1)


def _in_csv(path: Path, known: dict[str, Fault]) -> Iterator[Reject]:
    rows = {tuple(json.loads(text)): fault for text, fault in known.items()}
    for number, text, values in _csv_records(path):
        if fault := rows.get(values):
            yield _reject(number, fault, text)


def resembling(file: File, row: dict[str, Any]) -> tuple[int, str] | None:
    """The line of `file` that says most of what `row` says, with its number; None where formats keep no lines."""
    if file.format == "parquet":
        return None
    wanted = {(name, str(value)) for name, value in row.items()}
    best = max(_said(file), key=lambda said: len(wanted & said[2]), default=None)
    return (best[0], best[1]) if best and wanted & best[2] else None


def _said(file: File) -> Iterator[tuple[int, str, set[tuple[str, str]]]]:
    if file.format == "csv":
        header = csv_header(file.path)
        for number, text, values in _csv_records(file.path):
            yield number, text, {(n, v) for n, v in zip(header, values, strict=False) if v is not None}
        return
    for number, line in _numbered_lines(file.path):
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            yield number, line.decode("utf-8", "replace").strip(), {(n, str(v)) for n, v in row.items()}


def _csv_records(path: Path) -> Iterator[tuple[int, str, tuple[str | None, ...]]]:
    """Each record's first line, its text and its values, the header left out."""
    taken: list[str] = []
    with path.open(encoding="utf-8", errors="replace", newline="") as lines:
        reader = csv.reader(taken.append(line) or line for line in lines)  # type: ignore[func-returns-value]
        first = 1
        for values in reader:
            if first > 1:
                yield first, "".join(taken).rstrip("\r\n"), tuple(v or None for v in values)
            taken.clear()
            first = reader.line_num + 1


def _unreadable_csv_lines(connection: duckdb.DuckDBPyConnection) -> list[Reject]:
    """What the CSV reader itself refused: too many or too few values, open quotes, wrong encoding."""
    sql = "SELECT line, any_value(error_message), any_value(csv_line) FROM reject_errors GROUP BY line ORDER BY line"
    try:
        rows = connection.execute(sql).fetchall()
    except duckdb.CatalogException:
        return []
    return [
        Reject(line, Reason.BAD_VALUE, "", f"The line is no CSV row: {message.splitlines()[0]}", (text or "").strip())
        for line, message, text in rows
    ]
