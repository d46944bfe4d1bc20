"""Forged tokens of portals open nothing, whatever is changed in them; every key of the settings verifies."""

import time
from typing import Any

import pytest

from tests.builders.api import NOW, Api, code
from tests.builders.doors import A, B
from tests.builders.portals import card, keep_portal, portal
from tests.builders.token_portals import ask, data
from tests.builders.tokens import HEADER, OLD_SECRET, decoded, issued, signed

FORGED: list[Any] = [
    (HEADER, {"exp": "now+60"}),
    (HEADER, {"exp": 10**30}),
    (HEADER, {"exp": NOW.timestamp() + 60.5}),
    (HEADER, {"exp": int(NOW.timestamp()) - 1}),
    (HEADER, {"aud": [A, B]}),
    (HEADER, {"aud": "portalx"}),
    (HEADER, {"iss": "proof"}),
    (HEADER, {"iss": ["proofline"]}),
    (HEADER, {"sub": 5}),
    (HEADER, {"sub": "cust_b"}),
    (HEADER, {"permissions": ["*"]}),
    (HEADER, {"permissions": "read:metrics"}),
    (HEADER, {"nbf": int(NOW.timestamp()) + 40}),
    ({**HEADER, "alg": "none"}, {}),
    ({**HEADER, "alg": "HS512"}, {}),
    ({**HEADER, "kid": "k9"}, {}),
    ({**HEADER, "typ": "portal-session+jwt"}, {}),
    ({**HEADER, "jku": "http://127.0.0.1:9/jwks"}, {}),
]


@pytest.mark.parametrize(("header", "more"), FORGED)
def test_a_forged_token_is_refused_before_anything_is_read(
    door: Api, monkeypatch: pytest.MonkeyPatch, header: Any, more: Any
) -> None:
    claims = {**decoded(issued(door, A, expires_in=60)), **more}
    forged = signed(header, claims)
    if more.get("sub") != "cust_b":
        monkeypatch.setattr(
            door.services.standings, "_read", lambda *_, **__: pytest.fail("the store was read")
        )
        monkeypatch.setattr(door.services.metrics, "for_customer", lambda *_: pytest.fail("read"))
    answer = data(door, forged)
    assert code(answer) == (401, "UNAUTHORIZED")
    assert forged not in answer.text and forged.split(".")[1] not in answer.text
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "header", ["", "null", "Bearer x", "a.b.c", "..", ".", "\u00e9.\u00e9.\u00e9", "x" * 5000]
)
def test_what_is_no_token_is_unauthorized(door: Api, header: str) -> None:
    sent = {"Authorization": f"Bearer {header}".encode()}
    answer = door.client.get(f"/v1/portal/configs/{A}/data", headers=sent)
    assert code(answer) == (401, "UNAUTHORIZED")


def test_why_a_token_is_refused_is_said_in_a_sentence(door: Api) -> None:
    claims = decoded(issued(door, A))
    expired = signed(HEADER, {**claims, "iat": 1, "nbf": 1, "exp": 100})
    assert data(door, expired).json()["error"]["message"] == "The token has expired"
    other = signed(HEADER, claims, OLD_SECRET)
    assert data(door, other).json()["error"]["message"] == "The token's signature does not fit"


def test_every_signing_key_of_the_settings_verifies(door: Api) -> None:
    claims = decoded(issued(door, A))
    assert data(door, signed({**HEADER, "kid": "k0"}, claims, OLD_SECRET)).status_code == 200


def test_guessing_tokens_ends_after_twenty(door: Api) -> None:
    statuses = [data(door, f"a.b.c{n}").status_code for n in range(22)]
    assert statuses == [401] * 20 + [429] * 2
    assert data(door, issued(door, A)).status_code == 200


def test_signing_keys_that_others_could_read_open_nothing_and_are_told(api: Api) -> None:
    """Without keys in the settings there is a file of them."""
    keep_portal(api.services.store, portal(card("cost.total"), portal_id=A))
    text = issued(api, A)
    assert data(api, text).status_code == 200
    file = api.services.settings.home / "signing_keys.json"
    file.chmod(0o644)
    time.sleep(0.6)
    assert code(data(api, text)) == (503, "UNAVAILABLE")
    assert code(ask(api, {})) == (503, "UNAVAILABLE")
    assert api.client.get(f"/p/{A}?token={text}").status_code == 503
    health = api.client.get("/health").json()
    assert health["status"] == "degraded" and any("signing keys" in reason for reason in health["reasons"])
    assert str(file) not in str(health)
    file.chmod(0o600)
    assert data(api, text).status_code == 200
