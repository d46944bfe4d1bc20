"""Custom metrics, and alert rules, as they are sent."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, Required, TypedDict

from ..answers.custom_metrics import (
    AlertAction,
    AlertCondition,
    ConditionalRule,
    Formula,
    FormulaVariable,
)
from ..words import Aggregation, AlertActionType, AlertOperator, FormulaType
from .common import Instant


class FormulaVariableInput(TypedDict):
    variable: str
    metric_id: str
    aggregation: NotRequired[Aggregation | None]
    filters: NotRequired[Mapping[str, str] | None]


class ConditionalRuleInput(TypedDict):
    condition: str
    then_value: str | float | None
    else_value: str | float | None


class FormulaInput(TypedDict):
    type: FormulaType
    expression: str
    inputs: Sequence[FormulaVariableInput | FormulaVariable]
    conditions: NotRequired[Sequence[ConditionalRuleInput | ConditionalRule] | None]


class TrialPeriod(TypedDict):
    start: Instant
    end: NotRequired[Instant | None]


class NewTrial(TypedDict):
    formula: FormulaInput | Formula
    test_period: NotRequired[TrialPeriod | None]


class WhoseMetric(TypedDict, total=False):
    """Whose metric, where several customers have the id."""

    customer_id: str | None


class NewCustomMetric(TypedDict, total=False):
    id: str | None
    name: Required[str]
    description: str
    unit: Required[str]
    formula: Required[FormulaInput | Formula]
    is_active: bool


class CustomMetricChanges(TypedDict, total=False):
    name: str
    description: str
    unit: str
    formula: FormulaInput | Formula
    is_active: bool


class CustomMetricFilters(TypedDict, total=False):
    is_active: bool | None
    customer_id: str | None
    limit: int


class CustomMetricQuery(CustomMetricFilters, total=False):
    offset: int


class AlertConditionInput(TypedDict):
    operator: AlertOperator
    threshold: float
    duration: str


class AlertConditionChanges(TypedDict, total=False):
    operator: AlertOperator
    threshold: float
    duration: str


class AlertActionInput(TypedDict):
    type: AlertActionType
    target: str


class NewAlert(TypedDict, total=False):
    name: Required[str]
    metric_id: Required[str]
    condition: Required[AlertConditionInput | AlertCondition]
    actions: Sequence[AlertActionInput | AlertAction]
    is_enabled: bool
    filters: Mapping[str, str]


class AlertChanges(TypedDict, total=False):
    name: str
    metric_id: str
    condition: AlertConditionChanges | AlertCondition
    actions: Sequence[AlertActionInput | AlertAction]
    is_enabled: bool
    filters: Mapping[str, str]


class AlertFilters(TypedDict, total=False):
    customer_id: str | None
    limit: int


class AlertQuery(AlertFilters, total=False):
    offset: int
