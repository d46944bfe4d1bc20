"""What is to be sent: one row a receiver, put in by whoever has something to say, in the transaction that makes it
true. Sending is `core.delivery.drain`'s business.

What an item's `payload` holds, by kind:

    MAIL_REPORT, WEBHOOK_REPORT   nothing needed: report_id and archive_n name the files that are sent
    WEBHOOK_EVENT                 the message itself: {event, timestamp, data}
    ALERT_WEBHOOK, ALERT_SLACK    {url, message}
    ALERT_MAIL                    {message}; `recipient` is whom
    MAIL_LINK                     nothing needed: the portal's link goes to `recipient`
    MAIL_OPERATOR                 {subject, text}
"""

import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, select

from core.store.control.tables import OUTBOX

MAIL_LANE = "mail"


class OutboxKind(StrEnum):
    MAIL_REPORT = "mail_report"
    WEBHOOK_REPORT = "webhook_report"
    WEBHOOK_EVENT = "webhook_event"
    ALERT_WEBHOOK = "alert_webhook"
    ALERT_MAIL = "alert_mail"
    ALERT_SLACK = "alert_slack"
    MAIL_LINK = "mail_link"
    MAIL_OPERATOR = "mail_operator"

    @property
    def is_mail(self) -> bool:
        return self in _MAILS


_MAILS = frozenset(
    (OutboxKind.MAIL_REPORT, OutboxKind.ALERT_MAIL, OutboxKind.MAIL_LINK, OutboxKind.MAIL_OPERATOR)
)


class DeliveryState(StrEnum):
    """`cancelled` is what nobody wants sent any more: its report, webhook or portal is gone or at rest."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"
    CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing to send to one receiver. The same `dedupe_key` is the same thing."""

    kind: OutboxKind
    dedupe_key: str
    now: datetime
    payload: Mapping[str, Any] = field(default_factory=dict)
    customer_id: str | None = None
    portal_id: str | None = None
    report_id: str | None = None
    webhook_id: str | None = None
    alert_id: str | None = None
    archive_n: int | None = None
    recipient: str | None = None

    @property
    def lane(self) -> str:
        """What is slow together. All mail goes to one server; a webhook's receiver is its own."""
        if self.kind.is_mail:
            return MAIL_LANE
        if self.webhook_id is not None:
            return self.webhook_id
        if self.alert_id is not None:
            return f"{self.alert_id} {self.payload.get('url', '')}"
        return str(self.report_id)


def enqueue(connection: Connection, item: Item) -> str:
    """Keeps what is to be sent and returns its id; of one that is kept already, the id that it has."""
    there = connection.scalar(select(OUTBOX.c.delivery_id).where(OUTBOX.c.dedupe_key == item.dedupe_key))
    if there is not None:
        return str(there)
    # Begins with the time, because ids decide the order of what was kept at the same instant.
    delivery_id = f"dlv_{time.time_ns():016x}{secrets.token_hex(8)}"
    connection.execute(OUTBOX.insert().values(delivery_id=delivery_id, **_columns(item)))
    return delivery_id


def _columns(item: Item) -> dict[str, Any]:
    text = json.dumps(dict(item.payload), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return {
        "kind": item.kind.value,
        "dedupe_key": item.dedupe_key,
        "lane": item.lane,
        "payload_json": text,
        "payload_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "customer_id": item.customer_id,
        "portal_id": item.portal_id,
        "report_id": item.report_id,
        "webhook_id": item.webhook_id,
        "alert_id": item.alert_id,
        "archive_n": item.archive_n,
        "recipient": item.recipient,
        "state": DeliveryState.PENDING.value,
        "attempt": 0,
        "round_began": 0,
        "enqueued_at": item.now,
        "next_attempt_at": item.now,
    }
