"""One run of ingest: from the files that are new to `raw`, with rejects, late rows, prices and touched days.

The order matters: rows are loaded, late ones held back, one row per key kept, sessions merged, prices looked up;
then it is known which (customer, day)s must be rebuilt.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from core.contract import OTLP_FOLDER, TABLES
from core.fault import hit
from pipeline.errors import UnreadableError
from pipeline.ingest import conflicts, lateness, newest, otlp, pricing, sessions, tables, touched
from pipeline.ingest.landing import Unusable
from pipeline.ingest.load import Loaded, Loader, OpenFile, Rules
from pipeline.ingest.opened import Bounds, opened
from pipeline.ingest.raw_store import StoredFile

Told = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Options:
    """What an installation sets about ingest."""

    rules: Rules
    bounds: Bounds
    late_days: int
    otlp_customer_attributes: tuple[str, ...]
    otlp_customer: str | None


@dataclass(frozen=True)
class Arrivals:
    """What a run has to load: new files, files that no reader takes, and days whose late rows are let in."""

    files: Sequence[StoredFile]
    unusable: Sequence[Unusable] = ()
    release: tuple[date, date] | None = None


def ingest(
    connection: duckdb.DuckDBPyConnection,
    arrivals: Arrivals,
    options: Options,
    *,
    now: datetime,
    told: Told,
    restoring: bool = False,
) -> int:
    """Loads the arrivals into `raw` and returns how many (customer, day)s are to be rebuilt.

    `restoring` loads files that were loaded before: what was late then is late again, and nothing else.
    """
    first_new = _next_file_id(connection)
    loader = Loader(connection, options.rules)
    touched.begin(connection)
    conflicts.begin(connection)
    _note_unusable(connection, arrivals.unusable, now)
    plain = _open_all(connection, arrivals.files, options, first_new, told)
    _load(loader, plain, options, told)
    if restoring:
        lateness.hold_back_known(connection)
    else:
        lateness.hold_back(connection, first_new=first_new, late_days=options.late_days)
    if arrivals.release:
        _release(connection, *arrivals.release, now=now)
    _settle_rows(connection, first_new)
    conflicts.tell(connection, loader, [file for file, _ in plain])
    pricing.refresh(connection, first_new=first_new)
    touched.note_new_rows(connection, first_new=first_new)
    hit("ingest.after_ledger")
    return touched.settle(connection)


def _settle_rows(connection: duckdb.DuckDBPyConnection, first_new: int) -> None:
    for table in TABLES.values():
        if table.name != "sessions":
            newest.keep_newest(connection, table, first_new=first_new)
    sessions.merge(connection, first_new=first_new)


def _open_all(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[StoredFile],
    options: Options,
    first_new: int,
    told: Told,
) -> list[tuple[OpenFile, StoredFile]]:
    """Plain forms of all files; those that cannot be had are set aside in the ledger."""
    numbered = list(enumerate(files, start=first_new))
    result: list[tuple[OpenFile, StoredFile]] = []
    with ThreadPoolExecutor(2) as pool:
        opening = pool.map(lambda f: _try_open(f, options), files)
        for done, ((file_id, stored), outcome) in enumerate(zip(numbered, opening, strict=True), start=1):
            told("opening files", done, len(files))
            if isinstance(outcome, str):
                _note(connection, file_id, stored, "quarantined", outcome, 0)
            else:
                result.append((_open_file(file_id, stored, *outcome), stored))
    return result


def _try_open(stored: StoredFile, options: Options) -> tuple[Path, int] | str:
    try:
        plain = opened(stored, options.rules.work, options.bounds)
    except UnreadableError as error:
        return str(error)
    return plain.path, plain.lines


def _open_file(file_id: int, stored: StoredFile, path: Path, lines: int) -> OpenFile:
    taken_at = stored.taken_at.replace(tzinfo=None)
    return OpenFile(file_id, path, stored.relative, stored.table, stored.format, lines, taken_at)


def _load(loader: Loader, plain: Sequence[tuple[OpenFile, StoredFile]], options: Options, told: Told) -> None:
    stored_by_id = {file.file_id: stored for file, stored in plain}
    done = 0

    def count(file: OpenFile) -> None:
        nonlocal done
        done += 1
        told(f"loading {file.table}", done, len(plain))

    for table in TABLES.values():
        files = [file for file, _ in plain if file.table == table.name]
        for result in loader.load(table, files, count):
            _note_loaded(loader.connection, result, stored_by_id[result.file_id])
    traces = [(file, stored) for file, stored in plain if file.table == OTLP_FOLDER]
    otlp.create_tables(loader.connection)
    if traces:
        _load_otlp(loader, traces, options, count)


def _load_otlp(
    loader: Loader,
    traces: Sequence[tuple[OpenFile, StoredFile]],
    options: Options,
    told: Callable[[OpenFile], None],
) -> None:
    """Spans first, then the rows they mean: a span may stand below one that another file brings."""
    connection = loader.connection
    for file, stored in traces:
        customer = stored.folder_customer or options.otlp_customer
        try:
            summary = otlp.read_file(connection, file.path, file_id=file.file_id, folder_customer=customer)
        except UnreadableError as error:
            _note_loaded(connection, Loaded(file.file_id, 0, str(error)), stored)
        else:
            _note_loaded(connection, Loaded(file.file_id, summary.spans + summary.log_events), stored)
        told(file)
    otlp.touch(connection, [file.file_id for file, _ in traces])
    _withdraw(connection)
    otlp.contract_rows(connection, customer_attributes=options.otlp_customer_attributes)
    for name in tables.EVENT_TABLES:
        loader.load_relation(TABLES[name], f"otlp_{name}", TABLES[name].column_names)


def _withdraw(connection: duckdb.DuckDBPyConnection) -> None:
    """Takes back what the touched traces meant before, and notes whose days that changes."""
    before = {name: _otlp_rows(connection, name) for name in tables.EVENT_TABLES}
    otlp.withdraw(connection)
    for name in tables.EVENT_TABLES:
        key, time = TABLES[name].key[0], TABLES[name].event_time
        kept = f"SELECT {key} FROM raw.{name} WHERE source_system = '{OTLP_FOLDER}'"
        gone = f"SELECT * FROM {before[name]} WHERE row_key NOT IN ({kept})"
        session = "row_key" if name == "sessions" else "session_id"
        connection.execute(
            f"""INSERT INTO changes SELECT customer_id, CAST({time} AS DATE), {session} FROM ({gone});
                INSERT INTO active_keys SELECT '{name}', '{OTLP_FOLDER}', row_key FROM ({gone})"""
        )
        if name == "sessions":
            connection.execute(f"INSERT INTO withdrawn_sessions SELECT customer_id, row_key FROM ({gone})")


def _otlp_rows(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    table = TABLES[name]
    extra = "" if name == "sessions" else ", session_id"
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE before_{name} AS
            SELECT customer_id, {table.event_time}, {table.key[0]} AS row_key{extra}
            FROM raw.{name} WHERE source_system = '{OTLP_FOLDER}'"""
    )
    return f"before_{name}"


