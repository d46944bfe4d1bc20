"""Word of a rule that crossed its threshold: to the webhooks of that customer's portals, and to whomever it names.

Put into the outbox in the transaction that keeps the change, so each is told exactly once.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, ScalarResult, select

from core.alerts import ActionType, AlertRule
from core.delivery.announce import event, message
from core.delivery.outbox import Item, OutboxKind, enqueue
from core.periods import format_instant
from core.store.control.alert_states import StoredTransition
from core.store.control.tables import PORTALS
from core.webhooks import WebhookEvent


def thresholds_crossed(
    connection: Connection, rule: AlertRule, transitions: Iterable[StoredTransition], *, now: datetime
) -> None:
    """Tells of a rule's changes: the webhooks of that customer's portals, and whomever the rule names."""
    for change in transitions:
        data = _crossing(change)
        if change.customer_id is not None:
            _tell_portals(connection, change.customer_id, change, data, now)
        for number, action in enumerate(rule.actions):
            said = message(WebhookEvent.THRESHOLD_CROSSED, data, change.at)
            is_mail = action.type is ActionType.EMAIL
            enqueue(
                connection,
                Item(
                    kind=_ACTIONS[action.type],
                    dedupe_key=f"alert|{change.transition_id}|{number}|{action.type}|{action.target}",
                    payload={"message": said} if is_mail else {"url": action.target, "message": said},
                    customer_id=change.customer_id,
                    alert_id=rule.id,
                    recipient=action.target if is_mail else None,
                    now=now,
                ),
            )


_ACTIONS = {
    ActionType.WEBHOOK: OutboxKind.ALERT_WEBHOOK,
    ActionType.EMAIL: OutboxKind.ALERT_MAIL,
    ActionType.SLACK: OutboxKind.ALERT_SLACK,
}


def _tell_portals(
    connection: Connection, customer_id: str, change: StoredTransition, data: Mapping[str, Any], now: datetime
) -> None:
    portals: ScalarResult[str] = connection.scalars(
        select(PORTALS.c.portal_id)
        .where(PORTALS.c.customer_id == customer_id)
        .order_by(PORTALS.c.created_at, PORTALS.c.portal_id)
    )
    name = WebhookEvent.THRESHOLD_CROSSED
    for portal_id in portals.all():
        event(
            connection, portal_id, customer_id, name, data, what=change.transition_id, at=change.at, now=now
        )


def _crossing(change: StoredTransition) -> dict[str, Any]:
    return {
        "alert_id": change.alert_id,
        "name": change.name,
        "metric_id": change.metric_id,
        "customer_id": change.customer_id,
        "value": change.value,
        "operator": change.operator,
        "threshold": change.threshold,
        "state": change.state.value,
        "previous_state": change.previous_state.value if change.previous_state else None,
        "at": format_instant(change.at),
        "snapshot": change.snapshot,
    }
