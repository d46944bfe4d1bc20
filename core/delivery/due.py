"""Whether there is anything to send: asked often, so it only looks."""

from datetime import datetime

from sqlalchemy import and_, or_, select, true

from core.delivery.mailing import why_mail_waits
from core.delivery.outbox import MAIL_LANE, DeliveryState
from core.settings import Settings
from core.store.control import ControlStore
from core.store.control.portal_views import is_over
from core.store.control.tables import OUTBOX, PORTAL_VIEWS


def is_anything_due(store: ControlStore, settings: Settings, *, now: datetime) -> bool:
    """Something can be sent now, or a visit is over that nobody was told of. Mails that wait for a server are not
    due: nothing would come of it."""
    lanes = true() if why_mail_waits(settings) is None else OUTBOX.c.lane != MAIL_LANE
    is_free = or_(OUTBOX.c.lease_until.is_(None), OUTBOX.c.lease_until <= now)
    is_due = and_(OUTBOX.c.state == DeliveryState.PENDING, OUTBOX.c.next_attempt_at <= now, is_free, lanes)
    untold = or_(
        and_(PORTAL_VIEWS.c.ended_at.is_not(None), PORTAL_VIEWS.c.announced_at.is_(None)), is_over(now)
    )
    with store.reading() as connection:
        sends = connection.execute(select(OUTBOX.c.delivery_id).where(is_due).limit(1)).first()
        tells = connection.execute(select(PORTAL_VIEWS.c.view_id).where(untold).limit(1)).first()
    return sends is not None or tells is not None
