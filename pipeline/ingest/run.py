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

from core.contract import OTLP_FOLDER, SESSIONS, TABLES
from core.fault import hit
from pipeline.errors import UnreadableError
from pipeline.ingest import conflicts, lateness, ledger, newest, otlp, pricing, rejects, sessions, touched
from pipeline.ingest.landing import Unusable
from pipeline.ingest.load import Loaded, Loader, OpenFile, Rules
from pipeline.ingest.opened import Bounds, opened
from pipeline.ingest.raw_store import StoredFile
from pipeline.ingest.tables import with_new_rows
from pipeline.ingest.traces import load_traces
from pipeline.resources import Resources

Told = Callable[[str, int, int], None]
_Open = Sequence[tuple[OpenFile, StoredFile]]


@dataclass(frozen=True)
class Options:
    """What an installation sets about ingest."""

    rules: Rules
    bounds: Bounds
    late_days: int
    otlp_customer_attributes: tuple[str, ...]
    otlp_customer: str | None
    resources: Resources


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
    rebuild_all: bool = False,
) -> int:
    """Loads the arrivals into `raw` and returns how many (customer, day)s are to be rebuilt: those that changed, or
    with `rebuild_all` all there are.

    `restoring` loads files that were loaded before: what was late then is late again, and nothing else.
    """
    first_new = ledger.next_file_id(connection)
    loader = Loader(connection, options.rules)
    touched.begin(connection)
    conflicts.begin(connection)
    ledger.note_unusable(connection, arrivals.unusable, now=now)
    files = _open_all(connection, arrivals.files, options, first_new, told)
    _load(loader, files, options, told)
    for file, stored in files:
        rejects.tell_erased(connection, file.file_id, stored.table, stored.erased)
    if restoring:
        lateness.hold_back_known(connection)
    else:
        lateness.hold_back(connection, first_new=first_new, late_days=options.late_days)
    if arrivals.release:
        _release(connection, *arrivals.release, now=now)
    _settle_rows(connection, first_new)
    conflicts.tell(connection, loader, [file for file, _ in files])
    pricing.refresh(connection, first_new=first_new)
    if not rebuild_all:
        touched.note_new_rows(connection, first_new=first_new)
    hit("ingest.after_ledger")
    return touched.touch_all(connection) if rebuild_all else touched.settle(connection)


def _open_all(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[StoredFile],
    options: Options,
    first_new: int,
    told: Told,
) -> _Open:
    """Plain forms of all files; those that cannot be had are set aside in the ledger."""
    result: list[tuple[OpenFile, StoredFile]] = []
    with ThreadPoolExecutor(2) as pool:
        opening = pool.map(lambda f: _try_open(f, options), files)
        for done, (stored, outcome) in enumerate(zip(files, opening, strict=True)):
            told("opening files", done + 1, len(files))
            file_id = first_new + done
            if isinstance(outcome, str):
                ledger.note(connection, Loaded(file_id, 0, outcome), stored)
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


def _load(loader: Loader, files: _Open, options: Options, told: Told) -> None:
    stored_by_id = {file.file_id: stored for file, stored in files}
    done = 0

    def count(file: OpenFile) -> None:
        nonlocal done
        done += 1
        told(f"loading {file.table}", done, len(files))

    for table in TABLES.values():
        for result in loader.load(table, [file for file, _ in files if file.table == table.name], count):
            ledger.note(loader.connection, result, stored_by_id[result.file_id])
    otlp.create_tables(loader.connection)
    if traces := [(file, stored) for file, stored in files if file.table == OTLP_FOLDER]:
        load_traces(
            loader,
            traces,
            count,
            customer_attributes=options.otlp_customer_attributes,
            default_customer=options.otlp_customer,
        )


def _release(connection: duckdb.DuckDBPyConnection, first: date, last: date, *, now: datetime) -> None:
    """Every row of these days is rebuilt, also where nothing was late: that is what was asked for."""
    file_id = ledger.next_file_id(connection)
    lateness.release(connection, first, last, as_file=file_id)
    ledger.note_backfill(connection, first, last, file_id=file_id, now=now)
    touched.note_days(connection, first, last)


def _settle_rows(connection: duckdb.DuckDBPyConnection, first_new: int) -> None:
    for table in with_new_rows(connection, first_new=first_new):
        if table is not SESSIONS:
            newest.keep_newest(connection, table, first_new=first_new)
    sessions.merge(connection, first_new=first_new)
