"""Alert rules as they are kept, with what their last evaluation found; `core.alerts` says what one may be."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, select, true, update

from core.alerts import ActionType, AlertAction, AlertRule, Operator
from core.erasures import refuse_erased
from core.store.control.tables import ALERT_RULES as RULES
from core.store.control.tables import ALERT_STATES as STATES
from core.store.control.tables import EVERYBODY


@dataclass(frozen=True)
class StoredRule:
    """A rule, when it was made and changed, and its state: None until it has been evaluated."""

    rule: AlertRule
    created_at: datetime
    updated_at: datetime
    state: str | None = None
    state_changed_at: datetime | None = None


def list_rules(
    connection: Connection, customer_id: str | None, *, limit: int, offset: int
) -> tuple[list[StoredRule], int]:
    """A page of the rules of a customer (None: of everybody), oldest first, and how many there are."""
    total = connection.scalar(select(func.count()).select_from(RULES).where(_visible(customer_id)))
    rows = connection.execute(
        _rules()
        .where(_visible(customer_id))
        .order_by(RULES.c.created_at, RULES.c.alert_id)
        .limit(limit)
        .offset(offset)
    )
    return [_stored(row) for row in rows], int(total or 0)


def enabled_rules(connection: Connection) -> list[StoredRule]:
    """Every rule of everybody that is to be evaluated, oldest first."""
    rows = connection.execute(
        _rules().where(RULES.c.is_enabled).order_by(RULES.c.created_at, RULES.c.alert_id)
    )
    return [_stored(row) for row in rows]


def find_rule(connection: Connection, alert_id: str, customer_id: str | None) -> StoredRule | None:
    """The rule of that id, if this customer can see it."""
    row = connection.execute(_rules().where(RULES.c.alert_id == alert_id, _visible(customer_id))).first()
    return None if row is None else _stored(row)


def add_rule(connection: Connection, rule: AlertRule, *, now: datetime) -> StoredRule:
    columns = _columns(rule)
    refuse_erased(connection, columns["owner"])
    connection.execute(RULES.insert().values(**columns, created_at=now, updated_at=now))
    return StoredRule(rule, now, now)


def change_rule(connection: Connection, before: StoredRule, rule: AlertRule, *, now: datetime) -> StoredRule:
    """Keeps a new version; one that asks another question forgets what the old one was answered, and so does
    one that is enabled again: what happened while nobody watched is no news."""
    if rule == before.rule:
        return before
    is_watched_on = before.rule.is_enabled or not rule.is_enabled
    goes_on = is_watched_on and _question(rule) == _question(before.rule)
    if not goes_on:
        connection.execute(delete(STATES).where(STATES.c.alert_id == rule.id))
    connection.execute(
        update(RULES).where(RULES.c.alert_id == rule.id).values(**_columns(rule), updated_at=now)
    )
    state = (before.state, before.state_changed_at) if goes_on else (None, None)
    return StoredRule(rule, before.created_at, now, *state)


def remove_rule(connection: Connection, alert_id: str) -> None:
    connection.execute(delete(STATES).where(STATES.c.alert_id == alert_id))
    connection.execute(delete(RULES).where(RULES.c.alert_id == alert_id))


def rules_about(connection: Connection, metric_id: str, customer_id: str | None) -> list[str]:
    """Ids of the rules that watch this metric, among those a customer can see."""
    rows = connection.execute(
        select(RULES.c.alert_id)
        .where(RULES.c.metric_id == metric_id, _visible(customer_id))
        .order_by(RULES.c.alert_id)
    )
    return [row.alert_id for row in rows]


def _question(rule: AlertRule) -> tuple[Any, ...]:
    return rule.metric_id, rule.operator, rule.threshold, rule.duration, dict(rule.filters)


def _rules() -> Any:
    return select(RULES, STATES.c.state, STATES.c.changed_at).outerjoin(
        STATES, STATES.c.alert_id == RULES.c.alert_id
    )


def _visible(customer_id: str | None) -> ColumnElement[bool]:
    return true() if customer_id is None else RULES.c.owner == customer_id


def _columns(rule: AlertRule) -> dict[str, Any]:
    actions = [{"type": action.type.value, "target": action.target} for action in rule.actions]
    return {
        "alert_id": rule.id,
        "owner": rule.customer_id or EVERYBODY,
        "name": rule.name,
        "metric_id": rule.metric_id,
        "operator": rule.operator.value,
        "threshold": rule.threshold,
        "duration": rule.duration,
        "actions_json": json.dumps(actions, ensure_ascii=False),
        "filters_json": json.dumps(dict(rule.filters), ensure_ascii=False),
        "is_enabled": rule.is_enabled,
    }


def _stored(row: Row[Any]) -> StoredRule:
    actions = json.loads(row.actions_json)
    rule = AlertRule(
        id=row.alert_id,
        name=row.name,
        metric_id=row.metric_id,
        operator=Operator(row.operator),
        threshold=row.threshold,
        duration=row.duration,
        actions=tuple(AlertAction(ActionType(a["type"]), a["target"]) for a in actions),
        is_enabled=row.is_enabled,
        filters=json.loads(row.filters_json),
        customer_id=row.owner or None,
    )
    return StoredRule(rule, row.created_at, row.updated_at, row.state, row.changed_at)
