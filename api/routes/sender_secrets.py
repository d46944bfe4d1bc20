"""The secrets that sign what reports and alert rules send by HTTP: another one, told once."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import Field
from sqlalchemy import Connection

from api.deps import ServicesDep, Writer
from api.openapi import refusals
from api.routes.alerts import known_rule
from api.routes.reports import known_report
from api.routes.webhooks import unstored
from api.schemas import NothingAsked, Told
from api.services import Services
from api.writes import WriteDep
from core.store.control.sender_secrets import rotate_sender_secret

router = APIRouter()
Nothing = Annotated[NothingAsked, Query()]
_UNTIL = "Until then messages carry the old signature too"


class ReportSecretTold(Told):
    report_id: str
    signing_secret: str
    previous_valid_until: str = Field(description=_UNTIL)


class AlertSecretTold(Told):
    alert_id: str
    signing_secret: str
    previous_valid_until: str = Field(description=_UNTIL)


@router.post(
    "/v1/portal/reports/{report_id}/rotate",
    response_model=ReportSecretTold,
    responses=refusals(403, 404),
    tags=["Reports"],
)
def rotate_report_secret(
    report_id: str, caller: Writer, services: ServicesDep, write: WriteDep, _asked: Nothing
) -> Response:
    """Another secret that signs what the report's webhook is sent, told only now: ask once to learn the first."""

    def act(connection: Connection) -> dict[str, Any]:
        known_report(connection, report_id, caller)
        return {"report_id": report_id, **_rotated(connection, report_id, services)}

    return unstored(write(act))


@router.post(
    "/v1/analytics/alerts/{alert_id}/rotate",
    response_model=AlertSecretTold,
    responses=refusals(403, 404),
    tags=["Alerts"],
)
def rotate_alert_secret(
    alert_id: str, caller: Writer, services: ServicesDep, write: WriteDep, _asked: Nothing
) -> Response:
    """Another secret that signs what the rule's webhooks are sent, told only now: ask once to learn the first."""

    def act(connection: Connection) -> dict[str, Any]:
        known_rule(connection, alert_id, caller.customer_id)
        return {"alert_id": alert_id, **_rotated(connection, alert_id, services)}

    return unstored(write(act))


def _rotated(connection: Connection, sender_id: str, services: Services) -> dict[str, Any]:
    secret, until = rotate_sender_secret(connection, sender_id, now=services.now())
    return {"signing_secret": secret, "previous_valid_until": until}
