"""What is served: the snapshot, as it was published and young enough, and the pages of the portals."""

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
from sqlalchemy import select

from core.doctor.case import Case
from core.doctor.finding import Check, Finding, fail, ok, warn
from core.doctor.store import reading
from core.portals.definition import PortalStatus
from core.settings import Settings
from core.site_files import LIST, damaged
from core.sites import INDEX, DoorPage, door_pages_dir, site_dir
from core.store.control.tables import PORTALS
from core.store.metric_store import POINTER
from core.store.snapshot import open_snapshot

_SUBJECT = "snapshot"
_NAME = re.compile(r"snap-\d{1,18}-[0-9a-f]{12}\.duckdb", re.ASCII)
# Beyond, hashing would take longer than a person waits; `proofline build` reads every new one whole anyway.
_HASHED_BYTES = 1024**3
_SHOWN = 3


def check_snapshot(case: Case) -> Iterator[Finding]:
    folder = case.settings.published_dir
    pointer = folder / POINTER
    if not pointer.exists():
        yield warn(_SUBJECT, "Nothing is published yet.", "Run `proofline build`.")
        return
    name = pointer.read_text(encoding="ascii", errors="replace").strip()
    file = folder / name
    if not _NAME.fullmatch(name) or not file.is_file():
        advice = "Run `proofline build --full`; until then the API serves the newest whole one."
        yield fail(_SUBJECT, f"{pointer} names no snapshot that is there.", advice)
    elif problem := _damage(file):
        advice = "Put a backup of published/ in its place, or run `proofline build --full`."
        yield fail(_SUBJECT, f"{name} is damaged: {problem}.", advice)
    else:
        yield _age(file, case)


def _damage(file: Path) -> str | None:
    noted = file.with_suffix(".json")
    if file.stat().st_size <= _HASHED_BYTES and noted.is_file():
        with file.open("rb") as content:
            if hashlib.file_digest(content, "sha256").hexdigest() != json.loads(noted.read_text())["sha256"]:
                return "its bytes are not those that were published"
    try:
        open_snapshot(file, threads=1).unpin()
    except (duckdb.Error, ValueError) as problem:
        return str(problem).splitlines()[0]
    return None


def _age(file: Path, case: Case) -> Finding:
    snapshot = open_snapshot(file, threads=1)
    info = snapshot.info
    snapshot.unpin()
    age = case.now - info.built_at
    told = (
        f"{file.stem}, built {info.built_at:%Y-%m-%d %H:%M}, data as of {info.data_as_of:%Y-%m-%d %H:%M} UTC"
    )
    if age > timedelta(minutes=2 * case.settings.build_interval_minutes):
        advice = "Does the daemon run, and does anything land? `proofline status` and the Dagster UI tell."
        return warn(_SUBJECT, f"Old: {told}.", advice)
    return ok(_SUBJECT, told)


def check_sites(case: Case) -> Iterator[Finding]:
    portals = _active_portals(case.settings)
    missing = [one for one in portals if not (site_dir(case.settings, one) / INDEX).is_file()]
    broken = [one for one in portals if one not in missing and _has_damage(case.settings, one)]
    doors = [page for page in DoorPage if not (door_pages_dir(case.settings) / f"{page}.html").is_file()]
    if missing:
        told = (
            f"{len(missing)} of {len(portals)} active portals have no pages: {', '.join(missing[:_SHOWN])}."
        )
        yield warn("sites", told, "Run `proofline build`; the daemon does it within a minute.")
    elif broken:
        told = f"Files of {len(broken)} portals are not as they were built: {', '.join(broken[:_SHOWN])}."
        yield warn("sites", told, "They are not shown. Run `proofline build`, which makes them anew.")
    elif portals and doors:
        yield warn(
            "sites", "The pages of the door (expired links, passwords) are missing.", "Run `proofline build`."
        )
    else:
        yield ok("sites", f"all {len(portals)} active portals have pages" if portals else "no active portal")


def _has_damage(settings: Settings, portal_id: str) -> bool:
    folder = site_dir(settings, portal_id)
    return (folder / LIST).is_file() and bool(damaged(folder))


def _active_portals(settings: Settings) -> list[str]:
    with reading(settings) as connection:
        if connection is None or not connection.dialect.has_table(connection, PORTALS.name):
            return []
        active = select(PORTALS.c.portal_id).where(PORTALS.c.status == PortalStatus.ACTIVE.value)
        return list(connection.scalars(active.order_by(PORTALS.c.portal_id)))


CHECKS: tuple[Check, ...] = (check_snapshot, check_sites)
