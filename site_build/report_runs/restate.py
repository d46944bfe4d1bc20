"""Periods that were corrected since they were reported: the same report again from the newer snapshot, as a version of
its own that says what it corrects. Nobody is sent one unasked; the archive and the portal's page have it."""

import time
from dataclasses import dataclass, field
from datetime import timedelta

from core.errors import ProoflineError
from core.portals.definition import PortalStatus
from core.reports.numbers import corrections, said_numbers
from core.settings import Settings
from core.store.control import ControlStore
from core.store.control.report_archives import Archived, newest_versions, note_compared
from core.store.control.reports import StoredReport, reports_of
from core.store.metric_store import MetricStore
from site_build.report_runs.due import data_as_of
from site_build.report_runs.jobs import Build, Clock, correcting, inputs_of, job_of, make
from site_build.report_runs.keep import keep

# A month's report is compared for as long as late rows of its last day still come in by themselves.
_MONTH = timedelta(days=31)
SECONDS = 120.0


@dataclass
class Restatements:
    """What was compared with the snapshot of now: versions that say the same, and those that were made anew."""

    compared: int = 0
    restated: list[Archived] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    is_complete: bool = True


def is_anything_to_compare(settings: Settings, store: ControlStore, metrics: MetricStore) -> bool:
    """Whether reports were built from another snapshot than the one that is published."""
    return bool(_waiting(settings, store, metrics))


def restate(
    settings: Settings,
    store: ControlStore,
    metrics: MetricStore,
    *,
    clock: Clock,
    build: Build,
    seconds: float = SECONDS,
) -> Restatements:
    """Compares what was reported with what is published now, the oldest comparison first, for so long at most."""
    found, until = Restatements(), time.monotonic() + seconds
    for one, report in _waiting(settings, store, metrics):
        if time.monotonic() > until:
            found.is_complete = False
            break
        try:
            _compare(settings, store, metrics, one, report, found, clock, build)
        except ProoflineError as error:
            found.failures.append(f"{one.report_id}, version {one.n}: {error.message}")
    return found


def _waiting(
    settings: Settings, store: ControlStore, metrics: MetricStore
) -> list[tuple[Archived, StoredReport]]:
    until = data_as_of(metrics)
    if until is None:
        return []
    since = until - timedelta(days=settings.late_days) - _MONTH
    snapshot = _snapshot(metrics)
    with store.reading() as connection:
        versions = [one for one in newest_versions(connection, since=since) if one.compared_with != snapshot]
        reports = reports_of(connection, {one.report_id for one in versions})
    return [
        (one, report)
        for one in versions
        if (report := reports.get(one.report_id)) and report.portal_status is PortalStatus.ACTIVE
    ]


def _compare(
    settings: Settings,
    store: ControlStore,
    metrics: MetricStore,
    one: Archived,
    report: StoredReport,
    found: Restatements,
    clock: Clock,
    build: Build,
) -> None:
    content, now = report.definition.content, clock()
    with store.reading() as connection:
        inputs = inputs_of(connection, report)
    with metrics.for_customer(one.customer_id) as reader:
        snapshot = reader.snapshot_name.removesuffix(".duckdb")
        changes = corrections(one.numbers, said_numbers(reader, inputs, content, one.period))
    found.compared += 1
    if changes:
        with store.reading() as connection:
            job = job_of(connection, settings, report, one.period, now=now)
        made = make(metrics, build, correcting(settings, metrics, job, one))
        kept = keep(settings, store, one.report_id, made, None, now=now)
        found.restated += [kept] if kept else []
    with store.writing() as connection:
        note_compared(connection, [one.archive_id], snapshot)


def _snapshot(metrics: MetricStore) -> str:
    return str(metrics.snapshot_name or "").removesuffix(".duckdb")
