"""How each file format is read: a file, or several alike, becomes a relation of written values.

A `Reading` is SQL over plain files with the columns `file_id`, `taken_at`, `written_text` (the row as it stood in
the file, as far as the format tells cheaply), `is_suspect` (may hold characters that need a closer look), `extra`
(the columns the contract does not know, as JSON) and one column per written value. `checks` types them; `rejects`
finds lines and original text again.
"""

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import duckdb

from core.contract import MAX_LINE_BYTES, Table
from pipeline.errors import UnreadableError
from pipeline.ingest.checks import Value, Written

# Longer lines stop the reader, and the file is mended first; up to here they are rejected one by one.
READER_LINE_BYTES = 16 * 1024 * 1024
_SAMPLE_ROWS = 1000


class Source(Protocol):
    """A plain file to be read into one table."""

    @property
    def file_id(self) -> int: ...
    @property
    def path(self) -> Path: ...
    @property
    def taken_at(self) -> datetime: ...


@dataclass(frozen=True)
class Reading:
    """SQL that yields a file's rows, and how each column of the contract is written in it."""

    sql: str
    values: dict[str, Value]


def literal(text: object) -> str:
    """A path, name or instant of our own as an SQL string."""
    return "'" + str(text).replace("'", "''") + "'"


def json_lines(connection: duckdb.DuckDBPyConnection, table: Table, files: Sequence[Source]) -> Reading:
    """One JSON object a line; all files of a table are read at once, so that both cores work."""
    names = table.column_names
    structure = json.dumps({name: "JSON" for name in names})
    paths = ", ".join(literal(f.path) for f in files)
    ids = ", ".join(str(f.file_id) for f in files)
    taken = ", ".join(_instant(f.taken_at) for f in files)
    columns = ", ".join(f"CAST(r.{name} AS VARCHAR) AS w_{name}" for name in names)
    known_keys = _known_key_lists(connection, paths, names)
    nothing_more = json.dumps(dict.fromkeys(names))
    sql = f"""
        SELECT [{ids}][CAST(file_index AS BIGINT) + 1] AS file_id, [{taken}][CAST(file_index AS BIGINT) + 1] AS taken_at,
               json AS written_text,
               contains(json, '\\') OR strlen(json) <> length(json) AS is_suspect,
               CASE WHEN json_keys(json) IN ({known_keys}) THEN NULL
                    ELSE nullif(CAST(json_merge_patch(json, {literal(nothing_more)}) AS VARCHAR), '{{}}')
               END AS extra,
               {columns}
        FROM (SELECT file_index, json, from_json(json, {literal(structure)}) AS r
              FROM {_objects(paths)})
        WHERE json IS NOT NULL AND json_type(json) = 'OBJECT'"""
    return Reading(sql, {name: Value(f"w_{name}", Written.JSON) for name in names})


def csv_rows(table: Table, file: Source) -> Reading:
    """A header, then one row a line; columns are taken by their place, so that odd names harm nobody."""
    header = csv_header(file.path)
    places = {name: f"c{i}" for i, name in enumerate(header)}
    columns = "{" + ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(header))) + "}"
    known = {name: place for name, place in places.items() if name in table.column_names}
    more = {name: place for name, place in places.items() if name not in known}
    written = "json_array(" + ", ".join(places.values()) + ")"
    sql = f"""
        SELECT {file.file_id} AS file_id, {_instant(file.taken_at)} AS taken_at,
               CAST({written} AS VARCHAR) AS written_text, true AS is_suspect,
               {_extra(more)} AS extra, {_renamed(known)}
        FROM read_csv({literal(file.path)}, columns = {columns}, auto_detect = false, header = true,
                      delim = ',', quote = '"', escape = '"', nullstr = '', max_line_size = {2 * MAX_LINE_BYTES},
                      ignore_errors = true, store_rejects = true, rejects_limit = 0)"""
    return Reading(sql, {name: Value(f"w_{name}", Written.PLAIN) for name in known})


