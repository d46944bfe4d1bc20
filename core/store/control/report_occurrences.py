"""Each time that a report was due, as it is kept: unique by report and instant, and by report and date.

Whoever builds one holds a lease on it: when its process dies, the lease ends and anybody may take it up. What is
due when is `core.reports.agenda`'s business.
"""

import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, not_, or_, select, update

from core.reports.occurrence import OPEN, STALE, Occurrence, OccurrenceState
from core.store.control.report_tables import REPORT_OCCURRENCES as ROWS

# A render is over in half a minute; whoever says nothing for longer is gone.
LEASE = timedelta(seconds=45)
_STATES = [state.value for state in OPEN]


def new_occurrence_id() -> str:
    return f"rdl_{secrets.token_hex(12)}"


def add_occurrence(connection: Connection, occurrence: Occurrence, *, now: datetime) -> Occurrence:
    """Keeps a new one; IntegrityError where the report has one of that instant or date."""
    row = {**_columns(occurrence), "next_attempt_at": now, "created_at": now, "updated_at": now}
    connection.execute(ROWS.insert().values(row))
    return occurrence


def last_scheduled(connection: Connection, *, until: datetime) -> dict[str, datetime]:
    """When each report was last due by its schedule up to that instant, as far as that is kept."""
    rows = connection.execute(
        select(ROWS.c.report_id, func.max(ROWS.c.due_at))
        .where(ROWS.c.due_on.is_not(None), ROWS.c.due_at <= until)
        .group_by(ROWS.c.report_id)
    )
    return {row[0]: row[1] for row in rows}


def dates_taken(connection: Connection, report_id: str, *, since: datetime) -> set[date]:
    """The dates from that instant on that have had their report, or had it skipped."""
    found = connection.execute(
        select(ROWS.c.due_on).where(
            ROWS.c.report_id == report_id, ROWS.c.due_on.is_not(None), ROWS.c.due_at >= since
        )
    )
    return {date.fromisoformat(row.due_on) for row in found}


def all_dates_taken(connection: Connection, *, since: datetime) -> dict[str, set[date]]:
    """The same of every report."""
    taken: dict[str, set[date]] = {}
    rows = connection.execute(
        select(ROWS.c.report_id, ROWS.c.due_on).where(ROWS.c.due_on.is_not(None), ROWS.c.due_at >= since)
    )
    for row in rows:
        taken.setdefault(row.report_id, set()).add(date.fromisoformat(row.due_on))
    return taken


def recent_occurrences(connection: Connection, report_id: str, *, limit: int) -> list[Occurrence]:
    """The newest of a report, newest first."""
    rows = connection.execute(
        select(ROWS)
        .where(ROWS.c.report_id == report_id)
        .order_by(ROWS.c.due_at.desc(), ROWS.c.occurrence_id)
        .limit(limit)
    )
    return [_occurrence(row) for row in rows]


def find_due_at(connection: Connection, report_id: str, due_at: datetime) -> Occurrence | None:
    row = connection.execute(
        select(ROWS).where(ROWS.c.report_id == report_id, ROWS.c.due_at == due_at)
    ).first()
    return None if row is None else _occurrence(row)


def asked_since(connection: Connection, report_id: str, instant: datetime) -> Occurrence | None:
    """What was last asked for by hand after that instant, beside the schedule."""
    row = connection.execute(
        select(ROWS)
        .where(ROWS.c.report_id == report_id, ROWS.c.due_on.is_(None), ROWS.c.due_at > instant)
        .order_by(ROWS.c.due_at.desc())
        .limit(1)
    ).first()
    return None if row is None else _occurrence(row)


def reopen(connection: Connection, occurrence_id: str, *, now: datetime) -> None:
    """Somebody wants one that was held, skipped or failed: it is due again, however old it is."""
    connection.execute(
        update(ROWS)
        .where(ROWS.c.occurrence_id == occurrence_id)
        .values(
            state=OccurrenceState.DUE.value,
            is_by_hand=True,
            reason=None,
            waiting_since=now,
            attempt=0,
            next_attempt_at=now,
            updated_at=now,
        )
    )


def in_states(connection: Connection, states: Iterable[OccurrenceState]) -> list[Occurrence]:
    """Every one in these states, the longest due first."""
    words = [state.value for state in states]
    rows = connection.execute(
        select(ROWS).where(ROWS.c.state.in_(words)).order_by(ROWS.c.due_at, ROWS.c.occurrence_id)
    )
    return [_occurrence(row) for row in rows]


def settle(
    connection: Connection,
    occurrence: Occurrence,
    state: OccurrenceState,
    reason: str | None,
    *,
    now: datetime,
) -> None:
    """Another state, for a reason; one that has been built in the meantime stays so."""
    connection.execute(
        update(ROWS)
        .where(ROWS.c.occurrence_id == occurrence.occurrence_id, ROWS.c.state.in_(_STATES))
        .values(state=state.value, reason=reason, updated_at=now)
    )


def ready_count(connection: Connection, *, now: datetime, data_as_of: datetime) -> int:
    """How many could be built now."""
    return int(
        connection.scalar(select(func.count()).select_from(ROWS).where(_is_ready(now, data_as_of))) or 0
    )


