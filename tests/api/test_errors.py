"""Every refusal has one form, a page that explains it, and tells nothing about the inside."""

from dataclasses import replace

import duckdb
import pytest

from api import error_pages
from api.envelope import envelope, type_of
from api.errors import MAX_DETAILS, FieldFault, InvalidFields, path_of
from core.errors import InvalidTimeRange
from core.settings import Settings
from core.store.query import Query
from core.store.readers import Reader
from tests.builders.api import Api, Installation, api_over, code

FIELDS = {"type", "code", "message", "param", "documentation_url"}


@pytest.mark.parametrize(
    ("method", "path", "status", "kind", "error"),
    [
        ("GET", "/metrics/cost.total?x=1", 400, "invalid_request_error", "INVALID_PARAMETER"),
        ("GET", "/metrics/cost.total/series", 400, "invalid_request_error", "MISSING_PARAMETER"),
        ("GET", "/metrics/nothing", 404, "not_found_error", "METRIC_NOT_FOUND"),
        ("GET", "/alerts/nothing", 404, "not_found_error", "ALERT_NOT_FOUND"),
        ("GET", "/nothing", 404, "not_found_error", "NOT_FOUND"),
        ("PUT", "/alerts", 405, "invalid_request_error", "METHOD_NOT_ALLOWED"),
        ("OPTIONS", "/alerts", 405, "invalid_request_error", "METHOD_NOT_ALLOWED"),
        ("TRACE", "/alerts", 405, "invalid_request_error", "METHOD_NOT_ALLOWED"),
    ],
)
def test_a_refusal_has_the_one_form(shared_api: Api, method, path, status, kind, error) -> None:
    answer = shared_api.call(method, path)
    said = answer.json()["error"]
    assert answer.json().keys() == {"error"} and said.keys() >= FIELDS
    assert (answer.status_code, said["type"], said["code"]) == (status, kind, error)
    assert said["documentation_url"] == f"https://api.example.com/errors/{error}"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"


def test_the_methods_that_there_are_are_told(shared_api: Api) -> None:
    assert shared_api.call("PUT", "/alerts").headers["allow"] == "GET, HEAD, POST"
    portals = "/v1/portal/configs"
    assert shared_api.call("DELETE", f"{portals}/portal_x").headers["allow"] == "GET, HEAD, PATCH"
    assert shared_api.call("OPTIONS", f"{portals}/portal_x/tokens").headers["allow"] == "POST"


def test_how_many_entries_a_list_may_have_is_said_in_our_words(shared_api: Api) -> None:
    body = {"metric_ids": ["cost.total"] * 51}
    said = shared_api.call("POST", "/metrics/batch", json=body).json()["error"]["message"]
    assert said == "metric_ids must have at most 50 entries; there are 51"


def test_every_code_has_a_page_and_every_page_a_code(shared_api: Api) -> None:
    assert error_pages.codes().keys() == error_pages.MEANINGS.keys()
    index = shared_api.client.get("/errors").text
    for error, status in error_pages.codes().items():
        page = shared_api.client.get(f"/errors/{error}")
        assert page.status_code == 200 and str(status) in page.text
        assert f"/errors/{error}" in index


def test_an_unknown_code_has_no_page(shared_api: Api) -> None:
    assert code(shared_api.client.get("/errors/<script>")) == (404, "NOT_FOUND")


def test_pages_hold_no_script_and_ask_no_other_host(shared_api: Api) -> None:
    for path in ("/docs", "/errors", "/errors/FORBIDDEN"):
        page = shared_api.client.get(path)
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert "<script" not in page.text and " style=" not in page.text and "onclick" not in page.text
        assert 'src="http' not in page.text and 'href="http' not in page.text
    assert shared_api.client.get("/docs/style.css").headers["content-type"].startswith("text/css")


