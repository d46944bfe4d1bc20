"""What is forgotten when it has been over for long: everything but reports, whose history stays with their archive."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete

from core.delivery.outbox import OutboxKind
from core.store.control.tables import OUTBOX

KEPT = timedelta(days=30)


def purge(connection: Connection, *, now: datetime) -> int:
    """Says how many. What is dead can be sent again until then."""
    reports = (OutboxKind.MAIL_REPORT, OutboxKind.WEBHOOK_REPORT)
    is_over = (OUTBOX.c.settled_at < now - KEPT, OUTBOX.c.kind.not_in(reports))
    return connection.execute(delete(OUTBOX).where(*is_over)).rowcount
