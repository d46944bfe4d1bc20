"""What webhooks were sent: the list, a test message, and sending again."""

import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api.answers import tagged_answer, to_json
from api.deliveries import DeliveriesTold, DeliveryQueued, WebhookDeliveriesAsked, place, queued, told
from api.deps import AnyCaller, ServicesDep, Writer
from api.entry import Caller
from api.openapi import refusals
from api.paging import Paging
from api.routes.portals import known_portal
from api.routes.webhooks import known_webhook
from api.schemas import NothingAsked
from api.writes import WriteDep
from core.delivery.announce import message
from core.delivery.history import deliveries_of_webhook, find_delivery, resend
from core.delivery.outbox import Item, OutboxKind, enqueue
from core.delivery.wanted import TEST_EVENT
from core.errors import DeliveryNotFound, InvalidState
from core.portals.definition import PortalStatus
from core.webhooks import Webhook

router = APIRouter(prefix="/v1/portal/webhooks/{webhook_id}", tags=["Webhooks"])
Nothing = Annotated[NothingAsked, Query()]


@router.post("/test", status_code=202, response_model=DeliveryQueued, responses=refusals(403, 404, 409))
def test_portal_webhook(
    webhook_id: str, caller: Writer, services: ServicesDep, write: WriteDep, _asked: Nothing
) -> Response:
    """Sends a message `webhook.test`, signed and tried again as every other; also while the portal is a draft."""

    def act(connection: Connection) -> dict[str, Any]:
        webhook = _enabled(connection, webhook_id, caller)
        portal = known_portal(connection, webhook.portal_id, caller.customer_id).definition
        if portal.status is PortalStatus.ARCHIVED:
            raise InvalidState("The portal is archived for good; nothing is sent from it", param="webhook_id")
        now = services.now()
        data = {"webhook_id": webhook_id, "portal_id": portal.portal_id, "customer_id": portal.customer_id}
        item = Item(
            kind=OutboxKind.WEBHOOK_EVENT,
            dedupe_key=f"{TEST_EVENT}|{webhook_id}|{secrets.token_hex(8)}",
            payload=message(TEST_EVENT, data, now),
            customer_id=portal.customer_id,
            portal_id=portal.portal_id,
            webhook_id=webhook_id,
            now=now,
        )
        return queued(enqueue(connection, item))

    return write(act, status=202)


@router.get("/deliveries", response_model=DeliveriesTold, responses=refusals(403, 404))
def list_webhook_deliveries(
    request: Request,
    webhook_id: str,
    caller: AnyCaller,
    services: ServicesDep,
    asked: Annotated[WebhookDeliveriesAsked, Query()],
) -> Response:
    """What it was sent or is to be sent, oldest first, with every attempt; forgotten 30 days after its end."""
    question = {
        "list": "webhook_deliveries",
        "customer_id": caller.customer_id,
        "webhook_id": webhook_id,
        "state": asked.state,
    }
    paging = Paging(caller, question, asked.cursor, asked.limit)
    after = paging.after_place
    with services.store.reading() as connection:
        known_webhook(connection, webhook_id, caller)
        found, total = deliveries_of_webhook(
            connection, webhook_id, state=asked.state, after=after, limit=paging.wanted, now=services.now()
        )
    return tagged_answer(request, to_json(paging.answer(found, total, told=told, place=place)))


@router.post(
    "/deliveries/{delivery_id}/resend",
    status_code=202,
    response_model=DeliveryQueued,
    responses=refusals(403, 404, 409),
)
def resend_webhook_delivery(
    webhook_id: str,
    delivery_id: str,
    caller: Writer,
    services: ServicesDep,
    write: WriteDep,
    _asked: Nothing,
) -> Response:
    """Sends it again, delivered or dead: the same message under the same id."""

    def act(connection: Connection) -> dict[str, Any]:
        known_webhook(connection, webhook_id, caller)
        found = find_delivery(connection, delivery_id, now=services.now())
        if found is None or found.webhook_id != webhook_id:
            raise DeliveryNotFound("This webhook has no such delivery", param="delivery_id")
        _enabled(connection, webhook_id, caller)
        resend(connection, found, now=services.now())
        return queued(delivery_id)

    return write(act, status=202)


def _enabled(connection: Connection, webhook_id: str, caller: Caller) -> Webhook:
    webhook = known_webhook(connection, webhook_id, caller).webhook
    if not webhook.is_enabled:
        raise InvalidState(
            "The webhook is switched off; switch it on with is_enabled first", param="webhook_id"
        )
    return webhook
