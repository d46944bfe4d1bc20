"""What the definition of a custom metric is. Whether one may be used is judged in `check`.

The formula language lives in `core.formula`. When a definition was made and changed, and which ids are taken,
is the control store's business; what its inputs are worth is `core.measures`'.

A metric of unit percent, a custom one too, enters a formula as its ratio 0 to 1: whoever fetches the inputs
divides. What a formula gives is in the unit of the definition, so a custom percent is 0 to 100.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from core.formula.rules import ConditionalRule

MAX_INPUTS = 20
MAX_CHAIN = 5
MAX_NAME_CHARACTERS = 200
MAX_DESCRIPTION_CHARACTERS = 2_000

FILTER_KEYS = ("agent_id", "model", "provider", "operation", "channel", "intent", "tool_name")

CUSTOM_PREFIX = "cm_"
CUSTOM_ID = re.compile(r"cm_[a-z0-9_]{1,64}")
VARIABLE = re.compile(r"\$[A-Za-z_][A-Za-z0-9_]*")


class FormulaType(StrEnum):
    """What gives the value.

    arithmetic: the expression. aggregate: the same, and every input names its aggregation. conditional: the
    conditions, in order; the expression beside them may be blank and decides nothing. Without conditions a
    conditional formula is its expression, where `if` does the choosing.
    """

    ARITHMETIC = "arithmetic"
    CONDITIONAL = "conditional"
    AGGREGATE = "aggregate"


@dataclass(frozen=True)
class FormulaInput:
    """One metric under a name with a `$`. Its filters and the request's own both apply."""

    variable: str
    metric_id: str
    aggregation: str | None = None
    filters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Formula:
    type: FormulaType
    expression: str
    inputs: tuple[FormulaInput, ...] = ()
    conditions: tuple[ConditionalRule, ...] = ()


@dataclass(frozen=True)
class CustomMetricDefinition:
    """`customer_id` is whose metric it is; None is everybody's."""

    id: str
    name: str
    formula: Formula
    unit: str
    description: str = ""
    is_active: bool = True
    customer_id: str | None = None


@dataclass(frozen=True)
class MetricInfo:
    """What a formula has to know of a metric of the catalogue.

    `dimensions` are the filter keys that its rows have, `aggregations` those with a meaning for it.
    """

    metric_id: str
    unit: str | None
    dimensions: frozenset[str]
    aggregations: frozenset[str]
    is_zero_when_empty: bool = False


def is_custom(metric_id: str) -> bool:
    """Whether an id can only be a custom metric's."""
    return metric_id.startswith(CUSTOM_PREFIX)
