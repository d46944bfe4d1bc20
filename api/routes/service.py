"""Whether the service lives and is ready, and what it counts: for whoever operates it."""

from ipaddress import ip_address

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

from api.answers import json_answer
from api.deps import ServicesDep
from api.health import health_of
from api.schemas import Refusal
from core.errors import Forbidden
from core.keys import Role, find_key

router = APIRouter(tags=["Service"])
PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8"
_PROXIED = ("forwarded", "x-forwarded-for", "via")


@router.get("/health", summary="Whether the process lives")
def get_health(services: ServicesDep) -> Response:
    """200 while the process lives; `status` is `degraded` when what it serves is missing, damaged or old."""
    return json_answer(health_of(services))


@router.get(
    "/ready",
    summary="Whether there is something to answer from",
    responses={503: {"description": "Nothing has been published yet"}},
)
def get_readiness(services: ServicesDep) -> Response:
    """503 without a published snapshot, so that a load balancer waits."""
    is_ready = services.metrics.snapshot_name is not None
    return json_answer({"ready": is_ready}, 200 if is_ready else 503)


@router.get(
    "/metrics",
    summary="What the process counts, as Prometheus reads it",
    response_class=PlainTextResponse,
    responses={403: {"model": Refusal, "description": "The key has not the role admin"}},
)
def get_process_metrics(request: Request, services: ServicesDep) -> Response:
    """For a key with the role admin; outside production also for this machine itself, not through a proxy."""
    if not (_is_this_machine(request, services) or _is_admin(request, services)):
        raise Forbidden("This needs a key with the role admin")
    health_of(services)
    return Response(services.monitoring.text(), media_type=PROMETHEUS_TEXT)


def _is_this_machine(request: Request, services: ServicesDep) -> bool:
    if services.settings.is_production or request.client is None:
        return False
    if any(name in request.headers for name in _PROXIED):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _is_admin(request: Request, services: ServicesDep) -> bool:
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    key = find_key(services.store, text) if scheme.lower() == "bearer" else None
    return key is not None and key.customer_id is None and key.role.includes(Role.ADMIN)
