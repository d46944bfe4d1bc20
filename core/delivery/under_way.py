"""What is being sent in this moment: whoever deletes something waits for it, so that nothing of it goes out when they
have been told that it is gone. What has not been begun is looked up before it is, and called off."""

import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import func, select

from core.delivery.outbox import DeliveryState
from core.store.control import ControlStore
from core.store.control.tables import OUTBOX

# Longer than one attempt may take; after that its process is dead, or its receiver hangs and gets nothing whole.
SECONDS = 20.0
_PAUSE = 0.05


def wait_for_sends(
    store: ControlStore, *, now: Callable[[], datetime], seconds: float = SECONDS, **whose: str
) -> bool:
    """Until nothing is being sent of `whose` (a column of the outbox and its value); whether that came."""
    until = time.monotonic() + seconds
    while _count(store, now(), whose):
        if time.monotonic() > until:
            return False
        time.sleep(_PAUSE)
    return True


def _count(store: ControlStore, now: datetime, whose: dict[str, str]) -> int:
    theirs = [OUTBOX.c[column] == value for column, value in whose.items()]
    being_sent = select(func.count()).where(
        OUTBOX.c.state == DeliveryState.PENDING, OUTBOX.c.lease_until > now, *theirs
    )
    with store.reading() as connection:
        return int(connection.scalar(being_sent) or 0)
