"""What routes ask for by type: the services, the caller with the role they need, the customer they may see.

A route that asks for none of these is open to everybody, so a test holds that every route under /v1 asks.
They are coroutines because each plain function would cost a request a trip through the thread pool.
"""

from collections import Counter
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from api.entry import Caller, TokenCaller
from api.json_body import shown
from api.services import Services, services_of
from core.errors import Forbidden, InvalidParameter, PortalNotFound, Unauthorized
from core.keys import Role
from core.tokens import Permission


async def _services(request: Request) -> Services:
    return services_of(request)


async def _anyone(request: Request) -> Caller | TokenCaller:
    return _identified(request)


def identified_caller(request: Request) -> Caller:
    """Who asks, with an API key; Unauthorized, Forbidden for anybody else."""
    caller = _identified(request)
    if isinstance(caller, TokenCaller):
        # Beyond its portal a token is no identity at all.
        refusal = Forbidden if "portal_id" in request.path_params else Unauthorized
        raise refusal("This needs an API key; a portal token reads its own portal")
    return caller


def _identified(request: Request) -> Caller | TokenCaller:
    caller = request.scope["state"].get("caller")
    if isinstance(caller, Caller):
        return caller
    if not isinstance(caller, TokenCaller):
        raise Unauthorized("This needs an API key in the header Authorization: Bearer pl_live_…")
    # Whatever it may do, it may do with its own portal: for it there is no other.
    if request.path_params.get("portal_id", caller.portal_id) != caller.portal_id:
        raise PortalNotFound("This token can see no such portal", param="portal_id")
    return caller


async def _caller(request: Request) -> Caller:
    return identified_caller(request)


async def _portal_reader(caller: "Anyone") -> Caller | TokenCaller:
    if isinstance(caller, Caller):
        return caller
    _require(caller, Permission.READ_METRICS)
    if caller.admitted.standing.asks_password:
        raise Forbidden("This portal asks for a password, which only its pages can; use an API key")
    return caller


async def _configurer(request: Request, caller: "Anyone") -> Caller | TokenCaller:
    if isinstance(caller, Caller):
        return caller if request.method == "GET" else _with_role(caller, Role.WRITE)
    _require(caller, Permission.CONFIGURE_PORTAL)
    return caller


def _require(caller: TokenCaller, permission: Permission) -> None:
    if not caller.may(permission):
        raise Forbidden(f"This needs a token with the permission {permission}")


async def _writer(caller: "AnyCaller") -> Caller:
    return _with_role(caller, Role.WRITE)


async def _admin(caller: "AnyCaller") -> Caller:
    return _with_role(caller, Role.ADMIN)


def _with_role(caller: Caller, role: Role) -> Caller:
    if not caller.key.role.includes(role):
        raise Forbidden(f"This needs a key with the role {role}; this key has the role {caller.key.role}")
    return caller


async def once_each(request: Request) -> None:
    """Refuses a query parameter that is given twice, because nobody knows which one was meant."""
    pairs = parse_qsl(request.url.query, keep_blank_values=True)
    for name, count in Counter(name for name, _ in pairs).items():
        if count > 1:
            raise InvalidParameter("The parameter is given twice", param=shown(name))


ServicesDep = Annotated[Services, Depends(_services)]
Anyone = Annotated[Caller | TokenCaller, Depends(_anyone)]
# Both have the only customer that they may see, `customer_id`; of a token, `portal_id` in the path is its own.
PortalReader = Annotated[Caller | TokenCaller, Depends(_portal_reader)]
Configurer = Annotated[Caller | TokenCaller, Depends(_configurer)]
AnyCaller = Annotated[Caller, Depends(_caller)]
Writer = Annotated[Caller, Depends(_writer)]
Admin = Annotated[Caller, Depends(_admin)]
