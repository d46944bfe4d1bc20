"""Noting what is due: for every report each due time becomes one row, once, whatever the clock or a crash does.

After a pause the newest due time is kept as due and the older ones as missed. What people ask for is `by_hand`'s,
what waits for its data `waits`', and what is built the site builder's business.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from core.portals.definition import PortalStatus
from core.reports.occurrence import STALE, Occurrence, OccurrenceState
from core.reports.period import covered_period
from core.reports.schedule import Due, day_zone, dues_between, next_due
from core.reports.zones import CustomerZones, customer_zones
from core.store.control import ControlStore
from core.store.control import report_occurrences as rows
from core.store.control.reports import StoredReport, count_from, find_report, list_reports
from core.store.metric_store import MetricStore

# Of a long pause no more is noted than this: nobody will ask for what is older.
MAX_MISSED = 31
# A clock that is wrong by less leaves nothing that would not come right by itself.
_AHEAD = timedelta(days=1)
_DAYS_BACK = timedelta(days=3)
# Noted in one transaction, so that whoever else writes need not wait for a thousand.
_TOGETHER = 50
_MISSED = (
    "Reports were not run here between this due time and the next, so only the newest was queued;"
    " send this one with its due_at if it is still wanted"
)
TOO_OLD = (
    "Reports were not run here for more than a week after it was due;"
    " send it with its due_at if it is still wanted"
)
_INACTIVE = "Its portal was not active when it was due"


@dataclass(frozen=True)
class Agenda:
    """What a look at the schedules sees: reports with a due time that has come, and what a wrong clock wrote."""

    due: tuple[StoredReport, ...]
    is_ahead: bool

    @property
    def is_empty(self) -> bool:
        return not self.due and not self.is_ahead


def agenda(store: ControlStore, metrics: MetricStore | None, *, now: datetime) -> Agenda:
    """What `note_due` would have to do; nothing is written."""
    with store.reading() as connection:
        reports, _ = list_reports(connection, None, is_active=True)
        zones = zones_for(connection, metrics, reports)
        last = rows.last_scheduled(connection, until=now)
        is_ahead = rows.has_future(connection, now) or any(r.due_after > now + _AHEAD for r in reports)
    due = (r for r in reports if _has_come(r, last.get(r.report_id), zones, now))
    return Agenda(tuple(due), is_ahead)


def note_due(store: ControlStore, metrics: MetricStore | None, *, now: datetime) -> int:
    """Every due time that has come becomes a row; how many are to be built."""
    seen = agenda(store, metrics, now=now)
    if seen.is_empty:
        return 0
    if seen.is_ahead:
        with store.writing() as connection:
            _set_right(connection, now)
    some = (seen.due[first : first + _TOGETHER] for first in range(0, len(seen.due), _TOGETHER))
    return sum(_note_some(store, metrics, reports, now) for reports in some)


def _note_some(
    store: ControlStore, metrics: MetricStore | None, seen: tuple[StoredReport, ...], now: datetime
) -> int:
    with store.writing() as connection:
        zones = zones_for(connection, metrics, seen)
        last = rows.last_scheduled(connection, until=now)
        # As they are now that nobody else writes.
        reports = (find_report(connection, report.report_id, None) for report in seen)
        return sum(
            _note(connection, report, last.get(report.report_id), zones, now)
            for report in reports
            if report is not None and report.definition.is_active
        )


def _set_right(connection: Connection, now: datetime) -> None:
    """Takes back what was written while the clock was ahead."""
    rows.forget_unbuilt_after(connection, now)
    for report in list_reports(connection, None)[0]:
        if report.due_after > now + _AHEAD:
            count_from(connection, report.report_id, now)


def next_scheduled(
    connection: Connection, report: StoredReport, zones: CustomerZones, *, now: datetime
) -> Due:
    """When the report is due next by its schedule."""
    taken = rows.dates_taken(connection, report.report_id, since=now - _DAYS_BACK)
    after = max(now, report.due_after)
    return next_due(report.definition.schedule, after, zones.of(report.customer_id), taken=taken)


def zones_for(
    connection: Connection, metrics: MetricStore | None, reports: Iterable[StoredReport]
) -> CustomerZones:
    """The zones of the customers whose days these reports mean."""
    asked = {r.customer_id for r in reports if r.definition.schedule.timezone is None}
    return customer_zones(connection, metrics, asked)


def _has_come(report: StoredReport, last: datetime | None, zones: CustomerZones, now: datetime) -> bool:
    schedule = report.definition.schedule
    return next_due(schedule, _watermark(report, last, now), zones.of(report.customer_id)).at <= now


def _watermark(report: StoredReport, last: datetime | None, now: datetime) -> datetime:
    """Up to when everything due has been noted."""
    known = (report.due_after, report.created_at if report.created_at <= now else None, last)
    return max(instant for instant in known if instant is not None)


def _note(
    connection: Connection, report: StoredReport, last: datetime | None, zones: CustomerZones, now: datetime
) -> int:
    """The due times of one report that have come; 1 where one of them is to be built."""
    customers = zones.of(report.customer_id)
    came = dues_between(report.definition.schedule, _watermark(report, last, now), now, customers)
    taken = rows.dates_taken(connection, report.report_id, since=came[0].at - _DAYS_BACK) if came else set()
    missing = [due for due in came if due.on not in taken][-MAX_MISSED:]
    noted = [_occurrence(report, due, zones, now, is_newest=due is missing[-1]) for due in missing]
    for occurrence in noted:
        rows.add_occurrence(connection, occurrence, now=now)
    if came and not missing:
        # Its dates have had their report; the next look need not see them again.
        count_from(connection, report.report_id, came[-1].at)
    return sum(occurrence.state is OccurrenceState.DUE for occurrence in noted)


def _occurrence(
    report: StoredReport, due: Due, zones: CustomerZones, now: datetime, *, is_newest: bool
) -> Occurrence:
    state, reason = _first_state(report, due, now, is_newest=is_newest)
    return new_occurrence(report, due.at, zones, due=due, now=now, state=state, reason=reason)


def _first_state(
    report: StoredReport, due: Due, now: datetime, *, is_newest: bool
) -> tuple[OccurrenceState, str | None]:
    if not is_newest:
        return OccurrenceState.SKIPPED_MISSED, _MISSED
    if now - due.at > STALE:
        return OccurrenceState.SKIPPED_MISSED, TOO_OLD
    if report.portal_status is not PortalStatus.ACTIVE:
        return OccurrenceState.SKIPPED_INACTIVE, _INACTIVE
    return OccurrenceState.DUE, None


def new_occurrence(
    report: StoredReport,
    at: datetime,
    zones: CustomerZones,
    *,
    due: Due | None,
    now: datetime,
    state: OccurrenceState = OccurrenceState.DUE,
    reason: str | None = None,
    covered_at: datetime | None = None,
) -> Occurrence:
    """The report at that instant, over what is complete then, or at `covered_at`; without `due` it is by hand."""
    schedule = report.definition.schedule
    days = day_zone(schedule, zones.of(report.customer_id))
    period = covered_period(schedule.frequency, covered_at or at, days)
    return Occurrence(
        occurrence_id=rows.new_occurrence_id(),
        report_id=report.report_id,
        due_at=at,
        due_on=due.on if due else None,
        is_by_hand=due is None,
        period_start=period.start,
        period_end=period.end,
        zone=days.key,
        state=state,
        waiting_since=now,
        reason=reason,
    )
