"""What is to be built of a report, as the control store says now."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from core.periods import Period
from core.portal_data.inputs import PortalInputs
from core.portal_data.stored import portal_inputs
from core.reports.archive import ArchiveDamaged, brief_of
from core.reports.built import BuiltReport, ReportBrief
from core.reports.numbers import corrections, said_numbers
from core.settings import Settings
from core.store.control.portals import find_portal
from core.store.control.report_archives import Archived, Numbers
from core.store.control.reports import StoredReport
from core.store.metric_store import MetricStore
from site_build.report.job import ReportJob, ReportNotBuilt, Restated

Build = Callable[[ReportJob], BuiltReport]
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Made:
    """A report with the numbers that it says."""

    job: ReportJob
    built: BuiltReport
    numbers: Numbers


def job_of(
    connection: Connection,
    settings: Settings,
    report: StoredReport,
    period: Period,
    *,
    now: datetime,
) -> ReportJob:
    """The job of that report over that period."""
    return ReportJob(
        inputs=inputs_of(connection, report),
        name=report.definition.name,
        content=report.definition.content,
        period=period,
        now=now,
        portal_url=f"{settings.page_url}/p/{report.portal_id}",
    )


def inputs_of(connection: Connection, report: StoredReport) -> PortalInputs:
    """What the report's portal depends on."""
    portal = find_portal(connection, report.portal_id, None)
    if portal is None:
        raise ReportNotBuilt("Its portal is gone")
    return portal_inputs(connection, portal.definition)


def correcting(
    settings: Settings, metrics: MetricStore, job: ReportJob, before: Archived | None
) -> ReportJob:
    """The job, which says so where an earlier version of the same report and period has other numbers."""
    if before is None:
        return job
    with metrics.for_customer(before.customer_id) as reader:
        numbers = said_numbers(reader, job.inputs, job.content, job.period)
    if not corrections(before.numbers, numbers):
        return job
    return replace(job, restates=Restated(before.n, before.built_at, _brief(settings, before)))


def _brief(settings: Settings, before: Archived) -> ReportBrief | None:
    try:
        return brief_of(settings, before)
    except ArchiveDamaged:
        # The new version is worth more than words about what the old one said.
        return None


def make(metrics: MetricStore, build: Build, job: ReportJob) -> Made:
    """Builds it; ReportNotBuilt where the numbers kept beside it would be another snapshot's."""
    built = build(job)
    metrics.refresh()
    with metrics.for_customer(job.inputs.portal.customer_id) as reader:
        if reader.snapshot_name.removesuffix(".duckdb") != built.brief.snapshot:
            raise ReportNotBuilt("A new snapshot was published meanwhile")
        return Made(job, built, said_numbers(reader, job.inputs, job.content, job.period))
