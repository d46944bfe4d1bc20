"""Which pages of other origins may read a portal's answers in a browser: those of domains that may embed it.

Only what a portal token asks for is shared, with the very origin that asked, never with cookies. A browser asks
before it sends the token; that question is answered for the portal that the address names.
"""

import re
from collections.abc import Mapping

from starlette.types import Scope

from api.portal_tokens import Admitted
from api.standings import Standings
from core.portals.domains import allows_origin

Headers = tuple[tuple[bytes, bytes], ...]

_SHARED = re.compile(
    r"/v1/portal/configs/(portal_[A-Za-z0-9_]{1,100})/data|/embed/(portal_[A-Za-z0-9]{1,100})(?:/.*)?"
)
_VARY = (b"vary", b"Origin")
_EXPOSED = b"ETag, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id"
_PREFLIGHT: Headers = (
    (b"access-control-allow-methods", b"GET, HEAD"),
    (b"access-control-allow-headers", b"authorization, x-api-version, if-none-match"),
    (b"access-control-max-age", b"600"),
)


async def preflight(scope: Scope, headers: Mapping[bytes, bytes], standings: Standings) -> Headers | None:
    """What to answer a browser that asks whether it may ask; None for every other request."""
    if scope["method"] != "OPTIONS" or b"access-control-request-method" not in headers:
        return None
    shared = _SHARED.fullmatch(scope["path"])
    origin = headers.get(b"origin")
    if shared is None or origin is None:
        return None
    standing = await standings.of(shared[1] or shared[2])
    if standing is None or not allows_origin(standing.portal.access, origin.decode("latin-1")):
        return (_VARY,)
    return (*_allowed(origin), *_PREFLIGHT)


def data_headers(path: str, headers: Mapping[bytes, bytes], admitted: Admitted | None) -> Headers:
    """What every answer at an address that is shared says of other origins; nothing elsewhere."""
    shared = _SHARED.fullmatch(path)
    if shared is None:
        return ()
    origin = headers.get(b"origin")
    if origin is None or admitted is None or admitted.claims.portal_id != (shared[1] or shared[2]):
        return (_VARY,)
    access = admitted.standing.portal.access
    return _allowed(origin) if allows_origin(access, origin.decode("latin-1")) else (_VARY,)


def _allowed(origin: bytes) -> Headers:
    return ((b"access-control-allow-origin", origin), (b"access-control-expose-headers", _EXPOSED), _VARY)
