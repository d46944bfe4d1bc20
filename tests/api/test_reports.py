"""Value reports over HTTP: made, changed, sent by hand and listed; what is wrong is named, what is secret masked."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.portals.definition import PortalStatus
from core.reports.occurrence import OccurrenceState
from core.store.control.portals import change_portal, find_portal
from core.store.control.report_occurrences import in_states, settle
from core.store.control.reports import find_report
from tests.builders.api import NOW, Api, code, fault
from tests.builders.portals import card, keep_portal, portal

PATH = "/v1/portal/reports"
SCHEDULE = {"frequency": "monthly", "day_of_month": 1, "time": "09:00", "timezone": "America/New_York"}
DOCUMENTED: dict[str, Any] = {
    "portal_id": "portal_custa",
    "name": "Monthly Value Report - Acme Corp",
    "schedule": SCHEDULE,
    "delivery": {"method": "email", "recipients": ["ceo@acme.com", "cto@acme.com"]},
    "content": {
        "include_summary": True,
        "include_charts": True,
        "include_raw_data": True,
        "comparison_period": "previous",
    },
}
HOOK = {
    "method": "webhook",
    "webhook_url": "https://hooks.acme.com/reports",
    "webhook_headers": {"X-Word": "the_secret_word"},
}


@pytest.fixture
def api(api: Api) -> Api:
    """With a portal of each customer."""
    for customer_id in ("cust_a", "cust_b"):
        keep_portal(api.services.store, portal(card("cost.total"), customer_id=customer_id))
    return api


def made(api: Api, who: str = "a", **more: Any) -> dict[str, Any]:
    of_b = {"portal_id": "portal_custb"} if who == "b" else {}
    answer = api.post(PATH, {**DOCUMENTED, **of_b, **more}, who)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def with_status(api: Api, status: PortalStatus) -> None:
    with api.services.store.writing() as connection:
        before = find_portal(connection, "portal_custa", None)
        assert before is not None
        change_portal(connection, before, replace(before.definition, status=status), now=NOW)


def test_the_documented_report_is_made_and_told(api: Api) -> None:
    told = made(api)
    assert told["report_id"].startswith("report_")
    assert {name: told[name] for name in DOCUMENTED} == {
        **DOCUMENTED,
        "delivery": {**DOCUMENTED["delivery"], "webhook_headers": {}},
    }
    assert told["is_active"] is True and told["last_sent_at"] is None and told["occurrences"] == []
    assert told["next_scheduled"] == "2026-12-01T09:00:00-05:00"
    path = f"{PATH}/{told['report_id']}"
    assert api.get(path).json() == told
    listed = api.get(PATH).json()
    assert listed["total"] == 1 and listed["pagination"]["total"] == 1
    assert listed["data"] == [
        {
            "report_id": told["report_id"],
            "portal_id": "portal_custa",
            "name": DOCUMENTED["name"],
            "schedule": SCHEDULE,
            "is_active": True,
            "last_sent_at": None,
            "next_scheduled": "2026-12-01T09:00:00-05:00",
            "held": 0,
        }
    ]
    assert api.delete(path).json() == {"deleted": True, "report_id": told["report_id"]}
    assert code(api.get(path)) == (404, "REPORT_NOT_FOUND")
    assert api.get(PATH).json()["total"] == 0


def test_without_a_zone_the_next_time_is_in_utc(api: Api) -> None:
    told = made(api, schedule={"frequency": "weekly", "day_of_week": 1, "time": "08:00"})
    assert told["next_scheduled"] == "2026-11-23T08:00:00Z"


def test_a_list_is_filtered_and_comes_in_pages(api: Api) -> None:
    ids = [made(api, name=f"Report {n}", is_active=n != 1)["report_id"] for n in range(3)]
    made(api, "b")
    found = api.get(f"{PATH}?is_active=true").json()
    assert [one["report_id"] for one in found["data"]] == [ids[0], ids[2]]
    assert api.get(f"{PATH}?is_active=false").json()["data"][0]["next_scheduled"] is None
    first = api.get(f"{PATH}?limit=2").json()
    rest = api.get(f"{PATH}?limit=2&cursor={first['pagination']['next_cursor']}").json()
    assert [one["report_id"] for one in first["data"] + rest["data"]] == ids
    assert api.get(PATH, "all").json()["total"] == 4
    assert api.get(f"{PATH}?portal_id=portal_custb", "all").json()["total"] == 1
    assert code(api.get(f"{PATH}?portal_id=portal_custb")) == (404, "PORTAL_NOT_FOUND")
    assert fault(api.get(f"{PATH}?is_active=yes")) == (400, "INVALID_PARAMETER", "is_active")


def test_a_report_of_an_archived_portal_has_no_next_time(api: Api) -> None:
    path = f"{PATH}/{made(api)['report_id']}"
    assert api.get(path).json()["next_scheduled"] is not None
    with_status(api, PortalStatus.ARCHIVED)
    assert api.get(path).json()["next_scheduled"] is None


def test_another_frequency_drops_the_day_of_the_one_before(api: Api) -> None:
    path = f"{PATH}/{made(api)['report_id']}"
    told = api.patch(
        path, {"is_active": False, "schedule": {"frequency": "weekly", "day_of_week": 1, "time": "08:00"}}
    ).json()
    assert told["schedule"] == {
        "frequency": "weekly",
        "day_of_week": 1,
        "time": "08:00",
        "timezone": "America/New_York",
    }
    assert told["is_active"] is False and told["next_scheduled"] is None
    assert fault(api.patch(path, {"schedule": {"frequency": "monthly"}})) == (
        400,
        "INVALID_PARAMETER",
        "schedule.day_of_month",
    )
    daily = api.patch(path, {"schedule": {"frequency": "daily", "timezone": None}}).json()
    assert daily["schedule"] == {"frequency": "daily", "time": "08:00"}


def test_a_change_merges_objects_and_replaces_lists(api: Api) -> None:
    path = f"{PATH}/{made(api)['report_id']}"
    told = api.patch(
        path, {"delivery": {"recipients": ["a@b.example"]}, "content": {"include_charts": False}}
    ).json()
    assert told["delivery"]["recipients"] == ["a@b.example"] and told["delivery"]["method"] == "email"
    assert told["content"] == {**DOCUMENTED["content"], "include_charts": False}
    assert api.patch(path, {"content": None}).json()["content"] == {
        "include_summary": True,
        "include_charts": True,
        "include_raw_data": False,
    }
    before = api.get(path).json()
    assert api.patch(path, {}).json() == before
    assert api.patch(path, {"portal_id": "portal_custa"}).json() == before
    assert fault(api.patch(path, {"portal_id": "portal_other"})) == (400, "INVALID_PARAMETER", "portal_id")


def test_values_of_headers_are_never_read_back(api: Api) -> None:
    answer = api.post(PATH, {**DOCUMENTED, "delivery": HOOK})
    assert answer.status_code == 201
    path = f"{PATH}/{answer.json()['report_id']}"
    assert answer.json()["delivery"]["webhook_headers"] == {"X-Word": "********"}
    merged = api.patch(path, {"delivery": {"webhook_headers": {"x-word": "********", "X-Two": "2"}}})
    for text in (answer.text, merged.text, api.get(path).text, api.get(PATH).text):
        assert "the_secret_word" not in text
    with api.services.store.reading() as connection:
        found = find_report(connection, answer.json()["report_id"], "cust_a")
    assert found is not None and "the_secret_word" not in repr(found)
    assert found.definition.delivery.webhook_headers == {"X-Word": "the_secret_word", "X-Two": "2"}
    assert fault(api.patch(path, {"delivery": {"webhook_headers": {"X-New": "********"}}})) == (
        400,
        "INVALID_PARAMETER",
        "delivery.webhook_headers.X-New",
    )


def test_if_match_compares_the_configuration_and_not_the_time(api: Api) -> None:
    path = f"{PATH}/{made(api)['report_id']}"
    tag = api.get(path).headers["etag"]
    assert api.get(path, headers={"If-None-Match": tag}).status_code == 304
    assert api.post(f"{path}/send", None).status_code == 202
    # What became due is another answer, and no change of the report.
    assert api.get(path, headers={"If-None-Match": tag}).status_code == 200
    assert api.patch(path, {"name": "Another"}, headers={"If-Match": tag}).status_code == 200
    assert code(api.patch(path, {"name": "Third"}, headers={"If-Match": tag})) == (412, "PRECONDITION_FAILED")
    assert code(api.delete(path, headers={"If-Match": tag})) == (412, "PRECONDITION_FAILED")
    assert api.delete(path, headers={"If-Match": "*"}).status_code == 200


BAD: list[tuple[dict[str, Any], str]] = [
    ({"schedule": {**SCHEDULE, "day_of_month": 0}}, "schedule.day_of_month"),
    ({"schedule": {**SCHEDULE, "day_of_month": 32}}, "schedule.day_of_month"),
    ({"schedule": {"frequency": "monthly", "time": "09:00"}}, "schedule.day_of_month"),
    ({"schedule": {"frequency": "weekly", "time": "09:00"}}, "schedule.day_of_week"),
    ({"schedule": {"frequency": "weekly", "time": "09:00", "day_of_week": 7}}, "schedule.day_of_week"),
    ({"schedule": {"frequency": "weekly", "time": "09:00", "day_of_week": -1}}, "schedule.day_of_week"),
    ({"schedule": {"frequency": "daily", "time": "09:00", "day_of_week": 1}}, "schedule.day_of_week"),
    ({"schedule": {"frequency": "yearly", "time": "09:00"}}, "schedule.frequency"),
    *(
        ({"schedule": {**SCHEDULE, "time": time}}, "schedule.time")
        for time in ("09:60", "-1:00", "24:00", "9:00", "09:00:00", "٠٩:٠٠", "", "09:00 ", "0900", "09:00Z")
    ),
    *(
        ({"schedule": {**SCHEDULE, "timezone": name}}, "schedule.timezone")
        for name in (
            "europe/berlin", "Europe", "/etc/localtime", "Europe/Berlin\0", "right/UTC", "GMT+1", "leapseconds",
            "US/Pacific-New", "../UTC", "posix/UTC", "Factory", "localtime", "", "UTC ",
        )
    ),
    *(
        ({"delivery": {"method": "email", "recipients": [text]}}, "delivery.recipients[0]")
        for text in (
            "a@e.example, b@e.example", "a@e.example\n", '"a\nBcc: x"@e.example', "a@e.example\0",
            "-oQ/elsewhere@e.example", "a@localhost", "<script>@e.example", "Ann <a@e.example>",
            "=?utf-8?q?x=40evil.example=3E?= <a@e.example>", "=?utf-8?q?x?=@e.example", "a", "", "a@", "@e.example",
            "a b@e.example", "a@e..example", "a@[127.0.0.1]", "a@1.2.3.4", "a\u2028@e.example", "a;b@e.example",
        )
    ),
    ({"delivery": {"method": "email"}}, "delivery.recipients"),
    ({"delivery": {"method": "email", "recipients": []}}, "delivery.recipients"),
    ({"delivery": {"method": "email", "recipients": [f"u{n}@e.example" for n in range(51)]}}, "delivery.recipients"),
    ({"delivery": {**DOCUMENTED["delivery"], "From": "x"}}, "delivery.From"),
    ({"delivery": {"method": "both", "recipients": ["a@e.example"]}}, "delivery.webhook_url"),
    *(
        ({"delivery": {**HOOK, "webhook_url": url}}, "delivery.webhook_url")
        for url in ("http://hooks.acme.com/", "https://127.0.0.1/", "https://10.0.0.1/x", "https://localhost/", "ftp://a.b/")
    ),
    ({"delivery": {**HOOK, "webhook_headers": {"Host": "x"}}}, "delivery.webhook_headers.Host"),
    ({"delivery": {**HOOK, "webhook_headers": {"X-A": "b\r\nX-C: d"}}}, "delivery.webhook_headers.X-A"),
    ({"name": "=?utf-8?q?=0ABcc:_x@evil.example?="}, "name"),
    ({"name": "a\r\nBcc: x"}, "name"),
    ({"name": "a" * 201}, "name"),
    ({"name": ""}, "name"),
    ({"is_active": "yes"}, "is_active"),
    ({"content": {"include_summary": 1}}, "content.include_summary"),
    ({"content": {"comparison_period": "yoy"}}, "content.comparison_period"),
    ({"schedule": {**SCHEDULE, "day_of_month": 1.5}}, "schedule.day_of_month"),
]  # fmt: skip


@pytest.mark.parametrize(("more", "param"), BAD)
def test_what_is_wrong_is_named_and_nothing_is_kept(api: Api, more: dict[str, Any], param: str) -> None:
    assert fault(api.post(PATH, {**DOCUMENTED, **more}))[::2] == (400, param)
    assert api.get(PATH).json()["total"] == 0


def test_every_fault_is_told_at_once(api: Api) -> None:
    body = {
        **DOCUMENTED,
        "schedule": {**SCHEDULE, "time": "9"},
        "delivery": {"method": "email", "recipients": ["a"]},
    }
    details = api.post(PATH, body).json()["error"]["details"]
    assert [one["param"] for one in details] == ["schedule.time", "delivery.recipients[0]"]


def test_one_mailbox_is_one_recipient(api: Api) -> None:
    told = made(
        api, delivery={"method": "email", "recipients": ["a@e.example", "A@E.EXAMPLE", "b@bücher.example"]}
    )
    assert told["delivery"]["recipients"] == ["a@e.example", "b@xn--bcher-kva.example"]


@pytest.mark.parametrize("missing", ["portal_id", "name", "schedule", "delivery"])
def test_what_a_report_needs_is_required(api: Api, missing: str) -> None:
    body = {name: value for name, value in DOCUMENTED.items() if name != missing}
    assert fault(api.post(PATH, body)) == (400, "MISSING_PARAMETER", missing)


def test_send_now_covers_the_last_complete_period(api: Api) -> None:
    report_id = made(api)["report_id"]
    answer = api.post(f"{PATH}/{report_id}/send", None)
    told = answer.json()
    assert answer.status_code == 202 and told["status"] == "queued" and told["report_id"] == report_id
    assert told["period"] == {
        "start": "2026-10-01T04:00:00Z",
        "end": "2026-11-01T04:00:00Z",
        "timezone": "America/New_York",
    }
    (one,) = api.get(f"{PATH}/{report_id}").json()["occurrences"]
    assert one["state"] == "due" and one["by_hand"] and one["delivery_id"] == told["delivery_id"]


def test_twice_within_a_second_is_one_delivery(api: Api) -> None:
    path = f"{PATH}/{made(api)['report_id']}"
    first, second = (api.post(f"{path}/send", {}) for _ in range(2))
    assert first.status_code == second.status_code == 202
    assert first.json()["delivery_id"] == second.json()["delivery_id"]
    assert len(api.get(path).json()["occurrences"]) == 1


def test_a_portal_that_is_not_active_sends_nothing(api: Api) -> None:
    path = f"{PATH}/{made(api)['report_id']}"
    with_status(api, PortalStatus.DRAFT)
    assert code(api.post(f"{path}/send", None)) == (409, "PORTAL_NOT_ACTIVE")
    assert api.post(PATH, DOCUMENTED).status_code == 201
    with_status(api, PortalStatus.ARCHIVED)
    assert code(api.post(PATH, DOCUMENTED)) == (409, "INVALID_STATE")


def test_what_is_held_is_seen_and_can_be_sent_by_hand(api: Api) -> None:
    path = f"{PATH}/{made(api)['report_id']}"
    api.post(f"{path}/send", None)
    with api.services.store.writing() as connection:
        (one,) = in_states(connection, [OccurrenceState.DUE])
        settle(connection, one, OccurrenceState.HELD, "It waits for its data", now=NOW)
    assert api.get(PATH).json()["data"][0]["held"] == 1
    (shown,) = api.get(path).json()["occurrences"]
    assert (shown["state"], shown["reason"]) == ("held", "It waits for its data")
    again = api.post(f"{path}/send", {"due_at": shown["due_at"]})
    assert again.status_code == 202 and again.json()["delivery_id"] == shown["delivery_id"]
    assert api.get(path).json()["occurrences"][0]["state"] == "due"
    unknown = {"due_at": (NOW - timedelta(days=1)).isoformat()}
    assert fault(api.post(f"{path}/send", unknown)) == (400, "INVALID_PARAMETER", "due_at")


def test_a_preview_has_the_numbers_of_the_portal_for_that_period(api: Api) -> None:
    path = f"{PATH}/{made(api, schedule={'frequency': 'daily', 'time': '09:00', 'timezone': 'UTC'})['report_id']}"
    told = api.get(f"{path}/preview").json()
    period = told["period"]
    assert told["is_complete"] is True and period["start"].endswith("T00:00:00Z")
    asked = f"/v1/portal/configs/portal_custa/data?start={period['start']}&end={period['end']}"
    shown = api.get(asked).json()
    assert [one["value"] for one in told["data"]] == [one["value"] for one in shown["data"]]
    assert told["data"][0]["change_period"] is not None


def test_a_reader_reads_and_writes_nothing(api: Api) -> None:
    path = f"{PATH}/{made(api)['report_id']}"
    assert api.get(path, "reader_a").status_code == 200
    for answer in (
        api.post(PATH, DOCUMENTED, "reader_a"),
        api.patch(path, {}, "reader_a"),
        api.delete(path, "reader_a"),
        api.post(f"{path}/send", None, "reader_a"),
    ):
        assert code(answer) == (403, "FORBIDDEN")


def test_report_operations_have_a_limit_of_their_own(api: Api) -> None:
    answers = [api.get(PATH) for _ in range(31)]
    assert [one.status_code for one in answers] == [200] * 30 + [429]
    assert answers[0].headers["x-ratelimit-limit"] == "30"
    assert api.get("/v1/portal/configs").status_code == 200


def test_an_idempotency_key_makes_one_report_and_one_delivery(api: Api) -> None:
    key = {"Idempotency-Key": "k-1"}
    first, second = (api.post(PATH, DOCUMENTED, headers=key) for _ in range(2))
    assert first.json() == second.json() and second.headers["idempotency-replayed"] == "true"
    assert api.get(PATH).json()["total"] == 1


def test_before_anything_is_published_a_report_can_be_made_and_asked_for(empty_api: Api) -> None:
    keep_portal(empty_api.services.store, portal(card("cost.total"), customer_id="cust_a"))
    path = f"{PATH}/{made(empty_api)['report_id']}"
    assert empty_api.post(f"{path}/send", None).status_code == 202
    assert code(empty_api.get(f"{path}/preview")) == (503, "NOTHING_PUBLISHED")
