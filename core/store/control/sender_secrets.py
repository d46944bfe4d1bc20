"""The secrets that sign messages which no webhook of a portal is sent: those of a report, and of an alert rule.

`sender_id` is the id of the report or the rule. The first secret is made with the first message, or when somebody asks
for one.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select, update

from core.store.control.tables import SENDER_SECRETS as SECRETS
from core.webhooks import ROTATION, new_signing_secret


def sender_secrets(connection: Connection, sender_id: str, *, now: datetime) -> Sequence[str]:
    """The secrets that sign now, the newest first."""
    row = connection.execute(select(SECRETS).where(SECRETS.c.sender_id == sender_id)).first()
    if row is None:
        return (_first(connection, sender_id, now),)
    is_rotating = row.previous_secret is not None and row.previous_until > now
    return (row.signing_secret, row.previous_secret) if is_rotating else (row.signing_secret,)


def rotate_sender_secret(connection: Connection, sender_id: str, *, now: datetime) -> tuple[str, datetime]:
    """Another secret, and until when the one before signs beside it."""
    before, until = sender_secrets(connection, sender_id, now=now)[0], now + ROTATION
    secret = new_signing_secret()
    connection.execute(
        update(SECRETS)
        .where(SECRETS.c.sender_id == sender_id)
        .values(signing_secret=secret, previous_secret=before, previous_until=until)
    )
    return secret, until


def _first(connection: Connection, sender_id: str, now: datetime) -> str:
    secret = new_signing_secret()
    connection.execute(SECRETS.insert().values(sender_id=sender_id, signing_secret=secret, created_at=now))
    return secret
