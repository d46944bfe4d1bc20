"""The ledger `raw.files`: every file that was seen, by number, and what became of it.

A file stands in it once it is loaded or set aside; a run that dies before leaves the ledger as it was.
"""

from collections.abc import Sequence
from datetime import date, datetime

import duckdb

from pipeline.ingest.landing import Unusable
from pipeline.ingest.load import Loaded
from pipeline.ingest.raw_store import StoredFile


def next_file_id(connection: duckdb.DuckDBPyConnection) -> int:
    """The number of the next file."""
    row = connection.execute("SELECT coalesce(max(file_id), 0) + 1 FROM raw.files").fetchone()
    return int(row[0]) if row else 1


def note(connection: duckdb.DuckDBPyConnection, loaded: Loaded, stored: StoredFile) -> None:
    """A file that was loaded or set aside whole."""
    state = "quarantined" if loaded.quarantined else "loaded"
    message = loaded.quarantined or ("The file is empty" if stored.bytes == 0 else None)
    connection.execute(
        "INSERT INTO raw.files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            loaded.file_id,
            stored.sha256,
            stored.relative,
            stored.table,
            stored.format,
            stored.bytes,
            stored.taken_at.replace(tzinfo=None),
            state,
            message,
            loaded.rows,
        ],
    )


def note_unusable(
    connection: duckdb.DuckDBPyConnection, unusable: Sequence[Unusable], *, now: datetime
) -> None:
    """The files that no reader takes, as they are now."""
    connection.execute("DELETE FROM raw.files WHERE state = 'unusable'")
    for file in unusable:
        connection.execute(
            "INSERT INTO raw.files VALUES (NULL, NULL, ?, ?, NULL, NULL, ?, 'unusable', ?, 0)",
            [file.relative, file.table, now.replace(tzinfo=None), file.message],
        )


def note_backfill(
    connection: duckdb.DuckDBPyConnection, first: date, last: date, *, file_id: int, now: datetime
) -> None:
    """Late rows that were let in, as if they came with a file of their own."""
    connection.execute(
        "INSERT INTO raw.files VALUES (?, NULL, NULL, NULL, NULL, NULL, ?, 'backfill', ?, NULL)",
        [file_id, now.replace(tzinfo=None), f"late rows of {first} to {last} let in"],
    )