def csv_header(path: Path) -> list[str]:
    """The column names of a CSV file. Raises UnreadableError for none, or for two alike."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            header = next(csv.reader(lines), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableError(f"has no readable header line ({error})") from error
    if not header:
        raise UnreadableError("has no header line; its first line must name the columns")
    if twice := {name for name in header if header.count(name) > 1}:
        raise UnreadableError(f"names the column {sorted(twice)[0]} twice")
    return header


def parquet_rows(connection: duckdb.DuckDBPyConnection, table: Table, file: Source) -> Reading:
    """Typed columns; each is judged by its type, and cast only where the contract's type differs."""
    types = _parquet_types(connection, file.path)
    known = {name: f'"{name}"' for name in types if name in table.column_names}
    more = {name: '"' + name.replace('"', '""') + '"' for name in types if name not in known}
    sql = f"""
        SELECT {file.file_id} AS file_id, {_instant(file.taken_at)} AS taken_at,
               '' AS written_text, true AS is_suspect, {_extra(more)} AS extra, {_renamed(known)},
               file_row_number + 1 AS row_number
        FROM read_parquet({literal(file.path)}, file_row_number = true)"""
    return Reading(sql, {name: Value(f"w_{name}", _written(types[name])) for name in known})


def relation_rows(relation: str, names: Sequence[str], taken_at: datetime) -> Reading:
    """Rows that another source has already turned into the contract's columns, as text."""
    columns = ", ".join(f"{name} AS w_{name}" for name in names)
    sql = f"""
        SELECT file_id, row_number, {_instant(taken_at)} AS taken_at, '' AS written_text, true AS is_suspect,
               extra, {columns}
        FROM {relation}"""
    return Reading(sql, {name: Value(f"w_{name}", Written.PLAIN) for name in names})


def _objects(paths: str) -> str:
    return (
        f"read_ndjson_objects([{paths}], ignore_errors = true, maximum_object_size = {READER_LINE_BYTES})"
    )


def _known_key_lists(connection: duckdb.DuckDBPyConnection, paths: str, names: Sequence[str]) -> str:
    """The key lists of the first rows that hold nothing unknown: most rows have one of these, and comparing a
    list is several times cheaper than taking the known keys out of every row."""
    rows = connection.execute(
        f"SELECT DISTINCT json_keys(json) FROM (SELECT json FROM {_objects(paths)} LIMIT {_SAMPLE_ROWS})"
        " WHERE json_type(json) = 'OBJECT'"
    ).fetchall()
    lists = [keys for (keys,) in rows if set(keys) <= set(names)] or [list(names)]
    return ", ".join("[" + ", ".join(literal(key) for key in keys) + "]" for keys in lists)


def _parquet_types(connection: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    try:
        rows = connection.execute(f"DESCRIBE FROM read_parquet({literal(path)})").fetchall()
    except duckdb.Error as error:
        raise UnreadableError(f"is no readable Parquet file ({str(error).splitlines()[0][:200]})") from error
    return {name: kind for name, kind, *_ in rows}


_WRITTEN = {
    "VARCHAR": Written.TEXT,
    "BOOLEAN": Written.BOOL,
    "DATE": Written.DATE,
    "TIMESTAMP WITH TIME ZONE": Written.INSTANT,
    "TIMESTAMP": Written.TIME,
    "TIMESTAMP_NS": Written.TIME,
    "TIMESTAMP_MS": Written.TIME,
    "TIMESTAMP_S": Written.TIME,
    "DOUBLE": Written.NUMBER,
    "FLOAT": Written.NUMBER,
    "HUGEINT": Written.WHOLE,
    "UHUGEINT": Written.WHOLE,
}


def _written(kind: str) -> Written:
    if kind.startswith("ENUM"):
        return Written.TEXT
    if kind.startswith("DECIMAL"):
        return Written.NUMBER
    if kind.removeprefix("U") in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT"):
        return Written.WHOLE
    return _WRITTEN.get(kind, Written.OTHER)


def _extra(more: dict[str, str]) -> str:
    if not more:
        return "CAST(NULL AS VARCHAR)"
    pairs = ", ".join(f"{literal(name)}, {place}" for name, place in more.items())
    return f"nullif(CAST(json_merge_patch('{{}}', json_object({pairs})) AS VARCHAR), '{{}}')"


def _renamed(known: dict[str, str]) -> str:
    return ", ".join(f"{place} AS w_{name}" for name, place in known.items()) or "NULL AS w_nothing"


def _instant(instant: datetime) -> str:
    return f"TIMESTAMP {literal(instant.strftime('%Y-%m-%d %H:%M:%S.%f'))}"
