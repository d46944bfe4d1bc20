"""A file read so that each row is known by its line: Parquet as it is, text from a numbered copy."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from core.contract import Table
from pipeline.ingest import csv_reader, csv_records, json_reader, numbered, parquet_reader
from pipeline.ingest.reading import Reading, Source


@dataclass(frozen=True)
class ByLine:
    """The reading, how many rows the file has, how many of them have a reason and no values, and SQL for those."""

    reading: Reading
    rows: int
    refused_count: int = 0
    refused: str = ""


@contextmanager
def by_line(
    connection: duckdb.DuckDBPyConnection, table: Table, file: Source, work: Path
) -> Iterator[ByLine]:
    """The reading holds while the context does. Raises UnreadableError for what is no CSV or Parquet file at all."""
    if file.format == "parquet":
        reading = parquet_reader.rows(connection, table, [file])
        yield ByLine(reading, parquet_reader.row_count(connection, file.path))
        return
    target = work / f"numbered-{file.file_id}"
    try:
        if file.format == "csv":
            yield _copied_csv(table, file, target)
        else:
            yield _copied_json(connection, table, file, target)
    finally:
        target.unlink(missing_ok=True)


def _copied_json(connection: duckdb.DuckDBPyConnection, table: Table, file: Source, target: Path) -> ByLine:
    copy = numbered.copy_json_lines(file.path, target)
    rows = json_reader.rows_of_copy(copy.path)
    reading = json_reader.numbered_lines(connection, table, file, rows)
    return ByLine(reading, copy.rows, copy.refused, rows)


def _copied_csv(table: Table, file: Source, target: Path) -> ByLine:
    header = csv_records.header(file.path)
    copy = csv_records.copy(file.path, len(header), target)
    rows = csv_reader.rows_of_copy(copy.path, len(header))
    return ByLine(csv_reader.numbered_records(table, file, rows, header), copy.rows, copy.refused, rows)
