"""What was built of reports, as it is kept: one row a version, numbered within its portal, for good.

A version outlives its report. The files themselves are `core.reports.archive`'s business.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select, true, update

from core.periods import Period, zone
from core.store.control.places import Place
from core.store.control.places import after as after_place
from core.store.control.report_tables import REPORT_ARCHIVES as ROWS

# Metric id → its name and its value, exact, as text; None is no value.
Numbers = Mapping[str, tuple[str, str | None]]


@dataclass(frozen=True)
class NumberChange:
    """A number that a restated version corrects, exact, as text; None is no value."""

    metric_id: str
    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Archived:
    """One version of a report. `restates` is the number of the version that it corrects, `changes` in what.

    `occurrence_id` and `due_at` are None where nothing was due: nobody is sent a restated version unasked.
    `compared_with` is the newest snapshot that was found to say the same.
    """

    archive_id: str
    report_id: str
    portal_id: str
    customer_id: str
    n: int
    name: str
    occurrence_id: str | None
    due_at: datetime | None
    period_start: datetime
    period_end: datetime
    zone: str
    snapshot: str
    compared_with: str
    data_as_of: datetime
    built_at: datetime
    pages: int
    seconds: float
    pdf_sha256: str
    pdf_bytes: int
    csv_sha256: str | None
    csv_bytes: int | None
    numbers: Numbers
    restates: int | None = None
    changes: tuple[NumberChange, ...] = ()

    @property
    def period(self) -> Period:
        return Period(self.period_start, self.period_end, zone(self.zone))


def next_number(connection: Connection, portal_id: str) -> int:
    """The number of the portal's next version."""
    return int(connection.scalar(select(func.max(ROWS.c.n)).where(ROWS.c.portal_id == portal_id)) or 0) + 1


def add_archived(connection: Connection, archived: Archived) -> None:
    connection.execute(ROWS.insert().values(_columns(archived)))


def find_archived(connection: Connection, report_id: str, n: int, customer_id: str | None) -> Archived | None:
    """That version of the report, if it is this customer's (None: any customer's); also where the report is gone."""
    row = connection.execute(
        select(ROWS).where(ROWS.c.report_id == report_id, ROWS.c.n == n, _visible(customer_id))
    ).first()
    return None if row is None else _archived(row)


def list_archived(
    connection: Connection, report_id: str, customer_id: str | None, *, after: Place | None, limit: int
) -> tuple[list[Archived], int]:
    """The next versions of a report, oldest first, and how many there are in all."""
    wanted = and_(ROWS.c.report_id == report_id, _visible(customer_id))
    total = connection.scalar(select(func.count()).select_from(ROWS).where(wanted))
    rows = connection.execute(
        select(ROWS)
        .where(wanted, after_place(after, ROWS.c.built_at, ROWS.c.archive_id))
        .order_by(ROWS.c.built_at, ROWS.c.archive_id)
        .limit(limit)
    )
    return [_archived(row) for row in rows], int(total or 0)


def archived_of_portals(connection: Connection, portal_ids: Iterable[str]) -> dict[str, list[Archived]]:
    """Every version of these portals' reports, the newest first."""
    found: dict[str, list[Archived]] = {}
    rows = connection.execute(
        select(ROWS)
        .where(ROWS.c.portal_id.in_(sorted(portal_ids)))
        .order_by(ROWS.c.portal_id, ROWS.c.n.desc())
    )
    for row in rows:
        found.setdefault(row.portal_id, []).append(_archived(row))
    return found


def newest_versions(connection: Connection, *, since: datetime) -> list[Archived]:
    """The newest version of each report and period that ended after that instant, oldest first."""
    newest = (
        select(func.max(ROWS.c.n).label("n"), ROWS.c.portal_id)
        .where(ROWS.c.period_end >= since)
        .group_by(ROWS.c.portal_id, ROWS.c.report_id, ROWS.c.period_start, ROWS.c.period_end)
        .subquery()
    )
    rows = connection.execute(
        select(ROWS)
        .join(newest, and_(ROWS.c.portal_id == newest.c.portal_id, ROWS.c.n == newest.c.n))
        .order_by(ROWS.c.built_at, ROWS.c.archive_id)
    )
    return [_archived(row) for row in rows]


def newest_of_period(connection: Connection, report_id: str, period: Period) -> Archived | None:
    """The newest version of a report over that very period."""
    row = connection.execute(
        select(ROWS)
        .where(
            ROWS.c.report_id == report_id,
            ROWS.c.period_start == period.start,
            ROWS.c.period_end == period.end,
        )
        .order_by(ROWS.c.n.desc())
        .limit(1)
    ).first()
    return None if row is None else _archived(row)


def note_compared(connection: Connection, archive_ids: Iterable[str], snapshot: str) -> None:
    """That snapshot says the same as these versions."""
    connection.execute(
        update(ROWS).where(ROWS.c.archive_id.in_(sorted(archive_ids))).values(compared_with=snapshot)
    )


def _visible(customer_id: str | None) -> ColumnElement[bool]:
    return true() if customer_id is None else ROWS.c.customer_id == customer_id


_PLAIN = (
    "archive_id", "report_id", "portal_id", "customer_id", "n", "name", "occurrence_id", "due_at", "period_start",
    "period_end", "zone", "snapshot", "compared_with", "data_as_of", "built_at", "pages", "seconds", "pdf_sha256",
    "pdf_bytes", "csv_sha256", "csv_bytes", "restates",
)  # fmt: skip


def _columns(archived: Archived) -> dict[str, Any]:
    changes = [[c.metric_id, c.name, c.before, c.after] for c in archived.changes]
    return {
        **{name: getattr(archived, name) for name in _PLAIN},
        "numbers_json": json.dumps({**archived.numbers}, ensure_ascii=False),
        "changes_json": json.dumps(changes, ensure_ascii=False) if changes else None,
    }


def _archived(row: Row[Any]) -> Archived:
    numbers = {metric_id: (name, value) for metric_id, (name, value) in json.loads(row.numbers_json).items()}
    changes = tuple(NumberChange(*change) for change in json.loads(row.changes_json or "[]"))
    return Archived(**{name: getattr(row, name) for name in _PLAIN}, numbers=numbers, changes=changes)
