"""CSV files: in bulk, or record by record from numbered copies. How records are told apart is in `csv_records`."""

from collections.abc import Sequence
from pathlib import Path

from core.contract import MAX_LINE_BYTES, Table
from pipeline.ingest.extra import of_columns
from pipeline.ingest.reading import (
    Reading,
    Source,
    instant,
    is_suspect,
    numbered_columns,
    path_literal,
    renamed,
)
from pipeline.ingest.typed import Value, Written

_FORM = """auto_detect = false, delim = ',', quote = '"', escape = '"', nullstr = ''"""


def rows_in_bulk(table: Table, file: Source, header: Sequence[str]) -> Reading:
    """A header, then one row a line; columns are taken by their place, so that odd names harm nobody."""
    columns = "{" + ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(header))) + "}"
    rows = f"""read_csv({path_literal(file.path)}, columns = {columns}, header = true,
                         max_line_size = {MAX_LINE_BYTES}, {_FORM})"""
    sql = f"SELECT {_columns(table, file, header)} FROM {rows}"
    return Reading(sql, _values(table, header), tells_rows=False)


def numbered_records(table: Table, file: Source, records: str, header: Sequence[str]) -> Reading:
    """The records of a file from the relation `records` (`rows_of_copy`)."""
    sql = f"SELECT row_number, original, {_columns(table, file, header)} FROM {records} WHERE reason IS NULL"
    return Reading(sql, _values(table, header), tells_rows=True)


def rows_of_copy(copy: Path, width: int) -> str:
    """SQL for the rows of a numbered copy of CSV: a record and its values, each with quotes doubled."""
    return f"""read_csv({path_literal(copy)}, columns = {numbered_columns(width)}, header = false, parallel = false,
                        max_line_size = {5 * MAX_LINE_BYTES}, buffer_size = {32 * MAX_LINE_BYTES}, {_FORM})"""


def _columns(table: Table, file: Source, header: Sequence[str]) -> str:
    places = {name: f"c{i}" for i, name in enumerate(header)}
    known = {name: place for name, place in places.items() if name in table.column_names}
    more = {name: place for name, place in places.items() if name not in known}
    return (
        f"{file.file_id} AS file_id, {instant(file.taken_at)} AS taken_at,"
        f" {is_suspect(known.values())} AS is_suspect, {of_columns(more)} AS extra, {renamed(known)}"
    )


def _values(table: Table, header: Sequence[str]) -> dict[str, Value]:
    return {name: Value(f"w_{name}", Written.PLAIN) for name in header if name in table.column_names}
