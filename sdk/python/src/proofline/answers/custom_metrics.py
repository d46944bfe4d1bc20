"""Answers about custom metrics, and about alert rules over any metric."""

from .._answer import Answer
from ..words import Aggregation, AlertActionType, AlertOperator, AlertState, FormulaType, Granularity
from .common import Metadata, Period
from .metrics import DataPoint


class FormulaVariable(Answer):
    variable: str
    metric_id: str
    aggregation: Aggregation | None = None
    filters: dict[str, str] | None = None


class ConditionalRule(Answer):
    condition: str
    then_value: str | float | None
    else_value: str | float | None


class Formula(Answer):
    type: FormulaType
    expression: str
    inputs: list[FormulaVariable]
    conditions: list[ConditionalRule] | None = None


class CustomMetricListed(Answer):
    id: str
    name: str
    description: str
    unit: str
    is_active: bool
    created_at: str
    updated_at: str
    customer_id: str | None
    """Whose it is; None is everybody's."""


class CustomMetric(CustomMetricListed):
    formula: Formula


class CustomMetricPage(Answer):
    custom_metrics: list[CustomMetricListed]
    total: int
    limit: int
    offset: int


class Deleted(Answer):
    deleted: bool
    id: str


class FormulaNote(Answer):
    """A fault or a warning about a formula."""

    code: str
    message: str
    variable: str | None = None
    position: int | None = None


class Seen(Answer):
    metric_id: str
    value: float | None
    """As the formula saw it: a percent as its ratio."""


class Evaluation(Answer):
    metric_id: str
    metric_name: str
    unit: str
    value: float | None
    timestamp: str
    formula_breakdown: dict[str, Seen]
    period: Period
    warnings: list[FormulaNote]
    metadata: Metadata
    granularity: Granularity | None = None
    group_by: str | None = None
    data: list[DataPoint] | None = None


class Trial(Answer):
    value: float | None
    inputs_resolved: dict[str, float | None]


class Validation(Answer):
    valid: bool
    test_result: Trial | None = None
    warnings: list[FormulaNote] | None = None
    errors: list[FormulaNote] | None = None


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
