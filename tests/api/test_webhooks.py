"""Webhooks of portals: each customer's own, to addresses outside; secrets are told once and values never."""

import base64
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import structlog

from core.settings import Settings
from core.store.control.portal_webhooks import (
    disable_webhook,
    find_webhook,
    signing_secrets,
    webhooks_hearing,
)
from core.webhooks import WebhookEvent
from tests.builders.api import NOW, Api, Installation, api_over, code, fault
from tests.builders.portals import card, keep_portal, portal

PATH = "/v1/portal/webhooks"
DOCUMENTED: dict[str, Any] = {
    "portal_id": "portal_custa",
    "url": "https://api.acme.com/webhooks/portal",
    "events": ["portal.accessed", "portal.data_exported", "report.delivered", "metric.threshold_crossed"],
    "headers": {"X-Webhook-Secret": "your_webhook_secret"},
}


@pytest.fixture(autouse=True)
def portals(api: Api) -> None:
    """A portal of each customer."""
    for customer_id in ("cust_a", "cust_b"):
        keep_portal(api.services.store, portal(card("cost.total"), customer_id=customer_id))


def made(api: Api, who: str = "a", **more: Any) -> dict[str, Any]:
    of_b = {"portal_id": "portal_custb"} if who == "b" else {}
    answer = api.post(PATH, {**DOCUMENTED, **of_b, **more}, who)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_the_documented_webhook_is_made_and_its_secret_told_once(api: Api) -> None:
    answer = api.post(PATH, DOCUMENTED)
    assert answer.status_code == 201 and answer.headers["cache-control"] == "no-store"
    told = answer.json()
    secret = told.pop("signing_secret")
    assert secret.startswith("whsec_") and 24 <= len(base64.b64decode(secret.removeprefix("whsec_"))) <= 64
    assert told.items() >= {"portal_id": "portal_custa", "url": DOCUMENTED["url"], "is_enabled": True}.items()
    assert told["events"] == DOCUMENTED["events"]
    assert told["headers"] == {"X-Webhook-Secret": "********"}
    path = f"{PATH}/{told['webhook_id']}"
    assert api.get(path).json() == told
    assert api.get(PATH).json() == {
        "data": [told],
        "pagination": {"has_more": False, "next_cursor": None, "total": 1},
    }
    for text in (answer.text, api.get(path).text, api.get(PATH).text, api.patch(path, {}).text):
        assert "your_webhook_secret" not in text
    assert secret not in api.get(path).text + api.get(PATH).text
    assert api.delete(path).json() == {"deleted": True, "webhook_id": told["webhook_id"]}
    assert code(api.get(path)) == (404, "WEBHOOK_NOT_FOUND")


def test_a_change_leaves_the_rest_and_merges_headers(api: Api) -> None:
    webhook_id = made(api, headers={"X-One": "1", "X-Two": "2"})["webhook_id"]
    path = f"{PATH}/{webhook_id}"

    def kept() -> dict[str, str]:
        with api.services.store.reading() as connection:
            found = find_webhook(connection, webhook_id, "cust_a")
        assert found is not None
        return dict(found.webhook.headers)

    before = api.get(path).json()
    after = api.patch(path, {"events": ["portal.accessed", "portal.accessed"], "is_enabled": False}).json()
    assert after["events"] == ["portal.accessed"] and after["is_enabled"] is False
    assert after["url"] == before["url"] and kept() == {"X-One": "1", "X-Two": "2"}
    api.patch(path, {"headers": {"X-One": None, "x-two": "********", "X-Three": "3"}})
    assert kept() == {"X-Two": "2", "X-Three": "3"}
    api.patch(path, {"headers": api.get(path).json()["headers"]})
    assert kept() == {"X-Two": "2", "X-Three": "3"}
    api.patch(path, {"headers": {"x-two": "22"}})
    assert kept() == {"x-two": "22", "X-Three": "3"}
    assert fault(api.patch(path, {"headers": {"X-New": "********"}})) == (
        400,
        "INVALID_PARAMETER",
        "headers.X-New",
    )
    api.patch(path, {"headers": None})
    assert kept() == {} and api.patch(path, {}).json()["headers"] == {}


def test_a_rotated_secret_is_told_once_and_the_old_one_signs_for_a_day(api: Api) -> None:
    told = made(api)
    answer = api.post(f"{PATH}/{told['webhook_id']}/rotate", None)
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    old, new = told["signing_secret"], answer.json()["signing_secret"]
    assert new != old and answer.json()["webhook_id"] == told["webhook_id"]

    def secrets(after: timedelta) -> tuple[str, ...]:
        with api.services.store.reading() as connection:
            return tuple(signing_secrets(connection, told["webhook_id"], now=NOW + after))

    assert secrets(timedelta(hours=23)) == (new, old)
    assert secrets(timedelta(hours=24, minutes=1)) == (new,)
    assert answer.json()["previous_valid_until"] > told["created_at"]
    with api.services.store.reading() as connection:
        assert signing_secrets(connection, "webhook_none", now=NOW) == ()


