"""What rules found is kept once: changes for good, the last state as long as the question stands."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.alert_evaluation import AlertState, Evaluation, State, Transition
from core.alerts import AlertRule, Operator
from core.settings import Settings
from core.store.control import ControlStore, existing_control_store, open_control_store
from core.store.control.alert_states import (
    StoredTransition,
    keep_evaluation,
    recorded_transitions,
    states_by_rule,
)
from core.store.control.alerts import StoredRule, add_rule, change_rule, enabled_rules, find_rule, remove_rule

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
RULE = AlertRule("alert_1", "Costs 777", "cost.total", Operator.GT, 10.0, "1h", (), customer_id="cust_b")
FIRED = Evaluation(
    AlertState(State.FIRING, 777.0, NOW, NOW), (Transition(State.FIRING, State.OK, 777.0, NOW),)
)


@pytest.fixture
def store(store: ControlStore) -> ControlStore:
    with store.writing() as connection:
        add_rule(connection, RULE, now=NOW)
    return store


def _rule(store: ControlStore) -> StoredRule:
    with store.reading() as connection:
        found = find_rule(connection, RULE.id, "cust_b")
    assert found is not None
    return found


def _keep(
    store: ControlStore, stored: StoredRule, before: AlertState | None = None
) -> list[StoredTransition]:
    with store.writing() as connection:
        return keep_evaluation(connection, stored, before, FIRED, snapshot="snap-1", now=NOW)


def _recorded(store: ControlStore) -> list[StoredTransition]:
    with store.reading() as connection:
        return recorded_transitions(connection)


def test_a_change_is_kept_with_all_that_a_message_needs(store: ControlStore) -> None:
    kept = _keep(store, _rule(store))
    assert _recorded(store) == kept
    payload = ("alert_id", "name", "metric_id", "customer_id", "value", "operator", "threshold", "snapshot")
    assert [getattr(kept[0], name) for name in payload] == [
        "alert_1", "Costs 777", "cost.total", "cust_b", 777.0, "gt", 10.0, "snap-1",
    ]  # fmt: skip
    assert (kept[0].state, kept[0].previous_state, kept[0].at) == (State.FIRING, State.OK, NOW)
    assert _rule(store).state == "firing"


def test_a_rule_that_filters_by_a_customer_is_about_that_customer(store: ControlStore) -> None:
    with store.writing() as connection:
        of_all = replace(RULE, id="alert_2", customer_id=None, filters={"customer_id": "cust_a"})
        stored = add_rule(connection, of_all, now=NOW)
        kept = keep_evaluation(connection, stored, None, FIRED, snapshot="snap-1", now=NOW)
    assert kept[0].customer_id == "cust_a"


def test_what_two_find_at_once_is_kept_once(store: ControlStore) -> None:
    stored = _rule(store)
    assert len(_keep(store, stored)) == 1
    assert _keep(store, stored) == []
    assert len(_recorded(store)) == 1


def test_an_answer_to_a_question_that_was_changed_meanwhile_is_dropped(store: ControlStore) -> None:
    stored = _rule(store)
    with store.writing() as connection:
        change_rule(connection, stored, replace(RULE, threshold=1000.0), now=NOW + timedelta(seconds=1))
    assert _keep(store, stored) == []
    assert _rule(store).state is None


def test_a_rule_that_was_deleted_meanwhile_harms_nothing(store: ControlStore) -> None:
    stored = _rule(store)
    with store.writing() as connection:
        remove_rule(connection, RULE.id)
    assert _keep(store, stored) == []


def test_changes_stay_when_their_rule_is_gone(store: ControlStore) -> None:
    _keep(store, _rule(store))
    with store.writing() as connection:
        remove_rule(connection, RULE.id)
    assert [t.alert_id for t in _recorded(store)] == ["alert_1"]
    with store.reading() as connection:
        assert states_by_rule(connection) == {}


def test_a_rule_enabled_again_starts_without_a_state_and_a_disabled_one_keeps_its_last(
    store: ControlStore,
) -> None:
    _keep(store, _rule(store))
    with store.writing() as connection:
        off = change_rule(connection, _rule(store), replace(RULE, is_enabled=False), now=NOW)
        assert off.state == "firing"
        assert enabled_rules(connection) == []
        on = change_rule(connection, off, RULE, now=NOW)
        assert on.state is None
        assert [stored.rule for stored in enabled_rules(connection)] == [RULE]
        assert states_by_rule(connection) == {}


def test_looking_for_a_store_makes_none(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "new")
    assert existing_control_store(settings) is None
    assert not settings.home.exists()
    open_control_store(settings).close()
    found = existing_control_store(settings)
    assert found is not None
    found.close()
