"""Who asks, how often, and in which version: what every request under /v1 passes before it is routed.

Only the identity is established here. What it may do is decided where the thing it asks for is known, so a
request that got past this by a strange address still finds every route closed.
"""

import re
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from api.answers import JSON, PRIVATE, has_tag
from api.bounds import read_body, read_query, replay
from api.cache import CachedQuestion, ReadyAnswer
from api.cross_origin import data_headers, preflight
from api.errors import too_many
from api.json_body import WHOLE_BODY, read_json
from api.limits import Category, Standing, category_of, counted_as
from api.portal_tokens import Admitted
from api.services import Services
from core.errors import InvalidParameter, Unauthorized, UnsupportedApiVersion
from core.keys import ApiKey
from core.tokens import Permission, Refused

API_VERSION = "2025-01-06"
PREFIX = "/v1/"
_BEARER = re.compile(rb"[Bb][Ee][Aa][Rr][Ee][Rr] ([\x21-\x7e]{1,4096})")


@dataclass(frozen=True)
class Caller:
    """Whose key a request brought; `customer_id` is the only customer it may see, None is all of them."""

    key: ApiKey

    @property
    def customer_id(self) -> str | None:
        return self.key.customer_id

    @property
    def name(self) -> str:
        return self.key.key_id


@dataclass(frozen=True)
class TokenCaller:
    """Whose portal token a request brought: it sees that portal, of that customer, and nothing else."""

    admitted: Admitted

    @property
    def portal_id(self) -> str:
        return self.admitted.claims.portal_id

    @property
    def customer_id(self) -> str:
        return self.admitted.claims.customer_id

    @property
    def name(self) -> str:
        # Of two portals, or of whoever signs elsewhere, the same jti may be two tokens.
        return f"{self.portal_id}:{self.admitted.claims.jti}"

    def may(self, permission: Permission) -> bool:
        return self.admitted.may(permission)


class Entry:
    """ASGI: asks for a key or a token under /v1, counts, reads the body, and lets everything else pass."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._app = app
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if scope["method"] == "OPTIONS" and await self._is_preflight(scope, headers):
            await _send_nothing(send)
            return
        caller = await self._identify(scope, headers.get(b"authorization"))
        is_key = isinstance(caller, Caller)
        category = category_of(scope["method"], scope["path"]) if is_key else Category.PORTAL_DATA
        if category is Category.PORTAL_DATA:
            admitted = caller.admitted if isinstance(caller, TokenCaller) else None
            scope["state"]["cross_origin"] = data_headers(scope["path"], headers, admitted)
        self._count(scope, category, caller.name)
        _check_version(headers.get(b"x-api-version"))
        query = read_query(scope)
        scope["state"] |= {"caller": caller, "query": query}
        # A ready answer was made for a key; a token may see less of the same customer.
        if is_key and scope["method"] == "GET" and self._services.settings.answer_cache_bytes:
            question = CachedQuestion.of(caller.customer_id, scope["path"], query)
            ready = self._services.answers.get(question, self._services.metrics.snapshot_name)
            if ready is not None:
                await self._answer(ready, scope, headers, send)
                return
            scope["state"]["question"] = question
        body = await read_body(scope, receive)
        # Where a body may be left out, nothing in its place is a slip, and never means all.
        if body and read_json(body) is None:
            raise InvalidParameter("The body must be an object", param=WHOLE_BODY)
        scope["state"]["body"] = body
        await self._app(scope, replay(body), send)

    async def _is_preflight(self, scope: Scope, headers: dict[bytes, bytes]) -> bool:
        """Whether a browser asks for a page of another origin; what it is told goes with the answer."""
        asked = await preflight(scope, headers, self._services.standings)
        if asked is None:
            return False
        scope["state"]["cross_origin"] = asked
        self._count(scope, Category.PAGE, _address(scope))
        return True

    async def _answer(
        self, ready: ReadyAnswer, scope: Scope, headers: dict[bytes, bytes], send: Send
    ) -> None:
        self._services.monitoring.answered_from_cache()
        scope["state"]["route"] = ready.route
        told = headers.get(b"if-none-match")
        is_known = told is not None and has_tag(told.decode("latin-1"), ready.etag)
        await _send(send, b"" if is_known else ready.body, ready.etag, status=304 if is_known else 200)

    async def _identify(self, scope: Scope, header: bytes | None) -> Caller | TokenCaller:
        address = _address(scope)
        bearer = _BEARER.fullmatch(header or b"")
        text = bearer[1].decode("ascii") if bearer else ""
        if "." in text:
            return await self._identify_token(scope, text)
        key = await self._services.keys.find(text) if bearer else None
        if key is not None:
            scope["state"]["key_id"] = key.key_id
            return Caller(key)
        if header is None:
            self._tell(scope, self._services.limits.standing(Category.WRONG_KEY, address))
            raise Unauthorized("This needs an API key in the header Authorization: Bearer pl_live_…")
        self._count(scope, Category.WRONG_KEY, address)
        raise Unauthorized("This API key is not valid")

    async def _identify_token(self, scope: Scope, text: str) -> TokenCaller:
        """No key has a dot in it, and every token has two."""
        found = await self._services.tokens.admit(text)
        if isinstance(found, Refused):
            scope["state"]["refused_token"] = found.reason.value
            self._count(scope, Category.WRONG_KEY, _address(scope))
            raise Unauthorized(found.sentence)
        scope["state"]["portal_id"] = found.claims.portal_id
        return TokenCaller(found)

    def _count(self, scope: Scope, category: Category, who: str) -> None:
        if not self._services.settings.rate_limits:
            return
        standing = self._services.limits.spend(category, who)
        self._tell(scope, standing)
        if not standing.is_allowed:
            raise too_many(standing.seconds_to_wait)

    def _tell(self, scope: Scope, standing: Standing) -> None:
        if self._services.settings.rate_limits:
            scope["state"]["headers"] = standing.headers


def _address(scope: Scope) -> str:
    return counted_as(scope["client"][0]) if scope.get("client") else "unknown"


async def _send_nothing(send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def _send(send: Send, body: bytes, etag: str, *, status: int) -> None:
    """A ready answer, past the framework, with the headers that `answers.tagged_answer` gives."""
    headers = [(b"etag", etag.encode()), (b"cache-control", PRIVATE.encode())]
    if status == 200:
        headers += [(b"content-type", JSON.encode()), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _check_version(header: bytes | None) -> None:
    if header is not None and header.decode("latin-1").strip() != API_VERSION:
        raise UnsupportedApiVersion(f"The only version is {API_VERSION}", param="x-api-version")
