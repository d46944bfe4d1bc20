"""Webhooks of portals: list, read, make, change, delete, and give another signing secret. Sending is elsewhere."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api import webhooks
from api.answers import tagged_answer, to_json
from api.deps import AnyCaller, ServicesDep, Writer
from api.entry import Caller
from api.errors import FieldFault, InvalidFields
from api.json_body import join
from api.openapi import refusals
from api.paging import Paging
from api.routes.portals import known_portal
from api.schemas import NothingAsked
from api.services import Services
from api.webhooks import (
    MASK,
    NewWebhook,
    SecretTold,
    WebhookDeleted,
    WebhookMade,
    WebhookPatch,
    WebhooksAsked,
    WebhooksTold,
    WebhookTold,
)
from api.writes import WriteDep, check_if_match
from core.addresses import check_url
from core.delivery.under_way import wait_for_sends
from core.errors import InvalidState, WebhookNotFound
from core.portals.definition import PortalStatus
from core.store.control.portal_webhooks import (
    StoredWebhook,
    add_webhook,
    change_webhook,
    find_webhook,
    list_webhooks,
    remove_webhook,
    rotate_secret,
)
from core.webhooks import (
    MAX_HEADERS,
    Webhook,
    check_header_name,
    check_header_value,
    new_signing_secret,
)

router = APIRouter(prefix="/v1/portal/webhooks", tags=["Webhooks"])
Nothing = Annotated[NothingAsked, Query()]


@router.get("", response_model=WebhooksTold, responses=refusals(403, 404))
def list_portal_webhooks(
    request: Request, caller: AnyCaller, services: ServicesDep, asked: Annotated[WebhooksAsked, Query()]
) -> Response:
    """The webhooks that this key can see, oldest first."""
    question = {"list": "webhooks", "customer_id": caller.customer_id, "portal_id": asked.portal_id}
    paging = Paging(caller, question, asked.cursor, asked.limit)
    after = paging.after_place
    with services.store.reading() as connection:
        if asked.portal_id is not None:
            known_portal(connection, asked.portal_id, caller.customer_id)
        found, total = list_webhooks(
            connection, caller.customer_id, portal_id=asked.portal_id, after=after, limit=paging.wanted
        )
    answer = paging.answer(found, total, told=webhooks.told, place=_place)
    return tagged_answer(request, to_json(answer))


@router.get("/{webhook_id}", response_model=WebhookTold, responses=refusals(403, 404))
def get_portal_webhook(
    request: Request, webhook_id: str, caller: AnyCaller, services: ServicesDep, _asked: Nothing
) -> Response:
    """One webhook; the values of its headers and its secret are not told again."""
    with services.store.reading() as connection:
        stored = known_webhook(connection, webhook_id, caller)
    return tagged_answer(request, to_json(webhooks.told(stored)))


@router.post("", status_code=201, response_model=WebhookMade, responses=refusals(403, 404, 409))
def create_portal_webhook(
    body: NewWebhook, caller: Writer, services: ServicesDep, write: WriteDep, _asked: Nothing
) -> Response:
    """A new webhook, with the secret that signs what it is sent: keep it, it is told only now."""
    webhook, secret = body.to_webhook(), new_signing_secret()

    def act(connection: Connection) -> dict[str, Any]:
        portal = known_portal(connection, webhook.portal_id, caller.customer_id)
        if portal.definition.status is PortalStatus.ARCHIVED:
            raise InvalidState("The portal is archived for good; nothing happens there", param="portal_id")
        _require_sound(services, webhook)
        stored = add_webhook(connection, webhook, secret=secret, now=services.now())
        return {**webhooks.told(stored), "signing_secret": secret}

    return unstored(write(act, status=201))


@router.patch("/{webhook_id}", response_model=WebhookTold, responses=refusals(403, 404, 412))
def update_portal_webhook(
    request: Request,
    webhook_id: str,
    body: WebhookPatch,
    caller: Writer,
    services: ServicesDep,
    write: WriteDep,
    _asked: Nothing,
) -> Response:
    """Changes what is sent and leaves the rest."""

    def act(connection: Connection) -> dict[str, Any]:
        before = known_webhook(connection, webhook_id, caller)
        check_if_match(request, webhooks.told(before))
        changed = replace(before.webhook, **body.changes(before.webhook))
        if changed != before.webhook:
            _require_sound(services, changed)
        return webhooks.told(change_webhook(connection, before, changed, now=services.now()))

    return write(act)


@router.delete("/{webhook_id}", response_model=WebhookDeleted, responses=refusals(403, 404, 412))
def delete_portal_webhook(
    request: Request, webhook_id: str, caller: Writer, services: ServicesDep, write: WriteDep, _asked: Nothing
) -> Response:
    """Deletes a webhook; nothing is sent to it any more."""

    def act(connection: Connection) -> dict[str, Any]:
        check_if_match(request, webhooks.told(known_webhook(connection, webhook_id, caller)))
        remove_webhook(connection, webhook_id)
        return {"deleted": True, "webhook_id": webhook_id}

    answer = write(act)
    wait_for_sends(services.store, now=services.now, webhook_id=webhook_id)
    return answer


@router.post("/{webhook_id}/rotate", response_model=SecretTold, responses=refusals(403, 404))
def rotate_webhook_secret(
    webhook_id: str, caller: Writer, services: ServicesDep, write: WriteDep, _asked: Nothing
) -> Response:
    """Another signing secret, told only now; for 24 hours messages carry the old signature too."""
    secret = new_signing_secret()

    def act(connection: Connection) -> dict[str, Any]:
        known_webhook(connection, webhook_id, caller)
        until = rotate_secret(connection, webhook_id, secret, now=services.now())
        return {"webhook_id": webhook_id, "signing_secret": secret, "previous_valid_until": until}

    return unstored(write(act))


def unstored(answer: Response) -> Response:
    """An answer with a secret in it."""
    answer.headers["Cache-Control"] = "no-store"
    return answer


def known_webhook(connection: Connection, webhook_id: str, caller: Caller) -> StoredWebhook:
    """WebhookNotFound where this caller can see none."""
    found = find_webhook(connection, webhook_id, caller.customer_id)
    if found is None:
        raise WebhookNotFound("This key can see no such webhook", param="webhook_id")
    return found


def _require_sound(services: Services, webhook: Webhook) -> None:
    """InvalidFields names everything that is wrong with the address and the headers, and no header's value."""
    faults = list(_faults(services, webhook))
    if faults:
        raise InvalidFields(faults)


def _faults(services: Services, webhook: Webhook) -> Iterator[FieldFault]:
    try:
        check_url(webhook.url, services.reach)
    except ValueError as reason:
        yield FieldFault("url", str(reason))
    if len(webhook.headers) > MAX_HEADERS:
        yield FieldFault("headers", f"must be at most {MAX_HEADERS}")
    seen: set[str] = set()
    for name, value in webhook.headers.items():
        try:
            check_header_name(name)
            check_header_value(value)
            if name.lower() in seen:
                raise ValueError("is given twice; case makes no difference")
            if value == MASK:
                raise ValueError("has the mask of answers for its value; send the value itself")
        except ValueError as reason:
            yield FieldFault(join("headers", name), str(reason))
        seen.add(name.lower())


def _place(stored: StoredWebhook) -> tuple[str, str]:
    return stored.created_at.isoformat(), stored.webhook.webhook_id
