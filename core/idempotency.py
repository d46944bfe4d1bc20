"""Answers that were given to requests with an Idempotency-Key, so that a repeated request has one effect.

The answer is written in the transaction of the effect: after a crash there are both or neither. Kept a day
for each API key; what the requests do lives elsewhere.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from core.errors import IdempotencyConflict
from core.store.control.tables import IDEMPOTENCY_RECORDS as RECORDS

KEPT = timedelta(hours=24)


@dataclass(frozen=True)
class Attempt:
    """One request as its repetitions are recognised: who sent it, under which key, and what it was."""

    key_id: str
    idempotency_key: str
    request_sha256: str


@dataclass(frozen=True)
class Reply:
    """What was answered."""

    status: int
    body: bytes


def earlier_reply(connection: Connection, attempt: Attempt, *, now: datetime) -> Reply | None:
    """What the same request was answered before; IdempotencyConflict when the key stood for another one."""
    row = connection.execute(
        select(RECORDS.c.request_sha256, RECORDS.c.status, RECORDS.c.body).where(
            RECORDS.c.key_id == attempt.key_id,
            RECORDS.c.idempotency_key == attempt.idempotency_key,
            RECORDS.c.created_at > now - KEPT,
        )
    ).first()
    if row is None:
        return None
    if row.request_sha256 != attempt.request_sha256:
        raise IdempotencyConflict(
            "This key was used for another request in the last 24 hours", param="Idempotency-Key"
        )
    return Reply(row.status, row.body)


def keep_reply(connection: Connection, attempt: Attempt, reply: Reply, *, now: datetime) -> None:
    """Keeps the answer, and lets go of those older than a day."""
    connection.execute(delete(RECORDS).where(RECORDS.c.created_at <= now - KEPT))
    connection.execute(
        RECORDS.insert().values(
            key_id=attempt.key_id,
            idempotency_key=attempt.idempotency_key,
            request_sha256=attempt.request_sha256,
            status=reply.status,
            body=reply.body,
            created_at=now,
        )
    )
