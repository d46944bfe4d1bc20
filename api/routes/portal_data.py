"""The numbers of a portal, as its page and embedded dashboards show them."""

from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import portal_data as words
from api.answers import tagged_answer, to_json
from api.cache import CachedQuestion
from api.deps import PortalReader
from api.openapi import parameters, refusals
from api.portal_data import PortalDataAsked, PortalDataTold
from api.services import services_of
from core.periods import Period, requested_period
from core.portal_data.customer import customer_of
from core.portal_data.portal import portal_data
from core.portal_data.ranges import DEFAULT_RANGE
from core.portal_data.stored import PortalInputs
from core.store.readers import Reader

router = APIRouter(prefix="/v1/portal", tags=["Portals"])


@router.get(
    "/configs/{portal_id}/data",
    response_model=PortalDataTold,
    responses=refusals(403, 404, 409),
    openapi_extra=parameters(PortalDataAsked),
)
def get_portal_data(request: Request, portal_id: str, caller: PortalReader) -> Response:
    """Every number of a portal over one range, by the customer's clocks; drafts too, for those who build them."""
    services, asked = services_of(request), PortalDataAsked.of(request)
    inputs = services.portals.of(portal_id, caller.customer_id)
    question = _question(request, inputs)
    ready = services.answers.get(question, services.metrics.snapshot_name)
    if ready is not None:
        return tagged_answer(request, ready.body)
    with services.metrics.for_customer(inputs.portal.customer_id) as reader:
        now = services.now()
        period = _period(reader, inputs, asked, now)
        found = portal_data(reader, inputs.portal, period, inputs.definitions, metric_ids=asked.wanted)
        body = to_json(words.told(found, now))
        if period.end < now:
            services.answers.put(question, reader.snapshot_name, body=body, route=request.scope["route"].path)
    return tagged_answer(request, body)


def _question(request: Request, inputs: PortalInputs) -> CachedQuestion:
    """The configuration is part of the question: with another one it has another answer."""
    query = {**request.scope["state"]["query"], "": inputs.fingerprint}
    return CachedQuestion.of(inputs.portal.customer_id, request.scope["path"], query)


def _period(reader: Reader, inputs: PortalInputs, asked: PortalDataAsked, now: datetime) -> Period:
    return requested_period(
        start=asked.start,
        end=asked.end,
        period=DEFAULT_RANGE.value,
        tz=customer_of(reader, inputs.overrides).zone,
        now=now,
        data_as_of=reader.data_as_of,
    )
