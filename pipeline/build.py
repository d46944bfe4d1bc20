"""One build from landing files to a warehouse that can be published: what is new, on which copy, under which lock.

A run works on a copy of the last good warehouse and nobody else sees it; only after its snapshot is published does
the copy become the warehouse. A run that dies leaves a file that the next one removes.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from core.contract import TABLES
from core.settings import Settings
from pipeline.errors import AlreadyRunningError, PipelineError
from pipeline.home import Home
from pipeline.ingest import lateness, pricing, tables, touched
from pipeline.ingest.landing import LandingFile, Unusable, complete_to, find
from pipeline.ingest.load import Rules
from pipeline.ingest.opened import Bounds
from pipeline.ingest.raw_store import Changing, RawStore, StoredFile
from pipeline.ingest.reading import literal
from pipeline.ingest.run import Arrivals, Options, Told, ingest
from pipeline.transform import fingerprint

if TYPE_CHECKING:
    from pipeline.erasure import Known

FACTS = ("fact_llm_requests", "fact_sessions", "fact_tool_calls", "fact_evaluations", "fact_outcomes")


@dataclass(frozen=True)
class Request:
    """What is asked of a run: where to look, whether to start from nothing, which days to build again."""

    landing: Path
    now: datetime
    full: bool = False
    days: tuple[date, date] | None = None


@dataclass(frozen=True)
class Plan:
    """What a run has found to do, before anything is built."""

    new_files: tuple[StoredFile, ...]
    known_files: tuple[StoredFile, ...]
    unusable: tuple[Unusable, ...]
    waiting: tuple[str, ...]
    complete_to: datetime | None
    reasons: tuple[str, ...] = field(default=())

    @property
    def is_empty(self) -> bool:
        return not self.reasons


@dataclass(frozen=True)
class Ingested:
    """What ingest left in the build: how much is to be rebuilt, and whether models start from nothing."""

    database: Path
    touched_days: int
    rebuild_all: bool
    data_as_of: datetime | None


@contextmanager
def lock(home: Home) -> Iterator[None]:
    """Holds the pipeline's lock; it is free again at once when the process ends, however it ends."""
    home.root.mkdir(parents=True, exist_ok=True)
    handle = os.open(home.lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunningError(
                f"Another build is running on {home.root}. Wait for it to end; nothing was changed."
            ) from error
        yield
    finally:
        os.close(handle)


def plan(settings: Settings, request: Request, told: Told) -> Plan:
    """Looks at the landing directory, stores what is new, and says why there is something to do, if there is."""
    home, store = Home(settings.home), RawStore(Home(settings.home).raw)
    known = _erased(settings)
    if known and known.pending:
        _finish_erasures(settings, known, request.now)
    found = find(request.landing)
    taken = _take(store, [f for f in found if isinstance(f, LandingFile)], request.now, told)
    loaded = _ledger(home)
    store.remember()
    stored = tuple(store.all())
    result = Plan(
        # Also those that lie in the landing directory no more: of a run that died, or of a home put back.
        new_files=tuple(f for f in stored if f.sha256 not in loaded),
        known_files=tuple(f for f in stored if f.sha256 in loaded),
        unusable=tuple(f for f in [*found, *taken] if isinstance(f, Unusable)),
        waiting=tuple(f.relative for f in taken if isinstance(f, Changing)),
        complete_to=complete_to(request.landing, now=request.now),
    )
    return Plan(**{**vars(result), "reasons": tuple(_reasons(home, settings, request, result))})


def due(settings: Settings, landing: Path, *, settled_before: float) -> list[str]:
    """What a run would find to do, told without reading a file: files that have settled and were never loaded
    (also those of a run that failed), or a change of models, settings, `_complete_to` or custom metrics."""
    home = Home(settings.home)
    found = find(landing)
    files = [f for f in found if isinstance(f, LandingFile)]
    store, loaded = RawStore(home.raw), _ledger(home)
    fresh = store.waiting(files, loaded, settled_before)
    if not fresh and (stored := store.names() - loaded):
        fresh = [f"{len(stored)} stored files were never loaded"]
    unusable = tuple(f for f in found if isinstance(f, Unusable))
    plan = Plan((), (), unusable, (), complete_to(landing, now=datetime.now(UTC)))
    return [*fresh, *_reasons(home, settings, Request(landing, datetime.now(UTC)), plan)]


def run_ingest(settings: Settings, request: Request, plan: Plan, run_id: str, told: Told) -> Ingested:
    """Builds the run's database up to `raw`, ready for the models."""
    home = Home(settings.home)
    database, work = home.build(run_id), home.work(run_id)
    sweep(home, keep=run_id)
    work.mkdir(parents=True, exist_ok=True)
    _check_space(home, plan)
    known = _erased(settings)
    try:
        if known and known.pending:
            request, plan = replace(request, full=True), _without_erased(settings, plan, known, work, told)
        ingested = _built_up(settings, request, plan, run_id, told, known)
        if known and (cleaned := _came_back(settings, plan, known, database, told)):
            ingested = _built_up(settings, request, cleaned, run_id, told, known)
        return ingested
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _built_up(
    settings: Settings, request: Request, plan: Plan, run_id: str, told: Told, known: "Known | None"
) -> Ingested:
    home = Home(settings.home)
    database = home.build(run_id)
    database.unlink(missing_ok=True)
    if not request.full and home.warehouse.exists():
        shutil.copyfile(home.warehouse, database)
    with _connected(database, settings, home.work(run_id)) as connection:
        ingested = _fill(connection, settings, request, plan, run_id, told)
        if known:
            from pipeline.erasure.known import note_covered

            note_covered(connection, known, home)
            connection.execute("CHECKPOINT")
        return ingested


def erasures_done(settings: Settings, *, now: datetime) -> list[str]:
    """Ends the erasures that the published snapshot was built without; called under the lock. Returns their ids."""
    known = _erased(settings)
    return _finish_erasures(settings, known, now) if known and known.pending else []


def waiting_erasures(settings: Settings) -> list[str]:
    """The erasures that were asked for and are not done, oldest first, each with when that was."""
    known = _erased(settings)
    pending = known.pending if known else ()
    return [f"{one.erasure_id}, asked for {one.requested_at:%Y-%m-%d %H:%M} UTC" for one in pending]


def erase_from_stored_files(settings: Settings) -> None:
    """Takes whoever waits for it out of the stored files now, and not with the next run."""
    home = Home(settings.home)
    with lock(home):
        known, work = _erased(settings), home.work("erasing")
        if known and known.pending:
            from pipeline import erasure

            try:
                erasure.erase_from_copies(
                    settings, RawStore(home.raw), known, _options(settings, work), lambda *_: None
                )
            finally:
                shutil.rmtree(home.folder("erasing"), ignore_errors=True)


def wants_rebuild(database: Path) -> bool:
    """Whether the models of this build start from nothing: it is the first, a full one, or they have changed."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return tables.get_state(connection, "rebuild_all") == "yes"


def promote(settings: Settings, run_id: str) -> None:
    """Makes the run's database the warehouse."""
    home = Home(settings.home)
    home.build(run_id).replace(home.warehouse)
    shutil.rmtree(home.folder(run_id), ignore_errors=True)


def discard(settings: Settings, run_id: str) -> None:
    """Removes what a run that failed has built."""
    shutil.rmtree(Home(settings.home).folder(run_id), ignore_errors=True)


def sweep(home: Home, *, keep: str) -> None:
    """Removes what runs that died have left; called under the lock, so no other run is alive."""
    for leftover in [*home.root.glob("build-*"), *home.raw.glob("*.tmp")]:
        if keep not in leftover.name:
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink(missing_ok=True)


def _erased(settings: Settings) -> "Known | None":
    """Who was erased; None where there is no place that could tell, which is told without loading what reads one."""
    if not (settings.database_url or settings.control_path.exists() or settings.erasures_dir.exists()):
        return None
    from pipeline import erasure

    return erasure.read(settings)


def _finish_erasures(settings: Settings, known: "Known", now: datetime) -> list[str]:
    from pipeline import erasure

    if not erasure.is_ready(Home(settings.home), known):
        return []
    return [one.erasure_id for one in erasure.finish(settings, known, now=now)]


def _without_erased(settings: Settings, plan: Plan, known: "Known", work: Path, told: Told) -> Plan:
    """The plan over copies that nothing of those is left in who are to be erased."""
    from pipeline import erasure

    store = RawStore(Home(settings.home).raw)
    cleaned = erasure.erase_from_copies(settings, store, known, _options(settings, work), told)
    return _with_stored(plan, cleaned)


def _came_back(settings: Settings, plan: Plan, known: "Known", database: Path, told: Told) -> Plan | None:
    """The plan over cleaned copies where new files have brought an erased customer back."""
    from pipeline import erasure

    found = erasure.bring_back(database, known, plan.new_files)
    if not found:
        return None
    store, options = RawStore(Home(settings.home).raw), _options(settings, database.parent / "work")
    return _with_stored(plan, erasure.clean_some(store, found, known, database, options, told))


def _with_stored(plan: Plan, stored: Mapping[str, StoredFile]) -> Plan:
    return replace(
        plan,
        new_files=tuple(stored.get(f.sha256, f) for f in plan.new_files),
        known_files=tuple(stored.get(f.sha256, f) for f in plan.known_files),
    )


def _take(
    store: RawStore, files: Sequence[LandingFile], now: datetime, told: Told
) -> list[StoredFile | Changing | Unusable]:
    taken = []
    # More than cores: while some wait for the disk, others hash.
    with ThreadPoolExecutor(4) as pool:
        for done, result in enumerate(pool.map(lambda f: store.take(f, now=now), files), start=1):
            told("reading the landing directory", done, len(files))
            taken.append(result)
    return taken


def _ledger(home: Home) -> set[str]:
    if not home.warehouse.exists():
        return set()
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        rows = connection.execute("SELECT sha256 FROM raw.files WHERE sha256 IS NOT NULL").fetchall()
    return {sha256 for (sha256,) in rows}


def _reasons(home: Home, settings: Settings, request: Request, plan: Plan) -> Iterator[str]:
    if plan.new_files:
        yield f"{len(plan.new_files)} new files"
    if request.full:
        yield "a full rebuild was asked for"
    if request.days:
        yield f"the days {request.days[0]} to {request.days[1]} were asked for"
    known = _erased(settings)
    if known and known.pending:
        yield f"erasures wait: {', '.join(sorted(one.erasure_id for one in known.pending))}"
    if not home.warehouse.exists():
        return
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        if tables.get_state(connection, "fingerprint") not in (None, fingerprint(settings)):
            yield "models or settings changed"
        if tables.get_state(connection, "price_list_version") not in (None, pricing.version()):
            yield "the price list changed"
        if tables.get_state(connection, "complete_to") != _text(plan.complete_to):
            yield "_complete_to changed"
        unusable = connection.execute("SELECT path FROM raw.files WHERE state = 'unusable'").fetchall()
        if {path for (path,) in unusable} != {f.relative for f in plan.unusable}:
            yield "files that cannot be used came or went"
        yield from _other_custom_metrics(settings, tables.get_state(connection, "custom_metrics") or "")


def _other_custom_metrics(settings: Settings, computed: str) -> Iterator[str]:
    """A reason where the definitions are not those that were computed last; unreadable ones are none."""
    if not (computed or settings.database_url or settings.control_path.exists()):
        return
    # Imported here: whoever has no control store need not wait for what reads one.
    from pipeline.custom_metrics import fingerprint

    defined = fingerprint(settings)
    if defined not in (None, computed):
        yield f"custom metrics changed ({defined[:8] if defined else 'there are none any more'})"


def _fill(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    request: Request,
    plan: Plan,
    run_id: str,
    told: Told,
) -> Ingested:
    home = Home(settings.home)
    options = _options(settings, home.work(run_id))
    tables.create(connection)
    _recall(connection, home, request)
    if request.full:
        restored = Arrivals(files=plan.known_files)
        ingest(connection, restored, options, now=request.now, told=told, restoring=True)
    arrivals = Arrivals(plan.new_files, plan.unusable, request.days)
    touched_days = ingest(connection, arrivals, options, now=request.now, told=told)
    rebuild_all = request.full or tables.get_state(connection, "fingerprint") != fingerprint(settings)
    if rebuild_all:
        touched_days = touched.touch_all(connection)
    tables.set_state(connection, "rebuild_all", "yes" if rebuild_all else "no")
    as_of = _data_as_of(connection, plan, request.now)
    tables.set_state(connection, "fingerprint", fingerprint(settings))
    tables.set_state(connection, "complete_to", _text(plan.complete_to))
    tables.set_state(connection, "data_as_of", _text(as_of))
    tables.set_state(connection, "run_started_at", _text(request.now))
    tables.set_state(connection, "run_id", run_id)
    tables.set_state(connection, "price_list_version", pricing.version())
    connection.execute("CHECKPOINT")
    return Ingested(home.build(run_id), touched_days, rebuild_all, as_of)


def _recall(connection: duckdb.DuckDBPyConnection, home: Home, request: Request) -> None:
    """What was published before decides what is late now; a full rebuild asks the warehouse it replaces."""
    connection.execute("CREATE OR REPLACE TEMP TABLE published_days (customer_id VARCHAR, newest_day DATE)")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE known_late (table_name VARCHAR, sha256 VARCHAR, row_hash UBIGINT)"
    )
    if not request.full:
        _note_published(connection, "")
    elif home.warehouse.exists():
        connection.execute(f"ATTACH {literal(home.warehouse)} AS earlier (READ_ONLY)")
        _note_published(connection, "earlier.")
        lateness.remember(connection, "earlier")
        connection.execute("DETACH earlier")


