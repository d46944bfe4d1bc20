"""One report or one period that a person wants: built by the next run, or shown without being kept."""

from datetime import date, datetime

from sqlalchemy import Connection

from core.errors import ReportNotFound
from core.periods import default_now
from core.reports.agenda import zones_for
from core.reports.built import BuiltReport
from core.reports.by_hand import ask_for_period, ask_now
from core.reports.occurrence import Occurrence
from core.reports.period import covered_period, period_of
from core.reports.schedule import day_zone
from core.settings import Settings
from core.store.control import ControlStore
from core.store.control.reports import StoredReport, find_report
from core.store.metric_store import MetricStore
from site_build.report_runs.due import data_as_of
from site_build.report_runs.jobs import Build, job_of


def ask(
    store: ControlStore, metrics: MetricStore, report_id: str, within: date | None, *, now: datetime
) -> Occurrence:
    """The report over its last complete period, or the one that a date lies in; ReportNotFound."""
    until = data_as_of(metrics) or now
    with store.writing() as connection:
        report = _known(connection, report_id)
        zones = zones_for(connection, metrics, [report])
        if within is not None:
            return ask_for_period(connection, report, zones, within, now=now)
        return ask_now(connection, report, zones, now=now, until=until)


def preview(
    settings: Settings,
    store: ControlStore,
    metrics: MetricStore,
    report_id: str,
    build: Build,
    *,
    within: date | None = None,
    now: datetime,
) -> BuiltReport:
    """The report as it would be now; nothing is kept and nobody is sent it. ReportNotFound."""
    with store.reading() as connection:
        report = _known(connection, report_id)
        schedule = report.definition.schedule
        days = day_zone(schedule, zones_for(connection, metrics, [report]).of(report.customer_id))
        at = default_now(now, data_as_of(metrics) or now)
        frequency = schedule.frequency
        period = period_of(frequency, within, days) if within else covered_period(frequency, at, days)
        job = job_of(connection, settings, report, period, now=now)
    return build(job)


def _known(connection: Connection, report_id: str) -> StoredReport:
    found = find_report(connection, report_id, None)
    if found is None:
        raise ReportNotFound(f"There is no report {report_id}; `proofline reports` lists those there are.")
    return found
