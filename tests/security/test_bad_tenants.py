"""What one tenant tries with what is another's: answered as if it did not exist, and nothing of it is told."""

import re
import threading
from typing import Any

import duckdb
import pytest

from core.store.control import ControlStore
from core.store.readers import Reader
from site_build.sites import build_sites
from tests.api.test_isolation import MATRIX
from tests.builders import NOON
from tests.builders.api import formula
from tests.security.bodies import card_body, kept, metric_body
from tests.security.entries import Entry, entry, taken
from tests.security.stage import A, Answer, B, Stage
from tests.security.test_matrix import _address, _filled

_PAGES = {
    "XTEN-005": "/p/{}/index.html",
    "XTEN-006": "/embed/{}",
    "XTEN-007": "/p/{}/reports/2026-10.pdf",
    "XTEN-008": "/p/{}/export.csv",
}
_OPERATIONS = {
    "XTEN-003": ("GET", "/v1/portal/configs/{}/data", None),
    "XTEN-004": ("POST", "/v1/portal/configs/{}/tokens", {}),
}
MISSING = B.portal_id[:-6] + "zzzz00"


def _alike(foreign: Answer, missing: Answer) -> bool:
    kept_headers = [
        [(n, v) for n, v in answer.headers if n not in ("date", "x-request-id")]
        for answer in (foreign, missing)
    ]
    return (foreign.status, foreign.body, kept_headers[0]) == (missing.status, missing.body, kept_headers[1])


@pytest.mark.parametrize("one", taken(ids=tuple(_OPERATIONS)), ids=str)
def test_a_token_sees_no_other_portal(stage: Stage, one: Entry) -> None:
    method, path, body = _OPERATIONS[one.id]
    foreign, missing = (
        stage.shown(stage.token(), path.format(p), method, body) for p in (B.portal_id, MISSING)
    )
    assert foreign.status in one.statuses and foreign.code == "PORTAL_NOT_FOUND" and _alike(foreign, missing)


@pytest.mark.parametrize("one", taken(ids=tuple(_PAGES)), ids=str)
@pytest.mark.parametrize("by_cookie", [False, True])
def test_a_token_opens_no_other_page(stage: Stage, one: Entry, *, by_cookie: bool) -> None:
    """By a token in the header a page of another portal does not exist; a cookie's path never goes there at all."""
    sent = {"Cookie": stage.cookie()} if by_cookie else {"Authorization": f"Bearer {stage.token()}"}
    foreign, missing = (stage.line.ask("GET", _PAGES[one.id].format(p), sent) for p in (B.portal_id, MISSING))
    assert foreign.status in one.statuses | ({401} if by_cookie else set()) and _alike(foreign, missing)


@pytest.mark.parametrize("one", taken(ids=("XTEN-012",)), ids=str)
def test_nothing_is_hung_on_a_foreign_portal(stage: Stage, one: Entry) -> None:
    body = {"url": "https://hooks.example.com/x", "events": ["portal.accessed"]}
    foreign, missing = (
        stage.post("/v1/portal/webhooks", {**body, "portal_id": p}) for p in (B.portal_id, MISSING)
    )
    assert foreign.status in one.statuses and foreign.code == "PORTAL_NOT_FOUND" and _alike(foreign, missing)


def test_a_portal_tells_only_its_own_metrics(stage: Stage) -> None:
    one = entry("XTEN-013")
    answer = stage.shown(stage.token(), f"/v1/portal/configs/{A.portal_id}/data?metric_ids={B.metric_id}")
    assert answer.status in one.statuses and answer.code == "INVALID_METRIC_ID"


def test_a_token_cannot_name_another_customer(stage: Stage) -> None:
    one = entry("XTEN-014")
    answer = stage.shown(stage.token(), f"/v1/portal/configs/{A.portal_id}/data?customer_id={B.customer_id}")
    assert answer.status in one.statuses and B.canary("agent_id") not in answer.text


def test_a_key_of_one_customer_cannot_name_another(stage: Stage) -> None:
    one = entry("XTEN-015")
    answer = stage.get(f"/v1/analytics/metrics/cost.total?customer_id={B.customer_id}")
    assert answer.status in one.statuses and answer.code == "CUSTOMER_NOT_FOUND"


def test_grouped_by_customer_one_customer_is_one_group(stage: Stage) -> None:
    one = entry("XTEN-017")
    answer = stage.get("/v1/analytics/metrics/cost.total/series?start=2026-10-30&group_by=customer_id")
    groups = {point["dimensions"]["customer_id"] for point in answer.json()["data"]}
    assert answer.status in one.statuses and groups == {A.customer_id}


def test_a_page_mark_of_another_customer_is_none(stage: Stage) -> None:
    one = entry("XTEN-019")
    for path in ("/v1/portal/configs", "/v1/portal/webhooks"):
        mark = _second_page(stage, path)
        answer = stage.get(f"{path}?limit=1&cursor={mark}")
        assert answer.status in one.statuses and answer.param == "cursor", answer.text
        assert stage.get(f"{path}?limit=1&cursor={mark}", "b").status == 200


def _second_page(stage: Stage, path: str) -> str:
    if path.endswith("webhooks"):
        body = {"portal_id": B.portal_id, "url": "https://hooks.example.com/2", "events": ["portal.accessed"]}
        stage.post(path, body, "b")
    found = stage.get(f"{path}?limit=1", "b").json()["pagination"]
    return str(found["next_cursor"])


def test_a_list_counts_only_its_own(stage: Stage) -> None:
    one = entry("XTEN-020")
    for who, tenant in (("a", A), ("b", B)):
        answer = stage.get("/v1/portal/configs?limit=1000", who)
        assert answer.status in one.statuses
        assert {portal["customer_id"] for portal in answer.json()["data"]} == {tenant.customer_id}
        assert answer.json()["pagination"]["total"] == len(answer.json()["data"])


