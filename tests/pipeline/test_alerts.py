"""After a publish each rule looks once at each complete bucket, and at nobody's numbers but its own."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from core.alert_evaluation import State
from core.alerts import ActionType, AlertAction, AlertRule, Operator
from core.settings import Settings
from core.store.control import ControlStore, open_control_store
from core.store.control.alert_states import StoredTransition, recorded_transitions
from core.store.control.alerts import add_rule, change_rule, find_rule, list_rules
from core.store.control.custom_metrics import add_metric
from core.store.control.tables import OUTBOX
from pipeline.alerts import Report, evaluate_rules
from tests.builders import publish
from tests.builders.events import Events, call, customer, session
from tests.pipeline.custom_metrics.builds import metric

MIDNIGHT = datetime(2026, 11, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
MADE = MIDNIGHT + 3 * HOUR


def rule(
    alert_id: str = "alert_cost", metric_id: str = "cost.total", threshold: float = 2.5, **more: object
) -> AlertRule:
    fields = {"operator": Operator.GT, "duration": "1h", "customer_id": "cust_a", **more}
    return AlertRule(
        id=alert_id, name=f"Rule {alert_id}", metric_id=metric_id, threshold=threshold, actions=(), **fields
    )  # type: ignore[arg-type]


class Watched:
    """An installation whose published numbers and rules are what a test says they are."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(home=home)
        self.store: ControlStore = open_control_store(self.settings)
        self._number = 0

    def publish(
        self, hours: int, *, spent: dict[int, str] | None = None, data_as_of: datetime | None = None
    ) -> None:
        """One call of each customer in each hour until `hours` after midnight; cust_a's cost 1, or what is said."""
        self._number += 1
        until = data_as_of or MIDNIGHT + hours * HOUR
        starts = [(n, MIDNIGHT + n * HOUR) for n in range(hours)]
        made = Events(
            llm_requests=[
                call(started_at=at, cost_usd=(spent or {}).get(n, "1"), latency_ms=100.0) for n, at in starts
            ]
            + [call(started_at=at, customer_id="cust_b", cost_usd="777") for _, at in starts],
            sessions=[session(started_at=at, user_turns=1) for n, at in starts if n % 2],
            customers=[customer(timezone="Asia/Kolkata"), customer(customer_id="cust_b")],
        )
        publish(self.settings.home, made, number=self._number, data_as_of=until)

    def watch(self, *rules: AlertRule, at: datetime = MADE) -> None:
        with self.store.writing() as connection:
            for one in rules:
                add_rule(connection, one, now=at)

    def evaluate(self) -> Report:
        return evaluate_rules(self.settings, now=MIDNIGHT + timedelta(days=9))

    def state(self, alert_id: str = "alert_cost") -> tuple[str | None, datetime | None]:
        with self.store.reading() as connection:
            found = find_rule(connection, alert_id, None)
        assert found is not None
        return found.state, found.state_changed_at

    def recorded(self) -> list[StoredTransition]:
        with self.store.reading() as connection:
            return recorded_transitions(connection)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    watched = Watched(tmp_path)
    yield watched
    watched.store.close()


def test_a_rule_fires_and_is_well_again_with_the_bucket_in_which_it_was(watched: Watched) -> None:
    watched.watch(rule())
    watched.publish(8, spent={4: "2.6", 5: "3", 6: "2.5"})
    report = watched.evaluate()
    told = [(t.state, t.previous_state, t.value, t.at) for t in watched.recorded()]
    assert told == [
        (State.FIRING, State.OK, 2.6, MIDNIGHT + 5 * HOUR),
        (State.OK, State.FIRING, 2.5, MIDNIGHT + 7 * HOUR),
    ]
    assert report.transitions == tuple(watched.recorded())
    assert {t.snapshot.rpartition("-")[0] for t in report.transitions} == {"snap-1"}
    assert {t.customer_id for t in report.transitions} == {"cust_a"}
    assert watched.state() == ("ok", MIDNIGHT + 7 * HOUR)
    assert (report.rules, report.buckets, report.states, report.is_complete) == (1, 5, {"ok": 1}, True)


def test_the_same_snapshot_again_finds_nothing_new_and_the_next_goes_on(watched: Watched) -> None:
    watched.watch(rule())
    watched.publish(6, spent={5: "9"})
    assert len(watched.evaluate().transitions) == 1
    again = watched.evaluate()
    assert (again.buckets, again.transitions, again.rules) == (0, (), 1)
    watched.publish(8, spent={5: "1", 6: "9"})
    later = watched.evaluate()
    assert later.buckets == 2, "what was seen is seen, though its numbers are others now"
    assert [(t.state, t.at) for t in later.transitions] == [(State.OK, MIDNIGHT + 8 * HOUR)]


def test_a_bucket_that_is_not_complete_waits(watched: Watched) -> None:
    watched.watch(rule())
    watched.publish(6, spent={5: "9"}, data_as_of=MIDNIGHT + 5.5 * HOUR)
    assert watched.evaluate().transitions == ()
    watched.publish(6, spent={5: "9"})
    assert [t.at for t in watched.evaluate().transitions] == [MIDNIGHT + 6 * HOUR]


