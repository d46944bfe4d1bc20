"""Files of JSON lines: in bulk, all of a table at once, or line by line from numbered copies."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from core.contract import MAX_LINE_BYTES, Reason, Table, Type
from pipeline.ingest.checks import Fault
from pipeline.ingest.extra import of_json, of_values
from pipeline.ingest.json_shape import Shape, shape_of
from pipeline.ingest.numbered import SEPARATOR
from pipeline.ingest.reading import Reading, Source, instant, literal, numbered_columns, path_literal, renamed
from pipeline.ingest.typed import Value, Written

# Longer lines stop the reader; shorter ones that are still too long are passed over one by one.
_READER_LINE_BYTES = 16 * 1024 * 1024
_SAMPLE_ROWS = 1000
_SAMPLE_LINE_BYTES = 16 * 1024
_MOST_UNKNOWN_KEYS = 50
# A shape that fewer lines have costs more than it saves.
_MOST = 0.9
# Decimals of up to this size keep twelve places as the floats that JSON's numbers are read as.
_EXACT_BELOW = 1000
_SUSPECT = r"contains(line, '\') OR strlen(line) <> length(line) OR contains(line, chr(127))"
_NOT_JSON = (
    Fault("NOT is_json", Reason.BAD_JSON, "", "The line is not valid JSON"),
    Fault("NOT is_object", Reason.BAD_JSON, "", "The line is JSON but no object"),
)


@dataclass(frozen=True)
class _Keys:
    """What keys to read: the contract's and the `unknown` ones of the first rows; and the `usual` lists of keys,
    which hold no others."""

    known: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    usual: tuple[tuple[str, ...], ...] = ()

    @property
    def structure(self) -> str:
        return literal(json.dumps(dict.fromkeys((*self.known, *self.unknown), "JSON")))


def lines_in_bulk(connection: duckdb.DuckDBPyConnection, table: Table, files: Sequence[Source]) -> Reading:
    """One JSON object a line; all files of a table are read at once, so that both cores work."""
    paths = ", ".join(path_literal(f.path) for f in files)
    limit = f"maximum_object_size = {_READER_LINE_BYTES}"
    objects = f"read_ndjson_objects([{paths}], ignore_errors = true, {limit})"
    sample = f"SELECT json FROM {objects} LIMIT {_SAMPLE_ROWS}"
    keys = _sampled_keys(connection, table, sample)
    shape = _sampled_shape(connection, table, sample, keys)
    place = "CAST(file_index AS BIGINT) + 1"
    sql = f"""
        SELECT [{", ".join(str(f.file_id) for f in files)}][{place}] AS file_id,
               [{", ".join(instant(f.taken_at) for f in files)}][{place}] AS taken_at, {_columns(table, keys, shape)}
        FROM (SELECT *, line AS object, CASE WHEN NOT is_plain THEN from_json(json, {keys.structure}) END AS r
              FROM (SELECT *, {_SUSPECT} AS is_suspect, {_is_plain(shape)} AS is_plain
                    FROM (SELECT file_index, json, CAST(json AS VARCHAR) AS line, {_plain_values(shape)} AS p
                          FROM {objects})
                    WHERE starts_with(line, '{{') AND strlen(line) <= {MAX_LINE_BYTES}))"""
    return Reading(sql, _values(table), tells_rows=False)


def numbered_lines(connection: duckdb.DuckDBPyConnection, table: Table, file: Source, lines: str) -> Reading:
    """The lines of a file from the relation `lines` (`rows_of_copy`)."""
    good = f"SELECT original AS json FROM {lines} WHERE reason IS NULL"
    sample = f"SELECT json FROM ({good} LIMIT {_SAMPLE_ROWS}) WHERE json_valid(json)"
    keys = _sampled_keys(connection, table, sample)
    sql = f"""
        SELECT {file.file_id} AS file_id, {instant(file.taken_at)} AS taken_at, row_number, line AS original,
               is_json, starts_with(line, '{{') AS is_object, {_columns(table, keys, None)}
        FROM (SELECT row_number, original AS line, TRY(from_json(line, {keys.structure})) AS r,
                     r IS NOT NULL OR json_valid(line) AS is_json, CASE WHEN is_json THEN line END AS object,
                     {_SUSPECT} AS is_suspect, false AS is_plain
              FROM {lines} WHERE reason IS NULL)"""
    return Reading(sql, _values(table), tells_rows=True, faults=_NOT_JSON)


def rows_of_copy(copy: Path) -> str:
    """SQL for the rows of a numbered copy."""
    return f"""read_csv({path_literal(copy)}, columns = {numbered_columns(0)}, header = false, auto_detect = false,
                        delim = {literal(SEPARATOR)}, quote = '', escape = '', nullstr = '',
                        max_line_size = {2 * MAX_LINE_BYTES})"""


def _sampled_keys(connection: duckdb.DuckDBPyConnection, table: Table, sample: str) -> _Keys:
    """What most rows hold, told from the first ones. All others are read rightly too, only slower."""
    found = connection.execute(
        f"SELECT DISTINCT json_keys(json) AS keys FROM ({sample}) ORDER BY keys"
    ).fetchall()
    lists = [tuple(keys) for (keys,) in found if keys and len(set(keys)) == len(keys)]
    unknown = sorted({key for keys in lists for key in keys} - set(table.column_names))
    # A structure cannot hold two names that differ in their case only.
    spelled = Counter(name.casefold() for name in (*table.column_names, *unknown))
    plain = tuple(key for key in unknown if key and spelled[key.casefold()] == 1 and key.isprintable())
    chosen = plain[:_MOST_UNKNOWN_KEYS]
    readable = {*table.column_names, *chosen}
    return _Keys(table.column_names, chosen, tuple(keys for keys in lists if readable.issuperset(keys)))


def _sampled_shape(
    connection: duckdb.DuckDBPyConnection, table: Table, sample: str, keys: _Keys
) -> Shape | None:
    """The shape of nearly all of the first rows, where they have one. Others are read rightly too, only slower."""
    short = f"SELECT CAST(json AS VARCHAR) AS line FROM ({sample}) WHERE strlen(line) <= {_SAMPLE_LINE_BYTES}"
    lines = [line for (line,) in connection.execute(short).fetchall()]
    shape = shape_of(table, keys.usual, lines)
    if shape is None:
        return None
    again = f"SELECT line, from_json(line, {shape.structure}) AS p FROM ({short})"
    found = connection.execute(
        f"SELECT avg(CAST({shape.written('p')} = line AS INT)) FROM ({again})"
    ).fetchone()
    return shape if found and found[0] and found[0] >= _MOST else None


def _is_plain(shape: Shape | None) -> str:
    return "false" if shape is None else f"NOT is_suspect AND {shape.written('p')} = line"


def _plain_values(shape: Shape | None) -> str:
    return "NULL" if shape is None else f"from_json(json, {shape.structure})"


def _columns(table: Table, keys: _Keys, shape: Shape | None) -> str:
    exact = {c.name for c in table.columns if c.type is Type.DECIMAL}
    written = {name: f"CAST(r.{name} AS VARCHAR)" for name in table.column_names}
    columns = {name: _exact(name, sql) if name in exact else sql for name, sql in written.items()}
    unknown = {name: f"CAST(struct_extract(r, {literal(name)}) AS VARCHAR)" for name in keys.unknown}
    extra = of_json("object", table.column_names, keys.usual, unknown)
    if shape is not None:
        columns = {name: _if_plain(shape.value("p", name), sql) for name, sql in columns.items()}
        extra = _if_plain(of_values({name: shape.value("p", name) for name in keys.unknown}), extra)
    return f"is_suspect, is_plain, {extra} AS extra, {renamed(columns)}"


def _if_plain(plain: str, otherwise: str) -> str:
    return f"CASE WHEN is_plain THEN {plain} ELSE {otherwise} END"


def _exact(name: str, written: str) -> str:
    """The digits as they stand in the line. A number of JSON has become a float on its way here, and was only
    changed by that where it is large; then the line has a number of this name that is the same as a float."""
    number = rf'"{name}"\s*:\s*(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)'
    same = f"lambda n: CAST(n AS DOUBLE) = {_double(written)}"
    digits = f"list_filter(regexp_extract_all(line, '{number}', 1), {same})[1]"
    is_large = f"abs({_double(written)}) >= {_EXACT_BELOW}"
    return f"CASE WHEN {is_large} THEN coalesce({digits}, {written}) ELSE {written} END"


def _double(text: str) -> str:
    return f"try_cast({text} AS DOUBLE)"


def _values(table: Table) -> dict[str, Value]:
    return {name: Value(f"w_{name}", Written.JSON) for name in table.column_names}
