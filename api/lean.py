"""Questions are answered without the framework's own way to an endpoint.

It reads the query once more, walks a tree of dependencies and keeps two stacks of contexts for every request, which
takes a question a twentieth of its time. A route that asks for nothing but the request, its path and who asks needs
none of that. What it declares stays what the reference and the tests see.
"""

from collections.abc import Callable
from functools import partial
from inspect import signature
from typing import Any

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from api.deps import AnyCaller, identified_caller


def lean(route: APIRoute) -> APIRoute:
    """The route, with the short way to its endpoint if that is enough for it."""
    if _asks_for_little(route):
        route.app = _answering(route.endpoint)
    return route


def _asks_for_little(route: APIRoute) -> bool:
    asked = {name: p.annotation for name, p in signature(route.endpoint).parameters.items()}
    usual = {"request": Request, "caller": AnyCaller, **dict.fromkeys(route.param_convertors, str)}
    return route.methods == {"GET"} and not route.dependencies and asked == usual


def _answering(endpoint: Callable[..., Any]) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        asked = {"request": request, "caller": identified_caller(request), **scope["path_params"]}
        response = await run_in_threadpool(partial(endpoint, **asked))
        await response(scope, receive, send)

    return app