def _note_published(connection: duckdb.DuckDBPyConnection, prefix: str) -> None:
    catalog = prefix.removesuffix(".") or connection.execute("SELECT current_catalog()").fetchall()[0][0]
    found = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = ? AND schema_name = 'main'", [catalog]
    ).fetchall()
    facts = [name for name in FACTS if (name,) in found]
    if facts:
        days = " UNION ALL ".join(f"SELECT customer_id, day FROM {prefix}main.{name}" for name in facts)
        connection.execute(
            f"INSERT INTO published_days SELECT customer_id, max(day) FROM ({days}) GROUP BY customer_id"
        )


def _data_as_of(connection: duckdb.DuckDBPyConnection, plan: Plan, now: datetime) -> datetime | None:
    """The newest event time loaded, not after the run's start; what the source says of itself wins."""
    if plan.complete_to:
        return plan.complete_to
    times = " UNION ALL ".join(
        f"SELECT max({TABLES[name].event_time}) AS t FROM raw.{name}" for name in tables.EVENT_TABLES
    )
    row = connection.execute(f"SELECT max(t) FROM ({times})").fetchone()
    newest: datetime | None = row[0] if row else None
    return min(newest.replace(tzinfo=UTC), now) if newest else None


def _options(settings: Settings, work: Path) -> Options:
    return Options(
        rules=Rules(settings.source_zones, work),
        bounds=Bounds(settings.max_decompression_ratio, settings.max_decompressed_bytes),
        late_days=settings.late_days,
        otlp_customer_attributes=settings.otlp_customer_attributes,
        otlp_customer=settings.otlp_customer or None,
    )


@contextmanager
def _connected(database: Path, settings: Settings, work: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    config: dict[str, Any] = {
        "memory_limit": settings.build_memory,
        "temp_directory": str(work),
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        # Rows are told apart by their keys; keeping their order costs memory and half the speed.
        "preserve_insertion_order": "false",
    }
    connection = duckdb.connect(str(database), config=config)
    connection.execute("SET TimeZone = 'UTC'")
    try:
        yield connection
    finally:
        connection.close()


def _check_space(home: Home, plan: Plan) -> None:
    """A build needs a second warehouse, a snapshot, and room for what is new."""
    existing = home.warehouse.stat().st_size if home.warehouse.exists() else 0
    needed = 2 * existing + 2 * sum(f.bytes for f in plan.new_files)
    free = shutil.disk_usage(home.root).free
    if free < needed:
        raise PipelineError(
            f"{home.root} has {free >> 20} MiB free, and this build needs about {needed >> 20} MiB. Make room"
            " and run it again; what is published goes on serving."
        )


def _text(instant: datetime | None) -> str:
    return instant.isoformat() if instant else ""
