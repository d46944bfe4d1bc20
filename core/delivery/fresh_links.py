"""A fresh link for whoever comes with one that has ended: mailed to the address that the old one was mailed to.

Nobody is told whether that happened, and nobody can have somebody else mailed more often than this.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select

from core.delivery.links import delivery_of
from core.delivery.outbox import Item, OutboxKind, enqueue
from core.store.control.tables import OUTBOX
from core.tokens.claims import Claims

_APART = timedelta(minutes=15)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def mail_fresh_link(connection: Connection, ended: Claims, *, now: datetime) -> str | None:
    """The delivery that brings it; None for a link that came by no mail of ours. The token is known to be ours, and
    that nothing but its time is wrong."""
    delivery_id = delivery_of(ended.jti)
    if delivery_id is None:
        return None
    sent = connection.execute(select(OUTBOX).where(OUTBOX.c.delivery_id == delivery_id)).first()
    if sent is None or sent.recipient is None or sent.portal_id != ended.portal_id:
        return None
    stretch = (now - _EPOCH) // _APART
    return enqueue(
        connection,
        Item(
            kind=OutboxKind.MAIL_LINK,
            dedupe_key=f"link|{ended.portal_id}|{sent.recipient}|{stretch}",
            customer_id=ended.customer_id,
            portal_id=ended.portal_id,
            recipient=sent.recipient,
            now=now,
        ),
    )
