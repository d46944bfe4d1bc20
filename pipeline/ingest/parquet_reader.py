"""Parquet files: typed columns, and rows that are known by their place."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import duckdb

from core.contract import Table
from pipeline.errors import UnreadableError
from pipeline.ingest.extra import of_columns
from pipeline.ingest.reading import Reading, Source, instant, is_suspect, literal, path_literal, renamed
from pipeline.ingest.typed import Value, Written

File = TypeVar("File", bound=Source)

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


def alike(connection: duckdb.DuckDBPyConnection, files: Sequence[File]) -> list[list[File]]:
    """The files in groups that have the same columns and types; one that cannot be read stands alone."""
    groups: dict[object, list[File]] = {}
    for file in files:
        try:
            kind: object = tuple(_types(connection, file.path).items())
        except UnreadableError:
            kind = file.path
        groups.setdefault(kind, []).append(file)
    return list(groups.values())


def rows(connection: duckdb.DuckDBPyConnection, table: Table, files: Sequence[Source]) -> Reading:
    """Typed columns of files that are alike; each is judged by its type, and cast only where the contract's type
    differs."""
    types = _types(connection, files[0].path)
    columns = {name: '"' + name.replace('"', '""') + '"' for name in types}
    known = {name: place for name, place in columns.items() if name in table.column_names}
    texts = [place for name, place in known.items() if types[name] == "VARCHAR"]
    row = ", ".join(f"{literal(name)}: {place}" for name, place in columns.items())
    place_of_file = "CAST(file_index AS BIGINT) + 1"
    sql = f"""
        SELECT [{", ".join(str(f.file_id) for f in files)}][{place_of_file}] AS file_id,
               [{", ".join(instant(f.taken_at) for f in files)}][{place_of_file}] AS taken_at,
               file_row_number + 1 AS row_number,
               CAST(to_json({{{row}}}) AS VARCHAR) AS original, {is_suspect(texts)} AS is_suspect,
               {of_columns({name: place for name, place in columns.items() if name not in known})} AS extra,
               {renamed({name: _as_text(place, types[name]) for name, place in known.items()})}
        FROM read_parquet([{", ".join(path_literal(f.path) for f in files)}], file_row_number = true)"""
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


def row_count(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """How many rows the file says it has."""
    row = connection.execute(f"SELECT count(*) FROM read_parquet({path_literal(path)})").fetchone()
    return int(row[0]) if row else 0


def _types(connection: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    try:
        rows = connection.execute(f"DESCRIBE FROM read_parquet({path_literal(path)})").fetchall()
    except duckdb.Error as error:
        raise UnreadableError(f"is no readable Parquet file ({str(error).splitlines()[0][:200]})") from error
    return {name: kind for name, kind, *_ in rows}


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
