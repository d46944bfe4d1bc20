"""Answers about alert rules."""

from .._answer import Answer
from ..words import AlertActionType, AlertOperator, AlertState


class AlertCondition(Answer):
    operator: AlertOperator
    threshold: float
    duration: str


class AlertAction(Answer):
    type: AlertActionType
    target: str


class Alert(Answer):
    id: str
    name: str
    metric_id: str
    condition: AlertCondition
    actions: list[AlertAction]
    filters: dict[str, str]
    is_enabled: bool
    customer_id: str | None
    """Whose rule it is; None is over everybody's numbers."""
    state: AlertState | None
    """None until it has been evaluated."""
    state_changed_at: str | None
    created_at: str
    updated_at: str


class AlertPage(Answer):
    alerts: list[Alert]
    total: int
    limit: int
    offset: int


class RotatedAlertSecret(Answer):
    alert_id: str
    signing_secret: str
    previous_valid_until: str
    """Until then messages carry the old signature too."""
