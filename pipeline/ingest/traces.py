"""OpenTelemetry files in a run: read, and everything they mean derived anew where they touch it."""

from collections.abc import Callable, Sequence

import duckdb

from core.contract import OTLP_FOLDER, TABLES
from pipeline.errors import UnreadableError
from pipeline.ingest import ledger, otlp
from pipeline.ingest.load import Loaded, Loader, OpenFile
from pipeline.ingest.raw_store import StoredFile
from pipeline.ingest.tables import EVENT_TABLES


def load_traces(
    loader: Loader,
    files: Sequence[tuple[OpenFile, StoredFile]],
    told: Callable[[OpenFile], None],
    *,
    customer_attributes: tuple[str, ...],
    default_customer: str | None,
) -> None:
    """Spans first, then the rows they mean: a span may stand below one that another file brings."""
    connection = loader.connection
    for file, stored in files:
        customer = stored.folder_customer or default_customer
        ledger.note(connection, _read(connection, file, customer), stored)
        told(file)
    otlp.touch(connection, [file.file_id for file, _ in files])
    _withdraw(connection)
    otlp.contract_rows(connection, customer_attributes=customer_attributes)
    for name in EVENT_TABLES:
        loader.load_relation(TABLES[name], f"otlp_{name}", TABLES[name].column_names)


def _read(connection: duckdb.DuckDBPyConnection, file: OpenFile, customer: str | None) -> Loaded:
    try:
        summary = otlp.read_file(connection, file.path, file_id=file.file_id, folder_customer=customer)
    except UnreadableError as error:
        return Loaded(file.file_id, 0, str(error))
    return Loaded(file.file_id, summary.spans + summary.log_events)


def _withdraw(connection: duckdb.DuckDBPyConnection) -> None:
    """Takes back what the touched traces meant before, and notes whose days that changes."""
    for name in EVENT_TABLES:
        _remember(connection, name)
    otlp.withdraw(connection)
    for name in EVENT_TABLES:
        key, time = TABLES[name].key[0], TABLES[name].event_time
        kept = f"SELECT {key} FROM raw.{name} WHERE source_system = '{OTLP_FOLDER}'"
        gone = f"SELECT * FROM before_{name} WHERE row_key NOT IN ({kept})"
        connection.execute(
            f"""INSERT INTO changes SELECT customer_id, CAST({time} AS DATE), session_id FROM ({gone});
                INSERT INTO active_keys SELECT '{name}', '{OTLP_FOLDER}', row_key FROM ({gone})"""
        )
        if name == "sessions":
            connection.execute(f"INSERT INTO withdrawn_sessions SELECT customer_id, row_key FROM ({gone})")


def _remember(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    table = TABLES[name]
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE before_{name} AS
            SELECT customer_id, {table.event_time}, {table.key[0]} AS row_key, session_id
            FROM raw.{name} WHERE source_system = '{OTLP_FOLDER}'"""
    )
