"""Custom metrics as bodies and answers have them, and what the formula checker has to know of a metric."""

import secrets
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from api.schemas import Asked, Line, Paragraph, QueryBool, QueryInt, Sent, Told, left_out
from core.catalogue import CATALOGUE, Kind, Metric
from core.custom_metrics import CustomMetricDefinition, Formula, FormulaType, MetricInfo
from core.errors import MetricNotFound
from core.measures import find_metric
from core.store.control.custom_metrics import StoredMetric, formula_from_plain, formula_to_plain
from core.store.readers import Reader

MIXED_UNITS = "mixed"
_FILTERS = frozenset(("agent_id", "model", "provider", "operation", "channel", "intent", "tool_name"))


def _rule_value(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int | float | None):
        raise ValueError("must be a number, an expression or null")
    return value


_RuleValue = Annotated[
    Any, BeforeValidator(_rule_value), WithJsonSchema({"type": ["string", "number", "null"]})
]
_Type = Annotated[str, WithJsonSchema({"type": "string", "enum": [t.value for t in FormulaType]})]


class ConditionalRuleSent(Sent):
    condition: str
    then_value: _RuleValue
    else_value: _RuleValue


class FormulaInputSent(Sent):
    variable: str = Field(description="Its name in the formula, with the $")
    metric_id: str
    aggregation: str | None = Field(None, description="Left out: the metric's natural one")
    filters: dict[Line, Line] | None = None


class FormulaSent(Sent):
    type: FormulaType = Field(strict=False)
    expression: str
    inputs: list[FormulaInputSent]
    conditions: list[ConditionalRuleSent] | None = None

    def to_formula(self) -> Formula:
        return formula_from_plain(self.model_dump())


_EXAMPLE: dict[str, Any] = {
    "id": "cm_cost_per_deflection",
    "name": "Cost per Deflection",
    "description": "Average cost to deflect a support ticket",
    "unit": "usd",
    "formula": {
        "type": "arithmetic",
        "expression": "$a / ($b * $c)",
        "inputs": [
            {"variable": "$a", "metric_id": "cost.total", "aggregation": "sum"},
            {"variable": "$b", "metric_id": "usage.sessions.total"},
            {"variable": "$c", "metric_id": "autonomy.deflection_rate"},
        ],
    },
}


class NewCustomMetric(Sent):
    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})
    id: Line | None = Field(None, description="cm_ and 1 to 64 of a-z, 0-9 and _; left out, it is made")
    name: Line
    description: Paragraph = ""
    unit: Line
    formula: FormulaSent
    is_active: bool = True

    def to_definition(self, customer_id: str | None) -> CustomMetricDefinition:
        return CustomMetricDefinition(
            id=self.id if self.id is not None else f"cm_{secrets.token_hex(8)}",
            name=self.name,
            formula=self.formula.to_formula(),
            unit=self.unit,
            description=self.description,
            is_active=self.is_active,
            customer_id=customer_id,
        )


class CustomMetricPatch(Sent):
    """What is left out stays as it is; a formula is replaced whole."""

    name: Line = left_out()
    description: Paragraph = left_out()
    unit: Line = left_out()
    formula: FormulaSent = left_out()
    is_active: bool = left_out()

    def changes(self) -> dict[str, Any]:
        """The fields that were sent, as the definition has them."""
        sent = {name: getattr(self, name) for name in self.model_fields_set}
        return {**sent, "formula": self.formula.to_formula()} if "formula" in sent else sent


class WhoseMetric(Asked):
    customer_id: str | None = Field(None, description="Whose metric, where several customers have this id")


class CustomMetricsAsked(Asked):
    is_active: QueryBool | None = Field(None, description="Only active ones, or only others")
    limit: Annotated[QueryInt, Field(ge=1, le=1000)] = 50
    offset: Annotated[QueryInt, Field(ge=0)] = 0
    customer_id: str | None = Field(None, description="Only what this customer can see")


class CustomMetricTold(Told):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                **_EXAMPLE,
                "is_active": True,
                "created_at": "2025-01-06T15:00:00Z",
                "updated_at": "2025-01-06T15:00:00Z",
                "customer_id": None,
            }
        }
    )
    id: str
    name: str
    description: str
    unit: str
    formula: dict[str, Any]
    is_active: bool
    created_at: str
    updated_at: str
    customer_id: str | None = Field(description="Whose it is; null is everybody's")


class CustomMetricsTold(Told):
    custom_metrics: list[dict[str, Any]]
    total: int
    limit: int
    offset: int


class Deleted(Told):
    deleted: bool
    id: str


def told(stored: StoredMetric) -> dict[str, Any]:
    """A definition as answers have it."""
    return {**told_briefly(stored), "formula": formula_to_plain(stored.definition.formula)}


def told_briefly(stored: StoredMetric) -> dict[str, Any]:
    """A definition in a list."""
    definition = stored.definition
    return {
        "id": definition.id,
        "name": definition.name,
        "description": definition.description,
        "unit": definition.unit,
        "is_active": definition.is_active,
        "created_at": stored.created_at,
        "updated_at": stored.updated_at,
        "customer_id": definition.customer_id,
    }


def info_of(metric: Metric) -> MetricInfo:
    """A metric of the catalogue as a formula sees it."""
    return MetricInfo(
        metric_id=metric.id,
        unit=None if metric.unit == MIXED_UNITS else metric.unit,
        dimensions=frozenset(metric.dimensions) & _FILTERS,
        aggregations=frozenset(a.value for a in metric.aggregations),
        is_zero_when_empty=metric.kind is Kind.SUM,
    )


def finder(open_reader: Callable[[], Reader]) -> Callable[[str], MetricInfo | None]:
    """Finds metrics by id; the published data is opened only for those that exist by being in it."""

    def find(metric_id: str) -> MetricInfo | None:
        if metric_id in CATALOGUE:
            return info_of(CATALOGUE[metric_id])
        try:
            with open_reader() as reader:
                return info_of(find_metric(reader, metric_id))
        except MetricNotFound:
            return None

    return find