def test_a_rule_sees_only_its_customer_and_one_without_customer_everybody(watched: Watched) -> None:
    of_all = {"customer_id": None}
    watched.watch(
        rule(threshold=100),
        rule("alert_b", threshold=100, customer_id="cust_b"),
        rule("alert_all", threshold=777.5, **of_all),
        rule("alert_filter", threshold=100, **of_all, filters={"customer_id": "cust_a"}),
        rule("alert_foreign", threshold=100, filters={"customer_id": "cust_b"}),
    )
    watched.publish(6)
    report = watched.evaluate()
    assert {t.alert_id: (t.value, t.customer_id) for t in watched.recorded()} == {
        "alert_b": (777.0, "cust_b"),
        "alert_all": (778.0, None),
    }
    assert watched.state("alert_filter")[0] == "ok"
    assert [f.alert_id for f in report.failures] == ["alert_foreign"]


def test_a_day_is_the_customers_own_and_utc_for_everybody(watched: Watched) -> None:
    watched.watch(
        rule(metric_id="usage.requests.total", threshold=1e9, duration="1d"),
        rule("alert_all", metric_id="usage.requests.total", threshold=1e9, duration="1d", customer_id=None),
        at=MIDNIGHT,
    )
    watched.publish(50)
    watched.evaluate()
    assert watched.state() == ("ok", datetime(2026, 11, 3, 18, 30, tzinfo=UTC))
    assert watched.state("alert_all") == ("ok", MIDNIGHT + timedelta(days=1))


def test_a_custom_metric_is_watched_like_any_other(watched: Watched) -> None:
    with watched.store.writing() as connection:
        add_metric(connection, metric(), now=MADE)
        add_metric(
            connection,
            metric("cm_own", "$x * 100", unit="percent", customer_id="cust_a", x="cm_cost_per_session"),
            now=MADE,
        )
    watched.watch(rule(metric_id="cm_cost_per_session"), rule("alert_own", "cm_own", threshold=250.0))
    watched.publish(8, spent={5: "2.6"})
    watched.evaluate()
    assert [(t.state, t.value) for t in watched.recorded() if t.alert_id == "alert_own"] == [
        (State.NO_DATA, None),
        (State.FIRING, pytest.approx(260)),
        (State.NO_DATA, None),
        (State.OK, 100.0),
    ]
    assert [t.state for t in watched.recorded() if t.alert_id == "alert_cost"][1] is State.FIRING


def test_percent_thresholds_are_0_to_100(watched: Watched) -> None:
    watched.watch(rule(metric_id="autonomy.goal_completion_rate", threshold=99.0))
    watched.publish(6)
    watched.evaluate()
    assert {t.value for t in watched.recorded() if t.state is State.FIRING} == {100.0}


def test_a_rule_that_cannot_be_evaluated_is_told_and_harms_no_other(watched: Watched) -> None:
    watched.watch(
        rule("alert_gone", "cm_gone"),
        rule("alert_result", "custom.never_seen"),
        rule("alert_dimension", "usage.sessions.total", filters={"model": "m"}),
        rule("alert_spoilt", duration="soon"),
        rule(),
    )
    watched.publish(6, spent={5: "9"})
    report = watched.evaluate()
    assert {f.alert_id for f in report.failures} == {
        "alert_gone",
        "alert_result",
        "alert_dimension",
        "alert_spoilt",
    }
    assert "there is no metric cm_gone. Change or delete it at /v1/analytics/alerts/alert_gone" in next(
        f.advice for f in report.failures if f.alert_id == "alert_gone"
    )
    assert [t.alert_id for t in report.transitions] == ["alert_cost"]
    assert watched.state("alert_gone") == (None, None)


def test_a_disabled_rule_is_not_looked_at_and_starts_anew_when_enabled(watched: Watched) -> None:
    off = rule(is_enabled=False)
    watched.watch(off)
    watched.publish(6, spent={3: "9", 5: "9"})
    assert watched.evaluate().rules == 0
    with watched.store.writing() as connection:
        stored = list_rules(connection, None, limit=1, offset=0)[0][0]
        change_rule(connection, stored, rule(), now=MIDNIGHT + timedelta(days=30))
    assert [t.at for t in watched.evaluate().transitions] == [MIDNIGHT + 6 * HOUR], "only the newest bucket"


def test_without_control_store_rules_or_snapshot_nothing_happens(tmp_path: Path, watched: Watched) -> None:
    elsewhere = Settings(home=tmp_path / "elsewhere")
    assert evaluate_rules(elsewhere, now=MADE) == Report()
    assert not elsewhere.home.exists()
    assert watched.evaluate().rules == 0
    watched.watch(rule())
    assert watched.evaluate().problem is not None


def test_a_damaged_control_store_is_told(watched: Watched) -> None:
    watched.settings.control_path.write_bytes(b"these are my notes\n" * 100)
    report = watched.evaluate()
    assert report.problem is not None and "cannot be read" in report.problem
    assert not report.is_complete


def test_word_of_a_crossing_is_queued_with_it_and_once(watched: Watched) -> None:
    mail = AlertAction(ActionType.EMAIL, "ops@acme.example")
    watched.watch(replace(rule(), actions=(mail,)))
    watched.publish(6, spent={4: "3"})
    report = watched.evaluate()
    watched.evaluate()
    assert report.transitions
    with watched.store.reading() as connection:
        queued = connection.execute(select(OUTBOX)).all()
    assert len(queued) == len(report.transitions)
    assert {row.recipient for row in queued} == {"ops@acme.example"}
