"""Custom metrics as they are sent."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, Required, TypedDict

from ..answers.custom_metrics import ConditionalRule, Formula, FormulaVariable
from ..words import Aggregation, FormulaType
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
