"""What was sent, over HTTP: every attempt with its reason, a test message, sending again, and nobody else's."""

import json
from datetime import timedelta
from typing import Any

import pytest

from core.delivery.claims import claim
from core.delivery.outbox import Item, OutboxKind, enqueue
from core.delivery.outcome import ErrorClass, failed
from core.delivery.settle import settle
from core.portals.definition import PortalStatus
from core.store.control.portals import change_portal, find_portal
from tests.builders.api import NOW, Api, code
from tests.builders.portals import card, keep_portal, portal
from tests.builders.reports import keep_report, report

HOOKS = "/v1/portal/webhooks"
HOOK = {"portal_id": "portal_custa", "url": "https://hooks.example.com/x", "events": ["portal.accessed"]}


@pytest.fixture(autouse=True)
def portals(api: Api) -> None:
    for customer_id in ("cust_a", "cust_b"):
        keep_portal(api.services.store, portal(card("cost.total"), customer_id=customer_id))


@pytest.fixture
def webhook_id(api: Api) -> str:
    return str(api.post(HOOKS, HOOK).json()["webhook_id"])


def fail(api: Api, lane: str, *, is_final: bool = False) -> None:
    """One attempt that fails, as the drain writes it down."""
    now = NOW + timedelta(minutes=1)
    with api.services.store.writing() as connection:
        claimed, _ = claim(connection, lane, owner="test", now=now)
        assert claimed is not None
        outcome = failed(ErrorClass.TIMEOUT, "it did not answer in time", is_final=is_final)
        settle(connection, claimed, outcome, now=now, random=lambda: 0.5)


def rest(api: Api, status: PortalStatus) -> None:
    with api.services.store.writing() as connection:
        stored = find_portal(connection, "portal_custa", None)
        assert stored is not None
        changed = portal(card("cost.total"), customer_id="cust_a", status=status)
        change_portal(connection, stored, changed, now=NOW)


def test_a_test_message_is_queued_signed_and_listed(api: Api, webhook_id: str) -> None:
    answer = api.post(f"{HOOKS}/{webhook_id}/test", {})
    assert answer.status_code == 202 and answer.json()["status"] == "queued"
    (listed,) = api.get(f"{HOOKS}/{webhook_id}/deliveries").json()["data"]
    assert listed["delivery_id"] == answer.json()["delivery_id"]
    assert (listed["event"], listed["state"], listed["method"]) == ("webhook.test", "pending", "webhook")
    assert listed["attempts"] == 0 and listed["attempt_log"] == []


def test_each_attempt_is_told_with_its_reason_and_the_dead_can_be_sent_again(
    api: Api, webhook_id: str
) -> None:
    delivery_id = api.post(f"{HOOKS}/{webhook_id}/test", {}).json()["delivery_id"]
    fail(api, webhook_id, is_final=True)
    path = f"{HOOKS}/{webhook_id}/deliveries"
    (dead,) = api.get(f"{path}?state=dead").json()["data"]
    assert (dead["state"], dead["last_error_class"], dead["next_attempt_at"]) == ("dead", "TIMEOUT", None)
    assert [one["error_class"] for one in dead["attempt_log"]] == ["TIMEOUT"]
    again = api.post(f"{path}/{delivery_id}/resend", {})
    assert (again.status_code, again.json()) == (202, {"delivery_id": delivery_id, "status": "queued"})
    assert api.get(f"{path}?state=dead").json()["data"] == []
    (waiting,) = api.get(f"{path}?state=pending").json()["data"]
    assert waiting["delivery_id"] == delivery_id and waiting["attempts"] == 1


def test_what_is_being_sent_cannot_be_sent_again(api: Api, webhook_id: str) -> None:
    delivery_id = api.post(f"{HOOKS}/{webhook_id}/test", {}).json()["delivery_id"]
    with api.services.store.writing() as connection:
        claim(connection, webhook_id, owner="test", now=api.services.now())
    answer = api.post(f"{HOOKS}/{webhook_id}/deliveries/{delivery_id}/resend", {})
    assert code(answer) == (409, "INVALID_STATE")


