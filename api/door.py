"""The outermost layer: every request gets an id, one answer in our form, one line in the log, one count.

Nothing that is raised further in leaves through here as anything but the envelope.
"""

import random
import secrets
import time
from collections.abc import Iterable
from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.bounds import check_request_line
from api.envelope import refusal
from api.errors import InternalError
from api.services import Services
from core.errors import ProoflineError

_ON_EVERY_ANSWER = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]
_UNROUTED = "(none)"
_log = structlog.get_logger("api")


class Door:
    """ASGI: the first to see a request and the last to see its answer."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._app = app
        self._services = services
        # Ids tell requests apart and are no secret. Asking the system for each gives the interpreter away meanwhile,
        # and getting it back from the threads that work on answers takes longer than all else that is done here.
        self._ids = random.Random(secrets.randbits(128))  # noqa: S311

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Nothing from the process-wide state may travel from one request into another.
        request_id = f"{self._ids.getrandbits(64):016x}"
        visit = _Visit({**scope, "state": dict(scope.get("state") or {})}, send, request_id)
        try:
            check_request_line(visit.scope)
            await self._app(visit.scope, receive, visit.send)
        except ProoflineError as error:
            await self._refuse(visit, error)
        except Exception:
            _log.exception("request failed", request_id=visit.request_id, route=visit.route)
            await self._refuse(visit, InternalError("Something went wrong here, not in the request"))
        finally:
            self._record(visit)

    async def _refuse(self, visit: "_Visit", error: ProoflineError) -> None:
        if visit.status is not None:
            return
        base_url = self._services.settings.base_url
        answer = refusal(error, path=visit.scope["path"], base_url=base_url)
        await answer(visit.scope, _nothing, visit.send)

    def _record(self, visit: "_Visit") -> None:
        seconds = time.perf_counter() - visit.began
        status = visit.status or 499
        self._services.monitoring.answered(visit.method, visit.route, status, seconds)
        _log.info(
            "request",
            request_id=visit.request_id,
            method=visit.method,
            route=visit.route,
            status=status,
            ms=round(seconds * 1000, 2),
            **visit.identity,
        )


class _Visit:
    """One request on its way through; a HEAD is answered as the GET it stands for, without the body."""

    def __init__(self, scope: dict[str, Any], send: Send, request_id: str) -> None:
        self.method: str = scope["method"]
        self.scope = {**scope, "method": "GET"} if self.method == "HEAD" else scope
        self.scope["state"]["is_head"] = self.method == "HEAD"
        self.request_id = request_id
        self.began = time.perf_counter()
        self.status: int | None = None
        self._send = send

    @property
    def route(self) -> str:
        found = self.scope["state"].get("route") or getattr(self.scope.get("route"), "path", _UNROUTED)
        return str(found)

    @property
    def identity(self) -> dict[str, str | None]:
        """Who asked, as far as that was found out; why a token was refused, never the token."""
        state = self.scope["state"]
        told = {name: state[name] for name in ("portal_id", "refused_token") if name in state}
        return {"key_id": state.get("key_id"), **told}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = {**message, "headers": [*message["headers"], *self._headers(message["headers"])]}
        elif self.method == "HEAD":
            message = {**message, "body": b""}
        await self._send(message)

    def _headers(self, own: Iterable[tuple[bytes, bytes]]) -> Iterable[tuple[bytes, bytes]]:
        yield from _ON_EVERY_ANSWER
        if not any(name == b"cache-control" for name, _ in own):
            yield b"cache-control", b"no-store"
        yield b"x-request-id", self.request_id.encode()
        yield from self.scope["state"].get("headers", ())
        yield from self.scope["state"].get("cross_origin", ())


async def _nothing() -> Message:
    return {"type": "http.disconnect"}
