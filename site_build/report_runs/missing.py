"""Reports that have nothing to show for their last complete period: asked for, so that the next run builds them."""

from datetime import datetime

from core.periods import default_now
from core.portals.definition import PortalStatus
from core.reports.agenda import zones_for
from core.reports.by_hand import ask_now
from core.reports.occurrence import OPEN, Occurrence
from core.reports.period import covered_period
from core.reports.schedule import day_zone
from core.store.control import ControlStore
from core.store.control.report_archives import newest_of_period
from core.store.control.report_occurrences import recent_occurrences
from core.store.control.reports import list_reports
from core.store.metric_store import MetricStore
from site_build.report_runs.due import data_as_of


def ask_for_missing(store: ControlStore, metrics: MetricStore, *, now: datetime) -> list[Occurrence]:
    """What was asked for; before anything is published nothing is missing."""
    until = data_as_of(metrics)
    if until is None:
        return []
    asked = []
    with store.writing() as connection:
        reports, _ = list_reports(connection, None, is_active=True)
        zones = zones_for(connection, metrics, reports)
        for report in reports:
            schedule = report.definition.schedule
            days = day_zone(schedule, zones.of(report.customer_id))
            period = covered_period(schedule.frequency, default_now(now, until), days)
            waiting = [
                one
                for one in recent_occurrences(connection, report.report_id, limit=20)
                if one.state in OPEN and one.period == period
            ]
            is_there = newest_of_period(connection, report.report_id, period) is not None
            if report.portal_status is PortalStatus.ACTIVE and not is_there and not waiting:
                asked.append(ask_now(connection, report, zones, now=now, until=until))
    return asked
