"""Alert rules as they are sent."""

from collections.abc import Mapping, Sequence
from typing import Required, TypedDict

from ..answers.alerts import AlertAction, AlertCondition
from ..words import AlertActionType, AlertOperator


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
