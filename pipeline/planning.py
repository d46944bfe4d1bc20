"""What a run has to do: what is new in the landing directory, and every other reason to build.

Files are stored here and nothing is loaded; the build itself is `build`.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from core.settings import Settings
from pipeline.home import Home
from pipeline.ingest import pricing, tables
from pipeline.ingest.landing import LandingFile, Unusable, complete_to, find
from pipeline.ingest.raw_store import Changing, RawStore, StoredFile
from pipeline.ingest.run import Told
from pipeline.transform import fingerprint

if TYPE_CHECKING:
    from pipeline.erasure import Known


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


def plan(settings: Settings, request: Request, told: Told) -> Plan:
    """Looks at the landing directory, stores what is new, and says why there is something to do, if there is."""
    home, store = Home(settings.home), RawStore(Home(settings.home).raw)
    known = erased(settings)
    if known and known.pending:
        finish_erasures(settings, known, request.now)
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


def erased(settings: Settings) -> "Known | None":
    """Who was erased; None where there is no place that could tell, which is told without loading what reads one."""
    if not (settings.database_url or settings.control_path.exists() or settings.erasures_dir.exists()):
        return None
    from pipeline import erasure

    return erasure.read(settings)


def finish_erasures(settings: Settings, known: "Known", now: datetime) -> list[str]:
    from pipeline import erasure

    if not erasure.is_ready(Home(settings.home), known):
        return []
    return [one.erasure_id for one in erasure.finish(settings, known, now=now)]


def _take(
    store: RawStore, files: Sequence[LandingFile], now: datetime, told: Told
) -> list[StoredFile | Changing | Unusable]:
    taken = []
    # Several for each core: while some wait for the disk, others hash.
    with ThreadPoolExecutor(8) as pool:
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
    known = erased(settings)
    if known and known.pending:
        yield f"erasures wait: {', '.join(sorted(one.erasure_id for one in known.pending))}"
    if not home.warehouse.exists():
        return
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        if tables.get_state(connection, "fingerprint") not in (None, fingerprint(settings)):
            yield "models or settings changed"
        if tables.get_state(connection, "price_list_version") not in (None, pricing.version()):
            yield "the price list changed"
        if tables.get_state(connection, "complete_to") != as_text(plan.complete_to):
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


def as_text(instant: datetime | None) -> str:
    return instant.isoformat() if instant else ""
