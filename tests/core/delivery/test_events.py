"""What webhooks are told of: visits, exports, crossings; each once, and only of portals that are active."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from core.alert_evaluation import State
from core.alerts import ActionType, AlertAction, AlertRule, Operator
from core.delivery.announce import Export, data_exported, views_ended
from core.delivery.bodies import slack_text
from core.delivery.crossings import thresholds_crossed
from core.delivery.due import is_anything_due
from core.portals.definition import PortalStatus
from core.store.control.alert_states import StoredTransition
from core.store.control.alerts import add_rule, remove_rule
from core.store.control.portal_views import Seen, end_views, record
from core.store.control.portals import change_portal, find_portal
from core.store.control.tables import OUTBOX
from tests.core.delivery.conftest import NOW, Stage
from tests.core.delivery.receivers import Receiver

HOOK = "https://hooks.example.com/x"


def seen(stage: Stage, minutes: int, visit: str = "one", **more: Any) -> None:
    at = NOW + timedelta(minutes=minutes)
    fields = {"pages": 1, **more}
    with stage.store.writing() as connection:
        record(connection, Seen(visit, "portal_A", "cust_a", "203.0.113.0", at, at, **fields))


def queued(stage: Stage) -> list[Any]:
    with stage.store.reading() as connection:
        return list(connection.execute(select(OUTBOX).order_by(OUTBOX.c.dedupe_key)))


def rest(stage: Stage) -> None:
    with stage.store.writing() as connection:
        portal = find_portal(connection, "portal_A", None)
        assert portal is not None
        change_portal(connection, portal, replace(portal.definition, status=PortalStatus.DRAFT), now=NOW)


def test_a_visit_is_told_of_half_an_hour_after_its_last_request_and_once(
    stage: Stage, receiver: Receiver
) -> None:
    stage.webhook(f"{receiver.base}/hook")
    seen(stage, 0)
    seen(stage, 5, pages=2)
    stage.clock.move(minutes=34)
    stage.drain()
    assert receiver.calls == [] and not is_anything_due(stage.store, stage.settings, now=stage.clock())
    stage.clock.move(minutes=1)
    assert is_anything_due(stage.store, stage.settings, now=stage.clock())
    stage.drain()
    stage.drain()
    (call,) = receiver.calls
    assert json.loads(call.body) == {
        "event": "portal.accessed",
        "timestamp": "2026-11-02T09:05:00Z",
        "data": {
            "portal_id": "portal_A",
            "customer_id": "cust_a",
            "user_ip": "203.0.113.0",
            "session_duration": 300,
            "pages_viewed": 3,
        },
    }


def test_who_leaves_is_told_of_soon(stage: Stage, receiver: Receiver) -> None:
    stage.webhook(f"{receiver.base}/hook")
    seen(stage, 0)
    seen(stage, 2, pages=0, left_at=NOW + timedelta(minutes=2))
    stage.clock.move(minutes=3)
    stage.drain()
    assert json.loads(receiver.calls[0].body)["data"]["session_duration"] == 120


def test_several_who_tell_tell_once(stage: Stage) -> None:
    stage.webhook(HOOK, "webhook_1")
    stage.webhook(HOOK, "webhook_2")
    seen(stage, 0)
    for _ in range(3):
        with stage.store.writing() as connection:
            end_views(connection, now=NOW + timedelta(hours=1))
            views_ended(connection, now=NOW + timedelta(hours=1))
    assert [row.webhook_id for row in queued(stage)] == ["webhook_1", "webhook_2"]


def test_a_portal_at_rest_tells_nothing(stage: Stage) -> None:
    stage.webhook(HOOK)
    seen(stage, 0)
    rest(stage)
    stage.clock.move(hours=1)
    stage.drain()
    assert queued(stage) == []


def test_an_export_is_told_once_with_what_it_holds(stage: Stage) -> None:
    stage.webhook(HOOK)
    export = Export(
        "exp_1", "portal_A", "cust_a", "csv", ("cost.total",), NOW - timedelta(days=30), NOW, 31, NOW
    )
    for _ in range(2):
        with stage.store.writing() as connection:
            data_exported(connection, export, now=NOW)
    (row,) = queued(stage)
    assert json.loads(row.payload_json)["data"] == {
        "portal_id": "portal_A",
        "customer_id": "cust_a",
        "format": "csv",
        "metric_ids": ["cost.total"],
        "period": {"start": "2026-10-03T09:00:00Z", "end": "2026-11-02T09:00:00Z"},
        "rows": 31,
    }


RULE = AlertRule(
    id="alert_1",
    name="Cost <b>",
    metric_id="cost.total",
    operator=Operator.GT,
    threshold=10.0,
    duration="1h",
    actions=(
        AlertAction(ActionType.WEBHOOK, HOOK),
        AlertAction(ActionType.SLACK, "https://hooks.slack.example/T/B"),
        AlertAction(ActionType.EMAIL, "ops@acme.example"),
    ),
    customer_id="cust_a",
)


def crossing(**more: Any) -> StoredTransition:
    fields: dict[str, Any] = {
        "transition_id": "at_1", "alert_id": "alert_1", "name": RULE.name, "metric_id": "cost.total",
        "customer_id": "cust_a", "value": 12.5, "operator": "gt", "threshold": 10.0, "state": State.FIRING,
        "previous_state": State.OK, "at": NOW, "snapshot": "snapshot_1", "recorded_at": NOW, **more,
    }  # fmt: skip
    return StoredTransition(**fields)


def test_a_crossing_goes_to_the_customers_portals_and_to_each_action_once(stage: Stage) -> None:
    stage.webhook(HOOK)
    for _ in range(2):
        with stage.store.writing() as connection:
            thresholds_crossed(connection, RULE, [crossing()], now=NOW)
    assert sorted(row.kind for row in queued(stage)) == [
        "alert_mail",
        "alert_slack",
        "alert_webhook",
        "webhook_event",
    ]
    (told,) = [row for row in queued(stage) if row.kind == "webhook_event"]
    assert json.loads(told.payload_json)["data"] == {
        "alert_id": "alert_1",
        "name": "Cost <b>",
        "metric_id": "cost.total",
        "customer_id": "cust_a",
        "value": 12.5,
        "operator": "gt",
        "threshold": 10.0,
        "state": "firing",
        "previous_state": "ok",
        "at": "2026-11-02T09:00:00Z",
        "snapshot": "snapshot_1",
    }


def test_everybodys_numbers_are_told_to_no_customer(stage: Stage) -> None:
    stage.webhook(HOOK)
    with stage.store.writing() as connection:
        thresholds_crossed(connection, RULE, [crossing(customer_id=None)], now=NOW)
    assert "webhook_event" not in {row.kind for row in queued(stage)}


def test_actions_arrive_signed_and_in_the_chats_own_form(stage: Stage, receiver: Receiver) -> None:
    actions = (
        AlertAction(ActionType.WEBHOOK, f"{receiver.base}/alert"),
        AlertAction(ActionType.SLACK, f"{receiver.base}/slack"),
        AlertAction(ActionType.EMAIL, "ops@acme.example"),
    )
    rule = replace(RULE, actions=actions)
    with stage.store.writing() as connection:
        add_rule(connection, rule, now=NOW)
        thresholds_crossed(connection, rule, [crossing()], now=NOW)
    assert stage.drain().sent == 3
    by_path = {call.path: call for call in receiver.calls}
    assert json.loads(by_path["/alert"].body)["event"] == "metric.threshold_crossed"
    assert by_path["/alert"].headers["webhook-signature"].startswith("v1,")
    assert "webhook-signature" not in by_path["/slack"].headers
    text = json.loads(by_path["/slack"].body)["text"]
    assert text.startswith("Cost &lt;b&gt; is firing: cost.total is 12.5")


def test_a_rule_that_was_deleted_sends_nothing(stage: Stage) -> None:
    with stage.store.writing() as connection:
        stored = add_rule(connection, RULE, now=NOW)
        thresholds_crossed(connection, RULE, [crossing()], now=NOW)
        remove_rule(connection, stored.rule.id)
    assert (stage.drain().cancelled, stage.drain().sent) == (3, 0)


def test_a_chat_is_told_of_no_data_too() -> None:
    data = {
        "name": "n",
        "state": "no_data",
        "metric_id": "m",
        "value": None,
        "operator": "gt",
        "threshold": 1.0,
    }
    said = slack_text({**data, "customer_id": None, "at": "2026-11-02T09:00:00Z"})
    assert said == "n has no data: m is no value (gt 1), at 2026-11-02T09:00:00Z"
