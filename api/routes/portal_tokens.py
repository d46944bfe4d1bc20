"""Tokens of portals: issued for whoever is to look at one, and taken back."""

from typing import Any

import orjson
from fastapi import APIRouter
from fastapi.responses import Response
from sqlalchemy import Connection

from api.answers import to_json
from api.deps import ServicesDep, Writer
from api.entry import Caller
from api.openapi import refusals
from api.services import Services
from api.token_schemas import RevocationAsked, RevocationTold, TokenAsked, TokenTold
from api.writes import WriteDep
from core.errors import Forbidden, InvalidParameter, PortalNotActive, PortalNotFound
from core.keys import Role
from core.portals.definition import PortalDefinition, PortalStatus
from core.store.control.portals import find_portal
from core.store.control.token_revocations import revoke_all_tokens, revoke_token
from core.tokens import DEFAULT_SECONDS, MIN_SECONDS, Claims, Permission, new_claims, sign
from core.tokens.claims import Kind, read_claims

router = APIRouter(prefix="/v1/portal/configs/{portal_id}/tokens", tags=["Portals"])


@router.post("", status_code=201, response_model=TokenTold, responses=refusals(403, 404, 409))
def create_portal_token(
    portal_id: str, caller: Writer, services: ServicesDep, write: WriteDep, body: TokenAsked | None = None
) -> Response:
    """A token that opens the portal until it ends or is taken back. Nothing of it is kept here."""
    asked = body or TokenAsked()

    def issue() -> dict[str, Any]:
        portal = _portal(services, caller, portal_id)
        claims = _claims(services, caller, portal, asked)
        return {"kid": services.tokens.signing_key().kid, "claims": claims.to_plain()}

    return _signed(services, write.remembered(issue, status=201))


@router.post("/revoke", response_model=RevocationTold, responses=refusals(403, 404, 409))
def revoke_portal_tokens(
    portal_id: str,
    caller: Writer,
    services: ServicesDep,
    write: WriteDep,
    body: RevocationAsked | None = None,
) -> Response:
    """Takes back one token, or all that the portal has had so far; within a second they open nothing any more."""
    asked = body if body is not None and "jti" in body.model_fields_set else None

    def act(connection: Connection) -> dict[str, Any]:
        if find_portal(connection, portal_id, caller.customer_id) is None:
            raise _unknown()
        now = services.now()
        if asked is None:
            revoke_all_tokens(connection, portal_id, now=now)
        else:
            revoke_token(connection, portal_id, asked.jti, now=now)
        return {
            "revoked": True,
            "portal_id": portal_id,
            "jti": asked.jti if asked else None,
            "revoked_at": now,
        }

    answer = write(act)
    services.standings.forget(portal_id)
    return answer


def _portal(services: Services, caller: Caller, portal_id: str) -> PortalDefinition:
    with services.store.reading() as connection:
        stored = find_portal(connection, portal_id, caller.customer_id)
    if stored is None:
        raise _unknown()
    return stored.definition


def _claims(services: Services, caller: Caller, portal: PortalDefinition, asked: TokenAsked) -> Claims:
    """What the new token says; Forbidden, InvalidParameter, PortalNotActive."""
    if Permission.CONFIGURE_PORTAL in (asked.permissions or ()) and not caller.key.role.includes(Role.ADMIN):
        raise Forbidden("Tokens with configure:portal need a key with the role admin", param="permissions")
    _require_open(portal, is_preview=asked.preview)
    return new_claims(
        portal.portal_id,
        portal.customer_id,
        _permissions(asked),
        seconds=_seconds(services.settings.max_token_seconds, asked.expires_in),
        now=services.now(),
        is_preview=asked.preview,
    )


def _permissions(asked: TokenAsked) -> list[Permission]:
    named = [Permission(name) for name in asked.permissions or (Permission.READ_METRICS,)]
    if len(set(named)) < len(named):
        raise InvalidParameter("permissions names one twice", param="permissions")
    return named


def _seconds(most: int, asked: int | None) -> int:
    if asked is None:
        return min(DEFAULT_SECONDS, most)
    if asked > most:
        raise InvalidParameter(f"expires_in must be from {MIN_SECONDS} to {most} seconds", param="expires_in")
    return asked


def _require_open(portal: PortalDefinition, *, is_preview: bool) -> None:
    if portal.status is PortalStatus.ARCHIVED:
        raise PortalNotActive("The portal is archived and opens for nobody any more", param="portal_id")
    if portal.status is PortalStatus.DRAFT and not is_preview:
        raise PortalNotActive(
            "The portal is a draft; activate it, or ask for a token with preview: true", param="portal_id"
        )


def _signed(services: Services, answer: Response) -> Response:
    """The token itself, made from what was remembered: the store keeps what it says and never what opens."""
    kept = orjson.loads(bytes(answer.body))
    claims = read_claims(kept["claims"], Kind.TOKEN)
    assert claims is not None
    # The same token again, unless its key was taken away, and with it every token that it had signed.
    token = sign(claims, services.tokens.key(kept["kid"]) or services.tokens.signing_key())
    page = f"{services.settings.page_url}/p/{claims.portal_id}"
    told = {
        "token": token,
        "token_type": "Bearer",
        "portal_id": claims.portal_id,
        "customer_id": claims.customer_id,
        "expires_at": claims.expiry,
        "permissions": kept["claims"]["permissions"],
        "portal_url": f"{page}?token={token}",
        "jti": claims.jti,
    }
    headers = {"Cache-Control": "no-store"}
    replayed = answer.headers.get("idempotency-replayed")
    if replayed is not None:
        headers["Idempotency-Replayed"] = replayed
    return Response(to_json(told), answer.status_code, headers=headers, media_type="application/json")


def _unknown() -> PortalNotFound:
    return PortalNotFound("This key can see no such portal", param="portal_id")
