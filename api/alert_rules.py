"""Alert rules as bodies and answers have them."""

import secrets
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from api.schemas import WHOLE, Asked, Line, Sent, Title, Told, left_out
from core.addresses import Reach
from core.alerts import (
    MAX_ACTIONS,
    ActionType,
    AlertAction,
    AlertRule,
    Operator,
    check_action,
    parse_duration,
)
from core.store.control.alerts import StoredRule

_EXAMPLE: dict[str, Any] = {
    "name": "Costs run away",
    "metric_id": "cost.total",
    "condition": {"operator": "gt", "threshold": 250.0, "duration": "1h"},
    "actions": [{"type": "email", "target": "oncall@example.com"}],
    "filters": {"agent_id": "support-bot"},
    "is_enabled": True,
}


class ConditionSent(Sent):
    operator: Operator = Field(strict=False)
    threshold: float
    duration: str = Field(description="How long a bucket is: 1m to 31d")


class ConditionPatch(Sent):
    operator: Operator = left_out(strict=False)
    threshold: float = left_out()
    duration: str = left_out()


class ActionSent(Sent):
    type: ActionType = Field(strict=False)
    target: str = Field(description="An https address, or a mail address")


_Actions = Annotated[list[ActionSent], Field(max_length=MAX_ACTIONS)]


class NewAlertRule(Sent):
    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})
    name: Title
    metric_id: Line
    condition: ConditionSent
    actions: _Actions = Field(default_factory=list)
    is_enabled: bool = True
    filters: dict[Line, Line] = Field(default_factory=dict)

    def to_rule(self, customer_id: str | None, reach: Reach) -> AlertRule:
        """The rule; InvalidParameter names a duration or a target that cannot be one."""
        parse_duration(self.condition.duration)
        return AlertRule(
            id=f"alert_{secrets.token_hex(8)}",
            name=self.name,
            metric_id=self.metric_id,
            operator=self.condition.operator,
            threshold=self.condition.threshold,
            duration=self.condition.duration,
            actions=_checked(self.actions, reach),
            is_enabled=self.is_enabled,
            filters=dict(self.filters),
            customer_id=customer_id,
        )


class AlertRulePatch(Sent):
    """What is left out stays as it is; the condition is merged, lists and filters are replaced."""

    name: Title = left_out()
    metric_id: Line = left_out()
    condition: ConditionPatch = left_out()
    actions: _Actions = left_out()
    is_enabled: bool = left_out()
    filters: dict[Line, Line] = left_out()

    def changes(self, reach: Reach) -> dict[str, Any]:
        """The fields that were sent, as the rule has them."""
        sent = {name: getattr(self, name) for name in self.model_fields_set}
        condition = sent.pop("condition", None)
        if condition is not None:
            sent |= {name: getattr(condition, name) for name in condition.model_fields_set}
        if "duration" in sent:
            parse_duration(sent["duration"])
        if "actions" in sent:
            sent["actions"] = _checked(sent["actions"], reach)
        return sent


def _checked(actions: list[ActionSent], reach: Reach) -> tuple[AlertAction, ...]:
    return tuple(
        check_action(AlertAction(action.type, action.target), param=f"actions[{index}].target", reach=reach)
        for index, action in enumerate(actions)
    )


class AlertsAsked(Asked):
    limit: Annotated[int, Field(ge=1, le=1000), WHOLE] = 50
    offset: Annotated[int, Field(ge=0), WHOLE] = 0
    customer_id: str | None = Field(None, description="Only this customer's rules")


class AlertRuleTold(Told):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "alert_5f3c9a1b2d4e6f70",
                **_EXAMPLE,
                "customer_id": None,
                "state": "ok",
                "state_changed_at": "2025-01-06T14:00:00Z",
                "created_at": "2025-01-02T10:00:00Z",
                "updated_at": "2025-01-02T10:00:00Z",
            }
        }
    )
    id: str
    name: str
    metric_id: str
    condition: dict[str, Any]
    actions: list[dict[str, Any]]
    filters: dict[str, str]
    is_enabled: bool
    customer_id: str | None = Field(description="Whose rule it is; null is over everybody's numbers")
    state: str | None = Field(description="ok, firing or no_data; null until it has been evaluated")
    state_changed_at: str | None
    created_at: str
    updated_at: str


class AlertRulesTold(Told):
    alerts: list[AlertRuleTold]
    total: int
    limit: int
    offset: int


def told(stored: StoredRule) -> dict[str, Any]:
    """A rule as answers have it."""
    rule = stored.rule
    return {
        "id": rule.id,
        "name": rule.name,
        "metric_id": rule.metric_id,
        "condition": {
            "operator": rule.operator.value,
            "threshold": rule.threshold,
            "duration": rule.duration,
        },
        "actions": [{"type": action.type.value, "target": action.target} for action in rule.actions],
        "filters": dict(rule.filters),
        "is_enabled": rule.is_enabled,
        "customer_id": rule.customer_id,
        "state": stored.state,
        "state_changed_at": stored.state_changed_at,
        "created_at": stored.created_at,
        "updated_at": stored.updated_at,
    }
