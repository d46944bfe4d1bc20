"""Questions go past the framework's dependencies; what guards every other route guards them too."""

import pytest
from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute

from api.deps import AnyCaller, Writer
from api.lean import lean
from tests.builders.api import Api, code

QUESTIONS = (
    "/v1/analytics/metrics",
    "/v1/analytics/metrics/cost.total",
    "/v1/analytics/metrics/cost.total/series?start=2026-01-01",
    "/v1/analytics/metrics/perf.latency.distribution/distribution?start=2026-01-01",
    "/v1/analytics/dashboard/summary",
)


@pytest.mark.parametrize("path", QUESTIONS)
def test_nobody_asks_without_a_key(api: Api, path: str) -> None:
    assert code(api.get(path, None)) == (401, "UNAUTHORIZED")
    assert code(api.get(path, None, headers={"Authorization": "Bearer pl_live_" + "x" * 40})) == (
        401,
        "UNAUTHORIZED",
    )


def a_question(request: Request, caller: AnyCaller) -> Response:
    return Response(str((request, caller)))


def a_change(request: Request, caller: Writer) -> Response:
    return Response(str((request, caller)))


def a_question_about(request: Request, caller: AnyCaller, start: str) -> Response:
    return Response(str((request, caller)))


@pytest.mark.parametrize(
    ("endpoint", "method", "is_short"),
    [
        (a_question, "GET", True),
        (a_question, "POST", False),
        (a_change, "GET", False),
        (a_question_about, "GET", False),
    ],
)
def test_only_who_asks_for_nothing_more_goes_the_short_way(endpoint, method, is_short) -> None:  # type: ignore[no-untyped-def]
    route = APIRoute("/v1/x", endpoint, methods=[method], response_model=None)
    before = route.app
    assert (lean(route).app is not before) is is_short
