"""Value reports: list, read, make, change, delete, send now. What was built has a file of its own."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api.answers import PRIVATE, bytes_answer, has_tag, tagged_answer, to_json
from api.deps import AnyCaller, ServicesDep, Writer
from api.entry import Caller
from api.errors import FieldFault, InvalidFields, PreconditionFailed
from api.json_body import join
from api.openapi import refusals
from api.paging import Paging
from api.report_bodies import NewReport, ReportPatch, SendAsked
from api.reports import (
    RECENT,
    ReportDeleted,
    ReportQueued,
    ReportsAsked,
    ReportState,
    ReportsTold,
    ReportTold,
    config_tag,
    period_told,
)
from api.routes.portals import known_portal
from api.schemas import NothingAsked
from api.services import Services
from api.webhooks import MASK, merged_headers
from api.writes import WriteDep
from core.delivery.under_way import wait_for_sends
from core.errors import InvalidParameter, InvalidState, NothingPublished, PortalNotActive, ReportNotFound
from core.periods import format_instant, parse_instant
from core.portals.definition import PortalStatus
from core.reports.agenda import next_scheduled, zones_for
from core.reports.by_hand import ask_again, ask_now
from core.reports.check import check_report
from core.reports.definition import ReportDefinition
from core.reports.occurrence import Occurrence, OccurrenceState
from core.reports.plain import merged
from core.reports.schedule import clock_zone
from core.store.control.report_occurrences import counts_by_report, recent_occurrences
from core.store.control.reports import (
    StoredReport,
    add_report,
    change_report,
    find_report,
    list_reports,
    remove_report,
)

router = APIRouter(prefix="/v1/portal/reports", tags=["Reports"])
Nothing = Annotated[NothingAsked, Query()]
# Rendered within a minute, and sent with the next round; a queue before it takes longer.
_ESTIMATE = timedelta(minutes=5)
_WAITS_FOR_SOMEBODY = (OccurrenceState.HELD, OccurrenceState.FAILED)


@router.get("", response_model=ReportsTold, responses=refusals(403, 404))
def list_portal_reports(
    request: Request, caller: AnyCaller, services: ServicesDep, asked: Annotated[ReportsAsked, Query()]
) -> Response:
    """The reports that this key can see, oldest first."""
    question = {
        "list": "reports",
        "customer_id": caller.customer_id,
        "portal_id": asked.portal_id,
        "is_active": None if asked.is_active is None else str(asked.is_active),
    }
    paging = Paging(caller, question, asked.cursor, asked.limit)
    after = paging.after_place
    with services.store.reading() as connection:
        if asked.portal_id is not None:
            known_portal(connection, asked.portal_id, caller.customer_id)
        found, total = list_reports(
            connection,
            caller.customer_id,
            portal_id=asked.portal_id,
            is_active=asked.is_active,
            after=after,
            limit=paging.wanted,
        )
        held = counts_by_report(connection, [one.report_id for one in found], _WAITS_FOR_SOMEBODY)
        states = {one.report_id: state_of(services, connection, one) for one in found}
    answer = paging.answer(
        found,
        total,
        told=lambda one: states[one.report_id].told_briefly(held.get(one.report_id, 0)),
        place=lambda one: (one.created_at.isoformat(), one.report_id),
    )
    return tagged_answer(request, to_json({**answer, "total": total}))


@router.get("/{report_id}", response_model=ReportTold, responses=refusals(403, 404))
def get_portal_report(
    request: Request, report_id: str, caller: AnyCaller, services: ServicesDep, _asked: Nothing
) -> Response:
    """One report, when it is due next, and what became of the last times that it was due."""
    with services.store.reading() as connection:
        state = state_of(services, connection, known_report(connection, report_id, caller), recent=RECENT)
    if has_tag(request.headers.get("if-none-match"), state.tag):
        return Response(status_code=304, headers={"ETag": state.tag, "Cache-Control": PRIVATE})
    answer = bytes_answer(to_json(state.told()))
    answer.headers["ETag"] = state.tag
    return answer


@router.post("", status_code=201, response_model=ReportTold, responses=refusals(403, 404, 409))
def create_portal_report(
    body: NewReport, caller: Writer, services: ServicesDep, write: WriteDep, _asked: Nothing
) -> Response:
    """A new report of a portal; it is first sent when it is next due, if the portal is active then."""
    sent = body.to_definition()

    def act(connection: Connection) -> dict[str, Any]:
        portal = known_portal(connection, sent.portal_id, caller.customer_id)
        if portal.definition.status is PortalStatus.ARCHIVED:
            raise InvalidState(
                "The portal is archived for good; it has no reports any more", param="portal_id"
            )
        stored = add_report(connection, _sound(services, sent), now=services.now())
        return state_of(services, connection, stored, recent=RECENT).told()

    return write(act, status=201)


@router.patch("/{report_id}", response_model=ReportTold, responses=refusals(403, 404, 412))
def update_portal_report(
    request: Request,
    report_id: str,
    body: ReportPatch,
    caller: Writer,
    services: ServicesDep,
    write: WriteDep,
    _asked: Nothing,
) -> Response:
    """Changes what is sent and leaves the rest. Nothing is sent because of a change: the schedule counts from now."""

    def act(connection: Connection) -> dict[str, Any]:
        before = known_report(connection, report_id, caller)
        _check_if_match(request, before)
        _require_same_portal(body, before)
        after = _changed(before.definition, body.changes())
        if after != before.definition:
            after = _sound(services, after)
        stored = change_report(connection, before, after, now=services.now())
        return state_of(services, connection, stored, recent=RECENT).told()

    return write(act)


@router.delete("/{report_id}", response_model=ReportDeleted, responses=refusals(403, 404, 412))
def delete_portal_report(
    request: Request, report_id: str, caller: Writer, services: ServicesDep, write: WriteDep, _asked: Nothing
) -> Response:
    """Deletes a report: nothing of it is sent any more. What was built of it stays in the archive."""

    def act(connection: Connection) -> dict[str, Any]:
        _check_if_match(request, known_report(connection, report_id, caller))
        remove_report(connection, report_id)
        return {"deleted": True, "report_id": report_id}

    answer = write(act)
    wait_for_sends(services.store, now=services.now, report_id=report_id)
    return answer


@router.post(
    "/{report_id}/send", status_code=202, response_model=ReportQueued, responses=refusals(403, 404, 409)
)
def send_portal_report(
    report_id: str,
    caller: Writer,
    services: ServicesDep,
    write: WriteDep,
    _asked: Nothing,
    body: SendAsked | None = None,
) -> Response:
    """Sends the last complete period now, or one that was due and was not sent. Twice within a second is once."""

    def act(connection: Connection) -> dict[str, Any]:
        report, now = known_report(connection, report_id, caller), services.now()
        if report.portal_status is not PortalStatus.ACTIVE:
            raise PortalNotActive(
                f"The portal is {report.portal_status}; its reports are not sent", param="portal_id"
            )
        queued = _queued(services, connection, report, body)
        return {
            "report_id": report_id,
            "status": "queued",
            "estimated_delivery": now + _ESTIMATE,
            "delivery_id": queued.occurrence_id,
            "period": period_told(queued.period),
        }

    return write(act, status=202)


def known_report(connection: Connection, report_id: str, caller: Caller) -> StoredReport:
    """The report that is meant, if this key can see it; ReportNotFound."""
    found = find_report(connection, report_id, caller.customer_id)
    if found is None:
        raise ReportNotFound("This key can see no such report", param="report_id")
    return found


def state_of(
    services: Services, connection: Connection, report: StoredReport, *, recent: int = 0
) -> ReportState:
    """The report with what changes by itself."""
    occurrences = recent_occurrences(connection, report.report_id, limit=recent) if recent else []
    if not report.definition.is_active or report.portal_status is PortalStatus.ARCHIVED:
        return ReportState(report, None, occurrences)
    zones = zones_for(connection, services.metrics, [report])
    return ReportState(report, next_scheduled(connection, report, zones, now=services.now()), occurrences)


def _queued(
    services: Services, connection: Connection, report: StoredReport, body: SendAsked | None
) -> Occurrence:
    now = services.now()
    if body is None or body.due_at is None:
        zones = zones_for(connection, services.metrics, [report])
        return ask_now(connection, report, zones, now=now, until=_data_as_of(services) or now)
    due_at = parse_instant(body.due_at, clock_zone(report.definition.schedule), param="due_at")
    found = ask_again(connection, report, due_at, now=now)
    if found is None:
        raise InvalidParameter(
            f"This report was not due at {format_instant(due_at)}; take a due_at of the occurrences that"
            f" GET /v1/portal/reports/{report.report_id} lists, or leave it out for the last complete period",
            param="due_at",
        )
    return found


def _data_as_of(services: Services) -> Any:
    try:
        with services.metrics.for_all() as reader:
            return reader.data_as_of
    except NothingPublished:
        return None


def _changed(before: ReportDefinition, changes: dict[str, Any]) -> ReportDefinition:
    """The configuration after the change. Header names that differ in case are one."""
    delivery: Mapping[str, Any] = changes.get("delivery", {})
    headers = before.delivery.webhook_headers
    if "webhook_headers" in delivery:
        headers = merged_headers(headers, delivery["webhook_headers"])
        changes = {**changes, "delivery": {k: v for k, v in delivery.items() if k != "webhook_headers"}}
    after = merged(before, changes)
    return replace(after, delivery=replace(after.delivery, webhook_headers=headers))


def _sound(services: Services, definition: ReportDefinition) -> ReportDefinition:
    """The configuration as it is kept; InvalidFields names everything that is wrong with it."""
    checked = check_report(definition, reach=services.reach)
    faults = [FieldFault(fault.param, fault.message) for fault in checked.faults]
    for name, value in definition.delivery.webhook_headers.items():
        if value == MASK:
            words = "has the mask of answers for its value; send the value itself"
            faults.append(FieldFault(join("delivery.webhook_headers", name), words))
    if faults:
        raise InvalidFields(faults)
    return checked.definition


def _require_same_portal(body: ReportPatch, before: StoredReport) -> None:
    """What cannot be changed may be sent back as it was read."""
    if "portal_id" in body.model_fields_set and body.portal_id != before.portal_id:
        raise InvalidParameter("portal_id cannot be changed; make another report", param="portal_id")


def _check_if_match(request: Request, report: StoredReport) -> None:
    """PreconditionFailed when If-Match does not name the report as it is; that time went on is no change."""
    header = request.headers.get("if-match")
    if header is None:
        return
    named = {entry.strip().removeprefix("W/").strip('"').partition("-")[0] for entry in header.split(",")}
    if "*" not in named and config_tag(report) not in named:
        raise PreconditionFailed("It was changed since it was read", param="If-Match")
