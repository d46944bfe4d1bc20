"""Custom metrics as bodies and answers have them."""

import secrets
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from api.schemas import WHOLE, Asked, Line, Paragraph, QueryBool, Sent, Told, left_out
from core.custom_metrics import CustomMetricDefinition, Formula, FormulaType
from core.store.control.custom_metrics import StoredMetric, formula_from_plain, formula_to_plain


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
    limit: Annotated[int, Field(ge=1, le=1000), WHOLE] = 50
    offset: Annotated[int, Field(ge=0), WHOLE] = 0
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
