"""What became of deliveries, for people: lists by report and webhook, each attempt, and sending again.

Nothing that a receiver of HTTP answered is in it but the status.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, case, func, or_, select, true, update

from core.delivery.outbox import DeliveryState, OutboxKind
from core.delivery.outcome import ErrorClass
from core.errors import InvalidState
from core.store.control.places import Place
from core.store.control.places import after as after_place
from core.store.control.tables import DELIVERY_ATTEMPTS as ATTEMPTS
from core.store.control.tables import OUTBOX


@dataclass(frozen=True)
class AttemptMade:
    """One that was cut short with its process has no end, and says so."""

    attempt: int
    started_at: datetime
    ended_at: datetime | None
    status: int | None
    error_class: str | None
    error: str | None


@dataclass(frozen=True)
class Delivery:
    """`next_attempt_at` is there while it waits; `event` is what a webhook is told of."""

    delivery_id: str
    kind: OutboxKind
    state: DeliveryState
    enqueued_at: datetime
    attempt: int
    next_attempt_at: datetime | None
    settled_at: datetime | None
    last_status: int | None
    last_error_class: str | None
    last_error: str | None
    recipient: str | None = None
    report_id: str | None = None
    webhook_id: str | None = None
    alert_id: str | None = None
    portal_id: str | None = None
    archive_n: int | None = None
    event: str | None = None
    is_being_sent: bool = False
    attempts: tuple[AttemptMade, ...] = ()

    @property
    def in_words(self) -> str:
        """One line: what, to whom, what is wrong, and when again."""
        whom = self.recipient or self.webhook_id or self.alert_id or self.report_id or ""
        again = (
            f"tried again at {self.next_attempt_at:%Y-%m-%d %H:%M} UTC"
            if self.next_attempt_at
            else self.state
        )
        return f"{self.delivery_id} {self.event or self.kind} to {whom}: {self.last_error or 'no reason'}; {again}"


def deliveries_of_report(
    connection: Connection, report_id: str, *, after: Place | None, limit: int, now: datetime
) -> tuple[list[Delivery], int]:
    """The next deliveries of a report, oldest first, each to one receiver; and how many in all."""
    kinds = (OutboxKind.MAIL_REPORT, OutboxKind.WEBHOOK_REPORT)
    wanted = and_(OUTBOX.c.report_id == report_id, OUTBOX.c.kind.in_(kinds))
    return _listed(connection, wanted, after, limit, now)


def deliveries_of_webhook(
    connection: Connection,
    webhook_id: str,
    *,
    state: DeliveryState | None = None,
    after: Place | None,
    limit: int,
    now: datetime,
) -> tuple[list[Delivery], int]:
    """The same of a webhook, in one state or in any."""
    wanted = and_(OUTBOX.c.webhook_id == webhook_id, true() if state is None else OUTBOX.c.state == state)
    return _listed(connection, wanted, after, limit, now)


def find_delivery(connection: Connection, delivery_id: str, *, now: datetime) -> Delivery | None:
    row = connection.execute(select(OUTBOX).where(OUTBOX.c.delivery_id == delivery_id)).first()
    return None if row is None else _with_attempts(connection, [row], now)[0]


def troubled(connection: Connection, *, now: datetime, limit: int = 100) -> list[Delivery]:
    """What waits after a failure, or is dead: the dead first, then what waits longest."""
    is_in_trouble = or_(
        OUTBOX.c.state == DeliveryState.DEAD,
        and_(OUTBOX.c.state == DeliveryState.PENDING, OUTBOX.c.last_error.is_not(None)),
    )
    dead_first = case((OUTBOX.c.state == DeliveryState.DEAD, 0), else_=1)
    rows = connection.execute(
        select(OUTBOX).where(is_in_trouble).order_by(dead_first, OUTBOX.c.enqueued_at).limit(limit)
    )
    return _with_attempts(connection, rows.all(), now)


def counts(connection: Connection) -> dict[str, int]:
    """How many there are in each state."""
    rows = connection.execute(select(OUTBOX.c.state, func.count()).group_by(OUTBOX.c.state))
    return dict(sorted((row[0], row[1]) for row in rows))


def oldest_due(connection: Connection, *, now: datetime) -> datetime | None:
    """Since when the one that waits longest is overdue."""
    is_due = and_(OUTBOX.c.state == DeliveryState.PENDING, OUTBOX.c.next_attempt_at <= now)
    found: datetime | None = connection.scalar(select(func.min(OUTBOX.c.next_attempt_at)).where(is_due))
    return found


def resend(connection: Connection, delivery: Delivery, *, now: datetime) -> None:
    """Sends it again, under the same id, from the first attempt on; InvalidState while it is being sent."""
    if delivery.is_being_sent:
        raise InvalidState("It is being sent right now", param="delivery_id")
    connection.execute(
        update(OUTBOX)
        .where(OUTBOX.c.delivery_id == delivery.delivery_id)
        .values(
            state=DeliveryState.PENDING,
            next_attempt_at=now,
            round_began=OUTBOX.c.attempt,
            settled_at=None,
            lease_owner=None,
            lease_until=None,
        )
    )


def _listed(
    connection: Connection, wanted: ColumnElement[bool], after: Place | None, limit: int, now: datetime
) -> tuple[list[Delivery], int]:
    total = connection.scalar(select(func.count()).select_from(OUTBOX).where(wanted))
    rows = connection.execute(
        select(OUTBOX)
        .where(wanted, after_place(after, OUTBOX.c.enqueued_at, OUTBOX.c.delivery_id))
        .order_by(OUTBOX.c.enqueued_at, OUTBOX.c.delivery_id)
        .limit(limit)
    )
    return _with_attempts(connection, rows.all(), now), int(total or 0)


def _with_attempts(connection: Connection, rows: Iterable[Row[Any]], now: datetime) -> list[Delivery]:
    listed = list(rows)
    made: dict[str, list[Row[Any]]] = {row.delivery_id: [] for row in listed}
    attempts = connection.execute(
        select(ATTEMPTS).where(ATTEMPTS.c.delivery_id.in_(made)).order_by(ATTEMPTS.c.attempt)
    )
    for attempt in attempts:
        made[attempt.delivery_id].append(attempt)
    return [_delivery(row, made[row.delivery_id], now) for row in listed]


def _delivery(row: Row[Any], attempts: list[Row[Any]], now: datetime) -> Delivery:
    state = DeliveryState(row.state)
    is_waiting = state is DeliveryState.PENDING
    is_being_sent = is_waiting and row.lease_until is not None and row.lease_until > now
    is_event = row.kind == OutboxKind.WEBHOOK_EVENT
    last = attempts[-1].attempt if attempts and is_being_sent else 0
    return Delivery(
        delivery_id=row.delivery_id,
        kind=OutboxKind(row.kind),
        state=state,
        enqueued_at=row.enqueued_at,
        attempt=row.attempt,
        next_attempt_at=row.next_attempt_at if is_waiting else None,
        settled_at=row.settled_at,
        last_status=row.last_status,
        last_error_class=row.last_error_class,
        last_error=row.last_error,
        recipient=row.recipient,
        report_id=row.report_id,
        webhook_id=row.webhook_id,
        alert_id=row.alert_id,
        portal_id=row.portal_id,
        archive_n=row.archive_n,
        event=str(json.loads(row.payload_json)["event"]) if is_event else None,
        is_being_sent=is_being_sent,
        attempts=tuple(_attempt(one, is_open=one.attempt == last) for one in attempts),
    )


def _attempt(row: Row[Any], *, is_open: bool) -> AttemptMade:
    error_class, error = row.error_class, row.error
    if row.ended_at is None and not is_open:
        error_class, error = ErrorClass.INTERRUPTED, "the process that sent it ended"
    return AttemptMade(row.attempt, row.started_at, row.ended_at, row.status, error_class, error)
