"""The application: which layers a request passes and which routes there are.

`uvicorn api.main:app` works, made from the environment when it is first asked for; `server.run` is how the
command line starts it, with the checks that a server on a network needs.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from api import log, openapi
from api.door import Door
from api.entry import API_VERSION, Entry
from api.envelope import refusal
from api.errors import UNREADABLE, from_framework, from_store, from_validation
from api.lean import ShortWay
from api.portal_pages import PortalPages
from api.routes import (
    alerts,
    custom_metrics,
    customers,
    dashboard,
    evaluations,
    metrics,
    pages,
    portal_data,
    portal_tokens,
    portals,
    presets,
    report_archive,
    report_deliveries,
    reports,
    sender_secrets,
    service,
    webhook_deliveries,
    webhooks,
)
from api.services import Services, utc_now
from core.errors import ProoflineError
from core.settings import Settings, load

# Custom metrics come before the metrics, whose ids would take their word "custom" for one.
_ROUTERS = (
    evaluations.router,
    custom_metrics.router,
    metrics.router,
    dashboard.router,
    alerts.router,
    portals.router,
    presets.router,
    portal_data.router,
    portal_tokens.router,
    customers.router,
    customers.erasures,
    reports.router,
    report_archive.router,
    report_deliveries.router,
    webhooks.router,
    webhook_deliveries.router,
    sender_secrets.router,
    service.router,
    pages.router,
)
_NO_TELEMETRY: Any = {"tracing": False, "metrics": False, "logs": False, "operation_spans": False}


def create_app(settings: Settings, clock: Callable[[], datetime] = utc_now) -> FastAPI:
    """The application over this installation; its stores are opened when it starts."""
    log.ensure_configured(settings.log_level)
    services = Services(settings, clock)
    app = FastAPI(
        title="Proofline API",
        version=API_VERSION,
        description=openapi.DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        openapi_tags=openapi.TAGS,
        redirect_slashes=False,
        lifespan=_open(services),
        telemetry=_NO_TELEMETRY,
    )
    app.state.services = services
    app.router.routes.extend(_routes())
    # The last one added is the outermost.
    app.add_middleware(ShortWay, services=services, routes=app.routes)
    app.add_middleware(Entry, services=services)
    app.add_middleware(PortalPages, services=services)
    app.add_middleware(Door, services=services)
    _answer_refusals(app, settings.base_url)
    app.openapi = lambda: openapi.document(app)  # type: ignore[method-assign]
    return app


def _routes() -> Iterator[APIRoute]:
    """All routes side by side. An included router is searched twice for every request, and so are those before."""
    for router in _ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            route.operation_id = route.name
            yield route


def _open(services: Services) -> Any:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        services.open()
        try:
            yield
        finally:
            services.close()

    return lifespan


def _answer_refusals(app: FastAPI, base_url: str) -> None:
    def said(request: Request, error: ProoflineError) -> Response:
        return refusal(error, path=request.scope["path"], base_url=base_url)

    async def ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, ProoflineError)
        return said(request, error)

    async def the_frameworks(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        answer = said(request, from_framework(error))
        answer.headers.update(error.headers or {})
        if answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            answer.headers["Allow"] = _methods_at(request)
        return answer

    async def the_schemas(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return said(request, from_validation(list(error.errors())))

    async def the_snapshots(request: Request, error: Exception) -> Response:
        return said(request, from_store(error))

    app.add_exception_handler(ProoflineError, ours)
    for kind in UNREADABLE:
        app.add_exception_handler(kind, the_snapshots)
    app.add_exception_handler(HTTPException, the_frameworks)
    app.add_exception_handler(RequestValidationError, the_schemas)


def _methods_at(request: Request) -> str:
    """What can be asked here; the framework tells the methods of the first of several routes."""
    routes = (route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE)
    methods = {method for route in routes for method in getattr(route, "methods", None) or ()}
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))


def __getattr__(name: str) -> FastAPI:
    if name != "app":
        raise AttributeError(name)
    made = create_app(load())
    globals()["app"] = made
    return made
