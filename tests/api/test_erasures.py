"""Erasing a customer by the API: it holds when it is answered, is watched until it is done, and cannot be undone."""

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from api import erased
from core.erasure_records import write_record
from core.erasures import finish
from core.store.control.portals import find_portal
from core.tombstones import digest_of
from tests.builders import card, keep_portal, portal
from tests.builders.api import Api, Installation, api_over, code
from tests.builders.waiting import comes

CUSTOMERS = "/v1/portal/customers"
ERASURES = "/v1/portal/erasures"


def test_an_erasure_holds_when_it_is_answered(api: Api) -> None:
    keep_portal(api.services.store, portal(card("cost.total"), portal_id="portal_ofA", name="of a"))
    answer = api.delete(f"{CUSTOMERS}/cust_a", "admin")
    assert answer.status_code == 202
    told = answer.json()
    assert (told["state"], told["finished_at"], told["record"]) == ("requested", None, None)
    assert told["removed"]["control store: portals"] == 1
    assert "cust_a" not in answer.text
    with api.services.store.reading() as connection:
        assert find_portal(connection, "portal_ofA", None) is None
    for who in ("all", "reader_all", "admin"):
        assert code(api.get("/dashboard/summary?customer_id=cust_a", who)) == (404, "CUSTOMER_NOT_FOUND")
        assert code(api.get(f"{CUSTOMERS}/cust_a", who)) == (404, "CUSTOMER_NOT_FOUND")
    assert [one["customer_id"] for one in api.get(CUSTOMERS, "all").json()["data"]] == ["cust_b"]
    assert api.get("/dashboard/summary", "b").status_code == 200


def test_nobody_can_bring_the_customer_back(api: Api) -> None:
    api.delete(f"{CUSTOMERS}/cust_a", "admin")
    for answer in (
        api.patch(f"{CUSTOMERS}/cust_a", {"name": "Again"}, "all"),
        api.post(
            "/v1/portal/configs", {"customer_id": "cust_a", "branding": {"title": "x"}, "metrics": []}, "all"
        ),
    ):
        assert answer.status_code in (400, 404)
    with api.services.store.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM customers").scalar() == 0


def test_the_job_is_watched_until_it_is_done(api: Api) -> None:
    told = api.delete(f"{CUSTOMERS}/cust_a", "admin").json()
    path = f"{ERASURES}/{told['erasure_id']}"
    assert api.get(path, "admin").json() == told
    with api.services.store.writing() as connection:
        finish(connection, told["erasure_id"], {"kid": "k"}, now=datetime(2026, 11, 20, tzinfo=UTC))
    done = api.get(path, "admin").json()
    assert (done["state"], done["finished_at"], done["record"]) == (
        "done",
        "2026-11-20T00:00:00Z",
        {"kid": "k"},
    )
    assert api.delete(f"{CUSTOMERS}/cust_a", "admin").json() == done, "once more it is the same erasure"


@pytest.mark.parametrize("who", ["a", "b", "all", "reader_all"])
def test_only_an_admin_key_erases_and_watches(api: Api, who: str) -> None:
    assert code(api.delete(f"{CUSTOMERS}/cust_a", who)) == (403, "FORBIDDEN")
    assert code(api.get(f"{ERASURES}/erasure_1", who)) == (403, "FORBIDDEN")
    assert api.get(f"{CUSTOMERS}/cust_a", "a").status_code == 200


def test_who_was_never_there_cannot_be_erased(api: Api) -> None:
    assert code(api.delete(f"{CUSTOMERS}/cust_x", "admin")) == (404, "CUSTOMER_NOT_FOUND")
    assert code(api.delete(f"{CUSTOMERS}/all", "admin")) == (400, "INVALID_CUSTOMER_ID")
    assert code(api.get(f"{ERASURES}/erasure_x", "admin")) == (404, "CUSTOMER_NOT_FOUND")


def test_a_store_put_back_from_before_an_erasure_erases_again_before_it_answers(
    api: Api, installation: Installation
) -> None:
    home = api.services.settings.home
    record = {"erasure_id": "erasure_1", "customer_digest": digest_of("cust_a"), "agent_digests": []}
    write_record(home / "erasures", record)
    with api_over(api.services.settings, installation) as again:
        assert code(again.get("/dashboard/summary", "a")) == (401, "UNAUTHORIZED"), "their key went, too"
        assert code(again.get("/dashboard/summary?customer_id=cust_a", "all")) == (404, "CUSTOMER_NOT_FOUND")
        assert again.get("/dashboard/summary", "b").status_code == 200


def test_health_counts_the_erasures_that_wait_for_a_build(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erased, "_PATIENCE_SECONDS", 60)
    assert api.client.get("/health").json()["erasures_waiting"] == 0
    told = api.delete(f"{CUSTOMERS}/cust_a", "admin").json()
    waiting = api.client.get("/health").json()
    assert waiting["erasures_waiting"] == 1
    assert not [reason for reason in waiting["reasons"] if "erasure" in reason]
    now = api.services.clock()
    monkeypatch.setattr(api.services, "clock", lambda: now + timedelta(hours=25))
    late = api.client.get("/health").json()
    assert late["status"] == "degraded"
    assert "an erasure has waited for more than 24 hours for a build that finishes it" in late["reasons"]
    with api.services.store.writing() as connection:
        finish(connection, told["erasure_id"], {"kid": "k"}, now=now)
    api.services.erased.look_again()
    assert api.client.get("/health").json()["erasures_waiting"] == 0


def test_a_store_that_is_locked_does_not_hold_up_who_asks_for_health(api: Api) -> None:
    api.delete(f"{CUSTOMERS}/cust_a", "admin")
    assert comes(lambda: api.client.get("/health").json()["erasures_waiting"] == 1)
    other = sqlite3.connect(api.services.settings.control_path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    api.services.erased.look_again()
    try:
        assert api.client.get("/health").json()["erasures_waiting"] == 1, "what was known"
    finally:
        other.execute("ROLLBACK")
        other.close()
