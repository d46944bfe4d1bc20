"""Alert rules: each customer's own, about metrics that exist, told to addresses outside."""

from dataclasses import replace
from typing import Any

import pytest

from core.alerts import parse_duration
from core.errors import InvalidParameter
from core.settings import Settings
from tests.builders.api import Api, Installation, api_over, code, fault, metric

PATH = "/alerts"


def _condition(**more: Any) -> dict[str, Any]:
    return {"operator": "gt", "threshold": 250.5, "duration": "1h", **more}


def rule(**more: Any) -> dict[str, Any]:
    return {
        "name": "Costs run away",
        "metric_id": "cost.total",
        "condition": _condition(),
        "actions": [{"type": "email", "target": "oncall@example.com"}],
        **more,
    }


def test_a_rule_is_made_read_changed_and_deleted(api: Api) -> None:
    made = api.post(PATH, rule())
    assert made.status_code == 201
    told = made.json()
    assert {"id", "name", "metric_id", "condition", "actions", "is_enabled"} <= told.keys()
    assert told["condition"] == {"operator": "gt", "threshold": 250.5, "duration": "1h"}
    assert (told["is_enabled"], told["state"], told["customer_id"]) == (True, None, "cust_a")
    path = f"{PATH}/{told['id']}"
    assert api.get(path).json() == told
    after = api.patch(path, {"condition": {"threshold": 1}, "is_enabled": False}).json()
    assert after["condition"] == {"operator": "gt", "threshold": 1.0, "duration": "1h"}
    assert after["is_enabled"] is False and after["actions"] == told["actions"]
    assert api.patch(path, {}).json() == after
    assert api.get(PATH).json()["alerts"] == [after]
    assert api.delete(path).json() == {"deleted": True, "id": told["id"]}
    assert code(api.get(path)) == (404, "ALERT_NOT_FOUND")


def test_a_rule_belongs_to_the_customer_of_its_key(api: Api) -> None:
    of_b = api.post(PATH, rule(name="Of b 777"), "b").json()
    of_all = api.post(PATH, rule(), "all").json()
    assert (of_b["customer_id"], of_all["customer_id"]) == ("cust_b", None)
    assert api.get(PATH).json()["total"] == 0
    assert [r["id"] for r in api.get(PATH, "b").json()["alerts"]] == [of_b["id"]]
    assert api.get(PATH, "all").json()["total"] == 2
    assert [r["id"] for r in api.get(f"{PATH}?customer_id=cust_b", "all").json()["alerts"]] == [of_b["id"]]


def test_a_foreign_rule_is_answered_as_an_unknown_one(api: Api) -> None:
    foreign = api.post(PATH, rule(), "b").json()["id"]
    for method, body in (("GET", None), ("PATCH", {}), ("DELETE", None)):
        answers = [api.call(method, f"{PATH}/{i}", json=body) for i in (foreign, "alert_unknown")]
        assert answers[0].status_code == 404 and answers[0].text == answers[1].text
    assert api.get(f"{PATH}/{foreign}", "b").status_code == 200


def test_if_match_is_honoured(api: Api) -> None:
    path = f"{PATH}/{api.post(PATH, rule()).json()['id']}"
    tag = api.get(path).headers["etag"]
    assert api.patch(path, {"name": "One"}, headers={"If-Match": tag}).status_code == 200
    assert code(api.patch(path, {"name": "Two"}, headers={"If-Match": tag})) == (412, "PRECONDITION_FAILED")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"metric_id": "nope"}, (400, "INVALID_METRIC_ID", "metric_id")),
        ({"metric_id": "cm_foreign"}, (400, "INVALID_METRIC_ID", "metric_id")),
        ({"metric_id": "custom.hours_777"}, (400, "INVALID_METRIC_ID", "metric_id")),
        ({"filters": {"customer_id": "cust_b"}}, (404, "CUSTOMER_NOT_FOUND", "filters.customer_id")),
        ({"filters": {"colour": "red"}}, (400, "INVALID_PARAMETER", "filters.colour")),
        (
            {"metric_id": "usage.sessions.total", "filters": {"model": "m"}},
            (400, "UNSUPPORTED_DIMENSION", "filters.model"),
        ),
        ({"condition": _condition(operator="ne")}, (400, "INVALID_PARAMETER", "condition.operator")),
        ({"condition": _condition(threshold="1")}, (400, "INVALID_PARAMETER", "condition.threshold")),
        ({"condition": _condition(duration="30s")}, (400, "INVALID_PARAMETER", "condition.duration")),
        ({"condition": {"operator": "gt"}}, (400, "INVALID_PARAMETER", "condition.threshold")),
        ({"actions": [{"type": "email", "target": "a@b.com"}] * 11}, (400, "INVALID_PARAMETER", "actions")),
        ({"actions": [{"type": "fax", "target": "1"}]}, (400, "INVALID_PARAMETER", "actions[0].type")),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_watched_is_refused(
    shared_api: Api, change: dict[str, Any], expected: tuple
) -> None:
    shared_api.post("/metrics/custom", metric("cm_foreign"), "b")
    assert fault(shared_api.post(PATH, rule(**change))) == expected