def test_no_secret_is_in_any_log_line(
    settings: Settings, installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    structlog.reset_defaults()
    with api_over(replace(settings, log_level="debug"), installation) as api:
        told = made(api)
        path = f"{PATH}/{told['webhook_id']}"
        rotated = api.post(f"{path}/rotate", None).json()
        api.patch(path, {"headers": {"X-Webhook-Secret": "another_webhook_secret\n"}})
        api.post(PATH, {**DOCUMENTED, "url": 1, "headers": {"Host": "your_webhook_secret"}})
        api.post("/v1/portal/configs", {"access": {"password": "portal_secret"}, "metrics": 1})
    written = capsys.readouterr().out
    structlog.reset_defaults()
    assert written.count('"event":"request"') == 5
    for secret in (told["signing_secret"], rotated["signing_secret"], "webhook_secret", "portal_secret"):
        assert secret not in written


def test_a_repeated_request_has_one_effect(api: Api) -> None:
    key = {"Idempotency-Key": "once"}
    first, again = (api.post(PATH, DOCUMENTED, headers=key) for _ in range(2))
    assert first.content == again.content and again.headers["cache-control"] == "no-store"
    assert api.get(PATH).json()["pagination"]["total"] == 1


def test_webhooks_belong_to_the_customer_of_their_portal(api: Api) -> None:
    of_a, of_b = made(api), made(api, "b", url="https://hooks.acme.com/777")
    assert [w["webhook_id"] for w in api.get(PATH).json()["data"]] == [of_a["webhook_id"]]
    assert [w["webhook_id"] for w in api.get(PATH, "b").json()["data"]] == [of_b["webhook_id"]]
    assert api.get(PATH, "all").json()["pagination"]["total"] == 2
    filtered = api.get(f"{PATH}?portal_id=portal_custb", "all").json()["data"]
    assert [w["webhook_id"] for w in filtered] == [of_b["webhook_id"]]
    for portal_id in ("portal_custb", "portal_none"):
        assert fault(api.get(f"{PATH}?portal_id={portal_id}")) == (404, "PORTAL_NOT_FOUND", "portal_id")
        refused = api.post(PATH, {**DOCUMENTED, "portal_id": portal_id})
        assert fault(refused) == (404, "PORTAL_NOT_FOUND", "portal_id")


def test_a_foreign_webhook_is_answered_as_an_unknown_one(api: Api) -> None:
    foreign = made(api, "b")["webhook_id"]
    for method, end, sent in (
        ("GET", "", None),
        ("PATCH", "", {}),
        ("DELETE", "", None),
        ("POST", "/rotate", None),
    ):
        answers = [api.call(method, f"{PATH}/{i}{end}", json=sent) for i in (foreign, "webhook_0")]
        assert {fault(a) for a in answers} == {(404, "WEBHOOK_NOT_FOUND", "webhook_id")}
        assert answers[0].text == answers[1].text
    assert api.get(f"{PATH}/{foreign}", "b").status_code == 200


def test_a_read_key_reads_and_changes_nothing(api: Api) -> None:
    path = f"{PATH}/{made(api)['webhook_id']}"
    assert api.get(path, "reader_a").status_code == 200
    for answer in (
        api.post(PATH, DOCUMENTED, "reader_a"),
        api.patch(path, {}, "reader_a"),
        api.delete(path, "reader_a"),
        api.post(f"{path}/rotate", None, "reader_a"),
    ):
        assert code(answer) == (403, "FORBIDDEN")


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"url": "http://hooks.acme.com"}, "url"),
        ({"url": "https://127.0.0.1/"}, "url"),
        ({"url": "https://169.254.169.254/latest"}, "url"),
        ({"url": "https://[::1]/"}, "url"),
        ({"url": "https://api.example.com/v1/portal/reports/x/send"}, "url"),
        ({"url": "https://user:pw@hooks.acme.com/"}, "url"),
        ({"url": ""}, "url"),
        ({"events": []}, "events"),
        ({"events": ["portal.deleted"]}, "events[0]"),
        ({"events": ["portal.accessed"] * 5}, "events"),
        ({"headers": {"X-Webhook-Secret": "a\r\nX-Evil: 1"}}, "headers.X-Webhook-Secret"),
        ({"headers": {"Host": "127.0.0.1"}}, "headers.Host"),
        ({"headers": {"Transfer-Encoding": "chunked"}}, "headers.Transfer-Encoding"),
        ({"headers": {"webhook-id": "1"}}, "headers.webhook-id"),
        ({"headers": {"X-A\r\nX-B": "1"}}, "headers.X-A\ufffd\ufffdX-B"),
        ({"headers": {"X-" + "A" * 3000: "1"}}, "headers.X-" + "A" * 58 + "…"),
        ({"headers": {"X-A": ""}}, "headers.X-A"),
        ({"headers": {"X-A": 1}}, "headers.X-A"),
        ({"headers": {"X-A": "********"}}, "headers.X-A"),
        ({"headers": {"X-A": "1", "x-a": "2"}}, "headers.x-a"),
        ({"headers": {f"X-{n}": "1" for n in range(21)}}, "headers"),
        ({"secret": "x"}, "secret"),
        ({"portal_id": ""}, "portal_id"),
    ],
)
def test_a_webhook_that_must_not_be_sent_to_is_refused(api: Api, change: dict[str, Any], param: str) -> None:
    answer = api.post(PATH, {**DOCUMENTED, **change})
    assert fault(answer) == (400, "INVALID_PARAMETER", param)
    assert "your_webhook_secret" not in answer.text and "Evil" not in answer.text
    if "portal_id" not in change and "secret" not in change:
        path = f"{PATH}/{made(api)['webhook_id']}"
        assert code(api.patch(path, change)) == (400, "INVALID_PARAMETER")


