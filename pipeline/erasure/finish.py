"""The end of an erasure: everything that was made before it goes, and a signed record says what was removed.

Called under the pipeline's lock, when what is published was built without the customer.
"""

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, select

from core.erasure_records import write_record
from core.erasures import Erasure, added, all_erasures, forget_again, keep_work
from core.erasures import finish as finish_erasure
from core.fault import hit
from core.settings import Settings
from core.sites import site_dir
from core.store.control import ControlStore, existing_control_store
from core.store.control.tables import OUTBOX
from pipeline import publish
from pipeline.erasure.known import Known
from pipeline.erasure.record import signed
from pipeline.home import Home


def finish(settings: Settings, known: Known, *, now: datetime) -> list[Erasure]:
    """Finishes what waits for it; returns the erasures that are done."""
    store = existing_control_store(settings) if known.pending else None
    if store is None:
        return []
    try:
        snapshots, logs = _old_snapshots(Home(settings.home)), _logs(settings)
        gone = {
            "published snapshots": sum(path.suffix == ".duckdb" for path in snapshots),
            "logs": len(logs),
        }
        for path in (*snapshots, *logs):
            _remove(path)
        hit("erasure.after_snapshots")
        for erasure in known.pending:
            _remove_files(settings, store, erasure, gone)
        _remove_mails(settings, store)
        hit("erasure.after_files")
        store.compact()
        hit("erasure.after_compact")
        return [_finish_one(settings, store, one.erasure_id, now) for one in known.pending]
    finally:
        store.close()


def _old_snapshots(home: Home) -> list[Path]:
    """All but what is served, whoever reads them: open files live until they are closed."""
    serving = publish.current(home)
    kept = ("CURRENT", serving.name, serving.with_suffix(".json").name) if serving else ()
    return [path for path in sorted(home.published.glob("*")) if path.name not in kept]


def _logs(settings: Settings) -> list[Path]:
    """What dbt and the last build have said; the next run says it anew."""
    root = settings.home
    places = (root / "dbt" / "logs", root / "dbt" / "run", root / "dagster" / "last-build.log")
    return [path for path in places if path.exists()]


def _remove_files(settings: Settings, store: ControlStore, erasure: Erasure, gone: Mapping[str, int]) -> None:
    """Counted and noted before they go, so that a run that dies in between forgets nothing."""
    with store.writing() as connection:
        work = forget_again(connection, erasure).work
        sites = [site_dir(settings, portal_id) for portal_id in work.portal_ids]
        archives = [settings.reports_dir / report_id for report_id in work.report_ids]
        found = {**gone, "sites: files": _count(sites), "archives of reports: files": _count(archives)}
        more = {place: max(0, count - work.removed.get(place, 0)) for place, count in found.items()}
        keep_work(connection, erasure.erasure_id, replace(work, removed=added(work.removed, more)))
    for path in (*sites, *archives):
        _remove(path)


def _remove_mails(settings: Settings, store: ControlStore) -> None:
    """Mails that were written to files where no mail server is set: those whose delivery nobody knows any more."""
    folder = settings.mail_folder
    if folder is None or not folder.is_dir():
        return
    with store.reading() as connection:
        known: set[str] = set(connection.scalars(select(OUTBOX.c.delivery_id)))
    for path in folder.glob("dlv_*.eml"):
        if path.stem not in known:
            _remove(path)


def _count(paths: Iterable[Path]) -> int:
    return sum(sum(p.is_file() for p in path.rglob("*")) for path in paths)


def _finish_one(settings: Settings, store: ControlStore, erasure_id: str, now: datetime) -> Erasure:
    with store.writing() as connection:
        erasure = _of(connection, erasure_id)
        record = signed(settings, erasure, now=now)
        write_record(settings.erasures_dir, record)
        hit("erasure.after_record")
        finish_erasure(connection, erasure_id, record, now=now)
        return _of(connection, erasure_id)


def _of(connection: Connection, erasure_id: str) -> Erasure:
    return next(one for one in all_erasures(connection) if one.erasure_id == erasure_id)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
