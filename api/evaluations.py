"""What evaluating and validating a custom metric takes and answers."""

from typing import Any

from pydantic import ConfigDict, Field

from api import metric_answers
from api.definitions import FormulaSent
from api.envelope import faults_to_plain
from api.metric_schemas import Metadata
from api.schemas import Sent, Told
from core.custom_metrics import CustomMetricDefinition
from core.custom_values import CustomSeries, CustomValue
from core.periods import Period
from core.store.readers import Reader

Plain = dict[str, Any]


class TriedPeriod(Sent):
    start: str
    end: str | None = None


class FormulaToTry(Sent):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "formula": {
                    "type": "arithmetic",
                    "expression": "$a / $b * 100",
                    "inputs": [
                        {"variable": "$a", "metric_id": "autonomy.goal_completion_rate"},
                        {"variable": "$b", "metric_id": "autonomy.steps_to_resolution"},
                    ],
                },
                "test_period": {"start": "2025-01-01T00:00:00Z", "end": "2025-01-06T00:00:00Z"},
            }
        }
    )
    formula: FormulaSent
    test_period: TriedPeriod | None = Field(None, description="Left out: the month, as far as data reaches")


class SeenTold(Told):
    metric_id: str
    value: float | None = Field(description="As the formula saw it: a percent as its ratio")


class EvaluationPeriod(Told):
    start: str
    end: str


class EvaluationTold(Told):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "metric_id": "cm_cost_per_deflection",
                "metric_name": "Cost per Ticket Deflection",
                "unit": "usd",
                "value": 0.42,
                "timestamp": "2025-01-06T15:00:00Z",
                "formula_breakdown": {
                    "$a": {"metric_id": "cost.total", "value": 1823.45},
                    "$b": {"metric_id": "usage.sessions.total", "value": 52340},
                    "$c": {"metric_id": "autonomy.deflection_rate", "value": 0.083},
                },
                "period": {"start": "2025-01-01T00:00:00Z", "end": "2025-01-06T15:00:00Z"},
                "warnings": [],
                "metadata": {"data_as_of": "2025-01-06T15:00:00Z", "snapshot": "snap-42-0f3c9a1b2d4e"},
            }
        }
    )
    metric_id: str
    metric_name: str
    unit: str
    value: float | None
    timestamp: str
    formula_breakdown: dict[str, SeenTold]
    period: EvaluationPeriod
    warnings: list[dict[str, Any]]
    metadata: Metadata
    granularity: str | None = Field(None, description="With data, where a granularity or a group was asked")
    data: list[dict[str, Any]] | None = None


class ValidationTold(Told):
    valid: bool
    test_result: dict[str, Any] | None = Field(None, description="Null where nothing is published yet")
    warnings: list[dict[str, Any]] | None = None
    errors: list[dict[str, Any]] | None = Field(None, description="All faults, where it is not valid")


def evaluation_answer(
    definition: CustomMetricDefinition, found: CustomValue, period: Period, reader: Reader
) -> Plain:
    """A custom metric over a period, with what its formula saw."""
    return {
        "metric_id": definition.id,
        "metric_name": definition.name,
        "unit": definition.unit,
        "value": found.value,
        "timestamp": period.end,
        "formula_breakdown": {
            part.variable: {"metric_id": part.metric_id, "value": part.value} for part in found.inputs
        },
        "period": {"start": period.start, "end": period.end},
        "warnings": faults_to_plain(found.warnings),
        "metadata": {"timezone": period.zone.key, **metric_answers.origin(reader)},
    }


def series_part(series: CustomSeries, group_by: str | None) -> Plain:
    """What an evaluation has beside its value when buckets or groups were asked."""
    return {
        "granularity": series.granularity.value,
        "group_by": group_by,
        "data": [
            {
                "timestamp": point.timestamp,
                "value": point.value,
                "dimensions": {group_by: point.group} if group_by and point.group is not None else {},
            }
            for point in series.points
        ],
    }


def trial(found: CustomValue) -> Plain:
    return {
        "value": found.value,
        "inputs_resolved": {part.variable: part.value for part in found.inputs},
    }
