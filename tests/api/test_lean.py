"""Questions go past the framework's dependencies; what guards every other route guards them too."""

import duckdb
import pytest
from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute

from api.deps import AnyCaller, Writer
from api.lean import ShortWay, asks_for_little
from core.store.readers import Reader
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
    assert asks_for_little(route) is is_short


def test_every_question_goes_the_short_way(api: Api) -> None:
    short = ShortWay(api.client.app, api.services, api.client.app.routes)  # type: ignore[attr-defined]
    assert all(short._find(path.partition("?")[0]) for path in QUESTIONS)


@pytest.mark.parametrize(
    "path", ["/v1/analytics/metrics/custom", "/v1/analytics/metrics/batch/x", "/v1/portal/configs"]
)
def test_the_first_route_of_a_path_answers_it_whichever_way_it_goes(api: Api, path: str) -> None:
    short = ShortWay(api.client.app, api.services, api.client.app.routes)  # type: ignore[attr-defined]
    assert short._find(path) is None


def test_what_the_short_way_refuses_comes_in_the_one_form(api: Api) -> None:
    for path, refused in (
        ("/metrics/nope", "METRIC_NOT_FOUND"),
        ("/metrics/cost.total?x=1", "INVALID_PARAMETER"),
    ):
        answer = api.get(path)
        assert answer.json()["error"]["code"] == refused
        assert answer.headers["x-request-id"] and answer.headers["x-ratelimit-limit"] == "300"


@pytest.mark.parametrize("trouble", [duckdb.IOException("/secret"), duckdb.InterruptException("x")])
def test_a_snapshot_that_cannot_be_read_is_told_without_its_name(
    api: Api, trouble: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise trouble

    monkeypatch.setattr(Reader, "rows", fails)
    answer = api.get("/metrics/cost.total")
    assert code(answer) == (503, "UNAVAILABLE") and "secret" not in answer.text
    assert answer.headers["retry-after"] == "5"
