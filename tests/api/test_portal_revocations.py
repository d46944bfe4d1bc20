"""Tokens of portals end when they should: taken back, closed with their portal, and wherever that cannot be known."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.builders.api import Api, code
from tests.builders.doors import A, B
from tests.builders.token_portals import data
from tests.builders.tokens import bearer, decoded, issued


def test_one_token_is_taken_back_and_the_others_stay(door: Api) -> None:
    one, other = issued(door, A), issued(door, A)
    assert data(door, one).status_code == data(door, other).status_code == 200
    jti = decoded(one)["jti"]
    answer = door.post(f"/v1/portal/configs/{A}/tokens/revoke", {"jti": jti})
    assert answer.status_code == 200
    told = answer.json()
    assert (told["revoked"], told["portal_id"], told["jti"]) == (True, A, jti) and told["revoked_at"]
    assert code(data(door, one)) == (401, "UNAUTHORIZED")
    assert data(door, other).status_code == 200


def test_all_tokens_so_far_are_taken_back_and_the_next_one_works(door: Api) -> None:
    before, foreign = [issued(door, A) for _ in range(3)], issued(door, B)
    answer = door.client.post(f"/v1/portal/configs/{A}/tokens/revoke", headers=bearer(door.texts["a"]))
    assert answer.json()["jti"] is None
    after = issued(door, A)
    assert [code(data(door, text)) for text in before] == [(401, "UNAUTHORIZED")] * 3
    assert data(door, after).status_code == data(door, foreign, B).status_code == 200


@pytest.mark.parametrize("body", [{"jti": None}, {"jti": ""}, {"jti": 5}, {"jti": "a b"}, {"jit": "x"}])
def test_a_slip_never_takes_back_everything(door: Api, body: Any) -> None:
    text = issued(door, A)
    assert code(door.post(f"/v1/portal/configs/{A}/tokens/revoke", body))[0] == 400
    assert data(door, text).status_code == 200


@pytest.mark.parametrize("path", ["tokens", "tokens/revoke"])
def test_null_is_no_body_that_was_left_out(door: Api, path: str) -> None:
    text = issued(door, A)
    headers = {"Content-Type": "application/json"}
    sent = door.call("POST", f"/v1/portal/configs/{A}/{path}", "a", content=b"null", headers=headers)
    assert code(sent) == (400, "INVALID_PARAMETER")
    assert data(door, text).status_code == 200


def test_a_revocation_by_somebody_else_holds_within_a_second(door: Api) -> None:
    from core.store.control import open_control_store
    from core.store.control.token_revocations import revoke_all_tokens

    text = issued(door, A)
    assert data(door, text).status_code == 200
    other = open_control_store(door.services.settings)
    with other.writing() as connection:
        revoke_all_tokens(connection, A, now=datetime.now(UTC))
    other.close()
    time.sleep(0.6)
    assert code(data(door, text)) == (401, "UNAUTHORIZED")


def test_where_revocations_cannot_be_read_nothing_opens(door: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.store.control import StoreUnavailable

    text = issued(door, A)

    def broken(*_: object, **__: object) -> None:
        raise StoreUnavailable()

    monkeypatch.setattr(door.services.standings, "_read", broken)
    assert code(data(door, text)) == (503, "UNAVAILABLE")


def test_a_portal_that_is_archived_over_the_api_is_closed_with_the_next_request(door: Api) -> None:
    text = issued(door, A)
    assert data(door, text).status_code == 200
    assert door.patch(f"/v1/portal/configs/{A}", {"status": "archived"}).status_code == 200
    assert code(data(door, text)) == (401, "UNAUTHORIZED")
