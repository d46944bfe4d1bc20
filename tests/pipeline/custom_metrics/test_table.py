"""The table says what the engine answers for each day, and after any run what computing everything would say."""

import json
import random
import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from core.custom_values import custom_value
from core.measures import Filters
from core.periods import Period, day_start, zone
from core.store.readers import Reader
from core.store.snapshot import open_snapshot
from pipeline import custom_metrics
from tests.builders.events import Events, budget, call, customer, outcome, session
from tests.pipeline.custom_metrics.builds import NOW, Build, days_of, inactive, metric

ZONES = {"cust_a": "Asia/Kolkata", "cust_b": "Pacific/Chatham", "cust_c": "America/New_York", "cust_d": "UTC"}
FIRST = datetime(2026, 10, 28, 3, 30, tzinfo=UTC)
COST, RATE = metric(), metric("cm_rate", "$d * 100", unit="percent", d="autonomy.deflection_rate")
NESTED = metric("cm_nested", "$r * $c", r="cm_rate", c="cost.daily avg")
OWN = metric("cm_own", "$n", customer_id="cust_b", n="custom.hours p95")
BURN = metric("cm_burn", "coalesce($x, 777)", unit="percent", x="cost.burn_rate")
SPEED = metric("cm_speed", "$x * 86400", x="usage.requests.total rate")
EVERY = (COST, RATE, NESTED, OWN, BURN, SPEED)


