"""What routes ask for by type: the services, the caller with the role they need, the customer they may see.

A route that asks for none of these is open to everybody, so a test holds that every route under /v1 asks.
They are coroutines because each plain function would cost a request a trip through the thread pool.
"""

from collections import Counter
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from api.entry import Caller
from api.json_body import shown
from api.services import Services, services_of
from core.errors import Forbidden, InvalidParameter, Unauthorized
from core.keys import Role


async def _services(request: Request) -> Services:
    return services_of(request)


async def _caller(request: Request) -> Caller:
    caller = request.scope["state"].get("caller")
    if not isinstance(caller, Caller):
        raise Unauthorized("This needs an API key in the header Authorization: Bearer pl_live_…")
    return caller


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
AnyCaller = Annotated[Caller, Depends(_caller)]
Writer = Annotated[Caller, Depends(_writer)]
Admin = Annotated[Caller, Depends(_admin)]
