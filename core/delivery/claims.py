"""Who sends what: a row is claimed for a minute at a time by whoever sends it, and free again when that is over.

One message at a time goes to each lane, also when several processes send. Whether it may still be sent is asked in the
same transaction. What came of it is `settle`'s.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, update

from core.delivery.calls import Receiver
from core.delivery.outbox import DeliveryState, OutboxKind
from core.delivery.wanted import NotWanted, look_up
from core.store.control.tables import DELIVERY_ATTEMPTS as ATTEMPTS
from core.store.control.tables import OUTBOX

LEASE = timedelta(seconds=60)


@dataclass(frozen=True)
class Claimed:
    """What is to be sent now, by whoever claimed it. `receiver` is None for a mail."""

    delivery_id: str
    kind: OutboxKind
    payload_text: str
    owner: str
    attempt: int
    round_began: int
    enqueued_at: datetime
    receiver: Receiver | None
    customer_id: str | None
    portal_id: str | None
    report_id: str | None
    webhook_id: str | None
    alert_id: str | None
    archive_n: int | None
    recipient: str | None

    @property
    def payload(self) -> Mapping[str, Any]:
        plain: dict[str, Any] = json.loads(self.payload_text)
        return plain

    @property
    def attempts_of_round(self) -> int:
        return self.attempt - self.round_began


def due_lanes(connection: Connection, *, now: datetime) -> list[str]:
    """Where something is to be sent now and nobody is sending, the longest overdue first."""
    rows = connection.execute(
        select(OUTBOX.c.lane)
        .where(_is_due(now))
        .group_by(OUTBOX.c.lane)
        .order_by(func.min(OUTBOX.c.next_attempt_at), OUTBOX.c.lane)
    )
    return [row.lane for row in rows]


def claim(connection: Connection, lane: str, *, owner: str, now: datetime) -> tuple[Claimed | None, int]:
    """The next of that lane, if there is one, and how many were called off on the way to it."""
    called_off = 0
    while (row := _take(connection, lane, owner, now)) is not None:
        wanted = look_up(connection, row, now=now)
        if not isinstance(wanted, NotWanted):
            values = {"delivery_id": row.delivery_id, "attempt": row.attempt, "started_at": now}
            connection.execute(ATTEMPTS.insert().values(values))
            return _claimed(row, wanted), called_off
        _call_off(connection, row, wanted, now)
        called_off += 1
    return None, called_off


def renew(connection: Connection, delivery_ids: Collection[str], *, owner: str, now: datetime) -> None:
    """Another minute for what is still being sent."""
    connection.execute(
        update(OUTBOX)
        .where(OUTBOX.c.delivery_id.in_(delivery_ids), OUTBOX.c.lease_owner == owner)
        .values(lease_until=now + LEASE)
    )


def _take(connection: Connection, lane: str, owner: str, now: datetime) -> Row[Any] | None:
    others = OUTBOX.alias()
    first = (
        select(OUTBOX.c.delivery_id)
        .where(OUTBOX.c.lane == lane, _is_due(now))
        .order_by(OUTBOX.c.next_attempt_at, OUTBOX.c.enqueued_at, OUTBOX.c.delivery_id)
        .limit(1)
        .scalar_subquery()
    )
    # The same statement for both databases; what is read and written is one step, because writers take turns.
    is_busy = (
        select(others.c.delivery_id)
        .where(others.c.lane == lane, others.c.state == DeliveryState.PENDING, others.c.lease_until > now)
        .exists()
    )
    return connection.execute(
        update(OUTBOX)
        .where(OUTBOX.c.delivery_id == first, ~is_busy)
        .values(lease_owner=owner, lease_until=now + LEASE, attempt=OUTBOX.c.attempt + 1)
        .returning(*OUTBOX.c)
    ).first()


def _is_due(now: datetime) -> ColumnElement[bool]:
    is_free = or_(OUTBOX.c.lease_until.is_(None), OUTBOX.c.lease_until <= now)
    return and_(OUTBOX.c.state == DeliveryState.PENDING, OUTBOX.c.next_attempt_at <= now, is_free)


def _call_off(connection: Connection, row: Row[Any], why: NotWanted, now: datetime) -> None:
    state = DeliveryState.DEAD if why.is_dead else DeliveryState.CANCELLED
    connection.execute(
        update(OUTBOX)
        .where(OUTBOX.c.delivery_id == row.delivery_id)
        .values(
            state=state,
            attempt=OUTBOX.c.attempt - 1,
            lease_owner=None,
            lease_until=None,
            last_error_class=why.error_class,
            last_error=why.reason,
            settled_at=now,
        )
    )


def _claimed(row: Row[Any], receiver: Receiver | None) -> Claimed:
    return Claimed(
        delivery_id=row.delivery_id,
        kind=OutboxKind(row.kind),
        payload_text=row.payload_json,
        owner=row.lease_owner,
        attempt=row.attempt,
        round_began=row.round_began,
        enqueued_at=row.enqueued_at,
        receiver=receiver,
        customer_id=row.customer_id,
        portal_id=row.portal_id,
        report_id=row.report_id,
        webhook_id=row.webhook_id,
        alert_id=row.alert_id,
        archive_n=row.archive_n,
        recipient=row.recipient,
    )
