"""Answers about custom metrics."""

from .._answer import Answer
from ..words import Aggregation, FormulaType, Granularity
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
