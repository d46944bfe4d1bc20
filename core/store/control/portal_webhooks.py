"""Webhooks of portals as they are kept, with the secrets that sign what they are sent.

Whoever may see one customer sees the webhooks of that customer's portals. The secrets leave by one function of
their own; what one may be is `core.webhooks`' business.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, select, true, update

from core.errors import InvalidState
from core.store.control.places import Place
from core.store.control.places import after as after_place
from core.store.control.tables import PORTAL_WEBHOOKS as WEBHOOKS
from core.store.control.tables import PORTALS
from core.webhooks import MAX_WEBHOOKS, ROTATION, Webhook, WebhookEvent


@dataclass(frozen=True)
class StoredWebhook:
    """A webhook with its times; `disabled_reason` is why nothing is sent where nobody decided so."""

    webhook: Webhook
    created_at: datetime
    updated_at: datetime
    disabled_reason: str | None = None


def list_webhooks(
    connection: Connection, customer_id: str | None, *, portal_id: str | None, after: Place | None, limit: int
) -> tuple[list[StoredWebhook], int]:
    """The next webhooks of a customer's portals (None: of everybody's), oldest first, and how many in all."""
    wanted = and_(_visible(customer_id), true() if portal_id is None else WEBHOOKS.c.portal_id == portal_id)
    total = connection.scalar(select(func.count()).select_from(WEBHOOKS).where(wanted))
    rows = connection.execute(
        select(WEBHOOKS)
        .where(wanted, after_place(after, WEBHOOKS.c.created_at, WEBHOOKS.c.webhook_id))
        .order_by(WEBHOOKS.c.created_at, WEBHOOKS.c.webhook_id)
        .limit(limit)
    )
    return [_stored(row) for row in rows], int(total or 0)


def find_webhook(connection: Connection, webhook_id: str, customer_id: str | None) -> StoredWebhook | None:
    """The webhook of that id, if its portal is this customer's (None: any customer's)."""
    row = connection.execute(
        select(WEBHOOKS).where(WEBHOOKS.c.webhook_id == webhook_id, _visible(customer_id))
    ).first()
    return None if row is None else _stored(row)


def webhooks_hearing(connection: Connection, portal_id: str, event: WebhookEvent) -> list[StoredWebhook]:
    """Those of a portal that are to be told of such an event, oldest first."""
    rows = connection.execute(
        select(WEBHOOKS)
        .where(WEBHOOKS.c.portal_id == portal_id, WEBHOOKS.c.is_enabled)
        .order_by(WEBHOOKS.c.created_at, WEBHOOKS.c.webhook_id)
    )
    return [stored for stored in map(_stored, rows) if event in stored.webhook.events]


def add_webhook(connection: Connection, webhook: Webhook, *, secret: str, now: datetime) -> StoredWebhook:
    """Keeps a new webhook; InvalidState when the portal has as many as it may have."""
    _, count = list_webhooks(connection, None, portal_id=webhook.portal_id, after=None, limit=1)
    if count >= MAX_WEBHOOKS:
        raise InvalidState(
            f"A portal has at most {MAX_WEBHOOKS} webhooks; delete one first", param="portal_id"
        )
    row = {**_columns(webhook), "signing_secret": secret, "created_at": now, "updated_at": now}
    connection.execute(WEBHOOKS.insert().values(row))
    return StoredWebhook(webhook, now, now)


def change_webhook(
    connection: Connection, before: StoredWebhook, webhook: Webhook, *, now: datetime
) -> StoredWebhook:
    """Keeps a new version; one that is enabled again has no reason against it any more."""
    if webhook == before.webhook:
        return before
    reason = None if webhook.is_enabled else before.disabled_reason
    values = {**_columns(webhook), "disabled_reason": reason, "updated_at": now}
    if webhook.is_enabled and not before.webhook.is_enabled:
        values["failing_since"] = None
    connection.execute(update(WEBHOOKS).where(_is(webhook.webhook_id)).values(values))
    return replace(before, webhook=webhook, disabled_reason=reason, updated_at=now)


def disable_webhook(connection: Connection, webhook_id: str, reason: str, *, now: datetime) -> None:
    """Nothing is sent to it any more, for this reason."""
    values = {"is_enabled": False, "disabled_reason": reason, "updated_at": now}
    connection.execute(update(WEBHOOKS).where(_is(webhook_id)).values(values))


def note_health(connection: Connection, webhook_id: str, *, is_well: bool, now: datetime) -> None:
    """Remembers since when nothing has got through to it."""
    has_failed = WEBHOOKS.c.failing_since.is_not(None)
    changed = and_(_is(webhook_id), has_failed if is_well else ~has_failed)
    connection.execute(update(WEBHOOKS).where(changed).values(failing_since=None if is_well else now))


def failing_since(connection: Connection, webhook_id: str) -> datetime | None:
    """The first failure since anything got through; None while all is well."""
    found: datetime | None = connection.scalar(select(WEBHOOKS.c.failing_since).where(_is(webhook_id)))
    return found


def rotate_secret(connection: Connection, webhook_id: str, secret: str, *, now: datetime) -> datetime:
    """Another secret signs from now on, and the one before beside it until the instant that is returned."""
    until = now + ROTATION
    connection.execute(
        update(WEBHOOKS)
        .where(_is(webhook_id))
        .values(
            previous_secret=WEBHOOKS.c.signing_secret,
            previous_until=until,
            signing_secret=secret,
            updated_at=now,
        )
    )
    return until


def signing_secrets(connection: Connection, webhook_id: str, *, now: datetime) -> Sequence[str]:
    """The secrets that sign now, the newest first; none where there is no such webhook."""
    row = connection.execute(select(WEBHOOKS).where(_is(webhook_id))).first()
    if row is None:
        return ()
    is_rotating = row.previous_secret is not None and row.previous_until > now
    return (row.signing_secret, row.previous_secret) if is_rotating else (row.signing_secret,)


def remove_webhook(connection: Connection, webhook_id: str) -> None:
    connection.execute(delete(WEBHOOKS).where(_is(webhook_id)))


def _is(webhook_id: str) -> ColumnElement[bool]:
    return WEBHOOKS.c.webhook_id == webhook_id


def _visible(customer_id: str | None) -> ColumnElement[bool]:
    if customer_id is None:
        return true()
    own = select(PORTALS.c.portal_id).where(PORTALS.c.customer_id == customer_id)
    return WEBHOOKS.c.portal_id.in_(own)


def _columns(webhook: Webhook) -> dict[str, Any]:
    return {
        "webhook_id": webhook.webhook_id,
        "portal_id": webhook.portal_id,
        "url": webhook.url,
        "events_json": json.dumps([event.value for event in webhook.events]),
        "headers_json": json.dumps(dict(webhook.headers)),
        "is_enabled": webhook.is_enabled,
    }


def _stored(row: Row[Any]) -> StoredWebhook:
    webhook = Webhook(
        webhook_id=row.webhook_id,
        portal_id=row.portal_id,
        url=row.url,
        events=tuple(WebhookEvent(event) for event in json.loads(row.events_json)),
        headers=json.loads(row.headers_json),
        is_enabled=row.is_enabled,
    )
    return StoredWebhook(webhook, row.created_at, row.updated_at, row.disabled_reason)
