"""What Dagster keeps of runs, without erased customers.

Steps put no rows into metadata or logs; but the name of a file or a failed query may be a customer's id. A run whose
events mention somebody who was erased is forgotten as a whole.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import dagster as dg

from core.settings import Settings
from core.store import dagster_storage
from core.tombstones import Tombstones
from pipeline import erasure

_BUSY_SECONDS = 5


def forget_runs(instance: dg.DagsterInstance, settings: Settings, *, but: str) -> int:
    """Deletes the runs that mention an erased customer, and returns how many; `but` is the one that is running."""
    erased = erasure.read(settings).tombstones
    found = [run.run_id for run in instance.get_runs() if run.run_id != but]
    theirs = [run_id for run_id in found if _mentions(instance, run_id, erased)]
    for run_id in theirs:
        instance.delete_run(run_id)
        # Where each run's events have a file of their own, its emptied file stays behind.
        for left in (settings.home / "dagster" / "history" / "runs").glob(f"{run_id}.db*"):
            left.unlink(missing_ok=True)
    if theirs:
        compact(settings)
    return len(theirs)


def compact(settings: Settings) -> None:
    """Removes from Dagster's own files or tables what rows that are gone have left behind; one that is in use keeps it
    until the next time."""
    if settings.dagster_database_url:
        dagster_storage.compact(settings)
    for path in sorted((settings.home / "dagster").rglob("*.db")):
        _compact(path)


def _compact(path: Path) -> None:
    try:
        with closing(sqlite3.connect(path, timeout=_BUSY_SECONDS)) as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.OperationalError:
        return


def _mentions(instance: dg.DagsterInstance, run_id: str, erased: Tombstones) -> bool:
    return any(erased.mentioned_in(dg.serialize_value(entry)) for entry in instance.all_logs(run_id))
