"""To whom a report was sent: the list, and sending again."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api.answers import tagged_answer, to_json
from api.deliveries import DeliveriesAsked, DeliveriesTold, DeliveryQueued, place, queued, told
from api.deps import AnyCaller, ServicesDep, Writer
from api.entry import Caller
from api.openapi import refusals
from api.paging import Paging
from api.routes.reports import known_report
from api.schemas import NothingAsked
from api.writes import WriteDep
from core.delivery.history import deliveries_of_report, find_delivery, resend
from core.errors import DeliveryNotFound, PortalNotActive, ReportNotFound
from core.portals.definition import PortalStatus
from core.store.control.report_archives import list_archived
from core.store.control.reports import find_report

router = APIRouter(prefix="/v1/portal/reports/{report_id}", tags=["Reports"])
Nothing = Annotated[NothingAsked, Query()]


@router.get("/deliveries", response_model=DeliveriesTold, responses=refusals(403, 404))
def list_report_deliveries(
    request: Request,
    report_id: str,
    caller: AnyCaller,
    services: ServicesDep,
    asked: Annotated[DeliveriesAsked, Query()],
) -> Response:
    """Each receiver of each version, oldest first, with every attempt; also after the report was deleted."""
    question = {"list": "report_deliveries", "customer_id": caller.customer_id, "report_id": report_id}
    paging = Paging(caller, question, asked.cursor, asked.limit)
    after = paging.after_place
    with services.store.reading() as connection:
        _require_known(connection, report_id, caller)
        found, total = deliveries_of_report(
            connection, report_id, after=after, limit=paging.wanted, now=services.now()
        )
    return tagged_answer(request, to_json(paging.answer(found, total, told=told, place=place)))


@router.post(
    "/deliveries/{delivery_id}/resend",
    status_code=202,
    response_model=DeliveryQueued,
    responses=refusals(403, 404, 409),
)
def resend_report_delivery(
    report_id: str,
    delivery_id: str,
    caller: Writer,
    services: ServicesDep,
    write: WriteDep,
    _asked: Nothing,
) -> Response:
    """Sends that version to that receiver again, delivered or dead, under the same id."""

    def act(connection: Connection) -> dict[str, Any]:
        report = known_report(connection, report_id, caller)
        found = find_delivery(connection, delivery_id, now=services.now())
        if found is None or found.report_id != report_id:
            raise DeliveryNotFound("This report has no such delivery", param="delivery_id")
        if report.portal_status is not PortalStatus.ACTIVE:
            raise PortalNotActive("The report's portal is not active; nothing is sent", param="report_id")
        resend(connection, found, now=services.now())
        return queued(delivery_id)

    return write(act, status=202)


def _require_known(connection: Connection, report_id: str, caller: Caller) -> None:
    if find_report(connection, report_id, caller.customer_id) is not None:
        return
    _, archived = list_archived(connection, report_id, caller.customer_id, after=None, limit=1)
    if not archived:
        raise ReportNotFound("This key can see no such report", param="report_id")
