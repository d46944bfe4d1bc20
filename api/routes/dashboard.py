"""The summary: the five numbers of a dashboard against the period before, and where the money went."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import metric_answers
from api.deps import AnyCaller
from api.metric_schemas import SummaryTold
from api.openapi import parameters, refusals
from api.questions import Moment, SummaryAsked
from api.scope import customer_of, reader_of
from api.served import data_answer
from api.services import services_of
from core.measures import Filters, Question, Spending, changes, spending
from core.periods import Period
from core.store.readers import Reader

router = APIRouter(prefix="/v1/analytics/dashboard", tags=["Dashboard"])

KPIS = {
    "total_cost": "cost.total",
    "total_requests": "usage.requests.total",
    "total_tokens": "usage.tokens.total",
    "avg_latency": "perf.latency.avg",
    "cache_savings": "cost.cache_savings",
}


@router.get(
    "/summary",
    response_model=SummaryTold,
    responses=refusals(404),
    openapi_extra=parameters(SummaryAsked),
)
def get_dashboard_summary(request: Request, caller: AnyCaller) -> Response:
    """All numbers of a dashboard over one period; a start of its own wins over a named period."""
    services, asked = services_of(request), SummaryAsked.of(request)
    with reader_of(services, customer_of(services, caller, asked.customer_id)) as reader:
        moment = Moment.of(reader, services.now())
        period = asked.asked_period(moment)
        told = _summary(reader, period, asked.filters)
        return data_answer(request, services, reader, told, is_settled=moment.is_settled(period))


def _summary(reader: Reader, period: Period, filters: Filters) -> dict[str, Any]:
    questions = [Question(metric_id, filters=filters) for metric_id in KPIS.values()]
    with _spent(reader, period, filters) as spent_by_then:
        found = changes(reader, questions, period)
        spent = spent_by_then()
    return {
        "period": {"start": period.start, "end": period.end, "label": period.name or "custom"},
        "kpis": {name: metric_answers.kpi(change) for name, change in zip(KPIS, found, strict=True)},
        "top_agents_by_spend": [metric_answers.agent_spend(spend) for spend in spent.agents],
        "cost_by_model": [metric_answers.model_spend(spend) for spend in spent.models],
        "metadata": {
            **dict(filters.conditions),
            "timezone": period.zone.key,
            **metric_answers.origin(reader),
        },
    }


@contextmanager
def _spent(reader: Reader, period: Period, filters: Filters) -> Iterator[Callable[[], Spending]]:
    """Where the money went, when it is asked for. Of everybody that takes long, so it is read beside the rest."""
    if reader.customer_id is not None:
        yield lambda: spending(reader, period, filters)
        return
    with reader.beside() as another, ThreadPoolExecutor(1) as pool:
        yield pool.submit(spending, another, period, filters).result
