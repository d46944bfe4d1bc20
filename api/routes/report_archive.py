"""What was built of a report, as it was sent: the list, the files; and what the next one would say.

The archive outlives its report. Nothing is rendered here.
"""

import re
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api import portal_data as words
from api.answers import PRIVATE, has_tag, tagged_answer, to_json
from api.deps import AnyCaller, ServicesDep
from api.entry import Caller
from api.exports import Taken
from api.openapi import refusals
from api.paging import Paging
from api.reports import ArchiveAsked, ArchiveTold, PreviewTold, archived_told, period_told
from api.routes.reports import known_report
from api.schemas import NothingAsked
from api.services import Services
from core.errors import ReportNotFound
from core.periods import Period, default_now
from core.portal_data.answer import PortalData
from core.portal_data.portal import portal_data
from core.portal_data.stored import PortalInputs, portal_inputs
from core.reports.agenda import zones_for
from core.reports.archive import CSV, csv_of, folder_of, pdf_of
from core.reports.period import covered_period
from core.reports.schedule import day_zone
from core.reports.shown import over_one_period
from core.reports.zones import CustomerZones
from core.settings import Settings
from core.store.control.portals import find_portal
from core.store.control.report_archives import Archived, find_archived, list_archived
from core.store.control.reports import StoredReport, find_report

router = APIRouter(prefix="/v1/portal/reports/{report_id}", tags=["Reports"])
Nothing = Annotated[NothingAsked, Query()]
_NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


_PDF, _CSV = "application/pdf", "text/csv; charset=utf-8"


def _files(media_type: str) -> Any:
    """What the reference says of an answer that is a file."""
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    return {200: {"description": "The file", "content": content}, **refusals(403, 404)}


@router.get("/preview", response_model=PreviewTold, responses=refusals(403, 404))
def preview_portal_report(
    request: Request, report_id: str, caller: AnyCaller, services: ServicesDep, _asked: Nothing
) -> Response:
    """The numbers that the report would show if it were sent now; `proofline report preview` makes its PDF."""
    with services.store.reading() as connection:
        report = known_report(connection, report_id, caller)
        portal = find_portal(connection, report.portal_id, None)
        assert portal is not None
        inputs = portal_inputs(connection, over_one_period(portal.definition, report.definition.content))
        zones = zones_for(connection, services.metrics, [report])
    period, found = _numbers(services, report, inputs, zones)
    told = words.told(found, services.now())
    answer = {
        "report_id": report_id,
        "portal_id": report.portal_id,
        "name": report.definition.name,
        "period": period_told(period),
        "is_complete": period.is_complete(found.data_as_of),
        **{name: told[name] for name in ("data", "comparisons", "metadata")},
    }
    return tagged_answer(request, to_json(answer))


@router.get("/archive", response_model=ArchiveTold, responses=refusals(403, 404))
def list_report_archive(
    request: Request,
    report_id: str,
    caller: AnyCaller,
    services: ServicesDep,
    asked: Annotated[ArchiveAsked, Query()],
) -> Response:
    """Every version that was built, oldest first; also after the report was deleted."""
    question = {"list": "archive", "customer_id": caller.customer_id, "report_id": report_id}
    paging = Paging(caller, question, asked.cursor, asked.limit)
    after = paging.after_place
    with services.store.reading() as connection:
        found, total = list_archived(
            connection, report_id, caller.customer_id, after=after, limit=paging.wanted
        )
        _require_known(connection, report_id, caller, is_archived=total > 0)
    answer = paging.answer(
        found,
        total,
        told=lambda one: archived_told(one, services.settings.base_url),
        place=lambda one: (one.built_at.isoformat(), one.archive_id),
    )
    return tagged_answer(request, to_json(answer))


@router.get("/archive/{n}.pdf", response_class=Response, responses=_files(_PDF))
def download_report_pdf(
    request: Request, report_id: str, n: str, caller: AnyCaller, services: ServicesDep, _asked: Nothing
) -> Response:
    """The report as it was sent, byte for byte."""
    archived = _version(services, report_id, n, caller)
    return _file(request, services, archived, pdf_of, f'"{archived.pdf_sha256}"', "pdf", _PDF)


@router.get("/archive/{n}.csv", response_class=Response, responses=_files(_CSV))
def download_report_csv(
    request: Request, report_id: str, n: str, caller: AnyCaller, services: ServicesDep, _asked: Nothing
) -> Response:
    """Its numbers, where the report was to have them beside it."""
    archived = _version(services, report_id, n, caller)
    if archived.csv_sha256 is None:
        raise ReportNotFound("This version has no CSV beside it; include_raw_data was false", param="n")
    answer = _file(request, services, archived, csv_of, f'"{archived.csv_sha256}"', "csv", _CSV)
    if answer.status_code == 200 and not request.scope["state"].get("is_head"):
        path = folder_of(services.settings, report_id, archived.n) / CSV
        services.views.took(Taken(archived.portal_id, archived.customer_id, services.now(), path))
    return answer


def _numbers(
    services: Services, report: StoredReport, inputs: PortalInputs, zones: CustomerZones
) -> tuple[Period, PortalData]:
    with services.metrics.for_customer(report.customer_id) as reader:
        schedule = report.definition.schedule
        days = day_zone(schedule, zones.of(report.customer_id))
        at = default_now(services.now(), reader.data_as_of)
        period = covered_period(schedule.frequency, at, days)
        return period, portal_data(reader, inputs.portal, period, inputs.definitions)


def _require_known(connection: Connection, report_id: str, caller: Caller, *, is_archived: bool) -> None:
    if not is_archived and find_report(connection, report_id, caller.customer_id) is None:
        raise ReportNotFound("This key can see no such report", param="report_id")


def _version(services: Services, report_id: str, n: str, caller: Caller) -> Archived:
    with services.store.reading() as connection:
        found = None
        if _NUMBER.fullmatch(n):
            found = find_archived(connection, report_id, int(n), caller.customer_id)
        if found is None:
            _require_known(connection, report_id, caller, is_archived=False)
            raise ReportNotFound("The report has no such version; its archive lists them", param="n")
    return found


def _file(
    request: Request,
    services: Services,
    archived: Archived,
    read: Callable[[Settings, Archived], bytes | None],
    tag: str,
    kind: str,
    media_type: str,
) -> Response:
    headers = {"ETag": tag, "Cache-Control": PRIVATE}
    if has_tag(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    # The name that people gave it stands in the encoded form alone, where no character means anything.
    plain, named = f"report-{archived.n}.{kind}", quote(f"{archived.name}.{kind}", safe="")
    headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{named}"
    return Response(read(services.settings, archived), media_type=media_type, headers=headers)
