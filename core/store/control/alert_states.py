"""What alert rules found: the last state of each, and every change of it for good.

Written after each publish, read by the API and by whoever sends word. What a state means is
`core.alert_evaluation`'s; rules themselves are in `core.store.control.alerts`.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from core.alert_evaluation import AlertState, Evaluation, State, Transition
from core.store.control.alerts import StoredRule
from core.store.control.tables import ALERT_RULES as RULES
from core.store.control.tables import ALERT_STATES as STATES
from core.store.control.tables import ALERT_TRANSITIONS as TRANSITIONS


@dataclass(frozen=True)
class StoredTransition:
    """A change of state with all that a message about it says, as it was when it was found."""

    transition_id: str
    alert_id: str
    name: str
    metric_id: str
    customer_id: str | None
    value: float | None
    operator: str
    threshold: float
    state: State
    previous_state: State | None
    at: datetime
    snapshot: str
    recorded_at: datetime


def states_by_rule(connection: Connection) -> dict[str, AlertState]:
    """The state of every rule that has been evaluated, by the rule's id."""
    rows = connection.execute(select(STATES))
    return {r.alert_id: AlertState(State(r.state), r.value, r.changed_at, r.seen_until) for r in rows}


def keep_evaluation(
    connection: Connection,
    stored: StoredRule,
    before: AlertState | None,
    found: Evaluation,
    *,
    snapshot: str,
    now: datetime,
) -> list[StoredTransition]:
    """Keeps a rule's new state and the changes on the way to it, which are returned.

    Nothing is kept where the rule was changed or deleted since it was read, or somebody else has evaluated
    it: what was found is then an answer to a question that nobody asks any more.
    """
    if not _is_as_read(connection, stored, before):
        return []
    columns = {
        "state": found.state.state.value,
        "value": found.state.value,
        "changed_at": found.state.changed_at,
        "seen_until": found.state.seen_until,
        "snapshot": snapshot,
    }
    if before is None:
        connection.execute(STATES.insert().values(alert_id=stored.rule.id, **columns))
    else:
        connection.execute(update(STATES).where(STATES.c.alert_id == stored.rule.id).values(**columns))
    kept = [_row(stored, change, snapshot, now) for change in found.transitions]
    if kept:
        connection.execute(TRANSITIONS.insert(), kept)
    return [_transition(row) for row in kept]


def recorded_transitions(connection: Connection, alert_id: str | None = None) -> list[StoredTransition]:
    """Every change that was found, of one rule or of all, in the order in which it was recorded."""
    query = select(TRANSITIONS).order_by(
        TRANSITIONS.c.recorded_at, TRANSITIONS.c.at, TRANSITIONS.c.transition_id
    )
    if alert_id is not None:
        query = query.where(TRANSITIONS.c.alert_id == alert_id)
    return [_transition(row._asdict()) for row in connection.execute(query)]


def customer_watched(stored: StoredRule) -> str | None:
    """The customer whose numbers a rule is about: its owner, or the one that it filters by."""
    return stored.rule.customer_id or stored.rule.filters.get("customer_id")


def _is_as_read(connection: Connection, stored: StoredRule, before: AlertState | None) -> bool:
    row = connection.execute(
        select(RULES.c.updated_at, STATES.c.seen_until)
        .outerjoin(STATES, STATES.c.alert_id == RULES.c.alert_id)
        .where(RULES.c.alert_id == stored.rule.id)
    ).first()
    seen_until = before.seen_until if before else None
    return row is not None and (row.updated_at, row.seen_until) == (stored.updated_at, seen_until)


def _row(stored: StoredRule, change: Transition, snapshot: str, now: datetime) -> dict[str, Any]:
    rule = stored.rule
    # The same change of the same version of a rule has the same id, whoever finds it.
    of_this_version = f"{rule.id} {stored.updated_at.isoformat()} {change.at.isoformat()} {change.state}"
    return {
        "transition_id": f"at_{hashlib.sha256(of_this_version.encode()).hexdigest()[:32]}",
        "alert_id": rule.id,
        "name": rule.name,
        "metric_id": rule.metric_id,
        "customer_id": customer_watched(stored),
        "value": change.value,
        "operator": rule.operator.value,
        "threshold": rule.threshold,
        "state": change.state.value,
        "previous_state": change.previous_state.value if change.previous_state else None,
        "at": change.at,
        "snapshot": snapshot,
        "recorded_at": now,
    }


def _transition(columns: dict[str, Any]) -> StoredTransition:
    previous = columns["previous_state"]
    states = {"state": State(columns["state"]), "previous_state": State(previous) if previous else None}
    return StoredTransition(**{**columns, **states})
