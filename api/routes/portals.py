"""Portal configurations: list, read, make, change. Their numbers and their tokens have files of their own."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api import portals
from api.answers import tagged_answer, to_json
from api.deps import AnyCaller, Configurer, ServicesDep, Writer
from api.entry import Caller, TokenCaller
from api.openapi import refusals
from api.paging import Paging
from api.portal_bodies import NewPortal, PortalPatch
from api.portal_checks import hashed_password, sound_portal
from api.portals import PortalsAsked, PortalsTold, PortalTold
from api.schemas import NothingAsked
from api.scope import customer_of
from api.services import Services
from api.writes import WriteDep, check_if_match
from core.customers import check_customer_id
from core.delivery.under_way import wait_for_sends
from core.errors import (
    CustomerNotFound,
    Forbidden,
    InvalidParameter,
    MissingParameter,
    NothingPublished,
    PortalNotFound,
)
from core.portals.definition import PortalStatus
from core.portals.merge import merged
from core.store.control.portals import (
    StoredPortal,
    add_portal,
    change_portal,
    find_portal,
    list_portals,
    set_password,
)

router = APIRouter(prefix="/v1/portal/configs", tags=["Portals"])
Nothing = Annotated[NothingAsked, Query()]


@router.get("", response_model=PortalsTold, responses=refusals(403, 404))
def list_portal_configs(
    request: Request, caller: AnyCaller, services: ServicesDep, asked: Annotated[PortalsAsked, Query()]
) -> Response:
    """The portals that this key can see, oldest first; new ones come after the last page."""
    customer_id = _customer(services, caller, asked.customer_id)
    question = {"list": "portals", "customer_id": customer_id, "status": asked.status}
    paging = Paging(caller, question, asked.cursor, asked.limit)
    after = paging.after_place
    with services.store.reading() as connection:
        found, total = list_portals(
            connection, customer_id, status=asked.status, after=after, limit=paging.wanted
        )
    answer = paging.answer(found, total, told=portals.told_briefly, place=_place)
    return tagged_answer(request, to_json(answer))


@router.get("/{portal_id}", response_model=PortalTold, responses=refusals(403, 404))
def get_portal_config(
    request: Request, portal_id: str, caller: Configurer, services: ServicesDep, _asked: Nothing
) -> Response:
    """One portal with its whole configuration; its ETag is what a change may name in If-Match."""
    with services.store.reading() as connection:
        stored = known_portal(connection, portal_id, caller.customer_id)
    return tagged_answer(request, to_json(portals.told(stored, services.settings.page_url)))


@router.post("", status_code=201, response_model=PortalTold, responses=refusals(403, 404, 409))
def create_portal_config(
    body: NewPortal, caller: Writer, services: ServicesDep, write: WriteDep, _asked: Nothing
) -> Response:
    """A new portal, as a draft: nobody can open it until its status is active."""
    if body.customer_id is None and caller.customer_id is None:
        raise MissingParameter("customer_id is required", param="customer_id")
    customer_id = _customer(services, caller, body.customer_id)
    assert customer_id is not None
    definition = body.to_definition(customer_id)
    hashed = hashed_password(body.password)

    def act(connection: Connection) -> dict[str, Any]:
        checked = sound_portal(
            services,
            connection,
            definition,
            sees=caller.customer_id,
            password=body.password,
            has_password=bool(hashed),
        )
        stored = add_portal(connection, checked, password_hash=hashed, now=services.now())
        return portals.told(stored, services.settings.page_url)

    return write(act, status=201)


@router.patch("/{portal_id}", response_model=PortalTold, responses=refusals(403, 404, 409, 412))
def update_portal_config(
    request: Request,
    portal_id: str,
    body: PortalPatch,
    caller: Configurer,
    services: ServicesDep,
    write: WriteDep,
    _asked: Nothing,
) -> Response:
    """Changes what is sent and leaves the rest; draft and active change into each other, archived is final."""
    _require_own_to_change(caller, body)
    hashed = hashed_password(body.password)
    page_url = services.settings.page_url

    def act(connection: Connection) -> dict[str, Any]:
        before = known_portal(connection, portal_id, caller.customer_id)
        check_if_match(request, portals.told(before, page_url))
        _require_same(body, before, page_url)
        after = merged(before.definition, body.changes(), is_other=body.is_about_password)
        if after != before.definition or body.is_about_password:
            has_password = bool(hashed) if body.is_about_password else before.has_password
            after = sound_portal(
                services,
                connection,
                after,
                sees=caller.customer_id,
                password=body.password,
                has_password=has_password,
                before=before.definition,
            )
        stored = change_portal(connection, before, after, now=services.now())
        if body.is_about_password:
            stored = set_password(connection, stored, hashed, now=services.now())
        return portals.told(stored, page_url)

    answer = write(act)
    # Whoever is at the portal's door is judged by what it is now.
    services.standings.forget(portal_id)
    if body.status == PortalStatus.ARCHIVED:
        wait_for_sends(services.store, now=services.now, portal_id=portal_id)
    return answer


def known_portal(connection: Connection, portal_id: str, customer_id: str | None) -> StoredPortal:
    """The portal that is meant, if who sees only this customer (None: all) can see it; PortalNotFound."""
    found = find_portal(connection, portal_id, customer_id)
    if found is None:
        raise PortalNotFound("This key can see no such portal", param="portal_id")
    return found


def _customer(services: Services, caller: Caller, asked: str | None) -> str | None:
    """Before anything is published there are the customers that were set, and no others."""
    try:
        return customer_of(services, caller, asked)
    except NothingPublished:
        raise CustomerNotFound(
            "No event has named this customer yet; set it at /v1/portal/customers first", param="customer_id"
        ) from None


def _require_own_to_change(caller: Caller | TokenCaller, body: PortalPatch) -> None:
    """What a portal token may not change is who sees the portal."""
    beyond = [name for name in ("status", "access", "customer_id") if name in body.model_fields_set]
    if isinstance(caller, TokenCaller) and beyond:
        raise Forbidden(f"A portal token may not change {' or '.join(beyond)}; use an API key")


def _require_same(body: PortalPatch, before: StoredPortal, page_url: str) -> None:
    """What cannot be changed may be sent back as it was read."""
    definition = before.definition
    is_named = "customer_id" in body.model_fields_set
    if is_named and check_customer_id(body.customer_id) != definition.customer_id:
        raise InvalidParameter("customer_id cannot be changed; make another portal", param="customer_id")
    link = body.access.public_link if "access" in body.model_fields_set else None
    if link is not None and link != portals.public_link(page_url, definition.portal_id):
        raise InvalidParameter("access.public_link is made here; leave it out", param="access.public_link")


def _place(stored: StoredPortal) -> tuple[str, str]:
    return stored.created_at.isoformat(), stored.definition.portal_id
