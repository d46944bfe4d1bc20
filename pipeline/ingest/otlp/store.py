"""One OTLP/JSON file into the tables of parsed spans and log events.

What these mean, and which rows of the contract they give, is derived in `rows` from all files together.
"""

import zlib
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipeline.errors import UnreadableError
from pipeline.ingest.otlp import documents, lines, logs, spans

_STEPS = ("otlp_lines", "otlp_documents", "otlp_read_spans", "otlp_read_arguments", "otlp_read_logs")


@dataclass(frozen=True)
class ReadSummary:
    """What a file held: spans and log events stored, lines, spans and records rejected, and log records that
    are none of the events we read."""

    spans: int = 0
    log_events: int = 0
    rejected: int = 0
    other_log_records: int = 0


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes `raw.otlp_spans` and `raw.otlp_logs` where they are not there yet; the schema `raw` exists."""
    connection.execute(spans.TABLE)
    connection.execute(logs.TABLE)


def read_file(
    connection: duckdb.DuckDBPyConnection, path: Path, *, file_id: int, folder_customer: str | None
) -> ReadSummary:
    """Appends one stored file, plain or gzip by its extension, to the tables; rejects go to `raw.rejects`.

    Raises UnreadableError, and leaves nothing of the file behind, when it cannot be decompressed.
    """
    total = ReadSummary()
    try:
        for batch in lines.batches(path):
            total = _sum(total, _read(connection, batch, file_id, folder_customer))
    except (OSError, EOFError, zlib.error) as error:
        _forget(connection, file_id)
        raise UnreadableError(f"cannot be read, it is cut off or damaged ({error})") from error
    finally:
        for step in _STEPS:
            connection.execute(f"DROP TABLE IF EXISTS {step}")
    return total


def _read(
    connection: duckdb.DuckDBPyConnection, batch: lines.Batch, file_id: int, folder_customer: str | None
) -> ReadSummary:
    documents.load(connection, batch)
    bad_lines = documents.reject_lines(connection, file_id)
    span_count, bad_spans = spans.store(connection, file_id, folder_customer)
    event_count, bad_records, other = logs.store(connection, file_id, folder_customer)
    return ReadSummary(span_count, event_count, bad_lines + bad_spans + bad_records, other)


def _sum(a: ReadSummary, b: ReadSummary) -> ReadSummary:
    return ReadSummary(
        a.spans + b.spans,
        a.log_events + b.log_events,
        a.rejected + b.rejected,
        a.other_log_records + b.other_log_records,
    )


def _forget(connection: duckdb.DuckDBPyConnection, file_id: int) -> None:
    for table in ("otlp_spans", "otlp_logs", "rejects"):
        connection.execute(f"DELETE FROM raw.{table} WHERE file_id = ?", [file_id])
