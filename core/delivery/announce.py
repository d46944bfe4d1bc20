"""The events that webhooks are told of, each put into the outbox once for every webhook that hears it, in the
transaction that makes it true. Portals that are not active tell nothing. Alerts have a module of their own, `crossings`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, select, update

from core.delivery.claims import Claimed
from core.delivery.outbox import DeliveryState, Item, OutboxKind, enqueue
from core.periods import format_instant
from core.portals.definition import PortalStatus
from core.store.control.portal_webhooks import webhooks_hearing
from core.store.control.report_tables import REPORT_ARCHIVES
from core.store.control.tables import OUTBOX, PORTAL_VIEWS, PORTALS
from core.webhooks import WebhookEvent


def event(
    connection: Connection,
    portal_id: str,
    customer_id: str,
    name: WebhookEvent,
    data: Mapping[str, Any],
    *,
    what: str,
    at: datetime,
    now: datetime,
) -> int:
    """Tells the webhooks of an active portal; `what` names the happening, which is told once. Says how many."""
    status = connection.scalar(select(PORTALS.c.status).where(PORTALS.c.portal_id == portal_id))
    if status != PortalStatus.ACTIVE:
        return 0
    hearing = webhooks_hearing(connection, portal_id, name)
    for stored in hearing:
        webhook_id = stored.webhook.webhook_id
        enqueue(
            connection,
            Item(
                kind=OutboxKind.WEBHOOK_EVENT,
                dedupe_key=f"{name}|{what}|{webhook_id}",
                payload=message(name, data, at),
                customer_id=customer_id,
                portal_id=portal_id,
                webhook_id=webhook_id,
                now=now,
            ),
        )
    return len(hearing)


def message(name: str, data: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """The form that every message has."""
    return {"event": str(name), "timestamp": format_instant(at), "data": dict(data)}


def views_ended(connection: Connection, *, now: datetime) -> int:
    """Tells of every visit that is over and was not told of; says how many visits."""
    not_told = and_(PORTAL_VIEWS.c.ended_at.is_not(None), PORTAL_VIEWS.c.announced_at.is_(None))
    views = connection.execute(
        select(PORTAL_VIEWS).where(not_told).order_by(PORTAL_VIEWS.c.ended_at).limit(1000)
    ).all()
    for view in views:
        data = {
            "portal_id": view.portal_id,
            "customer_id": view.customer_id,
            "user_ip": view.address,
            "session_duration": int((view.last_seen_at - view.started_at).total_seconds()),
            "pages_viewed": view.pages_viewed,
        }
        name, what = WebhookEvent.PORTAL_ACCESSED, view.view_id
        event(
            connection, view.portal_id, view.customer_id, name, data, what=what, at=view.last_seen_at, now=now
        )
        connection.execute(
            update(PORTAL_VIEWS).where(PORTAL_VIEWS.c.view_id == view.view_id).values(announced_at=now)
        )
    return len(views)


@dataclass(frozen=True)
class Export:
    """Raw data of a portal that somebody took along. `export_id` is this one time."""

    export_id: str
    portal_id: str
    customer_id: str
    format: str
    metric_ids: tuple[str, ...]
    start: datetime | None
    end: datetime | None
    rows: int | None
    at: datetime


def data_exported(connection: Connection, export: Export, *, now: datetime) -> int:
    period = {"start": _text(export.start), "end": _text(export.end)}
    data = {
        "portal_id": export.portal_id,
        "customer_id": export.customer_id,
        "format": export.format,
        "metric_ids": list(export.metric_ids),
        "period": period,
        "rows": export.rows,
    }
    return event(
        connection,
        export.portal_id,
        export.customer_id,
        WebhookEvent.DATA_EXPORTED,
        data,
        what=export.export_id,
        at=export.at,
        now=now,
    )


def report_delivered(connection: Connection, settled: Claimed, *, now: datetime) -> None:
    """Told once for each way a report goes, when nobody is waited for any more and it reached at least one."""
    same = and_(
        OUTBOX.c.report_id == settled.report_id,
        OUTBOX.c.archive_n == settled.archive_n,
        OUTBOX.c.kind == settled.kind,
    )
    # Not dict(rows): a result has `keys`, so it would be taken for a mapping.
    counted = connection.execute(select(OUTBOX.c.state, func.count()).where(same).group_by(OUTBOX.c.state))
    states: dict[str, int] = {row[0]: row[1] for row in counted}
    if states.get(DeliveryState.PENDING, 0) or not states.get(DeliveryState.DELIVERED, 0):
        return
    archive = connection.execute(
        select(REPORT_ARCHIVES).where(
            REPORT_ARCHIVES.c.report_id == settled.report_id, REPORT_ARCHIVES.c.n == settled.archive_n
        )
    ).first()
    if archive is None:
        return
    is_mail = settled.kind is OutboxKind.MAIL_REPORT
    data = {
        "report_id": settled.report_id,
        "delivery_id": settled.delivery_id,
        "portal_id": archive.portal_id,
        "customer_id": archive.customer_id,
        "period": {"start": format_instant(archive.period_start), "end": format_instant(archive.period_end)},
        "method": "email" if is_mail else "webhook",
        "recipients_count": states[DeliveryState.DELIVERED] if is_mail else 0,
        "archive_id": archive.archive_id,
        "snapshot": archive.snapshot,
    }
    event(
        connection,
        archive.portal_id,
        archive.customer_id,
        WebhookEvent.REPORT_DELIVERED,
        data,
        what=f"{archive.archive_id}|{settled.kind}",
        at=now,
        now=now,
    )


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else format_instant(instant)
