"""Tokens of portals: who gets one and with what, what it opens, and what it never opens."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from core.portals.definition import Access, PortalStatus
from core.settings import Settings
from tests.builders.api import Api, Installation, api_over, code, fault
from tests.builders.doors import DRAFT, UNKNOWN, A, B
from tests.builders.portals import card, keep_portal, portal
from tests.builders.token_portals import GONE, ask, change, data
from tests.builders.tokens import HEADER, KEYS, bearer, decoded, issued, signed


def test_a_token_comes_as_the_documents_have_it(door: Api) -> None:
    answer = ask(door, {"expires_in": 3600, "permissions": ["read:metrics", "export:data"]})
    told = answer.json()
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    assert told["token_type"] == "Bearer"
    assert (told["portal_id"], told["customer_id"]) == (A, "cust_a")
    assert told["permissions"] == ["read:metrics", "export:data"]
    assert told["portal_url"] == f"https://api.example.com/p/{A}?token={told['token']}"
    claims = decoded(told["token"])
    assert claims["exp"] - claims["iat"] == 3600 and claims["jti"] == told["jti"]
    assert told["expires_at"] == datetime.fromtimestamp(claims["exp"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (claims["iss"], claims["aud"], claims["sub"]) == ("proofline", A, "cust_a")
    assert decoded(told["token"], 0) == HEADER


def test_everything_may_be_left_out(door: Api) -> None:
    for body in ({}, {"expires_in": None}, {"permissions": None}):
        claims = decoded(ask(door, body).json()["token"])
        assert (claims["exp"] - claims["iat"], claims["permissions"]) == (3600, ["read:metrics"])
    bare = door.client.post(f"/v1/portal/configs/{A}/tokens", headers=bearer(door.texts["a"]))
    assert bare.status_code == 201


@pytest.mark.parametrize("seconds", [60, 86_400])
def test_a_life_from_a_minute_to_a_day_is_given(door: Api, seconds: int) -> None:
    claims = decoded(ask(door, {"expires_in": seconds}).json()["token"])
    assert claims["exp"] - claims["iat"] == seconds


@pytest.mark.parametrize(
    "seconds", [86_401, 59, 0, -1, 1e308, 3600.0, 60.5, "3600", True, "NaN", [], {}, 10**14]
)
def test_another_life_is_refused_by_name(door: Api, seconds: Any) -> None:
    assert fault(ask(door, {"expires_in": seconds})) == (400, "INVALID_PARAMETER", "expires_in")


def test_a_setting_allows_a_month(settings: Settings, installation: Installation) -> None:
    longer = replace(settings, signing_keys=KEYS, max_token_seconds=30 * 86_400)
    with api_over(longer, installation) as api:
        keep_portal(api.services.store, portal(card("cost.total"), portal_id=A))
        text = issued(api, A, expires_in=30 * 86_400)
        assert data(api, text).status_code == 200
        assert fault(ask(api, {"expires_in": 30 * 86_400 + 1})) == (400, "INVALID_PARAMETER", "expires_in")


@pytest.mark.parametrize(
    ("permissions", "param"),
    [
        ([], "permissions"),
        (["read:metrics", "read:metrics"], "permissions"),
        (["*"], "permissions[0]"),
        (["read:metrics", "admin"], "permissions[1]"),
        ("read:metrics", "permissions"),
        ([5], "permissions[0]"),
    ],
)
def test_permissions_are_a_list_of_known_words(door: Api, permissions: Any, param: str) -> None:
    assert fault(ask(door, {"permissions": permissions})) == (400, "INVALID_PARAMETER", param)


def test_an_unknown_field_is_named(door: Api) -> None:
    assert fault(ask(door, {"portal_id": B})) == (400, "INVALID_PARAMETER", "portal_id")


def test_only_an_admin_key_gives_away_the_configuration(door: Api) -> None:
    body = {"permissions": ["configure:portal"]}
    assert fault(ask(door, body)) == (403, "FORBIDDEN", "permissions")
    assert ask(door, body, "admin").status_code == 201


def test_a_key_that_reads_gets_no_token(door: Api) -> None:
    assert code(ask(door, {}, "reader_a")) == (403, "FORBIDDEN")
    revoke = door.post(f"/v1/portal/configs/{A}/tokens/revoke", {}, "reader_a")
    assert code(revoke) == (403, "FORBIDDEN")


def test_a_foreign_portal_is_an_unknown_one(door: Api) -> None:
    foreign, unknown = ask(door, {}, portal_id=B), ask(door, {}, portal_id=UNKNOWN)
    assert code(foreign) == code(unknown) == (404, "PORTAL_NOT_FOUND")
    assert foreign.content == unknown.content
    paths = [f"/v1/portal/configs/{portal_id}/tokens/revoke" for portal_id in (B, UNKNOWN)]
    assert [code(door.post(path, {})) for path in paths] == [(404, "PORTAL_NOT_FOUND")] * 2


def test_a_portal_that_is_not_active_has_no_tokens_but_a_draft_may_be_tried(door: Api) -> None:
    assert code(ask(door, {}, portal_id=DRAFT)) == (409, "PORTAL_NOT_ACTIVE")
    assert code(ask(door, {}, portal_id=GONE)) == (409, "PORTAL_NOT_ACTIVE")
    assert code(ask(door, {"preview": True}, portal_id=GONE)) == (409, "PORTAL_NOT_ACTIVE")
    text = ask(door, {"preview": True}, portal_id=DRAFT).json()["token"]
    assert data(door, text, DRAFT).status_code == 200


def test_an_ordinary_token_does_not_open_a_portal_that_went_back_to_draft(door: Api) -> None:
    text = issued(door, A)
    assert data(door, text).status_code == 200
    change(door, A, status=PortalStatus.DRAFT)
    time.sleep(0.6)
    assert code(data(door, text)) == (401, "UNAUTHORIZED")
    change(door, A, status=PortalStatus.ACTIVE)
    time.sleep(0.6)
    assert data(door, text).status_code == 200
    change(door, A, status=PortalStatus.ARCHIVED)
    time.sleep(0.6)
    assert code(data(door, text)) == (401, "UNAUTHORIZED")


def test_the_same_request_again_gets_the_same_token_and_the_store_never_holds_it(door: Api) -> None:
    headers = {"Idempotency-Key": "once"}
    first = ask(door, {"expires_in": 60}, headers=headers)
    again = ask(door, {"expires_in": 60}, headers=headers)
    assert first.json() == again.json() and again.status_code == 201
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["cache-control"] == "no-store"
    assert code(ask(door, {"expires_in": 61}, headers=headers)) == (409, "IDEMPOTENCY_CONFLICT")
    disk = door.services.settings.control_path.read_bytes()
    assert first.json()["token"].rsplit(".", 1)[1].encode() not in disk


def test_a_token_reads_its_own_portal_and_nothing_else(door: Api) -> None:
    text = issued(door, A)
    answer = data(door, text)
    assert answer.status_code == 200 and answer.json()["customer_id"] == "cust_a"
    assert "777" not in answer.text
    foreign, unknown = data(door, text, B), data(door, text, UNKNOWN)
    assert code(foreign) == code(unknown) == (404, "PORTAL_NOT_FOUND")
    assert foreign.content == unknown.content


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/analytics/metrics/cost.total"),
        ("GET", "/v1/analytics/metrics"),
        ("GET", "/v1/analytics/dashboard/summary"),
        ("POST", "/v1/analytics/metrics/batch"),
        ("GET", "/v1/analytics/alerts"),
        ("POST", f"/v1/portal/configs/{A}/tokens"),
        ("POST", f"/v1/portal/configs/{A}/tokens/revoke"),
    ],
)
def test_a_token_with_every_permission_is_no_key(door: Api, method: str, path: str) -> None:
    body = {"metric_ids": ["cost.total"]} if path.endswith("batch") else {}
    sent = {} if method == "GET" else {"json": body}
    # What a key has just been answered is no answer for a token of the same customer.
    door.call(method, path, "a", **sent)
    text = issued(door, A, "read:metrics", "export:data", "configure:portal")
    expected = (403, "FORBIDDEN") if A in path else (401, "UNAUTHORIZED")
    assert code(door.call(method, path, None, headers=bearer(text), **sent)) == expected


def test_a_foreign_portal_has_no_tokens_for_a_token_either(door: Api) -> None:
    text = issued(door, A)
    answers = [
        ask(door, {}, who=None, portal_id=portal_id, headers=bearer(text)) for portal_id in (B, UNKNOWN)
    ]
    assert [code(answer) for answer in answers] == [(404, "PORTAL_NOT_FOUND")] * 2
    assert answers[0].content == answers[1].content


def test_reading_needs_the_permission_to_read(door: Api) -> None:
    assert code(data(door, issued(door, A, "export:data"))) == (403, "FORBIDDEN")
    assert code(data(door, issued(door, A, "configure:portal"))) == (403, "FORBIDDEN")


def test_where_a_password_is_asked_for_a_link_alone_reads_nothing(door: Api) -> None:
    change(door, A, access=Access(password_protected=True))
    assert code(data(door, issued(door, A))) == (403, "FORBIDDEN")


def test_each_token_is_counted_by_itself_as_portal_data(door: Api) -> None:
    one, other = issued(door, A), issued(door, A)
    headers = data(door, one).headers
    assert (headers["x-ratelimit-limit"], headers["x-ratelimit-remaining"]) == ("600", "599")
    assert data(door, one).headers["x-ratelimit-remaining"] == "598"
    assert data(door, other).headers["x-ratelimit-remaining"] == "599"


def test_tokens_are_given_a_hundred_and_twenty_times_a_minute(door: Api) -> None:
    answers = [ask(door, {}) for _ in range(121)]
    assert [a.status_code for a in answers] == [201] * 120 + [429]
    assert len({a.json()["jti"] for a in answers[:120]}) == 120


def test_a_token_counts_for_the_portal_and_customer_that_it_names(door: Api) -> None:
    """One customer's token, signed rightly but for the other's portal, is nobody's."""
    claims = decoded(issued(door, B))
    assert code(data(door, signed(HEADER, {**claims, "sub": "cust_a"}), B)) == (401, "UNAUTHORIZED")
    assert code(data(door, signed(HEADER, {**claims, "aud": A}))) == (401, "UNAUTHORIZED")


