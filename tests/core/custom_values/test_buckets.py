"""Many customers at once, bucket by bucket, are worth what each is worth when asked alone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from core.custom_metrics import CustomMetricDefinition, Formula, FormulaInput, FormulaType
from core.custom_metrics.references import Definitions
from core.custom_values import BucketNumbers, custom_buckets, custom_value, standard_questions
from core.errors import InvalidState, UnsupportedDimension, UnsupportedGranularity
from core.measures import Filters
from core.periods import Granularity, Period, bucket_edges, zone
from core.store.readers import CustomerReaders
from core.store.snapshot import Snapshot
from tests.builders import reader_of, snapshot_of
from tests.builders.events import NOON, Events, budget, call, customer, outcome, session, tool_call

WHOSE = ("cust_a", "cust_b", "cust_silent")
ZONE = zone("Asia/Kathmandu")
EDGES = bucket_edges(Period(NOON - timedelta(days=4), NOON, ZONE), Granularity.DAY)
EVERY_DAY = range(len(EDGES) - 1)


def events() -> Events:
    hours = [NOON - timedelta(hours=7 * n, minutes=11) for n in range(12)]
    return Events(
        llm_requests=[
            *(call(started_at=at, cost_usd="0.1", latency_ms=n * 1.5) for n, at in enumerate(hours)),
            *(call(started_at=at, customer_id="cust_b", cost_usd="2.777", model="m") for at in hours[:3]),
        ],
        sessions=[session(started_at=at, handoff=n % 3 == 0) for n, at in enumerate(hours)]
        + [session(started_at=at, customer_id="cust_b", user_turns=777) for at in hours[:2]],
        tool_calls=[tool_call(started_at=at, status="error") for at in hours[:5]],
        outcomes=[
            outcome(occurred_at=hours[1]),
            outcome(customer_id="cust_b", name="share", unit="percent", value="77.7"),
        ],
        customers=[customer(customer_id=c) for c in WHOSE],
        budgets=[budget(scope="customer", scope_id=c) for c in ("cust_a", "cust_silent")],
    )


@pytest.fixture(scope="module")
def snapshot() -> Iterator[Snapshot]:
    snapshot = snapshot_of(events())
    yield snapshot
    snapshot.unpin()


def formula(expression: str, *inputs: FormulaInput) -> Formula:
    return Formula(FormulaType.ARITHMETIC, expression, inputs)


def given(variable: str, metric_id: str, aggregation: str | None = None, **filters: str) -> FormulaInput:
    return FormulaInput(f"${variable}", metric_id, aggregation, filters)


def defined(metric_id: str, unit: str, made: Formula) -> CustomMetricDefinition:
    return CustomMetricDefinition(metric_id, metric_id, made, unit)


DEFINITIONS: Definitions = {
    "cm_rate": defined("cm_rate", "percent", formula("$d * 100", given("d", "autonomy.deflection_rate"))),
}
FORMULAS = {
    "division": formula("$c / $s", given("c", "cost.total"), given("s", "usage.sessions.total")),
    "percent": formula("1 - $i", given("i", "autonomy.intervention_rate")),
    "nested": formula("$r * $c", given("r", "cm_rate"), given("c", "cost.daily", "avg")),
    "filters": formula("$c", given("c", "cost.total", None, model="m")),
    "percentile": formula("$l + $m", given("l", "perf.latency.p95"), given("m", "perf.latency.avg", "max")),
    "rate": formula("$c * 3600", given("c", "usage.requests.total", "rate")),
    "results": formula("$r + $n", given("r", "custom.revenue_attributed"), given("n", "custom.share", "count")),
    "unknown result": formula("coalesce($r, 7)", given("r", "custom.revenue_attributed", "avg")),
    "percent result": formula("$r", given("r", "custom.share", "avg")),
    "burn rate": formula("coalesce($b, 777)", given("b", "cost.burn_rate")),
    "constant": formula("7"),
}  # fmt: skip


def numbers(
    snapshot: Snapshot, whose: tuple[str, ...] = WHOSE, edges: tuple[datetime, ...] = EDGES
) -> BucketNumbers:
    assert snapshot.pin()
    shared = CustomerReaders(snapshot, whose)
    return BucketNumbers(shared.customer, edges, ZONE, dict.fromkeys(whose, range(len(edges) - 1)))


@pytest.mark.parametrize("name", FORMULAS)
def test_each_bucket_is_what_its_customer_gets_for_that_period(snapshot: Snapshot, name: str) -> None:
    found = custom_buckets(numbers(snapshot), FORMULAS[name], DEFINITIONS)
    for whose in WHOSE:
        for number in EVERY_DAY:
            period = Period(EDGES[number], EDGES[number + 1], ZONE)
            with reader_of(snapshot, whose) as reader:
                alone = custom_value(reader, FORMULAS[name], DEFINITIONS, period, Filters())
            place = EDGES[number], whose
            assert found.values[place] == alone.value, (whose, number)
            assert [(v, c.at(place)) for v, c in found.inputs.items()] == [
                (s.variable, s.value) for s in alone.inputs
            ]


def test_the_sample_is_worth_testing(snapshot: Snapshot) -> None:
    for name in FORMULAS:
        found = custom_buckets(numbers(snapshot), FORMULAS[name], DEFINITIONS).values
        assert len({value for value in found.values() if value is not None}) > (
            name in ("division", "nested", "rate")
        )


def test_only_the_wanted_buckets_are_calculated(snapshot: Snapshot) -> None:
    assert snapshot.pin()
    with CustomerReaders(snapshot, WHOSE) as shared:
        some = BucketNumbers(shared.customer, EDGES, ZONE, {"cust_a": [1], "cust_b": [0, 2]})
        found = custom_buckets(some, FORMULAS["division"], {})
    assert set(found.values) == {(EDGES[1], "cust_a"), (EDGES[0], "cust_b"), (EDGES[2], "cust_b")}
    whole = custom_buckets(numbers(snapshot), FORMULAS["division"], {})
    assert all(whole.values[place] == value for place, value in found.values.items())


def test_asking_for_all_formulas_beforehand_leaves_nothing_to_fetch(snapshot: Snapshot) -> None:
    ready = numbers(snapshot)
    ready.ask(q for f in FORMULAS.values() for q in standard_questions(f, DEFINITIONS, Filters()))

    def refuse(whose: str) -> None:
        raise AssertionError(f"{whose} was asked again")

    ready._open_reader = refuse  # type: ignore[assignment]
    for made in FORMULAS.values():
        custom_buckets(ready, made, DEFINITIONS)


def test_a_formula_that_cannot_be_calculated_harms_no_other(snapshot: Snapshot) -> None:
    wrong = {
        UnsupportedDimension: formula("$s", given("s", "usage.sessions.total", None, model="m")),
        InvalidState: formula("$x", given("x", "cm_gone")),
    }
    asked = numbers(snapshot)
    every = [*wrong.values(), FORMULAS["division"]]
    asked.ask(q for made in every for q in standard_questions(made, {}, Filters()))
    for refusal, made in wrong.items():
        with pytest.raises(refusal):
            custom_buckets(asked, made, {})
    assert custom_buckets(asked, FORMULAS["division"], {}).values


def test_days_of_a_daily_metric_need_buckets_of_whole_days(snapshot: Snapshot) -> None:
    hourly = tuple(EDGES[0] + timedelta(hours=n) for n in range(5))
    with pytest.raises(UnsupportedGranularity):
        custom_buckets(numbers(snapshot, edges=hourly), FORMULAS["nested"], DEFINITIONS)
    assert custom_buckets(numbers(snapshot, edges=hourly), FORMULAS["division"], {}).values


def test_the_last_bucket_ends_where_time_has_come_to(snapshot: Snapshot) -> None:
    assert snapshot.pin()
    until = EDGES[1] - timedelta(hours=12)
    with CustomerReaders(snapshot, WHOSE) as shared:
        cut = BucketNumbers(shared.customer, EDGES[:2], ZONE, {"cust_a": [0]}, until=until)
        found = custom_buckets(cut, formula("$c", given("c", "usage.requests.total", "rate")), {})
    with reader_of(snapshot, "cust_a") as reader:
        alone = custom_value(
            reader,
            formula("$c", given("c", "usage.requests.total", "rate")),
            {},
            Period(EDGES[0], until.astimezone(UTC), ZONE),
            Filters(),
        )
    assert found.values == {(EDGES[0], "cust_a"): alone.value}


def test_definitions_that_name_each_other_end(snapshot: Snapshot) -> None:
    circle = {
        "cm_a": defined("cm_a", "count", formula("$b", given("b", "cm_b"))),
        "cm_b": defined("cm_b", "count", formula("$a", given("a", "cm_a"))),
    }
    assert list(standard_questions(circle["cm_a"].formula, circle, Filters())) == []
