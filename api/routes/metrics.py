"""Answers about metrics and business results: catalogue, value, series, distribution, batch."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import metric_answers
from api.deps import AnyCaller, ServicesDep
from api.metric_schemas import BatchTold, CatalogueTold, DistributionTold, MetricTold, SeriesTold
from api.openapi import parameters, refusals
from api.questions import BatchFilters, BatchSent, DistributionAsked, Moment, SeriesAsked, ValueAsked
from api.schemas import NothingAsked
from api.scope import customer_of, reader_for, reader_of
from api.served import data_answer
from api.services import services_of
from api.writes import WriteDep
from core.errors import MetricNotFound, ProoflineError
from core.measures import Filters, Question, distribution, find_metric, known_metrics, series, value, values
from core.periods import Period, format_instant
from core.store.readers import Reader

router = APIRouter(prefix="/v1/analytics/metrics", tags=["Metrics"])


@router.get("", response_model=CatalogueTold, responses=refusals())
def list_metrics(request: Request, caller: AnyCaller) -> Response:
    """Every metric that this key can ask for: the standard ones, then its business results."""
    NothingAsked.of(request)
    services = services_of(request)
    with reader_of(services, caller.customer_id) as reader:
        entries = [metric_answers.catalogue_entry(metric) for metric in known_metrics(reader)]
        told = {"metrics": entries, "total": len(entries), "metadata": metric_answers.origin(reader)}
        return data_answer(request, services, reader, told, is_settled=True)


@router.post("/batch", response_model=BatchTold, responses=refusals(404, 409))
def get_metrics_batch(body: BatchSent, caller: AnyCaller, services: ServicesDep, write: WriteDep) -> Response:
    """Up to 50 metrics over one period; without a start, over the month of its end until then."""

    def find() -> dict[str, Any]:
        customer_id = customer_of(services, caller, body.filters.customer_id, param="filters.customer_id")
        with reader_for(services, caller, customer_id) as reader, _named_in_body():
            period = body.filters.period(Moment.of(reader, services.now()))
            questions = _questions(reader, body.metric_ids, body.filters.filters)
            answers = values(reader, questions, period)
            return metric_answers.batch_answer(answers, _applied(body.filters, period, customer_id), reader)

    return write.remembered(find)


@router.get(
    "/{metric_id}", response_model=MetricTold, responses=refusals(404), openapi_extra=parameters(ValueAsked)
)
def get_metric(request: Request, metric_id: str, caller: AnyCaller) -> Response:
    """The value of a metric at an instant: over the calendar month of that instant, until then."""
    services, asked = services_of(request), ValueAsked.of(request)
    with reader_for(services, caller, customer_of(services, caller, asked.customer_id)) as reader:
        moment = Moment.of(reader, services.now())
        period = asked.period(moment)
        answer = value(reader, metric_id, period, asked.filters)
        told = metric_answers.value_answer(answer, reader)
        return data_answer(request, services, reader, told, is_settled=moment.is_settled(period))


@router.get(
    "/{metric_id}/series",
    response_model=SeriesTold,
    responses=refusals(404),
    openapi_extra=parameters(SeriesAsked),
)
def get_metric_series(request: Request, metric_id: str, caller: AnyCaller) -> Response:
    """A metric bucket by bucket, every bucket of the range, grouped where that is asked."""
    services, asked = services_of(request), SeriesAsked.of(request)
    with reader_for(services, caller, customer_of(services, caller, asked.customer_id)) as reader:
        moment = Moment.of(reader, services.now())
        period = asked.period(moment)
        found = series(
            reader,
            metric_id,
            period,
            asked.granularity,
            aggregation=asked.aggregation,
            filters=asked.filters,
            group_by=asked.group_by,
            limit=asked.limit,
        )
        told = metric_answers.series_answer(found, reader)
        return data_answer(request, services, reader, told, is_settled=moment.is_settled(period))


@router.get(
    "/{metric_id}/distribution",
    response_model=DistributionTold,
    responses=refusals(404),
    openapi_extra=parameters(DistributionAsked),
)
def get_metric_distribution(request: Request, metric_id: str, caller: AnyCaller) -> Response:
    """Percentiles and a histogram of a metric's rows; the last bucket is open."""
    services, asked = services_of(request), DistributionAsked.of(request)
    with reader_for(services, caller, customer_of(services, caller, asked.customer_id)) as reader:
        moment = Moment.of(reader, services.now())
        period = asked.period(moment)
        found = distribution(reader, metric_id, period, asked.filters, asked.buckets)
        told = metric_answers.distribution_answer(found, reader)
        return data_answer(request, services, reader, told, is_settled=moment.is_settled(period))


def _questions(reader: Reader, metric_ids: list[str], filters: Filters) -> list[Question]:
    for index, metric_id in enumerate(metric_ids):
        try:
            find_metric(reader, metric_id)
        except MetricNotFound as unknown:
            raise MetricNotFound(unknown.message, param=f"metric_ids[{index}]") from None
    return [Question(metric_id, filters=filters) for metric_id in metric_ids]


@contextmanager
def _named_in_body() -> Iterator[None]:
    """The engine names a parameter; in a batch it stands under `filters`."""
    try:
        yield
    except ProoflineError as refusal:
        if refusal.param in BatchFilters.model_fields:
            refusal.param = f"filters.{refusal.param}"
        raise


def _applied(filters: BatchFilters, period: Period, customer_id: str | None) -> dict[str, str]:
    applied = {
        "agent_id": filters.agent_id,
        "model": filters.model,
        "customer_id": customer_id,
        "start": format_instant(period.start),
        "end": format_instant(period.end),
        "timezone": period.zone.key,
    }
    return {name: text for name, text in applied.items() if text is not None}
