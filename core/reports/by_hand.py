"""Reports that somebody asks for: now, or one of those that were not sent when they were due."""

from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from core.errors import InvalidState
from core.periods import format_instant
from core.reports.agenda import new_occurrence
from core.reports.occurrence import Occurrence, OccurrenceState
from core.reports.period import period_of
from core.reports.schedule import day_zone
from core.reports.zones import CustomerZones
from core.store.control import report_occurrences as rows
from core.store.control.reports import StoredReport

TOGETHER = timedelta(seconds=1)


def ask_now(
    connection: Connection, report: StoredReport, zones: CustomerZones, *, now: datetime, until: datetime
) -> Occurrence:
    """Somebody wants the report now: the last period that is complete in data up to `until`.

    What was asked for within the last second is the same delivery.
    """
    before = rows.asked_since(connection, report.report_id, now - TOGETHER)
    if before is not None:
        return before
    return rows.add_occurrence(
        connection, new_occurrence(report, now, zones, due=None, now=now, covered_at=min(now, until)), now=now
    )


def ask_again(
    connection: Connection, report: StoredReport, due_at: datetime, *, now: datetime
) -> Occurrence | None:
    """Somebody wants one that was held, missed, skipped or failed; None where the report was not due then."""
    found = rows.find_due_at(connection, report.report_id, due_at)
    if found is None:
        return None
    if found.state is OccurrenceState.BUILT:
        raise InvalidState(
            f"What was due at {format_instant(due_at)} is built already; send one of its deliveries again instead,"
            " by its resend",
            param="due_at",
        )
    if found.state is not OccurrenceState.DUE:
        rows.reopen(connection, found.occurrence_id, now=now)
    return rows.find_due_at(connection, report.report_id, due_at)


def ask_for_period(
    connection: Connection, report: StoredReport, zones: CustomerZones, within: date, *, now: datetime
) -> Occurrence:
    """Somebody wants the day, week or month that this date lies in."""
    schedule = report.definition.schedule
    days = day_zone(schedule, zones.of(report.customer_id))
    period = period_of(schedule.frequency, within, days)
    wanted = new_occurrence(report, now, zones, due=None, now=now, covered_at=period.end)
    return rows.add_occurrence(connection, wanted, now=now)
