"""The sites of a build: gather, render, write beside, swap. What has not changed is left alone."""

import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from multiprocessing import current_process
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from core import site_files
from core.errors import NothingPublished
from core.periods import default_now
from core.portal_data.stored import PortalInputs, all_inputs
from core.portals.definition import PortalStatus
from core.settings import Settings
from core.sites import DoorPage, assets_dir, door_pages_dir, site_dir
from core.store.control import ControlStoreDamagedError, existing_control_store
from core.store.control.portals import all_portals
from core.store.control.report_archives import archived_of_portals
from core.store.metric_store import MetricStore
from site_build import manifest, portal_site, render
from site_build.archive import listed
from site_build.assets import Shared, brand_styles, brands_in, shared_files
from site_build.build_some import Done, build_some, logos_of
from site_build.gather import together
from site_build.workers import MANY, build_over

Told = Callable[[str, int, int], None]
_STEP = "building portals"
_SHOWN = (PortalStatus.ACTIVE, PortalStatus.DRAFT)
_SITE = re.compile(r"portal_[A-Za-z0-9]+")
_KEEP_ASSETS_SECONDS = 7 * 86_400


@dataclass(frozen=True)
class Failure:
    """A portal that could not be built, and why. The pages it had go on being served."""

    portal_id: str
    reason: str

    @property
    def advice(self) -> str:
        return f"{self.portal_id}: {self.reason}. Its pages stay as they were; the next build tries again."


@dataclass(frozen=True)
class Report:
    """What came of the sites; `problem` says why none could be built at all."""

    built: int = 0
    unchanged: int = 0
    removed: int = 0
    bytes: int = 0
    seconds: float = 0.0
    failures: tuple[Failure, ...] = ()
    without_logo: tuple[str, ...] = ()
    problem: str | None = None

    @property
    def is_complete(self) -> bool:
        return not self.failures and self.problem is None

    @property
    def did_anything(self) -> bool:
        return bool(self.built or self.removed or self.failures or self.problem)


def build_sites(settings: Settings, *, now: datetime, told: Told = lambda *_: None) -> Report:
    """Brings the sites up to date with what is published and with the portals' configurations."""
    started = time.monotonic()
    try:
        wanted = _wanted(settings)
    except (SQLAlchemyError, ControlStoreDamagedError) as error:
        return Report(problem=f"The portals cannot be read: {error}")
    if not wanted and not settings.sites_dir.exists():
        # Where no portal was ever shown nobody need wait for the fonts and charts of none.
        return Report()
    settings.sites_dir.mkdir(parents=True, exist_ok=True)
    shared = shared_files(assets_dir(settings))
    _put_messages(settings, shared)
    metrics = MetricStore.open(settings.published_dir, threads=settings.duckdb_threads or os.cpu_count() or 1)
    try:
        report = _Builder(settings, shared, metrics, now, told).build(wanted)
    except NothingPublished:
        report = Report()
    finally:
        metrics.close()
    removed = _remove_others(settings.sites_dir, {one.portal.portal_id for one in wanted})
    return replace(report, removed=removed, seconds=round(time.monotonic() - started, 3))


def due(settings: Settings) -> str | None:
    """What a build would find changed in portals, as a text that is another one when it is something else; None
    for nothing. What a new snapshot changes comes with the run that publishes it."""
    try:
        wanted = {one.portal.portal_id: one.fingerprint for one in _wanted(settings)}
    except (SQLAlchemyError, ControlStoreDamagedError):
        return None
    known = {portal: entry.fingerprint for portal, entry in manifest.read(settings.sites_dir).items()}
    changed = sorted(
        portal for portal in wanted.keys() | known.keys() if wanted.get(portal) != known.get(portal)
    )
    told = (f"{portal}:{wanted.get(portal, 'gone')}" for portal in changed)
    return hashlib.sha256("\n".join(told).encode()).hexdigest() if changed else None


def _wanted(settings: Settings) -> list[PortalInputs]:
    store = existing_control_store(settings)
    if store is None:
        return []
    try:
        with store.reading() as connection:
            inputs = all_inputs(connection, (s.definition for s in all_portals(connection, statuses=_SHOWN)))
            kept = archived_of_portals(connection, (one.portal.portal_id for one in inputs))
            return [
                replace(one, reports=tuple(listed(version) for version in kept.get(one.portal.portal_id, ())))
                for one in inputs
            ]
    finally:
        store.close()