def test_a_fault_inside_is_told_to_nobody(api: Api, monkeypatch) -> None:
    def break_down(*_: object) -> None:
        raise RuntimeError("SELECT secret FROM /srv/proofline WHERE customer = 'cust_b 777'")

    monkeypatch.setattr("api.routes.metrics.value", break_down)
    answer = api.get("/metrics/cost.total")
    assert code(answer) == (500, "INTERNAL_ERROR")
    assert answer.json()["error"]["type"] == "api_error"
    for word in ("SELECT", "/srv", "777", "RuntimeError", "Traceback"):
        assert word not in answer.text
    assert len(answer.headers["x-request-id"]) == 16
    assert answer.headers["x-ratelimit-limit"] == "300"


def test_why_a_snapshot_cannot_be_read_is_told_to_nobody(empty_api: Api) -> None:
    home = str(empty_api.services.settings.home)
    answer = empty_api.get("/metrics/cost.total")
    assert home in str(empty_api.services.metrics.problem)
    assert home not in answer.text and "CURRENT" not in answer.text


def test_a_question_that_takes_too_long_is_unavailable(
    settings: Settings, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_for_ever(reader: Reader, *_: object) -> None:
        reader.rows(Query("range(1000000000000)", ("sum(hash(range))",), is_shared=False))

    monkeypatch.setattr("api.routes.metrics.value", read_for_ever)
    with api_over(replace(settings, query_seconds=3), installation) as api:
        answer = api.get("/metrics/cost.total", "all")
        assert code(answer) == (503, "UNAVAILABLE")
        assert int(answer.headers["retry-after"]) >= 1
        assert api.get("/metrics/cost.total/series?start=2026-10-01", "all").status_code == 200


def test_without_numbers_data_is_unavailable_and_definitions_are_not(empty_api: Api) -> None:
    answer = empty_api.get("/metrics/cost.total")
    assert code(answer) == (503, "NOTHING_PUBLISHED")
    assert int(answer.headers["retry-after"]) >= 1
    assert empty_api.get("/metrics/custom").json()["total"] == 0
    assert empty_api.client.get("/ready").status_code == 503
    assert empty_api.client.get("/health").json()["status"] == "degraded"


def test_portal_addresses_call_a_malformed_request_by_the_portals_word() -> None:
    assert type_of(400, "/v1/portal/configs") == "validation_error"
    assert type_of(400, "/v1/analytics/metrics") == "invalid_request_error"
    assert type_of(503, "/v1/portal/configs") == "api_error"


def test_a_path_is_written_as_people_write_it() -> None:
    assert path_of(("body", "metrics", 2, "size", "width")) == "metrics[2].size.width"
    assert path_of(("query", "limit")) == "limit"
    assert path_of(("body",)) == "body"


def test_several_faults_are_told_once_each_and_not_without_end() -> None:
    error = InvalidFields([FieldFault(f"f{n}", "is not known here") for n in range(500)])
    assert error.param == "f0" and len(error.faults) == MAX_DETAILS and len(error.message) < 5000


def test_a_reason_names_what_to_do() -> None:
    said = envelope(
        InvalidTimeRange("start must be before end", param="start"), path="/v1/analytics/x", base_url="b"
    )
    assert said["error"]["message"] == "start must be before end"


def test_a_head_is_answered_as_the_get_it_stands_for_without_the_body(shared_api: Api) -> None:
    head, get = shared_api.call("HEAD", "/metrics/cost.total"), shared_api.get("/metrics/cost.total")
    assert (head.status_code, head.text) == (200, "")
    assert head.headers["etag"] == get.headers["etag"]
    assert head.headers["content-length"] == get.headers["content-length"]


@pytest.mark.parametrize("kind", ["IOException", "InterruptException", "OutOfMemoryException"])
def test_a_snapshot_that_cannot_be_read_is_unavailable_and_no_fault(api: Api, monkeypatch, kind: str) -> None:
    def break_down(*_: object) -> None:
        raise getattr(duckdb, kind)("Corrupt block in /srv/published/snap-777.duckdb")

    monkeypatch.setattr("api.routes.metrics.value", break_down)
    answer = api.get("/metrics/cost.total")
    assert code(answer) == (503, "UNAVAILABLE")
    assert "/srv" not in answer.text and int(answer.headers["retry-after"]) >= 1
