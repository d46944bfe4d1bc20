"""Everything that is due, built one after the other, the longest due first. What cannot be built says why, and keeps
nothing else from being built."""

import os
import secrets
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.errors import NothingPublished, Unavailable
from core.portals.definition import PortalStatus
from core.reports import archive
from core.reports.agenda import agenda, note_due
from core.reports.occurrence import Occurrence
from core.reports.waits import settle_waits, would_settle
from core.settings import Settings
from core.store.control import ControlStore
from core.store.control import report_occurrences as occurrences
from core.store.control.report_archives import Archived, newest_of_period
from core.store.control.reports import StoredReport, find_report
from core.store.metric_store import MetricStore
from site_build.report_runs.jobs import Build, Clock, correcting, job_of, make
from site_build.report_runs.keep import Claim, keep, skip_inactive

Told = Callable[[str, int, int], None]
_STEP = "building reports"
# After each failure; after the last one somebody has to look.
_AGAIN = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
MAX_ATTEMPTS = len(_AGAIN) + 1


@dataclass(frozen=True)
class Failure:
    """A report that could not be built this time, why, and whether it is tried again by itself."""

    report_id: str
    name: str
    reason: str
    is_final: bool

    @property
    def advice(self) -> str:
        then = "it is not tried again: POST its due_at to /send" if self.is_final else "it is tried again"
        return f"{self.report_id} ({self.name}): {self.reason}; {then}."


@dataclass
class Built:
    """What came of all that was due."""

    archived: list[Archived] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    seconds: float = 0.0


def note(settings: Settings, store: ControlStore, metrics: MetricStore, *, now: datetime) -> int:
    """Due times that have come become rows, and what waits says why; how many are new to be built."""
    noted = note_due(store, metrics, now=now)
    settle_waits(store, now=now, data_as_of=data_as_of(metrics), limit=wait_limit(settings))
    return noted


def is_anything_due(settings: Settings, store: ControlStore, metrics: MetricStore, *, now: datetime) -> bool:
    """Whether `note` or `build_due` would do anything; nothing is written."""
    until = data_as_of(metrics)
    if not agenda(store, metrics, now=now).is_empty:
        return True
    with store.reading() as connection:
        if until is not None and occurrences.ready_count(connection, now=now, data_as_of=until):
            return True
        return would_settle(connection, now=now, data_as_of=until, limit=wait_limit(settings))


def build_due(
    settings: Settings,
    store: ControlStore,
    metrics: MetricStore,
    *,
    clock: Clock,
    build: Build,
    told: Told = lambda *_: None,
) -> Built:
    """Builds until nothing is due any more."""
    began, work = time.monotonic(), _Builder(settings, store, metrics, clock, build)
    archive.remove_abandoned(settings)
    total = work.ready()
    while (claimed := work.claim()) is not None:
        work.take(claimed)
        done = len(work.built.archived) + len(work.built.failures)
        told(_STEP, done, max(total, done))
    work.built.seconds = round(time.monotonic() - began, 3)
    return work.built


def data_as_of(metrics: MetricStore) -> datetime | None:
    """Up to when data has been loaded; None before anything is published."""
    try:
        with metrics.for_all() as reader:
            return reader.data_as_of
    except NothingPublished:
        return None


def wait_limit(settings: Settings) -> timedelta:
    return timedelta(hours=settings.report_wait_hours)


class _Builder:
    def __init__(
        self, settings: Settings, store: ControlStore, metrics: MetricStore, clock: Clock, build: Build
    ) -> None:
        self._settings, self._store, self._metrics = settings, store, metrics
        self._clock, self._build = clock, build
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self.built = Built()

    def ready(self) -> int:
        until = data_as_of(self._metrics)
        with self._store.reading() as connection:
            return (
                0
                if until is None
                else occurrences.ready_count(connection, now=self._clock(), data_as_of=until)
            )

    def claim(self) -> Claim | None:
        until = data_as_of(self._metrics)
        if until is None:
            return None
        with self._store.writing() as connection:
            found = occurrences.claim(connection, self._owner, now=self._clock(), data_as_of=until)
        return None if found is None else Claim(found, self._owner)

    def take(self, claim: Claim) -> None:
        """Builds and keeps one."""
        with self._store.reading() as connection:
            report = find_report(connection, claim.occurrence.report_id, None)
        if report is None:
            return
        if report.portal_status is not PortalStatus.ACTIVE:
            with self._store.writing() as connection:
                skip_inactive(connection, claim.occurrence, now=self._clock())
            return
        if claim.occurrence.attempt > MAX_ATTEMPTS:
            self._fail(report, claim, "The process that built it was ended every time", None)
            return
        self._try(report, claim)

    def _try(self, report: StoredReport, claim: Claim) -> None:
        try:
            with self._store.reading() as connection:
                period = claim.occurrence.period
                job = job_of(connection, self._settings, report, period, now=self._clock())
                before = newest_of_period(connection, report.report_id, period)
            job = correcting(self._settings, self._metrics, job, before)
            made = make(self._metrics, self._build, job)
        except Exception as error:
            self._fail(report, claim, _words(error), _again_after(claim.occurrence))
            return
        kept = keep(self._settings, self._store, report.report_id, made, claim, now=self._clock())
        if kept is not None:
            self.built.archived.append(kept)

    def _fail(self, report: StoredReport, claim: Claim, reason: str, again: timedelta | None) -> None:
        now = self._clock()
        with self._store.writing() as connection:
            if occurrences.holds(connection, claim.occurrence, claim.owner):
                again_at = None if again is None else now + again
                occurrences.note_failed(connection, claim.occurrence, reason, again_at, now=now)
        self.built.failures.append(
            Failure(report.report_id, report.definition.name, reason, is_final=again is None)
        )


def _again_after(occurrence: Occurrence) -> timedelta | None:
    return _AGAIN[occurrence.attempt - 1] if occurrence.attempt < MAX_ATTEMPTS else None


def _words(error: Exception) -> str:
    if isinstance(error, Unavailable) or str(error):
        return str(error)
    return type(error).__name__
