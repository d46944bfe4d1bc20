"""Whether something that is to be sent may still be sent, and to where: looked up in the transaction that claims it, so
that nothing goes out after a report, a webhook or a rule was deleted, or while a portal is at rest.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from core.delivery.calls import Receiver
from core.delivery.outbox import OutboxKind
from core.delivery.outcome import ErrorClass
from core.portals.definition import PortalStatus
from core.store.control.portal_webhooks import find_webhook, signing_secrets
from core.store.control.reports import find_report
from core.store.control.sender_secrets import sender_secrets
from core.store.control.tables import ALERT_RULES, PORTALS

TEST_EVENT = "webhook.test"


@dataclass(frozen=True)
class NotWanted:
    """Why it is not sent. What a person may want later is dead and can be sent again; the rest is called off."""

    reason: str
    is_dead: bool = False
    error_class: ErrorClass = ErrorClass.NOT_WANTED


Wanted = Receiver | None | NotWanted
_Look = Callable[[Connection, Row[Any], datetime], Wanted]


def look_up(connection: Connection, row: Row[Any], *, now: datetime) -> Wanted:
    """Its receiver by HTTP, None for a mail, or why it is not to be sent."""
    if row.portal_id is not None and not _is_test(row):
        status = _portal_status(connection, row.portal_id)
        if status is not PortalStatus.ACTIVE:
            return NotWanted("its portal is not active" if status else "its portal is gone")
    return _LOOK[OutboxKind(row.kind)](connection, row, now)


def _is_test(row: Row[Any]) -> bool:
    is_event: bool = row.kind == OutboxKind.WEBHOOK_EVENT
    return is_event and bool(json.loads(row.payload_json).get("event") == TEST_EVENT)


def _portal_status(connection: Connection, portal_id: str) -> PortalStatus | None:
    status = connection.scalar(select(PORTALS.c.status).where(PORTALS.c.portal_id == portal_id))
    return None if status is None else PortalStatus(status)


def _webhook(connection: Connection, row: Row[Any], now: datetime) -> Wanted:
    stored = find_webhook(connection, row.webhook_id, None)
    if stored is None:
        return NotWanted("its webhook was deleted")
    if not stored.webhook.is_enabled:
        if stored.disabled_reason is None:
            return NotWanted("its webhook is switched off")
        return NotWanted(stored.disabled_reason, is_dead=True, error_class=ErrorClass.ENDPOINT_OFF)
    secrets = signing_secrets(connection, row.webhook_id, now=now)
    return Receiver(stored.webhook.url, stored.webhook.headers, secrets)


def _report_call(connection: Connection, row: Row[Any], now: datetime) -> Wanted:
    stored = find_report(connection, row.report_id, None)
    delivery = stored.definition.delivery if stored else None
    if delivery is None:
        return NotWanted("its report was deleted")
    if delivery.called is None:
        return NotWanted("its report calls no address any more")
    secrets = sender_secrets(connection, row.report_id, now=now)
    return Receiver(delivery.called, delivery.webhook_headers, secrets)


def _report_mail(connection: Connection, row: Row[Any], _now: datetime) -> Wanted:
    stored = find_report(connection, row.report_id, None)
    if stored is None:
        return NotWanted("its report was deleted")
    if row.recipient not in stored.definition.delivery.mailed_to:
        return NotWanted("its report is not mailed to this address any more")
    return None


def _alert_call(connection: Connection, row: Row[Any], now: datetime) -> Wanted:
    gone = _alert_mail(connection, row, now)
    if gone is not None:
        return gone
    url = str(json.loads(row.payload_json)["url"])
    if row.kind == OutboxKind.ALERT_SLACK:
        return Receiver(url)
    return Receiver(url, secrets=sender_secrets(connection, row.alert_id, now=now))


def _alert_mail(connection: Connection, row: Row[Any], _now: datetime) -> Wanted:
    rule = connection.scalar(select(ALERT_RULES.c.alert_id).where(ALERT_RULES.c.alert_id == row.alert_id))
    return NotWanted("its rule was deleted") if rule is None else None


def _mail(_connection: Connection, _row: Row[Any], _now: datetime) -> Wanted:
    return None


_LOOK: Mapping[OutboxKind, _Look] = {
    OutboxKind.WEBHOOK_EVENT: _webhook,
    OutboxKind.WEBHOOK_REPORT: _report_call,
    OutboxKind.MAIL_REPORT: _report_mail,
    OutboxKind.ALERT_WEBHOOK: _alert_call,
    OutboxKind.ALERT_SLACK: _alert_call,
    OutboxKind.ALERT_MAIL: _alert_mail,
    OutboxKind.MAIL_LINK: _mail,
    OutboxKind.MAIL_OPERATOR: _mail,
}