@pytest.mark.parametrize("kind", ["webhook", "slack"])
@pytest.mark.parametrize(
    "target",
    [
        "http://hooks.example.com/x", "ftp://example.com", "//example.com", "example.com", "https://", "https:///x",
        "https://127.0.0.1/x", "https://10.0.0.1", "https://169.254.169.254/latest", "https://[::1]/",
        "https://[::ffff:127.0.0.1]/", "https://localhost/x", "https://intranet", "https://user:pw@example.com",
        "https://2130706433/", "https://0x7f.1/", "https://127.1/", "https://example.com:99999/",
        "https://a b.com",
        "https://example.com\\@127.0.0.1/", "https://ex\u00e4mple.com/", "javascript:alert(1)", "",
        "https://printer.local/", "https://api.example.com/v1/analytics/alerts", "https://example.com/" + "x" * 2000,
    ],
)  # fmt: skip
def test_a_target_that_is_no_public_https_address_is_refused(shared_api: Api, kind: str, target: str) -> None:
    answer = shared_api.post(PATH, rule(actions=[{"type": kind, "target": target}]))
    assert fault(answer) == (400, "INVALID_PARAMETER", "actions[0].target")


def test_a_target_inside_is_accepted_where_a_setting_names_its_network(
    settings: Settings, installation: Installation
) -> None:
    inside = rule(actions=[{"type": "webhook", "target": "http://127.0.0.2:9000/hook"}])
    with api_over(settings, installation) as outside_only:
        assert code(outside_only.post(PATH, inside)) == (400, "INVALID_PARAMETER")
    with api_over(replace(settings, private_targets=("127.0.0.2/32",)), installation) as open_inside:
        assert open_inside.post(PATH, inside).status_code == 201


@pytest.mark.parametrize(
    "target",
    [
        "a",
        "a@b",
        "a@b.com,c@d.com",
        "a@b.com\nBcc: x@y.com",
        "=?utf-8?q?x?=@b.com",
        "a b@c.com",
        "<a@b.com>",
        "a..b@c.com",
    ],
)
def test_a_target_that_is_no_mail_address_is_refused(shared_api: Api, target: str) -> None:
    answer = shared_api.post(PATH, rule(actions=[{"type": "email", "target": target}]))
    assert fault(answer) == (400, "INVALID_PARAMETER", "actions[0].target")


@pytest.mark.parametrize(("text", "seconds"), [("1m", 60), ("90m", 5400), ("24h", 86400), ("31d", 2678400)])
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: int) -> None:
    assert parse_duration(text).total_seconds() == seconds


@pytest.mark.parametrize(
    "text", ["0m", "32d", "1w", "1", "m", "1.5h", "-1h", "01h", "1H", " 1h", "99999d", "\u0661h"]
)
def test_another_duration_is_refused(text: str) -> None:
    with pytest.raises(InvalidParameter, match="1m to 31d"):
        parse_duration(text)


def test_a_rule_that_asks_something_else_starts_without_a_state(api: Api) -> None:
    from core.store.control.alerts import find_rule
    from core.store.control.tables import ALERT_STATES

    alert_id = api.post(PATH, rule()).json()["id"]
    now = api.services.now()
    state = {"state": "firing", "value": 300.0, "changed_at": now, "seen_until": now, "snapshot": "snap-1"}
    with api.services.store.writing() as connection:
        connection.execute(ALERT_STATES.insert().values(alert_id=alert_id, **state))
    assert api.get(f"{PATH}/{alert_id}").json()["state"] == "firing"
    assert api.patch(f"{PATH}/{alert_id}", {"name": "Renamed"}).json()["state"] == "firing"
    assert api.patch(f"{PATH}/{alert_id}", {"condition": {"threshold": 9}}).json()["state"] is None
    with api.services.store.reading() as connection:
        found = find_rule(connection, alert_id, "cust_a")
        assert found is not None and found.state is None
