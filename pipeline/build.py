"""One build from landing files to a warehouse that can be published, on a copy of its own, under the lock.

A run works on a copy of the last good warehouse and nobody else sees it; only after its snapshot is published does
the copy become the warehouse. A run that dies leaves a file that the next one removes. What there is to do is
`planning`, how the copy is filled `filling`.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from core.settings import Settings
from pipeline.errors import AlreadyRunningError, PipelineError
from pipeline.filling import Ingested, connected, fill, options_of
from pipeline.home import Home
from pipeline.ingest import tables
from pipeline.ingest.raw_store import RawStore, StoredFile
from pipeline.ingest.run import Told
from pipeline.planning import Plan, Request, due, erased, finish_erasures, plan

if TYPE_CHECKING:
    from pipeline.erasure import Known

__all__ = [
    "Ingested",
    "Plan",
    "Request",
    "discard",
    "due",
    "erase_from_stored_files",
    "erasures_done",
    "lock",
    "plan",
    "promote",
    "run_ingest",
    "sweep",
    "waiting_erasures",
    "wants_rebuild",
]


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


def run_ingest(settings: Settings, request: Request, plan: Plan, run_id: str, told: Told) -> Ingested:
    """Builds the run's database up to `raw`, ready for the models."""
    home = Home(settings.home)
    database, work = home.build(run_id), home.work(run_id)
    sweep(home, keep=run_id)
    work.mkdir(parents=True, exist_ok=True)
    _check_space(home, plan)
    known = erased(settings)
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
    with connected(database, settings, home.work(run_id)) as connection:
        ingested = fill(connection, settings, request, plan, run_id, told)
        if known:
            from pipeline.erasure.known import note_covered

            note_covered(connection, known, home)
            connection.execute("CHECKPOINT")
        return ingested


def erasures_done(settings: Settings, *, now: datetime) -> list[str]:
    """Ends the erasures that the published snapshot was built without; called under the lock. Returns their ids."""
    known = erased(settings)
    return finish_erasures(settings, known, now) if known and known.pending else []


def waiting_erasures(settings: Settings) -> list[str]:
    """The erasures that were asked for and are not done, oldest first, each with when that was."""
    known = erased(settings)
    pending = known.pending if known else ()
    return [f"{one.erasure_id}, asked for {one.requested_at:%Y-%m-%d %H:%M} UTC" for one in pending]


def erase_from_stored_files(settings: Settings) -> None:
    """Takes whoever waits for it out of the stored files now, and not with the next run."""
    home = Home(settings.home)
    with lock(home):
        known, work = erased(settings), home.work("erasing")
        if known and known.pending:
            from pipeline import erasure

            try:
                erasure.erase_from_copies(
                    settings, RawStore(home.raw), known, options_of(settings, work), lambda *_: None
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
    database = home.build(run_id)
    if database.with_name(f"{database.name}.wal").exists():
        # Somebody wrote last and ended without closing it; the file alone would lack that.
        with duckdb.connect(str(database)) as connection:
            connection.execute("CHECKPOINT")
    database.replace(home.warehouse)
    shutil.rmtree(home.folder(run_id), ignore_errors=True)


def discard(settings: Settings, run_id: str) -> None:
    """Removes what a run that failed has built."""
    shutil.rmtree(Home(settings.home).folder(run_id), ignore_errors=True)


def sweep(home: Home, *, keep: str) -> None:
    """Removes what runs that died have left; called under the lock, so no other run is alive."""
    for leftover in [*home.root.glob("build-*"), *home.raw.glob("*.tmp")]:
        if keep not in leftover.name:
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink(missing_ok=True)


def _without_erased(settings: Settings, plan: Plan, known: "Known", work: Path, told: Told) -> Plan:
    """The plan over copies that nothing of those is left in who are to be erased."""
    from pipeline import erasure

    store = RawStore(Home(settings.home).raw)
    cleaned = erasure.erase_from_copies(settings, store, known, options_of(settings, work), told)
    return _with_stored(plan, cleaned)


def _came_back(settings: Settings, plan: Plan, known: "Known", database: Path, told: Told) -> Plan | None:
    """The plan over cleaned copies where new files have brought an erased customer back."""
    from pipeline import erasure

    found = erasure.bring_back(database, known, plan.new_files)
    if not found:
        return None
    store, options = RawStore(Home(settings.home).raw), options_of(settings, database.parent / "work")
    return _with_stored(plan, erasure.clean_some(store, found, known, database, options, told))


def _with_stored(plan: Plan, stored: Mapping[str, StoredFile]) -> Plan:
    return replace(
        plan,
        new_files=tuple(stored.get(f.sha256, f) for f in plan.new_files),
        known_files=tuple(stored.get(f.sha256, f) for f in plan.known_files),
    )


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
