"""What custom metrics are worth: evaluate a kept one, try a formula before it is kept."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.answers import tagged_answer, to_json
from api.deps import AnyCaller, ServicesDep
from api.envelope import faults_to_plain
from api.evaluations import (
    EvaluationTold,
    FormulaToTry,
    TriedPeriod,
    ValidationTold,
    evaluation_answer,
    series_part,
    trial,
)
from api.openapi import parameters, refusals
from api.questions import BatchFilters, Moment, SeriesAsked
from api.routes.custom_metrics import only_metric
from api.scope import customer_of, reader_of
from api.services import Services, services_of
from api.writes import WriteDep
from core.custom_metrics import CustomMetricDefinition, Formula, check_custom_formula
from core.custom_metrics.references import Definitions
from core.custom_values import CustomSeries, CustomValue, custom_series, custom_value
from core.errors import NothingPublished, ProoflineError, UnsupportedAggregation
from core.measures import Filters
from core.metric_info import finder
from core.periods import Period
from core.store.control.custom_metrics import usable_definitions
from core.store.readers import Reader

router = APIRouter(prefix="/v1/analytics/metrics/custom", tags=["Custom metrics"])


@router.get(
    "/{custom_metric_id}/evaluate",
    response_model=EvaluationTold,
    responses=refusals(404, 409),
    openapi_extra=parameters(SeriesAsked),
)
def evaluate_custom_metric(request: Request, custom_metric_id: str, caller: AnyCaller) -> Response:
    """The formula over the range; with a granularity or a group also bucket by bucket."""
    services, asked = services_of(request), SeriesAsked.of(request)
    if asked.aggregation is not None:
        raise UnsupportedAggregation("A custom metric has no aggregation; leave it out", param="aggregation")
    customer_id = customer_of(services, caller, asked.customer_id)
    with services.store.reading() as connection:
        definition = only_metric(connection, custom_metric_id, customer_id).definition
        definitions = usable_definitions(connection, definition.customer_id)
    with reader_of(services, customer_id or definition.customer_id) as reader:
        period = asked.period(Moment.of(reader, services.now()))
        found = custom_value(reader, definition.formula, definitions, period, asked.filters)
        told = evaluation_answer(definition, found, period, reader)
        if "granularity" in asked.model_fields_set or asked.group_by is not None:
            series = _series(reader, definition, definitions, period, asked)
            told |= series_part(series, asked.group_by)
            told["metadata"]["truncated"] = series.is_truncated
    return tagged_answer(request, to_json(told))


def _series(
    reader: Reader,
    definition: CustomMetricDefinition,
    definitions: Definitions,
    period: Period,
    asked: SeriesAsked,
) -> CustomSeries:
    return custom_series(
        reader,
        definition.formula,
        definitions,
        period,
        asked.filters,
        asked.granularity,
        group_by=asked.group_by,
        limit=asked.limit,
    )


@router.post("/validate", response_model=ValidationTold, responses=refusals(409))
def validate_custom_metric(
    body: FormulaToTry, caller: AnyCaller, services: ServicesDep, write: WriteDep
) -> Response:
    """Whether a formula could be used, every fault at once, and what it gives over a period."""

    def judge() -> dict[str, Any]:
        formula = body.formula.to_formula()
        with services.store.reading() as connection:
            definitions = usable_definitions(connection, caller.customer_id)
        find = finder(lambda: reader_of(services, caller.customer_id))
        found = check_custom_formula(formula, find_metric=find, definitions=definitions)
        if found.errors:
            return {"valid": False, "errors": faults_to_plain(found.errors)}
        tried = _try(services, caller.customer_id, formula, definitions, body.test_period)
        # What the check foresaw and the trial then saw is one warning.
        both = found.warnings + (tried.warnings if tried else ())
        warnings = {(w.code, w.param, w.variable, w.position): w for w in reversed(both)}
        return {
            "valid": True,
            "test_result": trial(tried) if tried else None,
            "warnings": faults_to_plain(reversed(warnings.values())),
        }

    return write.remembered(judge)


def _try(
    services: Services,
    customer_id: str | None,
    formula: Formula,
    definitions: Definitions,
    period: TriedPeriod | None,
) -> CustomValue | None:
    try:
        reader = reader_of(services, customer_id)
    except NothingPublished:
        return None
    with reader:
        moment = Moment.of(reader, services.now())
        return custom_value(reader, formula, definitions, _period(period, moment), Filters())


def _period(asked: TriedPeriod | None, moment: Moment) -> Period:
    filters = BatchFilters() if asked is None else BatchFilters(start=asked.start, end=asked.end)
    try:
        return filters.period(moment)
    except ProoflineError as refusal:
        refusal.param = f"test_period.{refusal.param}"
        raise
