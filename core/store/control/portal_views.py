"""Who looked at portals: one row from a visitor's first request to the last, and when it is known to be over.

A view is over after half an hour without a request, or when the browser said that it leaves and no other page
followed. Several processes add to the same view; what is made of one that is over lives elsewhere.
"""

import ipaddress
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, or_, select, update

from core.store.control.tables import PORTAL_VIEWS as VIEWS

IDLE = timedelta(minutes=30)
# Leaving one page of a portal for the next looks like leaving the portal.
TURNING_A_PAGE = timedelta(seconds=20)


@dataclass(frozen=True)
class Seen:
    """What one visitor did since it was last written down; `left_at` is None while it is there."""

    visit: str
    portal_id: str
    customer_id: str
    address: str
    first_at: datetime
    last_at: datetime
    pages: int
    left_at: datetime | None = None


def truncated(address: str) -> str:
    """The address without what tells one person from another: /24, or /48; empty where it is none."""
    try:
        given = ipaddress.ip_address(address)
    except ValueError:
        return ""
    plain = getattr(given, "ipv4_mapped", None) or given
    network = ipaddress.ip_network((plain, 24 if plain.version == 4 else 48), strict=False)
    return str(network.network_address)


def record(connection: Connection, seen: Seen) -> None:
    """Adds to the visitor's view, or begins one. Views that are over have been ended before."""
    is_open = and_(VIEWS.c.visit == seen.visit, VIEWS.c.ended_at.is_(None))
    view = connection.execute(select(VIEWS).where(is_open).with_for_update()).first()
    if view is None:
        # Who leaves a view that is over leaves nothing.
        if seen.pages or seen.left_at is None:
            connection.execute(VIEWS.insert().values(_new(seen)))
        return
    connection.execute(
        update(VIEWS)
        .where(VIEWS.c.view_id == view.view_id)
        .values(
            started_at=min(view.started_at, seen.first_at),
            last_seen_at=max(view.last_seen_at, seen.last_at),
            pages_viewed=view.pages_viewed + seen.pages,
            left_at=seen.left_at,
        )
    )


def end_views(connection: Connection, *, now: datetime) -> int:
    """Ends what is over, with the moment of its last request; says how many."""
    return connection.execute(
        update(VIEWS).where(is_over(now)).values(ended_at=VIEWS.c.last_seen_at)
    ).rowcount


def is_over(now: datetime) -> ColumnElement[bool]:
    """The condition of views that are to be ended."""
    has_left = and_(VIEWS.c.left_at.is_not(None), VIEWS.c.left_at <= now - TURNING_A_PAGE)
    return and_(VIEWS.c.ended_at.is_(None), or_(has_left, VIEWS.c.last_seen_at <= now - IDLE))


def _new(seen: Seen) -> dict[str, object]:
    return {
        "view_id": f"view_{secrets.token_hex(8)}",
        "visit": seen.visit,
        "portal_id": seen.portal_id,
        "customer_id": seen.customer_id,
        "address": seen.address,
        "started_at": seen.first_at,
        "last_seen_at": seen.last_at,
        "pages_viewed": seen.pages,
        "left_at": seen.left_at,
    }