class _Builder:
    def __init__(
        self, settings: Settings, shared: Shared, metrics: MetricStore, now: datetime, told: Told
    ) -> None:
        self._settings, self._shared, self._metrics = settings, shared, metrics
        self._now, self._told = now, told
        self._known = manifest.read(settings.sites_dir)
        self._entries: dict[str, manifest.Entry] = {}
        self._logos = logos_of(settings)
        self._brand_styles = brands_in(assets_dir(settings))
        self._failures: list[Failure] = []
        self._bytes = 0

    def build(self, wanted: list[PortalInputs]) -> Report:
        with self._metrics.for_all() as reader:
            snapshot, until = reader.snapshot_name, default_now(self._now, reader.data_as_of)
        keys = {one.portal.portal_id: self._entry(one, snapshot, until) for one in wanted}
        due = [one for one in wanted if not self._is_unchanged(one.portal.portal_id, keys)]
        self._logos.fetch(_logo_urls(due))
        for number, done in enumerate(self._built(due), start=1):
            self._keep(done, keys[done.portal_id])
            self._told(_STEP, number, len(due))
        self._logos.forget_others(_logo_urls(wanted))
        manifest.write(self._settings.sites_dir, self._entries)
        _forget_assets(assets_dir(self._settings), self._shared, self._entries.values())
        return Report(
            built=len(due) - len(self._failures),
            unchanged=len(wanted) - len(due),
            bytes=self._bytes,
            failures=tuple(self._failures),
            without_logo=self._without_logo(due),
        )

    def _without_logo(self, due: list[PortalInputs]) -> tuple[str, ...]:
        """Why portals that have been built show a letter in place of their logo."""
        refused = self._logos.refused
        return tuple(
            f"{one.portal.portal_id} is shown without its logo: {refused[url]}."
            for one in due
            if (url := one.portal.branding.logo_url) in refused and url is not None
        )

    def _entry(self, inputs: PortalInputs, snapshot: str, until: datetime) -> manifest.Entry:
        brand = self._brand_styles(inputs.portal.branding.primary_color)
        names = self._shared.names | {brand}
        key = manifest.site_key(inputs, snapshot, until, names)
        return manifest.Entry(key, inputs.fingerprint, tuple(sorted(names)))

    def _is_unchanged(self, portal_id: str, keys: Mapping[str, manifest.Entry]) -> bool:
        entry = keys[portal_id]
        is_known = self._known.get(portal_id) == entry
        if is_known and not site_files.damaged(site_dir(self._settings, portal_id)):
            self._entries[portal_id] = entry
            return True
        return False

    def _built(self, due: list[PortalInputs]) -> Iterator[Done]:
        """In this process for few, in one for each core for many."""
        cores = min(self._settings.duckdb_threads or os.cpu_count() or 1, len(due) // (MANY // 2))
        if cores > 1 and not current_process().daemon:
            return build_over(cores, self._settings, self._shared, self._parts(due, cores), self._now)
        parts = self._parts(due) if due else ()
        built = (build_some(self._settings, self._shared, self._metrics, some, self._now) for some in parts)
        return chain.from_iterable(built)

    def _parts(self, due: list[PortalInputs], processes: int = 1) -> Iterator[list[PortalInputs]]:
        """What is counted for them is counted when somebody asks for the first."""
        yield from together(due, self._metrics.rows_by_customer(), processes)

    def _keep(self, done: Done, entry: manifest.Entry) -> None:
        if done.reason is None:
            self._bytes += done.bytes
            self._entries[done.portal_id] = entry
            return
        self._failures.append(Failure(done.portal_id, done.reason))
        # What it still shows was built with shared files that must stay.
        if done.portal_id in self._known:
            self._entries[done.portal_id] = replace(self._known[done.portal_id], key="")


def _logo_urls(inputs: Iterable[PortalInputs]) -> list[str]:
    return [one.portal.branding.logo_url for one in inputs if one.portal.branding.logo_url]


def _put_messages(settings: Settings, shared: Shared) -> None:
    brand = brand_styles(assets_dir(settings), None)
    pages = {f"{which.value}.html": render.message(which, shared.links(brand)) for which in DoorPage}
    folder = door_pages_dir(settings)
    if site_files.damaged(folder) or {p.name: p.read_text("utf-8") for p in folder.glob("*.html")} != pages:
        portal_site.put(folder, pages)


def _remove_others(sites: Path, wanted: set[str]) -> int:
    """Removes the folders of portals that are archived or gone, and what a killed build left behind."""
    gone = [p for p in sites.iterdir() if p.is_dir() and _SITE.fullmatch(p.name) and p.name not in wanted]
    for path in (*gone, *sites.glob(".portal_*"), *sites.glob("._pages.*")):
        shutil.rmtree(path, ignore_errors=True)
    return len(gone)


def _forget_assets(directory: Path, shared: Shared, entries: Iterable[manifest.Entry]) -> None:
    """Removes shared files that no site links any more, after a week for pages that are still open somewhere."""
    linked = {name for entry in entries for name in entry.assets} | shared.names
    linked.add(brand_styles(directory, None))
    oldest = time.time() - _KEEP_ASSETS_SECONDS
    for path in directory.iterdir():
        if path.name not in linked and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
