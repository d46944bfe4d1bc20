"""How files of rows become relations of written values: JSON lines, CSV, Parquet, and rows another source made.

A `Reading` is SQL over plain files. `typed` and `checks` say what its values are worth, `load` runs it. Where rows
are told by line, text files are read from the numbered copies that `numbered` writes.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import duckdb

from core.contract import MAX_LINE_BYTES, Reason, Table, Type
from pipeline.errors import UnreadableError
from pipeline.ingest.checks import Fault
from pipeline.ingest.extra import of_columns, of_json
from pipeline.ingest.numbered import SEPARATOR
from pipeline.ingest.typed import Value, Written

# Longer lines stop the reader; shorter ones that are still too long are passed over one by one.
_READER_LINE_BYTES = 16 * 1024 * 1024
_SAMPLE_ROWS = 1000
# Decimals of up to this size keep twelve places as the floats that JSON's numbers are read as.
_EXACT_BELOW = 1000
_CSV = """auto_detect = false, delim = ',', quote = '"', escape = '"', nullstr = ''"""
_NOT_JSON = (
    Fault("NOT is_json", Reason.BAD_JSON, "", "The line is not valid JSON"),
    Fault("NOT is_object", Reason.BAD_JSON, "", "The line is JSON but no object"),
)


class Source(Protocol):
    """A plain file to be read into one table."""

    @property
    def file_id(self) -> int: ...
    @property
    def path(self) -> Path: ...
    @property
    def format(self) -> str: ...
    @property
    def taken_at(self) -> datetime: ...


@dataclass(frozen=True)
class Reading:
    """SQL that yields rows with `file_id`, `taken_at`, `is_suspect` (may hold characters that need a closer look),
    `extra` (columns the contract does not know, as JSON) and one column per written value, which `values` names.

    With `tells_rows` there are `row_number` and `original`, and rows that are none are in it, for `faults` to find.
    """

    sql: str
    values: dict[str, Value]
    tells_rows: bool
    faults: tuple[Fault, ...] = ()


def literal(text: object) -> str:
    """A name, path or instant of our own as an SQL string."""
    return "'" + str(text).replace("'", "''") + "'"


def path_literal(path: Path) -> str:
    """A path as an SQL string that names this file only, whatever patterns its name resembles."""
    return literal("".join(f"[{c}]" if c in "*?[" else c for c in str(path)))


def json_lines(connection: duckdb.DuckDBPyConnection, table: Table, files: Sequence[Source]) -> Reading:
    """One JSON object a line; all files of a table are read at once, so that both cores work."""
    paths = ", ".join(path_literal(f.path) for f in files)
    objects = (
        f"read_ndjson_objects([{paths}], ignore_errors = true, maximum_object_size = {_READER_LINE_BYTES})"
    )
    known = _known_key_lists(connection, objects, table)
    place = "CAST(file_index AS BIGINT) + 1"
    sql = f"""
        SELECT [{", ".join(str(f.file_id) for f in files)}][{place}] AS file_id,
               [{", ".join(_instant(f.taken_at) for f in files)}][{place}] AS taken_at,
               {_json_columns(table, known)}
        FROM (SELECT file_index, CAST(json AS VARCHAR) AS line, line AS object, {_structure(table, "json")} AS r
              FROM {objects})
        WHERE starts_with(line, '{{') AND strlen(line) <= {MAX_LINE_BYTES}"""
    return Reading(sql, _json_values(table), tells_rows=False)


def numbered_json_lines(table: Table, file: Source, lines: str) -> Reading:
    """The lines of a file from the relation `lines` (`numbered_lines`)."""
    sql = f"""
        SELECT {file.file_id} AS file_id, {_instant(file.taken_at)} AS taken_at, row_number, line AS original,
               is_json, starts_with(line, '{{') AS is_object, {_json_columns(table, [])}
        FROM (SELECT row_number, original AS line, json_valid(line) AS is_json,
                     CASE WHEN is_json THEN line END AS object, {_structure(table, "object")} AS r
              FROM {lines} WHERE reason IS NULL)"""
    return Reading(sql, _json_values(table), tells_rows=True, faults=_NOT_JSON)


def numbered_lines(copy: Path) -> str:
    """SQL for the rows of a numbered copy of JSON lines."""
    return f"""read_csv({path_literal(copy)}, columns = {_numbered_columns(0)}, header = false, auto_detect = false,
                        delim = {literal(SEPARATOR)}, quote = '', escape = '', nullstr = '',
                        max_line_size = {2 * MAX_LINE_BYTES})"""


def csv_rows(table: Table, file: Source, header: Sequence[str]) -> Reading:
    """A header, then one row a line; columns are taken by their place, so that odd names harm nobody."""
    columns = "{" + ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(header))) + "}"
    rows = f"""read_csv({path_literal(file.path)}, columns = {columns}, header = true,
                         max_line_size = {MAX_LINE_BYTES}, {_CSV})"""
    sql = f"SELECT {_csv_columns(table, file, header)} FROM {rows}"
    return Reading(sql, _csv_values(table, header), tells_rows=False)


def numbered_csv_rows(table: Table, file: Source, records: str, header: Sequence[str]) -> Reading:
    """The records of a file from the relation `records` (`numbered_records`)."""
    sql = f"SELECT row_number, original, {_csv_columns(table, file, header)} FROM {records} WHERE reason IS NULL"
    return Reading(sql, _csv_values(table, header), tells_rows=True)


def numbered_records(copy: Path, width: int) -> str:
    """SQL for the rows of a numbered copy of CSV: a record and its values, each with quotes doubled."""
    return f"""read_csv({path_literal(copy)}, columns = {_numbered_columns(width)}, header = false, parallel = false,
                        max_line_size = {5 * MAX_LINE_BYTES}, buffer_size = {32 * MAX_LINE_BYTES}, {_CSV})"""


def parquet_rows(connection: duckdb.DuckDBPyConnection, table: Table, file: Source) -> Reading:
    """Typed columns; each is judged by its type, and cast only where the contract's type differs."""
    types = _parquet_types(connection, file.path)
    columns = {name: '"' + name.replace('"', '""') + '"' for name in types}
    known = {name: place for name, place in columns.items() if name in table.column_names}
    texts = [place for name, place in known.items() if types[name] == "VARCHAR"]
    row = ", ".join(f"{literal(name)}: {place}" for name, place in columns.items())
    sql = f"""
        SELECT {file.file_id} AS file_id, {_instant(file.taken_at)} AS taken_at, file_row_number + 1 AS row_number,
               CAST(to_json({{{row}}}) AS VARCHAR) AS original, {_is_suspect(texts)} AS is_suspect,
               {of_columns({name: place for name, place in columns.items() if name not in known})} AS extra,
               {_renamed({name: _as_text(place, types[name]) for name, place in known.items()})}
        FROM read_parquet({path_literal(file.path)}, file_row_number = true)"""
    values = {name: Value(f"w_{name}", _written(types[name])) for name in known}
    return Reading(sql, values, tells_rows=True)


