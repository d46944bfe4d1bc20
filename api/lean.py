"""Questions are answered without the framework's own way to an endpoint.

It looks through all routes, reads the query once more, walks a tree of dependencies and keeps two stacks of contexts
for every request, which takes a question a tenth of its time. A route that asks for nothing but the request, its path
and who asks needs none of that. It stays a route like any other, for the reference, the tests and other methods.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from inspect import signature

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from api.deps import AnyCaller, identified_caller
from api.entry import PREFIX
from api.errors import UNREADABLE, from_store
from api.services import Services

_MAX_REMEMBERED = 512


@dataclass(frozen=True)
class _Question:
    """The route that answers a GET of one path, and what its path names."""

    route: APIRoute
    named: dict[str, str]


class ShortWay:
    """ASGI: answers questions, and lets everything else pass. What guards every request stands before it."""

    def __init__(self, app: ASGIApp, services: Services, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        self._services = services
        self._routes = routes
        # What is asked about the metrics are a few dozen paths; any other is looked for again.
        self._at = lru_cache(_MAX_REMEMBERED)(self._find)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_read = scope["type"] == "http" and scope["method"] == "GET" and scope["path"].startswith(PREFIX)
        question = self._at(scope["path"]) if is_read else None
        if question is None:
            await self._app(scope, receive, send)
            return
        scope["route"], scope["path_params"] = question.route, question.named
        request = Request(scope, receive, send)
        caller = identified_caller(request)
        asked = partial(question.route.endpoint, request=request, caller=caller, **question.named)
        try:
            answer = await self._services.workers.run(asked)
        except UNREADABLE as error:
            raise from_store(error) from error
        await answer(scope, receive, send)

    def _find(self, path: str) -> _Question | None:
        """The question at this path; None where the first route that takes it needs more than is here."""
        asked = {"type": "http", "method": "GET", "path": path, "root_path": ""}
        for route in self._routes:
            match, found = route.matches(asked)
            if match is not Match.FULL:
                continue
            if isinstance(route, APIRoute) and asks_for_little(route):
                return _Question(route, found["path_params"])
            break
        return None


def asks_for_little(route: APIRoute) -> bool:
    """Whether the route reads nothing that only the framework can give it."""
    asked = {name: p.annotation for name, p in signature(route.endpoint).parameters.items()}
    usual = {"request": Request, "caller": AnyCaller, **dict.fromkeys(route.param_convertors, str)}
    return route.methods == {"GET"} and not route.dependencies and asked == usual