def config(door: Api, method: str, text: str, portal_id: str = A, **more: Any) -> Any:
    return door.call(method, f"/v1/portal/configs/{portal_id}", None, headers=bearer(text), **more)


def test_a_token_that_configures_reads_and_changes_its_own_portal(door: Api) -> None:
    text = issued(door, A, "configure:portal")
    assert config(door, "GET", text).json()["portal_id"] == A
    changed = config(door, "PATCH", text, json={"branding": {"title": "Of our own"}})
    assert (changed.status_code, changed.json()["branding"]["title"]) == (200, "Of our own")
    answers = [config(door, "PATCH", text, p, json={"name": "x"}) for p in (B, UNKNOWN)]
    assert [code(answer) for answer in answers] == [(404, "PORTAL_NOT_FOUND")] * 2
    assert answers[0].content == answers[1].content
    assert code(data(door, text)) == (403, "FORBIDDEN")
    assert code(door.get("/v1/portal/configs", None, headers=bearer(text))) == (401, "UNAUTHORIZED")
    made = door.post("/v1/portal/configs", {"name": "x"}, None, headers=bearer(text))
    assert code(made) == (401, "UNAUTHORIZED")


@pytest.mark.parametrize(
    "body",
    [
        {"status": "archived"},
        {"access": {"public": True}},
        {"customer_id": "cust_a"},
        {"name": "x", "access": {"password": "correct horse"}},
    ],
)
def test_who_sees_the_portal_is_not_for_a_token_to_change(door: Api, body: Any) -> None:
    text = issued(door, A, "configure:portal")
    before = config(door, "GET", text).json()
    assert code(config(door, "PATCH", text, json=body)) == (403, "FORBIDDEN")
    assert config(door, "GET", text).json() == before


def test_a_token_that_only_reads_neither_reads_nor_changes_the_configuration(door: Api) -> None:
    text = issued(door, A, "read:metrics", "export:data")
    assert code(config(door, "GET", text)) == (403, "FORBIDDEN")
    assert code(config(door, "PATCH", text, json={"status": "active"})) == (403, "FORBIDDEN")