def test_every_fault_is_named_at_once(api: Api) -> None:
    sent = {**DOCUMENTED, "url": "http://x", "headers": {"Host": "x", "X-A": "\n", "X-B": "fine"}}
    error = api.post(PATH, sent).json()["error"]
    assert [d["param"] for d in error["details"]] == ["url", "headers.Host", "headers.X-A"]


def test_a_portal_has_so_many_webhooks_and_an_archived_one_gets_none(api: Api) -> None:
    for _ in range(20):
        made(api)
    assert fault(api.post(PATH, DOCUMENTED)) == (409, "INVALID_STATE", "portal_id")
    made(api, "b")
    api.patch("/v1/portal/configs/portal_custb", {"status": "archived"}, "b")
    refused = api.post(PATH, {**DOCUMENTED, "portal_id": "portal_custb"}, "b")
    assert fault(refused) == (409, "INVALID_STATE", "portal_id")


def test_only_those_who_want_to_hear_of_it_and_are_enabled_are_told(api: Api) -> None:
    hearing = made(api, events=["portal.accessed"])["webhook_id"]
    made(api, events=["report.delivered"])
    made(api, is_enabled=False)
    made(api, "b")
    with api.services.store.reading() as connection:
        found = webhooks_hearing(connection, "portal_custa", WebhookEvent.PORTAL_ACCESSED)
    assert [stored.webhook.webhook_id for stored in found] == [hearing]


def test_one_that_was_disabled_says_why_until_it_is_enabled_again(api: Api) -> None:
    path = f"{PATH}/{(webhook_id := made(api)['webhook_id'])}"
    with api.services.store.writing() as connection:
        disable_webhook(connection, webhook_id, "The receiver answered 410", now=NOW)
    told = api.get(path).json()
    assert (told["is_enabled"], told["disabled_reason"]) == (False, "The receiver answered 410")
    assert api.patch(path, {"url": "https://other.acme.com/"}).json()["disabled_reason"] is not None
    again = api.patch(path, {"is_enabled": True}).json()
    assert (again["is_enabled"], again["disabled_reason"]) == (True, None)


def test_webhooks_are_listed_in_pages(api: Api) -> None:
    ids = [made(api)["webhook_id"] for _ in range(3)]
    first = api.get(f"{PATH}?limit=2").json()
    made(api, "b")
    cursor = first["pagination"]["next_cursor"]
    rest = api.get(f"{PATH}?limit=2&cursor={cursor}").json()
    assert [w["webhook_id"] for w in (*first["data"], *rest["data"])] == ids
    assert (first["pagination"]["has_more"], rest["pagination"]["has_more"]) == (True, False)
    other = api.get(f"{PATH}?portal_id=portal_custa&cursor={cursor}")
    assert fault(other) == (400, "INVALID_PARAMETER", "cursor")


def test_if_match_is_honoured(api: Api) -> None:
    path = f"{PATH}/{made(api)['webhook_id']}"
    tag = {"If-Match": api.get(path).headers["etag"]}
    assert api.patch(path, {"is_enabled": False}, headers=tag).status_code == 200
    assert code(api.patch(path, {"is_enabled": True}, headers=tag)) == (412, "PRECONDITION_FAILED")
    assert code(api.delete(path, headers=tag)) == (412, "PRECONDITION_FAILED")
