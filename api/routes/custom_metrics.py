"""Custom metrics: list, read, make, change, delete. What their formulas give is `routes/evaluations.py`."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api import definitions
from api.answers import tagged_answer, to_json
from api.definitions import (
    CustomMetricPatch,
    CustomMetricsAsked,
    CustomMetricsTold,
    CustomMetricTold,
    Deleted,
    NewCustomMetric,
    WhoseMetric,
)
from api.deps import AnyCaller, ServicesDep, Writer
from api.entry import Caller
from api.errors import InvalidFormula
from api.openapi import refusals
from api.scope import customer_of, reader_of
from api.services import Services
from api.writes import WriteDep, check_if_match
from core.custom_metrics import CustomMetricDefinition, check_definition
from core.errors import Forbidden, InvalidParameter, InvalidState, MetricNotFound
from core.metric_info import finder
from core.store.control.alerts import rules_about
from core.store.control.custom_metrics import (
    StoredMetric,
    add_metric,
    change_metric,
    metrics_using,
    metrics_with_id,
    remove_metric,
    usable_definitions,
    visible_metrics,
)
from core.store.control.portals import portals_showing

router = APIRouter(prefix="/v1/analytics/metrics/custom", tags=["Custom metrics"])
Whose = Annotated[WhoseMetric, Query()]


@router.get("", response_model=CustomMetricsTold, responses=refusals(404))
def list_custom_metrics(
    request: Request, caller: AnyCaller, services: ServicesDep, asked: Annotated[CustomMetricsAsked, Query()]
) -> Response:
    """The definitions that this key can see, oldest first."""
    customer_id = customer_of(services, caller, asked.customer_id)
    with services.store.reading() as connection:
        found = visible_metrics(connection, customer_id)
    kept = [s for s in found if asked.is_active is None or s.definition.is_active is asked.is_active]
    page = kept[asked.offset : asked.offset + asked.limit]
    answer = {
        "custom_metrics": [definitions.told_briefly(stored) for stored in page],
        "total": len(kept),
        "limit": asked.limit,
        "offset": asked.offset,
    }
    return tagged_answer(request, to_json(answer))


@router.get("/{custom_metric_id}", response_model=CustomMetricTold, responses=refusals(404))
def get_custom_metric(
    request: Request, custom_metric_id: str, caller: AnyCaller, services: ServicesDep, asked: Whose
) -> Response:
    """One definition with its formula; its ETag is what a change may name in If-Match."""
    customer_id = customer_of(services, caller, asked.customer_id)
    with services.store.reading() as connection:
        stored = only_metric(connection, custom_metric_id, customer_id)
    return tagged_answer(request, to_json(definitions.told(stored)))


@router.post("", status_code=201, response_model=CustomMetricTold, responses=refusals(403, 409))
def create_custom_metric(
    body: NewCustomMetric, caller: Writer, services: ServicesDep, write: WriteDep
) -> Response:
    """A new definition; made with a key of one customer, it is that customer's, else everybody's."""
    definition = body.to_definition(caller.customer_id)

    def act(connection: Connection) -> dict[str, Any]:
        _require_usable(services, connection, definition)
        return definitions.told(add_metric(connection, definition, now=services.now()))

    return write(act, status=201)


@router.patch("/{custom_metric_id}", response_model=CustomMetricTold, responses=refusals(403, 404, 412))
def update_custom_metric(
    request: Request,
    custom_metric_id: str,
    body: CustomMetricPatch,
    caller: Writer,
    services: ServicesDep,
    write: WriteDep,
    asked: Whose,
) -> Response:
    """Changes what is sent and leaves the rest; with If-Match only if nobody changed it in between."""
    customer_id = customer_of(services, caller, asked.customer_id)

    def act(connection: Connection) -> dict[str, Any]:
        before = only_metric(connection, custom_metric_id, customer_id)
        _require_own(caller, before)
        check_if_match(request, definitions.told(before))
        changed = replace(before.definition, **body.changes())
        if changed != before.definition:
            _require_usable(services, connection, changed)
        return definitions.told(change_metric(connection, before, changed, now=services.now()))

    return write(act)


@router.delete("/{custom_metric_id}", response_model=Deleted, responses=refusals(403, 404, 409, 412))
def delete_custom_metric(
    request: Request,
    custom_metric_id: str,
    caller: Writer,
    services: ServicesDep,
    write: WriteDep,
    asked: Whose,
) -> Response:
    """Deletes a definition that nothing uses any more."""
    customer_id = customer_of(services, caller, asked.customer_id)

    def act(connection: Connection) -> dict[str, Any]:
        stored = only_metric(connection, custom_metric_id, customer_id)
        _require_own(caller, stored)
        check_if_match(request, definitions.told(stored))
        _require_unused(connection, stored.definition)
        remove_metric(connection, stored)
        return {"deleted": True, "id": custom_metric_id}

    return write(act)


def only_metric(connection: Connection, custom_metric_id: str, customer_id: str | None) -> StoredMetric:
    """The one metric of this id that is meant; MetricNotFound, InvalidParameter when several could be."""
    found = metrics_with_id(connection, custom_metric_id, customer_id)
    if not found:
        raise MetricNotFound("This key can see no such custom metric", param="custom_metric_id")
    if len(found) > 1:
        raise InvalidParameter("Several customers have a metric of this id; name one", param="customer_id")
    return found[0]


def _require_own(caller: Caller, stored: StoredMetric) -> None:
    if caller.customer_id is not None and stored.owner != caller.customer_id:
        raise Forbidden("This metric is everybody's; only a key for all customers may change it")


def _require_unused(connection: Connection, definition: CustomMetricDefinition) -> None:
    users = metrics_using(connection, definition)
    users += rules_about(connection, definition.id, definition.customer_id)
    users += portals_showing(connection, definition.id, definition.customer_id)
    if users:
        raise InvalidState(f"{definition.id} is used by {', '.join(users)}", param="custom_metric_id")


def _require_usable(services: Services, connection: Connection, definition: CustomMetricDefinition) -> None:
    found = check_definition(
        definition,
        find_metric=finder(lambda: reader_of(services, definition.customer_id)),
        definitions=usable_definitions(connection, definition.customer_id),
    )
    if found.errors:
        raise InvalidFormula(found.errors)
