"""Custom metrics: definitions, how they refer to each other, and whether one may be used."""

from core.custom_metrics.check import check_custom_formula, check_definition
from core.custom_metrics.definition import (
    CustomMetricDefinition,
    Formula,
    FormulaInput,
    FormulaType,
    MetricInfo,
    is_custom,
)
from core.custom_metrics.references import users_of
from core.formula.check import CheckResult
from core.formula.rules import ConditionalRule

__all__ = [
    "CheckResult",
    "ConditionalRule",
    "CustomMetricDefinition",
    "Formula",
    "FormulaInput",
    "FormulaType",
    "MetricInfo",
    "check_custom_formula",
    "check_definition",
    "is_custom",
    "users_of",
]
