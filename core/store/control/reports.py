"""Reports as they are kept: the configuration, when it was made, changed and last sent.

Whoever may see one customer sees the reports of that customer's portals. What a report may be is `core.reports`'
business; when one was due is `report_occurrences`'.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, or_, select, true, update

from core.portals.definition import PortalStatus
from core.reports.definition import ReportDefinition
from core.reports.plain import from_plain, to_plain
from core.store.control.places import Place
from core.store.control.places import after as after_place
from core.store.control.report_tables import REPORTS
from core.store.control.tables import PORTALS

_OWN_COLUMNS = ("report_id", "portal_id", "name", "is_active")


@dataclass(frozen=True)
class StoredReport:
    """A report with its times and whose it is. Due times up to `due_after` are nobody's."""

    definition: ReportDefinition
    customer_id: str
    portal_status: PortalStatus
    due_after: datetime
    created_at: datetime
    updated_at: datetime
    last_sent_at: datetime | None = None

    @property
    def report_id(self) -> str:
        return self.definition.report_id

    @property
    def portal_id(self) -> str:
        return self.definition.portal_id


def find_report(connection: Connection, report_id: str, customer_id: str | None) -> StoredReport | None:
    """The report of that id, if its portal is this customer's (None: any customer's)."""
    row = connection.execute(
        _reports().where(REPORTS.c.report_id == report_id, _visible(customer_id))
    ).first()
    return None if row is None else _stored(row)


def list_reports(
    connection: Connection,
    customer_id: str | None,
    *,
    portal_id: str | None = None,
    is_active: bool | None = None,
    after: Place | None = None,
    limit: int | None = None,
) -> tuple[list[StoredReport], int]:
    """The next reports of a customer's portals (None: of everybody's), oldest first, and how many in all."""
    wanted = and_(
        _visible(customer_id),
        true() if portal_id is None else REPORTS.c.portal_id == portal_id,
        true() if is_active is None else REPORTS.c.is_active == is_active,
    )
    joined = REPORTS.join(PORTALS, REPORTS.c.portal_id == PORTALS.c.portal_id)
    total = connection.scalar(select(func.count()).select_from(joined).where(wanted))
    rows = connection.execute(
        _reports()
        .where(wanted, after_place(after, REPORTS.c.created_at, REPORTS.c.report_id))
        .order_by(REPORTS.c.created_at, REPORTS.c.report_id)
        .limit(limit)
    )
    return [_stored(row) for row in rows], int(total or 0)


def reports_of(connection: Connection, report_ids: Collection[str]) -> dict[str, StoredReport]:
    """Those of these ids that there still are."""
    rows = connection.execute(_reports().where(REPORTS.c.report_id.in_(sorted(report_ids))))
    return {row.report_id: _stored(row) for row in rows}


def add_report(connection: Connection, definition: ReportDefinition, *, now: datetime) -> StoredReport:
    """Keeps a new report of a portal that there is; it is first due after now."""
    row = {**_columns(definition), "due_after": now, "created_at": now, "updated_at": now}
    connection.execute(REPORTS.insert().values(row))
    kept = find_report(connection, definition.report_id, None)
    assert kept is not None
    return kept


def change_report(
    connection: Connection, before: StoredReport, definition: ReportDefinition, *, now: datetime
) -> StoredReport:
    """Keeps a new version. Another schedule, or one that is switched on again, counts from now."""
    if definition == before.definition:
        return before
    is_restarted = definition.schedule != before.definition.schedule or (
        definition.is_active and not before.definition.is_active
    )
    due_after = max(now, before.due_after) if is_restarted else before.due_after
    values = {**_columns(definition), "due_after": due_after, "updated_at": now}
    connection.execute(update(REPORTS).where(_is(before.report_id)).values(values))
    return replace(before, definition=definition, due_after=due_after, updated_at=now)


def count_from(connection: Connection, report_id: str, instant: datetime) -> None:
    """Due times up to that instant are nobody's."""
    connection.execute(update(REPORTS).where(_is(report_id)).values(due_after=instant))


def note_sent(connection: Connection, report_id: str, *, now: datetime) -> None:
    """Notes that the report has reached somebody now; its configuration has not changed by that."""
    is_later = or_(REPORTS.c.last_sent_at.is_(None), REPORTS.c.last_sent_at < now)
    connection.execute(update(REPORTS).where(_is(report_id), is_later).values(last_sent_at=now))


def remove_report(connection: Connection, report_id: str) -> None:
    """The report is gone, with all that was due; what was built of it stays."""
    connection.execute(delete(REPORTS).where(_is(report_id)))


def _is(report_id: str) -> ColumnElement[bool]:
    return REPORTS.c.report_id == report_id


def _visible(customer_id: str | None) -> ColumnElement[bool]:
    return true() if customer_id is None else PORTALS.c.customer_id == customer_id


def _reports() -> Any:
    return select(REPORTS, PORTALS.c.customer_id, PORTALS.c.status).join(
        PORTALS, REPORTS.c.portal_id == PORTALS.c.portal_id
    )


def _columns(definition: ReportDefinition) -> dict[str, Any]:
    plain = to_plain(definition)
    own = {name: plain.pop(name) for name in _OWN_COLUMNS}
    return {**own, "definition_json": json.dumps(plain, ensure_ascii=False)}


def _stored(row: Row[Any]) -> StoredReport:
    own = {name: getattr(row, name) for name in _OWN_COLUMNS}
    return StoredReport(
        definition=from_plain({**json.loads(row.definition_json), **own}),
        customer_id=row.customer_id,
        portal_status=PortalStatus(row.status),
        due_after=row.due_after,
        created_at=row.created_at,
        updated_at=row.updated_at,
        last_sent_at=row.last_sent_at,
    )