def claim(connection: Connection, owner: str, *, now: datetime, data_as_of: datetime) -> Occurrence | None:
    """The longest due one that can be built, now this owner's for a while; None for nothing to do."""
    first = (
        select(ROWS.c.occurrence_id)
        .where(_is_ready(now, data_as_of))
        .order_by(ROWS.c.due_at, ROWS.c.report_id)
        .limit(1)
        .scalar_subquery()
    )
    row = connection.execute(
        update(ROWS)
        .where(ROWS.c.occurrence_id == first)
        .values(lease_owner=owner, lease_until=now + LEASE, attempt=ROWS.c.attempt + 1, updated_at=now)
        .returning(*ROWS.c)
    ).first()
    return None if row is None else _occurrence(row)


def holds(connection: Connection, occurrence: Occurrence, owner: str) -> bool:
    """Whether the owner's lease still stands: nobody else has taken it up, and it has not been settled."""
    found = connection.scalar(
        select(ROWS.c.occurrence_id).where(
            ROWS.c.occurrence_id == occurrence.occurrence_id,
            ROWS.c.lease_owner == owner,
            ROWS.c.state.in_(_STATES),
        )
    )
    return found is not None


def note_built(connection: Connection, occurrence: Occurrence, n: int, *, now: datetime) -> None:
    _release(
        connection, occurrence, {"state": OccurrenceState.BUILT.value, "reason": None, "archive_n": n}, now
    )


def note_failed(
    connection: Connection, occurrence: Occurrence, reason: str, again_at: datetime | None, *, now: datetime
) -> None:
    """It could not be built: once more at `again_at`, or never unless somebody asks."""
    state = OccurrenceState.FAILED if again_at is None else OccurrenceState.DUE
    _release(
        connection,
        occurrence,
        {"state": state.value, "reason": reason, "next_attempt_at": again_at or now},
        now,
    )


def forget_unbuilt_after(connection: Connection, now: datetime) -> int:
    """Removes what was noted as due in the future by a clock that was wrong. What was built of it stays, so that
    it is not built again when its time comes."""
    unbuilt = and_(ROWS.c.due_at > now, ROWS.c.due_on.is_not(None), ROWS.c.archive_n.is_(None))
    waiting = ROWS.c.next_attempt_at > now + timedelta(days=1)
    connection.execute(update(ROWS).where(waiting, ROWS.c.state.in_(_STATES)).values(next_attempt_at=now))
    return connection.execute(delete(ROWS).where(unbuilt)).rowcount


def has_future(connection: Connection, now: datetime) -> bool:
    """Whether there is anything that only a wrong clock can have written."""
    from_future = or_(
        and_(ROWS.c.due_at > now, ROWS.c.due_on.is_not(None), ROWS.c.archive_n.is_(None)),
        and_(ROWS.c.next_attempt_at > now + timedelta(days=1), ROWS.c.state.in_(_STATES)),
    )
    return connection.scalar(select(ROWS.c.occurrence_id).where(from_future).limit(1)) is not None


def counts_by_report(
    connection: Connection, report_ids: Collection[str], states: Iterable[OccurrenceState]
) -> dict[str, int]:
    """How many of each report are in these states."""
    rows = connection.execute(
        select(ROWS.c.report_id, func.count())
        .where(ROWS.c.report_id.in_(sorted(report_ids)), ROWS.c.state.in_([state.value for state in states]))
        .group_by(ROWS.c.report_id)
    )
    return {row[0]: row[1] for row in rows}


def _is_ready(now: datetime, data_as_of: datetime) -> ColumnElement[bool]:
    # A lease from the future was written by a clock that was wrong, and binds nobody.
    is_leased = and_(
        ROWS.c.lease_until.is_not(None), ROWS.c.lease_until > now, ROWS.c.lease_until <= now + LEASE
    )
    return and_(
        ROWS.c.state.in_(_STATES),
        ROWS.c.period_end <= data_as_of,
        ROWS.c.next_attempt_at <= now,
        or_(ROWS.c.is_by_hand, ROWS.c.due_at >= now - STALE),
        not_(is_leased),
    )


def _release(
    connection: Connection, occurrence: Occurrence, values: Mapping[str, Any], now: datetime
) -> None:
    connection.execute(
        update(ROWS)
        .where(ROWS.c.occurrence_id == occurrence.occurrence_id)
        .values({**values, "lease_owner": None, "lease_until": None, "updated_at": now})
    )


def _columns(occurrence: Occurrence) -> dict[str, Any]:
    due_on = occurrence.due_on.isoformat() if occurrence.due_on else None
    return {**asdict(occurrence), "state": occurrence.state.value, "due_on": due_on}


def _occurrence(row: Row[Any]) -> Occurrence:
    return Occurrence(
        occurrence_id=row.occurrence_id,
        report_id=row.report_id,
        due_at=row.due_at,
        due_on=None if row.due_on is None else date.fromisoformat(row.due_on),
        is_by_hand=row.is_by_hand,
        period_start=row.period_start,
        period_end=row.period_end,
        zone=row.zone,
        state=OccurrenceState(row.state),
        waiting_since=row.waiting_since,
        reason=row.reason,
        attempt=row.attempt,
        archive_n=row.archive_n,
    )