def test_a_foreign_metric_is_no_metric(stage: Stage) -> None:
    one, before = entry("XTEN-022"), kept(stage)
    for metric_id in (B.custom_metric_id, B.metric_id):
        answer = stage.patch(f"/v1/portal/configs/{A.portal_id}", {"metrics": [card_body(metric_id)]})
        assert answer.status in one.statuses and answer.code == "INVALID_METRIC_ID"
    assert kept(stage) == before


def test_a_formula_cannot_look_at_another_customer(stage: Stage) -> None:
    one, body = entry("XTEN-023"), metric_body("$a", "a")
    body["formula"]["inputs"][0]["filters"] = {"customer_id": B.customer_id}
    assert stage.post("/v1/analytics/metrics/custom", body).status in one.statuses
    body = {"formula": formula("$a", a=B.custom_metric_id)}
    assert "INVALID_METRIC_REFERENCE" in stage.post("/v1/analytics/metrics/custom/validate", body).text


def test_the_same_question_is_answered_for_each_by_their_own(stage: Stage) -> None:
    one = entry("XTEN-025")
    for _ in range(2):
        first = stage.shown(stage.token(A), f"/v1/portal/configs/{A.portal_id}/data")
        second = stage.shown(stage.token(B), f"/v1/portal/configs/{B.portal_id}/data")
        assert {first.status, second.status} <= one.statuses and first.body != second.body
        assert not any(text in second.text for text in A.canaries.values())
        assert not any(text in first.text for text in B.canaries.values())


@pytest.mark.parametrize("customer_id", ["all", "*", "%25", "_", "null", ""])
def test_no_word_means_everybody(stage: Stage, customer_id: str) -> None:
    one = entry("XTEN-027")
    for who in ("a", "all", "admin"):
        for path in (
            "/v1/analytics/metrics/cost.total",
            "/v1/portal/configs",
            "/v1/analytics/dashboard/summary",
        ):
            assert stage.get(f"{path}?customer_id={customer_id}", who).status in one.statuses


def test_no_portal_is_called_what_one_could_guess(stage: Stage) -> None:
    one = entry("XTEN-028")
    assert stage.get("/v1/portal/configs/portal_acme_dashboard/data").status in one.statuses
    made = stage.post(
        "/v1/portal/configs", {"name": "Guess me", "branding": {"title": "t"}, "metrics": [card_body()]}
    )
    assert re.fullmatch(r"portal_[0-9A-Za-z]{22}", made.json()["portal_id"])


@pytest.mark.parametrize("one", taken(ids=("XTEN-030", "XTEN-031")), ids=str)
def test_a_strange_way_to_a_portal_is_no_way(stage: Stage, one: Entry) -> None:
    path = one.where.removeprefix("GET ").replace("portal_a", A.portal_id).replace("portal_b", B.portal_id)
    for who in ("a", "b", "all"):
        assert stage.get(path, who).status in one.statuses
    assert stage.get(path, None).status in one.statuses | {401}


def test_builds_at_the_same_time_do_not_mix(stage: Stage) -> None:
    """Two processes may find the same work; whoever is second finds it done."""
    entry("XTEN-032")
    for path in stage.settings.sites_dir.rglob("manifest.json"):
        path.unlink()
    threads = [
        threading.Thread(target=build_sites, args=(stage.settings,), kwargs={"now": NOON}) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one, other in ((A, B), (B, A)):
        folder = stage.settings.sites_dir / one.portal_id
        shown = "".join(path.read_text("utf-8", "replace") for path in folder.rglob("*") if path.is_file())
        assert one.canary("title") in shown
        assert [name for name, text in other.canaries.items() if text in shown] == []


@pytest.mark.parametrize(
    "problem", [duckdb.IOException("no /secret/path/of.duckdb"), ValueError("SELECT secret")]
)
def test_a_fault_inside_tells_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    one = entry("XTEN-034")

    def broken(self: Reader, *_: Any) -> Any:
        raise problem

    monkeypatch.setattr(Reader, "_scoped_rows", broken)
    answer = stage.get("/v1/analytics/metrics/cost.total?at=2026-10-31T01:02:03Z", "b")
    assert answer.status in one.statuses and answer.code in ("INTERNAL_ERROR", "UNAVAILABLE")
    for word in ("secret", "SELECT", "duckdb", "Traceback", ".py", B.canary("customer_id")):
        assert word not in answer.text


class _BrokenError(RuntimeError):
    """A fault that nobody thought of, with everything in its words that nobody may read."""

    def __init__(self) -> None:
        super().__init__("SELECT secret FROM /secret/path.py of duckdb")


def test_whatever_breaks_inside_nobody_is_told_how(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every operation, with numbers that cannot be read and with a store that cannot be opened."""

    def broken(*_: Any, **__: Any) -> Any:
        raise _BrokenError

    faults = 0
    for place, name in ((Reader, "_scoped_rows"), (ControlStore, "reading"), (ControlStore, "writing")):
        with monkeypatch.context() as patch:
            patch.setattr(place, name, broken)
            for method, path, body in MATRIX.values():
                if method != "GET" and name != "writing":
                    continue  # it would be done
                target = _address(_filled(path, stage.made["a"]))
                answer = stage.ask(
                    method, target, "a", _filled(body, stage.made["a"]) if body is not None else None
                )
                faults += answer.status >= 500
                if answer.status >= 400:
                    assert answer.code and not re.search(
                        r"secret|SELECT|duckdb|Traceback|\.py\b", answer.text
                    ), target
    assert faults >= 20
