"""Nobody gets past without a key that is right, and nobody asks more often than the table says."""

import time

import pytest

from tests.builders.api import Api, code, fault

KEYLESS = [None, "", "Bearer", "Bearer ", "pl_live_x", "Basic c2s6", "Token x"]


@pytest.mark.parametrize("header", KEYLESS)
def test_without_a_key_there_is_no_answer(api: Api, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = api.get("/metrics/cost.total", None, headers=headers)
    assert code(answer) == (401, "UNAUTHORIZED")
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "change",
    [
        lambda k: f"bearer  {k}",
        lambda k: f"Bearer {k}\\u0000",
        lambda k: f"Bearer {k[:8]}",
        lambda k: f"Bearer {k[:-1]}",
        lambda k: f"Bearer {k},{k}",
        lambda k: f"Bearer {k} {k}",
        lambda k: f"Bearer\t{k}",
        lambda k: f"Bearer {k.upper()}",
    ],
)
def test_only_the_very_key_opens(api: Api, change) -> None:
    answer = api.get("/metrics/cost.total", None, headers={"Authorization": change(api.texts["a"])})
    assert code(answer) == (401, "UNAUTHORIZED")


def test_the_scheme_is_read_in_any_case(api: Api) -> None:
    answer = api.get("/metrics/cost.total", None, headers={"Authorization": f"bearer {api.texts['a']}"})
    assert answer.status_code == 200


def test_a_key_in_the_address_is_no_key(api: Api) -> None:
    assert code(api.get(f"/metrics/cost.total?api_key={api.texts['a']}", None)) == (401, "UNAUTHORIZED")


def test_two_authorization_headers_are_ambiguous(api: Api) -> None:
    headers = [("Authorization", f"Bearer {api.texts['a']}"), ("Authorization", f"Bearer {api.texts['b']}")]
    answer = api.client.get("/v1/analytics/metrics/cost.total", headers=headers)
    assert fault(answer) == (400, "INVALID_PARAMETER", "authorization")


def test_a_revoked_key_stops_within_a_second(api: Api) -> None:
    from datetime import UTC, datetime

    from core.keys import revoke_key

    assert api.get("/metrics/cost.total").status_code == 200
    revoke_key(api.services.store, api.key_ids["a"], now=datetime.now(UTC))
    time.sleep(0.6)
    assert code(api.get("/metrics/cost.total")) == (401, "UNAUTHORIZED")
    assert api.get("/metrics/cost.total", "b").status_code == 200


def test_guessing_keys_ends_after_twenty_but_right_keys_still_work(api: Api) -> None:
    guesses = [
        api.get("/metrics", None, headers={"Authorization": f"Bearer pl_live_wrong{n}"}) for n in range(25)
    ]
    assert [g.status_code for g in guesses] == [401] * 20 + [429] * 5
    assert int(guesses[-1].headers["retry-after"]) >= 1
    assert api.get("/metrics/cost.total").status_code == 200


@pytest.mark.parametrize(("path", "limit"), [("/metrics/cost.total", 300), ("/alerts", 300)])
def test_exactly_the_limit_of_reads_is_answered(api: Api, path: str, limit: int) -> None:
    answers = [api.get(path) for _ in range(limit + 1)]
    assert [a.status_code for a in answers] == [200] * limit + [429]
    assert [int(a.headers["x-ratelimit-remaining"]) for a in answers] == [*range(limit - 1, -1, -1), 0]
    refused = answers[-1]
    assert code(refused) == (429, "RATE_LIMITED")
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert abs(int(refused.headers["x-ratelimit-reset"]) - time.time()) <= 61
    assert api.get(path, "b").status_code == 200


def test_writes_and_batches_have_limits_of_their_own(api: Api) -> None:
    writes = [api.delete("/alerts/alert_x").status_code for _ in range(61)]
    assert writes == [404] * 60 + [429]
    batch = {"metric_ids": ["cost.total"]}
    assert [api.post("/metrics/batch", batch).status_code for _ in range(31)] == [200] * 30 + [429]
    assert api.get("/alerts").status_code == 200


def test_a_forged_forwarding_header_changes_no_limit(api: Api) -> None:
    for n in range(21):
        answer = api.get(
            "/metrics", None, headers={"Authorization": "Bearer x", "X-Forwarded-For": f"10.0.0.{n}"}
        )
    assert answer.status_code == 429


@pytest.mark.parametrize("who", ["a", None])
def test_every_answer_says_where_the_caller_stands(api: Api, who: str | None) -> None:
    for path in ("/metrics/cost.total", "/nothing/here", "/metrics/cost.total?x=1"):
        headers = api.get(path, who).headers
        for name in ("limit", "remaining", "reset"):
            assert int(headers[f"x-ratelimit-{name}"]) >= 0


def test_health_has_no_limit(api: Api) -> None:
    answers = [api.client.get("/health") for _ in range(310)]
    assert {a.status_code for a in answers} == {200}
    assert "x-ratelimit-limit" not in answers[-1].headers


@pytest.mark.parametrize("version", ["2024-01-01", "", "latest", "2025-01-06, 2025-01-06"])
def test_another_version_than_the_only_one_is_refused(api: Api, version: str) -> None:
    answer = api.get("/metrics/cost.total", headers={"x-api-version": version})
    assert fault(answer) == (400, "UNSUPPORTED_API_VERSION", "x-api-version")


def test_the_version_may_be_said_or_left_out(api: Api) -> None:
    assert api.get("/metrics/cost.total", headers={"x-api-version": "2025-01-06"}).status_code == 200
    assert api.get("/metrics/cost.total").status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/metrics/custom"),
        ("PATCH", "/metrics/custom/cm_x"),
        ("DELETE", "/metrics/custom/cm_x"),
        ("POST", "/alerts"),
        ("PATCH", "/alerts/alert_x"),
        ("DELETE", "/alerts/alert_x"),
    ],
)
def test_a_key_that_reads_may_not_change_anything(api: Api, method: str, path: str) -> None:
    body = {} if method != "DELETE" else None
    assert code(api.call(method, path, "reader_a", json=body)) == (403, "FORBIDDEN")


@pytest.mark.parametrize("path", ["/metrics/batch", "/metrics/custom/validate"])
def test_a_key_that_reads_may_ask_by_post(api: Api, path: str) -> None:
    bodies = {
        "/metrics/batch": {"metric_ids": ["cost.total"]},
        "/metrics/custom/validate": {"formula": {"type": "arithmetic", "expression": "1", "inputs": []}},
    }
    assert api.post(path, bodies[path], "reader_a").status_code == 200


def test_an_unknown_address_asks_for_a_key_first(api: Api) -> None:
    assert code(api.get("/v1/nothing", None)) == (401, "UNAUTHORIZED")
    assert code(api.get("/v1/nothing")) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    "path", ["/v1//analytics/metrics", "/v1/analytics/metrics/", "//v1/analytics/metrics"]
)
def test_a_strange_spelling_of_an_address_is_another_address(api: Api, path: str) -> None:
    answer = api.client.get(f"http://testserver{path}", headers={"Authorization": f"Bearer {api.texts['a']}"})
    assert answer.status_code == 404
    assert api.client.get(f"http://testserver{path}").status_code in (401, 404)


def test_headers_that_claim_another_method_or_address_are_ignored(api: Api) -> None:
    headers = {"X-HTTP-Method-Override": "DELETE", "X-Original-URL": "/v1/analytics/alerts"}
    assert api.get("/metrics/cost.total", headers=headers).json()["id"] == "cost.total"