def _release(connection: duckdb.DuckDBPyConnection, first: date, last: date, *, now: datetime) -> None:
    file_id = _next_file_id(connection)
    lateness.release(connection, first, last, as_file=file_id)
    connection.execute(
        "INSERT INTO raw.files VALUES (?, NULL, NULL, NULL, NULL, NULL, ?, 'backfill', ?, NULL)",
        [file_id, now.replace(tzinfo=None), f"late rows of {first} to {last} let in"],
    )
    # Every row of these days is rebuilt, also where nothing was late: that is what was asked for.
    for name in tables.EVENT_TABLES:
        time = TABLES[name].event_time
        connection.execute(
            f"""INSERT INTO changes SELECT DISTINCT customer_id, CAST({time} AS DATE), NULL FROM raw.{name}
                WHERE CAST({time} AS DATE) BETWEEN DATE '{first}' AND DATE '{last}'"""
        )


def _next_file_id(connection: duckdb.DuckDBPyConnection) -> int:
    row = connection.execute("SELECT coalesce(max(file_id), 0) + 1 FROM raw.files").fetchone()
    return int(row[0]) if row else 1


def _note_unusable(
    connection: duckdb.DuckDBPyConnection, unusable: Sequence[Unusable], now: datetime
) -> None:
    connection.execute("DELETE FROM raw.files WHERE state = 'unusable'")
    for file in unusable:
        connection.execute(
            "INSERT INTO raw.files VALUES (NULL, NULL, ?, ?, NULL, NULL, ?, 'unusable', ?, 0)",
            [file.relative, file.table, now.replace(tzinfo=None), file.message],
        )


def _note_loaded(connection: duckdb.DuckDBPyConnection, loaded: Loaded, stored: StoredFile) -> None:
    state = "quarantined" if loaded.quarantined else "loaded"
    message = loaded.quarantined or ("The file is empty" if stored.bytes == 0 else None)
    _note(connection, loaded.file_id, stored, state, message, loaded.rows)


def _note(
    connection: duckdb.DuckDBPyConnection,
    file_id: int,
    stored: StoredFile,
    state: str,
    message: str | None,
    rows: int,
) -> None:
    connection.execute(
        "INSERT INTO raw.files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            file_id,
            stored.sha256,
            stored.relative,
            stored.table,
            stored.format,
            stored.bytes,
            stored.taken_at.replace(tzinfo=None),
            state,
            message,
            rows,
        ],
    )