def events(days: int = 8) -> Events:
    hours = [FIRST + timedelta(hours=5 * n) for n in range(days * 24 // 5)]
    made = Events(
        customers=[customer(customer_id=c, timezone=z) for c, z in ZONES.items()],
        budgets=[budget(scope="customer", scope_id="cust_a", period="weekly")],
    )
    for at in hours:
        made.llm_requests += [
            call(started_at=at, cost_usd="0.1"),
            call(customer_id="cust_b", started_at=at, cost_usd="2.777"),
            call(customer_id="cust_c", started_at=at, cost_usd="1"),
        ]
        made.sessions += [
            session(started_at=at, handoff=at.hour % 3 == 0),
            session(customer_id="cust_b", started_at=at, outcome="failed" if at.hour % 2 else "goal_met"),
        ]
    made.outcomes += [outcome(customer_id="cust_b", occurred_at=hours[3], name="hours", value="777")]
    return made


def cut(made: Events, keep: object) -> Events:
    """The events that `keep` (customer, instant) lets through."""
    assert callable(keep)
    return Events(
        llm_requests=[r for r in made.llm_requests if keep(r["customer_id"], r["started_at"])],
        sessions=[r for r in made.sessions if keep(r["customer_id"], r["started_at"])],
        outcomes=[r for r in made.outcomes if keep(r["customer_id"], r["occurred_at"])],
        customers=made.customers,
        budgets=made.budgets,
    )


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return Build(tmp_path / "home")


def computed_at_once(home: Path, made: Events, *definitions: object, **state: datetime) -> dict:
    at_once = Build(home)
    at_once.define(*definitions)  # type: ignore[arg-type]
    at_once.load(made, **state)
    at_once.compute()
    return at_once.rows()


def test_each_row_is_what_the_engine_answers_for_that_local_day(build: Build) -> None:
    build.define(*EVERY)
    build.load(events())
    report = build.compute()
    rows = build.rows()
    assert report.is_complete and report.rows == report.rows_computed == len(rows)
    assert (report.metrics, report.customers) == (len(EVERY), 3)
    usable = {d.id: d for d in EVERY}
    snapshot = open_snapshot(build.database, threads=1)
    for (metric_id, customer_id, day), (value, inputs, unit) in rows.items():
        tz = zone(ZONES[customer_id])
        period = Period(day_start(day, tz), day_start(day + timedelta(days=1), tz), tz)
        snapshot.pin()
        with Reader(snapshot, customer_id) as reader:
            alone = custom_value(reader, usable[metric_id].formula, usable, period, Filters())
        assert value == alone.value, (metric_id, customer_id, day)
        assert json.loads(inputs) == {
            s.variable: None if s.value is None else pytest.approx(float(s.value), rel=1e-15)
            for s in alone.inputs
        }
        assert unit == usable[metric_id].unit
    snapshot.unpin()


def test_a_customer_has_a_row_for_each_local_day_from_its_first_event_on(build: Build) -> None:
    build.define(COST)
    build.load(events(), data_as_of=datetime(2026, 11, 4, 18, 30, tzinfo=UTC))
    build.compute()
    days = {c: sorted(d for _, of, d in build.rows() if of == c) for c in ZONES}
    # 18:30 UTC is midnight in Kolkata, where the day that begins there has nothing yet; in Chatham it is the 5th.
    assert (days["cust_a"][0], days["cust_a"][-1]) == (date(2026, 10, 28), date(2026, 11, 4))
    assert (days["cust_b"][0], days["cust_b"][-1]) == (date(2026, 10, 28), date(2026, 11, 5))
    assert (days["cust_c"][0], days["cust_c"][-1]) == (date(2026, 10, 27), date(2026, 11, 4))
    assert days["cust_d"] == [], "it has no events"
    assert days["cust_a"] == [date(2026, 10, 28) + timedelta(days=n) for n in range(8)]


def test_one_customers_own_metric_is_in_no_other_customers_rows(build: Build) -> None:
    build.define(*EVERY)
    build.load(events())
    build.compute()
    assert {c for m, c, _ in build.rows() if m == OWN.id} == {"cust_b"}
    foreign = [(key, row) for key, row in build.rows().items() if key[1] != "cust_b" and key[0] != BURN.id]
    assert foreign and not any("777" in f"{key} {row}" for key, row in foreign)


def test_days_that_nothing_reached_stay_as_they_are(build: Build) -> None:
    build.define(COST, SPEED)
    build.load(events())
    build.compute()
    build.execute("UPDATE custom_metric_daily SET value = -1")
    build.load(events(), touched=[("cust_a", date(2026, 10, 31))])
    report = build.compute()
    fresh = {(m, c, d) for (m, c, d), (value, _, _) in build.rows().items() if value != -1}
    reached = {("cust_a", date(2026, 10, 31) + timedelta(days=n)) for n in (-1, 0, 1)}
    assert {(c, d) for m, c, d in fresh if m == COST.id} == reached
    newest = {(c, max(d for _, of, d in build.rows() if of == c)) for c in ("cust_a", "cust_b", "cust_c")}
    assert {(c, d) for m, c, d in fresh if m == SPEED.id} == reached | newest, "a rate goes on with the clock"
    assert report.rows_computed == len(fresh)
    assert build.compute().rows_computed == 3 + len(reached) * 2


def test_what_lay_in_the_future_is_counted_when_it_has_come(build: Build, tmp_path: Path) -> None:
    made = events()
    newest = max(row["started_at"] for row in made.llm_requests)
    build.define(*EVERY)
    build.load(made, data_as_of=newest - timedelta(hours=9), run_started_at=newest - timedelta(hours=9))
    build.compute()
    early = build.rows()
    build.load(made, touched=[])
    build.compute()
    assert build.rows() == computed_at_once(tmp_path / "full", made, *EVERY)
    assert any(build.rows()[key] != early[key] for key in early)


def test_any_runs_come_to_what_one_run_over_everything_comes_to(build: Build, tmp_path: Path) -> None:
    chance = random.Random(11)
    whole = events()
    build.define(*EVERY)
    arrived: set[tuple[str, date]] = set()
    every = sorted(set(days_of(whole)))
    chance.shuffle(every)
    for step in range(1, 4):
        new = set(every[len(every) * (step - 1) // 3 : len(every) * step // 3])
        arrived |= new
        shown = cut(whole, lambda c, at, seen=frozenset(arrived): (c, at.date()) in seen)
        now = NOW + timedelta(hours=step)
        build.load(shown, touched=new, run_started_at=now)
        build.compute()
        assert build.rows() == computed_at_once(
            tmp_path / f"full{step}", shown, *EVERY, run_started_at=now
        ), step


def test_days_that_are_taken_back_disappear_at_both_ends(build: Build, tmp_path: Path) -> None:
    build.define(*EVERY)
    whole = events()
    build.load(whole)
    build.compute()
    middle = cut(whole, lambda _, at: date(2026, 10, 30) <= at.date() <= date(2026, 11, 2))
    gone = set(days_of(whole)) - set(days_of(middle))
    build.load(middle, touched=gone)
    build.compute()
    assert build.rows() == computed_at_once(tmp_path / "full", middle, *EVERY)


def test_another_budget_changes_every_day_of_what_reads_it_and_nothing_else(
    build: Build, tmp_path: Path
) -> None:
    build.define(COST, BURN)
    made = events()
    build.load(made)
    build.compute()
    made.budgets = [budget(scope="customer", scope_id="cust_a", period="weekly", limit_usd="7")]
    build.load(made, touched=[])
    report = build.compute()
    assert build.rows() == computed_at_once(tmp_path / "full", made, COST, BURN)
    assert report.rows_computed < report.rows * 0.7


def test_a_changed_definition_is_computed_for_all_days_and_the_others_stay(build: Build) -> None:
    build.define(COST, RATE, NESTED)
    build.load(events())
    build.compute()
    build.execute("UPDATE custom_metric_daily SET value = -1")
    build.define(metric("cm_rate", "$d * 50", unit="percent", d="autonomy.deflection_rate"))
    build.load(events(), touched=[])
    build.compute()
    stale = {m for (m, _, _), (value, _, _) in build.rows().items() if value == -1}
    assert stale == {COST.id}, "what uses the changed one has changed too"


def test_what_is_removed_or_switched_off_disappears_and_the_last_one_takes_the_table_along(
    build: Build,
) -> None:
    build.define(COST, RATE, OWN)
    build.load(events())
    build.compute()
    build.undefine(OWN)
    build.define(inactive(RATE))
    build.compute()
    assert {m for m, _, _ in build.rows()} == {COST.id}
    build.undefine(COST)
    assert build.compute() == custom_metrics.Report()
    assert build.execute("FROM duckdb_tables() WHERE table_name LIKE 'custom_metric%'") == []
    assert custom_metrics.fingerprint(build.settings) == ""


def test_a_metric_that_is_switched_off_still_serves_those_that_use_it(build: Build) -> None:
    build.define(inactive(RATE), NESTED)
    build.load(events())
    assert build.compute().is_complete
    assert {m for m, _, _ in build.rows()} == {NESTED.id}


def test_a_metric_that_cannot_be_calculated_is_told_and_harms_no_other(build: Build) -> None:
    build.define(COST, RATE, NESTED)
    build.load(events())
    build.compute()
    good = build.rows()
    build.define(
        metric("cm_gone", "$x", x="cm_deleted"),
        metric("cm_wrong", "$x", x="usage.sessions.total p95"),
        metric("cm_spoilt", "$x +", x="cost.total"),
    )
    build.load(events(), touched=[("cust_a", date(2026, 10, 31))])
    report = build.compute()
    assert build.rows() == good
    told = {f.metric_id: f for f in report.failures}
    assert set(told) == {"cm_gone", "cm_wrong", "cm_spoilt"}
    assert all(f.customers == 3 for f in told.values())
    assert "cm_deleted does not exist" in told["cm_gone"].advice
    assert "Change or delete it at /v1/analytics/metrics/custom/cm_gone" in told["cm_gone"].advice
    assert not report.is_complete
    assert "cust_" not in "".join(f.advice for f in report.failures), (
        "names of customers stay out of run records"
    )


def test_a_metric_that_has_become_impossible_leaves_no_old_numbers_and_comes_back_whole(build: Build) -> None:
    build.define(RATE, NESTED)
    build.load(events())
    build.compute()
    good = build.rows()
    build.undefine(RATE)
    assert [f.metric_id for f in build.compute().failures] == [NESTED.id]
    assert build.rows() == {}
    build.define(RATE)
    build.load(events(), touched=[])
    assert build.compute().is_complete
    assert build.rows() == good


def test_a_zone_that_the_api_sets_wins_and_moves_every_day_of_that_customer(
    build: Build, tmp_path: Path
) -> None:
    build.define(COST)
    made = events()
    build.load(made)
    build.compute()
    before = custom_metrics.fingerprint(build.settings)
    control = sqlite3.connect(build.settings.control_path)
    control.execute(
        "INSERT INTO customers VALUES ('cust_a', NULL, 'Australia/Eucla', NULL, '2026-11-01 00:00:00')"
    )
    control.commit()
    control.close()
    assert custom_metrics.fingerprint(build.settings) != before
    build.load(made, touched=[])
    build.compute()
    made.customers = [
        customer(customer_id=c, timezone=z) for c, z in (ZONES | {"cust_a": "Australia/Eucla"}).items()
    ]
    assert build.rows() == computed_at_once(tmp_path / "full", made, COST)


def test_a_new_customer_gets_all_its_days(build: Build, tmp_path: Path) -> None:
    whole = events()
    build.define(*EVERY)
    build.load(cut(whole, lambda c, _: c != "cust_b"))
    build.compute()
    build.load(whole, touched=[pair for pair in days_of(whole) if pair[0] == "cust_b"])
    build.compute()
    assert build.rows() == computed_at_once(tmp_path / "full", whole, *EVERY)


def test_without_a_control_store_nothing_is_made(build: Build) -> None:
    build.load(events())
    assert build.compute() == custom_metrics.Report()
    assert not build.settings.control_path.exists()
    assert build.execute("FROM duckdb_tables() WHERE table_name LIKE 'custom_metric%'") == []


def test_before_the_first_event_the_table_is_empty(build: Build) -> None:
    build.define(COST)
    build.load(events())
    build.execute("UPDATE raw.state SET value = '' WHERE name = 'data_as_of'")
    assert build.compute().is_complete
    assert build.rows() == {}


def test_definitions_that_nobody_can_read_stop_no_build_and_are_made_up_for(build: Build) -> None:
    build.define(COST)
    build.load(events())
    build.compute()
    good, store = build.rows(), build.settings.control_path
    kept = store.read_bytes()
    store.write_bytes(b"these are my notes\n" * 100)
    assert custom_metrics.fingerprint(build.settings) is None
    build.load(events(), touched=[("cust_a", date(2026, 10, 31))])
    report = build.compute()
    assert report.problem is not None and "cannot be read" in report.problem
    wrong = {
        key
        for key in good
        if key[1] == "cust_a" and key[2].isoformat() in ("2026-10-30", "2026-10-31", "2026-11-01")
    }
    assert build.rows() == {key: row for key, row in good.items() if key not in wrong}
    store.write_bytes(kept)
    build.load(events(), touched=[])
    build.compute()
    assert build.rows() == good


@pytest.mark.parametrize("name", ["Pacific/Apia", "Africa/Cairo", "Australia/Lord_Howe"])
def test_days_that_a_zone_skips_cuts_or_lengthens_are_days_as_people_count_them(
    build: Build, name: str
) -> None:
    start = {"Pacific/Apia": datetime(2011, 12, 27, tzinfo=UTC)}.get(name, datetime(2026, 10, 1, tzinfo=UTC))
    instants = [start + timedelta(hours=7 * n) for n in range(150)]
    build.define(metric("cm_calls", "$x", unit="count", x="usage.requests.total"))
    build.load(
        Events(llm_requests=[call(started_at=at) for at in instants], customers=[customer(timezone=name)])
    )
    build.compute()
    expected: dict[date, int] = {}
    for at in instants:
        day = at.astimezone(zone(name)).date()
        expected[day] = expected.get(day, 0) + 1
    assert {day: value for (_, _, day), (value, _, _) in build.rows().items()} == expected
    assert date(2011, 12, 30) not in expected