def test_a_webhook_that_is_off_is_sent_nothing(api: Api, webhook_id: str) -> None:
    api.patch(f"{HOOKS}/{webhook_id}", {"is_enabled": False})
    assert code(api.post(f"{HOOKS}/{webhook_id}/test", {})) == (409, "INVALID_STATE")


def test_a_draft_can_be_tested_and_an_archived_portal_cannot(api: Api, webhook_id: str) -> None:
    rest(api, PortalStatus.DRAFT)
    assert api.post(f"{HOOKS}/{webhook_id}/test", {}).status_code == 202
    rest(api, PortalStatus.ARCHIVED)
    assert code(api.post(f"{HOOKS}/{webhook_id}/test", {})) == (409, "INVALID_STATE")


def test_a_delivery_is_found_only_under_what_it_belongs_to(api: Api, webhook_id: str) -> None:
    other = api.post(HOOKS, {**HOOK, "url": "https://hooks.example.com/y"}).json()["webhook_id"]
    delivery_id = api.post(f"{HOOKS}/{webhook_id}/test", {}).json()["delivery_id"]
    answer = api.post(f"{HOOKS}/{other}/deliveries/{delivery_id}/resend", {})
    assert code(answer) == (404, "DELIVERY_NOT_FOUND")
    assert code(api.get(f"{HOOKS}/{webhook_id}/deliveries", "b")) == (404, "WEBHOOK_NOT_FOUND")


def test_deliveries_come_in_pages_oldest_first(api: Api, webhook_id: str) -> None:
    made = [api.post(f"{HOOKS}/{webhook_id}/test", {}).json()["delivery_id"] for _ in range(5)]
    path, found, cursor = f"{HOOKS}/{webhook_id}/deliveries?limit=2", [], None
    while True:
        page = api.get(f"{path}&cursor={cursor}" if cursor else path).json()
        found += [one["delivery_id"] for one in page["data"]]
        cursor = page["pagination"]["next_cursor"]
        if cursor is None:
            break
    assert sorted(found) == sorted(made) and page["pagination"]["total"] == 5


def _queued(api: Api, recipient: str) -> str:
    with api.services.store.writing() as connection:
        item = Item(
            kind=OutboxKind.MAIL_REPORT,
            dedupe_key=recipient,
            customer_id="cust_a",
            portal_id="portal_custa",
            report_id="report_custa",
            archive_n=1,
            recipient=recipient,
            now=NOW,
        )
        return enqueue(connection, item)


def test_a_report_tells_each_recipient_and_is_sent_again_to_one(api: Api) -> None:
    keep_report(api.services.store, report())
    first, second = _queued(api, "ceo@acme.com"), _queued(api, "cto@acme.com")
    path = "/v1/portal/reports/report_custa/deliveries"
    told: dict[str, Any] = {one["recipient"]: one for one in api.get(path).json()["data"]}
    assert told.keys() == {"ceo@acme.com", "cto@acme.com"}
    assert {one["method"] for one in told.values()} == {"email"} and told["ceo@acme.com"]["archive_n"] == 1
    assert api.post(f"{path}/{first}/resend", {}).status_code == 202
    assert code(api.get(path, "b")) == (404, "REPORT_NOT_FOUND")
    rest(api, PortalStatus.DRAFT)
    assert code(api.post(f"{path}/{second}/resend", {})) == (409, "PORTAL_NOT_ACTIVE")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/portal/reports/report_custa/rotate", "report_id"),
        ("/v1/analytics/alerts/{alert}/rotate", "alert_id"),
    ],
)
def test_secrets_of_reports_and_rules_are_told_once_and_overlap_for_a_day(
    api: Api, path: str, name: str
) -> None:
    keep_report(api.services.store, report())
    rule = {
        "name": "n",
        "metric_id": "cost.total",
        "condition": {"operator": "gt", "threshold": 1, "duration": "1h"},
    }
    path = path.format(alert=api.post("/alerts", rule).json()["id"])
    first, second = api.post(path, {}), api.post(path, {})
    assert first.headers["cache-control"] == "no-store"
    assert first.json()["signing_secret"].startswith("whsec_")
    assert first.json()["signing_secret"] != second.json()["signing_secret"]
    assert first.json().keys() == {name, "signing_secret", "previous_valid_until"}
    assert json.loads(first.content)[name]
