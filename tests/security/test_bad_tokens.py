"""Hostile tokens and keys: each gets its stated answer, and a forged one costs neither a statement nor a reader."""

import json
import time
from datetime import UTC, datetime

import pytest

from core.keys import Role, create_key, revoke_key
from core.store.control import open_control_store
from core.tokens import Permission
from tests.builders.tokens import decoded
from tests.security.entries import Entry, entry, taken
from tests.security.forging import forged
from tests.security.stage import A, Answer, Stage
from tests.security.watch import Seen

_DATA = "/v1/portal/configs/{}/data"
_BEARER = "Authorization: Bearer on GET /v1/portal/configs/portal_a/data"


def _token(stage: Stage, one: Entry) -> str:
    if isinstance(one.input, dict):
        return forged(one.input, stage.claims(A, seconds=60).to_plain())
    return one.text


def _request(path: str, *shown: str) -> bytes:
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: x",
        "Connection: close",
        *(f"Authorization: Bearer {s}" for s in shown),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def _shown(stage: Stage, text: str) -> Answer:
    """Sent byte for byte: no client would put some of these into a header."""
    head, _, body = stage.raw(_request(_DATA.format(A.portal_id), text)).partition(b"\r\n\r\n")
    return Answer(int(head.split(b" ")[1]), (), body)


@pytest.mark.parametrize("one", taken(group="jwt_forgery", where=_BEARER), ids=str)
def test_a_forged_token_is_nobody(
    stage: Stage, seen: Seen, capfd: pytest.CaptureFixture[str], one: Entry
) -> None:
    text = _token(stage, one)
    # Of the processor, of which a busy machine takes no more than an idle one.
    began = time.process_time()
    answer = _shown(stage, text)
    seconds = time.process_time() - began
    assert (answer.status, answer.code) == (401, "UNAUTHORIZED") and answer.status in one.statuses
    assert seen.statements == [] and seen.readers == 0
    assert seen.outside == [] and not any("passwd" in path for path in seen.opened)
    told = answer.text + "".join(capfd.readouterr())
    assert len(text) < 20 or text not in told
    assert seconds < 1


def test_the_token_that_all_the_forged_ones_come_from_is_good(stage: Stage) -> None:
    """Or they would prove nothing."""
    assert (
        _shown(stage, forged({"signed_with": "ACTIVE_KEY"}, stage.claims(A, seconds=60).to_plain())).status
        == 200
    )


@pytest.mark.parametrize(
    "one", taken(group="jwt_forgery", where="POST /v1/portal/configs/{id}/tokens"), ids=str
)
def test_a_life_that_no_token_may_have_is_refused_by_name(stage: Stage, one: Entry) -> None:
    path = f"/v1/portal/configs/{A.portal_id}/tokens"
    body = json.dumps(one.input).encode().replace(b'"NaN"', b"NaN")
    answer = stage.ask("POST", path, "a", body)
    assert answer.status in one.statuses
    if answer.status == 201:
        claims = decoded(answer.json()["token"])
        assert claims["exp"] - claims["iat"] == 3600
    else:
        assert answer.param == "expires_in" or "NaN" in answer.text


def test_a_token_that_reads_may_not_configure(stage: Stage) -> None:
    one, path = entry("JWT-081"), f"/v1/portal/configs/{A.portal_id}"
    before = stage.get(path).body
    answer = stage.shown(stage.token(A, Permission.READ_METRICS), path, "PATCH", one.input.encode())
    assert answer.status in one.statuses and answer.code == "FORBIDDEN"
    assert stage.get(path).body == before


def test_a_token_that_reads_may_not_export(stage: Stage, seen: Seen) -> None:
    one = entry("JWT-082")
    answer = stage.shown(stage.token(A, Permission.READ_METRICS), f"/p/{A.portal_id}/export.csv")
    assert answer.status in one.statuses
    assert not any("export.csv" in path for path in seen.opened)


def _with_header(stage: Stage, value: str) -> Answer:
    return stage.line.ask("GET", "/v1/analytics/metrics/cost.total", {"Authorization": value})


@pytest.mark.parametrize("one", taken(ids=("KEY-003", "KEY-004", "KEY-005")), ids=str)
def test_only_the_very_key_opens(stage: Stage, one: Entry) -> None:
    value = one.text.replace("pl_live_valid", stage.keys["a"])
    answer = _with_header(stage, value)
    assert answer.status in one.statuses and answer.code


def test_a_revoked_key_opens_nothing_a_second_later(stage: Stage) -> None:
    one = entry("KEY-006")
    store, now = open_control_store(stage.settings), datetime.now(UTC)
    key, text = create_key(store, name="soon gone", role=Role.READ, customer_id=A.customer_id, now=now)
    assert _with_header(stage, f"Bearer {text}").status == 200
    revoke_key(store, key.key_id, now=now)
    store.close()
    time.sleep(1)
    assert _with_header(stage, f"Bearer {text}").status in one.statuses


def test_the_beginning_of_a_key_is_refused_as_any_other_text(stage: Stage) -> None:
    one = entry("KEY-007")
    assert _with_header(stage, f"Bearer {stage.keys['a'][:8]}").status in one.statuses
    spent: dict[str, list[float]] = {stage.keys["a"][:-1] + "_": [], "pl_live_" + "x" * 39 + "_": []}
    for _ in range(40):
        for text, seconds in spent.items():
            began = time.perf_counter()
            assert _with_header(stage, f"Bearer {text}").status == 401
            seconds.append(time.perf_counter() - began)
    # A busy machine makes answers slower and never faster: the quick ones tell what the work itself takes.
    near, far = (sorted(seconds)[4] for seconds in spent.values())
    assert abs(near - far) < 0.005


def test_of_two_keys_neither_counts(stage: Stage) -> None:
    one = entry("KEY-008")
    key = stage.keys["a"]
    answer = stage.raw(_request("/v1/analytics/metrics", key, "x"))
    assert int(answer.split(b" ")[1]) in one.statuses and b'"authorization"' in answer


def test_a_key_in_an_address_is_no_key_and_is_not_written_down(
    stage: Stage, capfd: pytest.CaptureFixture[str]
) -> None:
    one, key = entry("KEY-009"), stage.keys["a"]
    answer = stage.get(f"/v1/analytics/metrics/cost.total?api_key={key}", None)
    assert answer.status in one.statuses and key not in answer.text + "".join(capfd.readouterr())


def test_a_portals_token_is_nobody_at_the_analytics(stage: Stage) -> None:
    one = entry("KEY-010")
    for path in (
        "/v1/analytics/metrics",
        "/v1/analytics/metrics/cost.total",
        "/v1/analytics/dashboard/summary",
    ):
        assert stage.shown(stage.token(), path).status in one.statuses


@pytest.mark.parametrize("who", ["a", "all", "admin"])
def test_a_key_opens_no_page(stage: Stage, who: str) -> None:
    one = entry("KEY-011")
    for path in ("", "/index.html", "/export.csv"):
        answer = stage.get(f"/p/{A.portal_id}{path}", who)
        assert answer.status in one.statuses and A.canary("title") not in answer.text
