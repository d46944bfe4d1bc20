"""A file read so that each row is known by its line: Parquet as it is, text from a numbered copy."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from core.contract import Table
from pipeline.ingest import csv_records, numbered, readers
from pipeline.ingest.readers import Reading, Source


@dataclass(frozen=True)
class ByLine:
    """The reading, how many rows the file has, and SQL for the `refused` ones, which have a reason and no values."""

    reading: Reading
    rows: int
    refused: str | None = None


@contextmanager
def by_line(
    connection: duckdb.DuckDBPyConnection, table: Table, file: Source, work: Path
) -> Iterator[ByLine]:
    """The readings hold while the context does. Raises UnreadableError for what is no CSV or Parquet file at all."""
    if file.format == "parquet":
        reading = readers.parquet_rows(connection, table, file)
        yield ByLine(reading, readers.parquet_row_count(connection, file.path))
        return
    target = work / f"numbered-{file.file_id}"
    try:
        yield _copied_csv(table, file, target) if file.format == "csv" else _copied_json(table, file, target)
    finally:
        target.unlink(missing_ok=True)


def _copied_json(table: Table, file: Source, target: Path) -> ByLine:
    copy = numbered.copy_json_lines(file.path, target)
    rows = readers.numbered_lines(copy.path)
    return ByLine(readers.numbered_json_lines(table, file, rows), copy.rows, rows)


def _copied_csv(table: Table, file: Source, target: Path) -> ByLine:
    header = csv_records.header(file.path)
    copy = csv_records.copy(file.path, len(header), target)
    rows = readers.numbered_records(copy.path, len(header))
    return ByLine(readers.numbered_csv_rows(table, file, rows, header), copy.rows, rows)