def read_all(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Reads every value of a Parquet file. Raises UnreadableError where that cannot be done."""
    try:
        connection.execute(
            f"SELECT bit_xor(hash(COLUMNS(*))) FROM read_parquet({path_literal(path)})"
        ).fetchall()
    except duckdb.Error as error:
        raise UnreadableError(f"cannot be read ({str(error).splitlines()[0][:200]})") from error


def parquet_row_count(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """How many rows the file says it has."""
    row = connection.execute(f"SELECT count(*) FROM read_parquet({path_literal(path)})").fetchone()
    return int(row[0]) if row else 0


def relation_rows(relation: str, names: Sequence[str]) -> Reading:
    """Rows that another source has already turned into the contract's columns, as text; when their file was
    first seen stands in the ledger."""
    row = ", ".join(f"'{name}': {name}" for name in names)
    sql = f"""
        SELECT file_id, files.taken_at, row_number, CAST(to_json({{{row}}}) AS VARCHAR) AS original,
               true AS is_suspect, extra, {_renamed({name: name for name in names})}
        FROM {relation} JOIN (SELECT file_id, taken_at FROM raw.files) AS files USING (file_id)"""
    return Reading(sql, {name: Value(f"w_{name}", Written.PLAIN) for name in names}, tells_rows=True)


def _known_key_lists(connection: duckdb.DuckDBPyConnection, objects: str, table: Table) -> list[list[str]]:
    """The key lists of the first rows that hold nothing unknown: most rows have one of these, and comparing a
    list is several times cheaper than taking the known keys out of every row."""
    rows = connection.execute(
        f"SELECT DISTINCT json_keys(json) FROM (SELECT json FROM {objects} LIMIT {_SAMPLE_ROWS})"
    ).fetchall()
    return [keys for (keys,) in rows if keys and set(keys) <= set(table.column_names)]


def _structure(table: Table, line: str) -> str:
    return f"from_json({line}, {literal(json.dumps(dict.fromkeys(table.column_names, 'JSON')))})"


def _json_columns(table: Table, known: Iterable[Sequence[str]]) -> str:
    exact = {c.name for c in table.columns if c.type is Type.DECIMAL}
    written = {name: f"CAST(r.{name} AS VARCHAR)" for name in table.column_names}
    columns = {name: _exact(name, sql) if name in exact else sql for name, sql in written.items()}
    suspect = r"contains(line, '\') OR strlen(line) <> length(line) OR contains(line, chr(127))"
    return f"{suspect} AS is_suspect, {of_json('object', table.column_names, known)} AS extra, {_renamed(columns)}"


def _exact(name: str, written: str) -> str:
    """The digits as they stand in the line. A number of JSON has become a float on its way here, and was only
    changed by that where it is large; then the line has a number of this name that is the same as a float."""
    number = rf'"{name}"\s*:\s*(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)'
    found = f"list_filter(regexp_extract_all(line, '{number}', 1), lambda n: CAST(n AS DOUBLE) = {_double(written)})"
    return f"CASE WHEN abs({_double(written)}) >= {_EXACT_BELOW} THEN coalesce({found}[1], {written}) ELSE {written} END"


def _double(text: str) -> str:
    return f"try_cast({text} AS DOUBLE)"


def _json_values(table: Table) -> dict[str, Value]:
    return {name: Value(f"w_{name}", Written.JSON) for name in table.column_names}


def _csv_columns(table: Table, file: Source, header: Sequence[str]) -> str:
    places = {name: f"c{i}" for i, name in enumerate(header)}
    known = {name: place for name, place in places.items() if name in table.column_names}
    more = {name: place for name, place in places.items() if name not in known}
    return (
        f"{file.file_id} AS file_id, {_instant(file.taken_at)} AS taken_at,"
        f" {_is_suspect(known.values())} AS is_suspect, {of_columns(more)} AS extra, {_renamed(known)}"
    )


def _csv_values(table: Table, header: Sequence[str]) -> dict[str, Value]:
    return {name: Value(f"w_{name}", Written.PLAIN) for name in header if name in table.column_names}


def _numbered_columns(width: int) -> str:
    columns = {"row_number": "BIGINT"} | dict.fromkeys(("reason", "message", "original"), "VARCHAR")
    columns |= {f"c{i}": "VARCHAR" for i in range(width)}
    return "{" + ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items()) + "}"


def _parquet_types(connection: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    try:
        rows = connection.execute(f"DESCRIBE FROM read_parquet({path_literal(path)})").fetchall()
    except duckdb.Error as error:
        raise UnreadableError(f"is no readable Parquet file ({str(error).splitlines()[0][:200]})") from error
    return {name: kind for name, kind, *_ in rows}


_WRITTEN = {
    "VARCHAR": Written.TEXT,
    "UUID": Written.TEXT,
    "BOOLEAN": Written.BOOL,
    "DATE": Written.DATE,
    "TIMESTAMP WITH TIME ZONE": Written.INSTANT,
    "TIMESTAMPTZ_NS": Written.INSTANT,
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


def _as_text(place: str, kind: str) -> str:
    return f"CAST({place} AS VARCHAR)" if _written(kind) is Written.TEXT and kind != "VARCHAR" else place


def _is_suspect(texts: Iterable[str]) -> str:
    joined = ", ".join(texts)
    return f"regexp_matches(concat_ws('', {joined}), '[^ -~]')" if joined else "false"


def _renamed(columns: dict[str, str]) -> str:
    return ", ".join(f"{sql} AS w_{name}" for name, sql in columns.items()) or "NULL AS w_nothing"


def _instant(instant: datetime) -> str:
    return f"TIMESTAMP {literal(instant.strftime('%Y-%m-%d %H:%M:%S.%f'))}"
