"""Values by example: money, nothing, scope, refusals, breakdowns, budgets."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from core.catalogue import CATALOGUE, Kind
from core.errors import CustomerNotFound, MetricNotFound, UnsupportedAggregation, UnsupportedDimension
from core.measures import (
    Filters,
    Question,
    breakdown,
    find_metric,
    known_metrics,
    spending,
    value,
    values,
    values_by_customer,
)
from core.periods import Period, named_period, zone
from core.store.readers import CustomerReaders, Reader
from tests.builders import (
    NOON,
    Events,
    Row,
    call,
    evaluation,
    outcome,
    price,
    reader_of,
    session,
    snapshot_of,
    tool_call,
)

UTC_ZONE = zone("UTC")
MONTH = Period(NOON.replace(day=1, hour=0), NOON.replace(day=30, hour=0), UTC_ZONE)


def reader(events: Events, customer_id: str | None = "cust_a") -> Reader:
    other = [call(customer_id="cust_b", agent_id="agent_777", model="model-777", cost_usd="0.777")] * 777
    with_other = Events(**{**vars(events), "llm_requests": [*events.llm_requests, *other]})
    return reader_of(snapshot_of(with_other), customer_id)


def cached_call(**given: object) -> Row:
    """1,000 fresh, 9,000 cache-read and 500 output tokens."""
    return call(**{"input_tokens": 10_000, "cache_read_tokens": 9_000, "output_tokens": 500, **given})


def test_the_golden_call_costs_and_saves_exactly_what_its_price_list_says() -> None:
    found = reader(Events(llm_requests=[cached_call()], prices=[price()]))
    assert value(found, "cost.total", MONTH).value == Decimal("0.0132")
    assert value(found, "cost.cache_savings", MONTH).value == Decimal("0.0243")


def test_writing_to_the_cache_costs_more_than_it_saved() -> None:
    writing = cached_call(input_tokens=12_000, cache_write_tokens=2_000)
    found = reader(Events(llm_requests=[writing], prices=[price()]))
    assert value(found, "cost.total", MONTH).value == Decimal("0.0207")
    assert value(found, "cost.cache_savings", MONTH).value == Decimal("0.0228")
    only = call(input_tokens=2_000, cache_write_tokens=2_000, output_tokens=0)
    assert value(
        reader(Events(llm_requests=[only], prices=[price()])), "cost.cache_savings", MONTH
    ).value == Decimal("-0.0015")


def test_money_is_exact_where_floats_are_not() -> None:
    events = Events(llm_requests=[call(cost_usd="0.1"), call(cost_usd="0.2"), call(cost_usd="0.000000001")])
    assert value(reader(events), "cost.total", MONTH).value == Decimal("0.300000001")
    assert value(reader(events), "cost.total", MONTH, aggregation="max").value == Decimal("0.2")


def test_nothing_is_zero_for_counters_and_null_for_the_rest() -> None:
    empty = reader_of(snapshot_of(Events()), "cust_a")
    for metric in CATALOGUE.values():
        answer = value(empty, metric.id, MONTH)
        assert answer.value == (0 if metric.kind is Kind.SUM else None), metric.id
        assert answer.coverage is None


def test_cost_is_null_only_if_calls_exist_and_none_has_a_price() -> None:
    unpriced = reader(Events(llm_requests=[call(), call()], sessions=[session()]))
    for metric_id in (
        "cost.total",
        "cost.daily",
        "cost.by_model",
        "cost.per_completion",
        "cost.cache_savings",
    ):
        answer = value(unpriced, metric_id, MONTH)
        assert (answer.value, answer.unpriced_share) == (None, 1.0), metric_id
    partly = value(reader(Events(llm_requests=[call(), call(cost_usd="2")])), "cost.total", MONTH)
    assert (partly.value, partly.unpriced_share) == (2, 0.5)
    assert value(reader(Events(sessions=[session()])), "cost.per_completion", MONTH).value == 0


def test_a_rate_stands_beside_its_parts_and_says_when_it_is_from_few() -> None:
    some = [session(handoff=True), session(handoff=False), session(handoff=None), session(handoff=False)]
    answer = value(reader(Events(sessions=some)), "autonomy.intervention_rate", MONTH)
    assert (answer.figures.numerator, answer.figures.denominator, answer.coverage) == (1, 3, 0.75)
    assert answer.value == pytest.approx(100 / 3)
    assert answer.ratio == pytest.approx(1 / 3)
    assert answer.is_small_sample
    many = [session(handoff=False) for _ in range(30)]
    assert not value(reader(Events(sessions=many)), "autonomy.intervention_rate", MONTH).is_small_sample


def test_the_number_of_rows_behind_a_percent_is_no_percent() -> None:
    some = Events(sessions=[session(handoff=True), session(handoff=False), session(handoff=None)])
    answer = value(reader(some), "autonomy.intervention_rate", MONTH, aggregation="count")
    assert (answer.value, answer.ratio) == (2, 2)


def test_counters_are_never_a_small_sample() -> None:
    assert not value(reader(Events(llm_requests=[call()])), "usage.requests.total", MONTH).is_small_sample


def test_work_outside_known_sessions_counts_in_its_own_metrics_only() -> None:
    events = Events(
        llm_requests=[call(session_id="unknown", status="error", cost_usd="2")],
        tool_calls=[tool_call(session_id=None, status="error", args_hash="x")],
        evaluations=[evaluation(session_id="unknown", passed=False)],
    )
    found = reader(events)
    assert value(found, "cost.total", MONTH).value == 2
    assert value(found, "quality.tool_success_rate", MONTH).value == 0
    assert value(found, "quality.hallucination_rate", MONTH).value == 100
    assert value(found, "autonomy.self_correction_rate", MONTH).value is None
    assert value(found, "quality.loop_rate", MONTH).value is None


def test_test_sessions_and_their_rows_are_in_no_metric() -> None:
    events = Events(
        llm_requests=[call(session_id="t", cost_usd="2")],
        sessions=[session(session_id="t", is_test=True)],
        tool_calls=[tool_call(session_id="t")],
        outcomes=[outcome(session_id="t"), outcome(value="5", occurred_at=NOON - timedelta(days=99))],
    )
    found = reader(events)
    for metric_id in ("cost.total", "usage.sessions.total", "custom.revenue_attributed"):
        assert value(found, metric_id, MONTH).value == 0
    assert value(found, "quality.tool_success_rate", MONTH).value is None


def test_business_results_are_weighted_sums_in_their_own_unit() -> None:
    events = Events(
        outcomes=[
            outcome(value="100", attribution_weight="0.5"),
            outcome(value="-30.25"),
            outcome(name="hours_saved", unit="hours", value="8"),
            outcome(name="mixed", unit="usd"),
            outcome(name="mixed", unit="eur"),
        ]
    )
    found = reader(events)
    revenue = value(found, "custom.revenue_attributed", MONTH)
    assert (revenue.value, revenue.metric.unit, revenue.aggregation) == (Decimal("19.75"), "usd", "sum")
    assert value(found, "custom.hours_saved", MONTH).metric.unit == "hours"
    assert find_metric(found, "custom.mixed").unit == "mixed"
    assert [m.id for m in known_metrics(found)][-3:] == [
        "custom.hours_saved",
        "custom.mixed",
        "custom.revenue_attributed",
    ]


def test_outcomes_without_agent_stand_under_none() -> None:
    found = reader(Events(outcomes=[outcome(agent_id=None, value="3"), outcome(value="4")]))
    parts = breakdown(found, "custom.revenue_attributed", MONTH)
    assert [(part.label, part.value) for part in parts] == [("agent_1", 4), ("(none)", 3)]
    none = value(found, "custom.revenue_attributed", MONTH, Filters.of(agent_id="(none)"))
    assert none.value == 3


def test_a_total_comes_with_its_parts_the_largest_first() -> None:
    costs = [("m1", "1"), ("m2", "2"), ("m1", "2"), ("m3", None)]
    found = reader(Events(llm_requests=[call(model=m, cost_usd=c) for m, c in costs]))
    answer = value(found, "cost.by_model", MONTH)
    assert answer.value == 5
    assert [(p.label, p.value, p.share) for p in answer.breakdown] == [
        ("m1", 3, 0.6),
        ("m2", 2, 0.4),
        ("m3", None, None),
    ]
    assert value(found, "cost.total", MONTH).breakdown == ()
    assert [(m.model, m.percentage) for m in spending(found, MONTH).models] == [
        ("m1", 60),
        ("m2", 40),
        ("m3", None),
    ]


def test_the_agents_that_cost_most_come_first_with_all_their_calls() -> None:
    calls = [call(agent_id=a, cost_usd=c) for a, c in (("a", "1"), ("b", "5"), ("b", None), ("c", None))]
    found = spending(reader(Events(llm_requests=calls)), MONTH).agents
    assert [(s.agent_id, s.cost, s.requests) for s in found] == [("b", 5, 2), ("a", 1, 1), ("c", None, 1)]
    assert len(spending(reader(Events(llm_requests=calls)), MONTH, most_agents=1).agents) == 1


def test_a_filter_that_matches_nothing_is_an_empty_answer() -> None:
    found = reader(Events(llm_requests=[call(cost_usd="2")]))
    assert value(found, "cost.total", MONTH, Filters.of(agent_id="nobody")).value == 0
    both = Filters.of(agent_id="agent_1") & Filters.of(agent_id="agent_2")
    assert value(found, "cost.total", MONTH, both).value == 0


def test_filters_are_values_and_never_sql() -> None:
    found = reader(Events(llm_requests=[call(cost_usd="2")]))
    for hostile in ("' OR TRUE --", "agent_1' OR '1'='1", "$start", "\0", "x" * 100_000):
        assert value(found, "cost.total", MONTH, Filters.of(agent_id=hostile)).value == 0


@pytest.mark.parametrize("metric_id", [m.id for m in CATALOGUE.values() if "model" not in m.dimensions])
def test_a_model_means_nothing_to_metrics_that_are_not_about_calls(metric_id: str) -> None:
    with pytest.raises(UnsupportedDimension) as refusal:
        value(reader(Events()), metric_id, MONTH, Filters.of(model="model-1"))
    assert refusal.value.param == "model"


def test_only_calls_metrics_know_models_and_cost_per_completion_does_not() -> None:
    with_model = {m.id for m in CATALOGUE.values() if "model" in m.dimensions}
    assert "cost.per_completion" not in with_model
    assert {i for i in CATALOGUE if i.startswith(("usage.requests", "usage.tokens", "perf."))} <= with_model
    assert not any(i.startswith(("autonomy.", "quality.", "usage.sessions")) for i in with_model)


@pytest.mark.parametrize(
    ("metric_id", "dimension"),
    [
        ("usage.sessions.total", "provider"),
        ("cost.total", "channel"),
        ("quality.tool_success_rate", "intent"),
        ("cost.total", "tool_name"),
        ("custom.revenue_attributed", "model"),
    ],
)
def test_filters_apply_only_where_the_rows_have_them(metric_id: str, dimension: str) -> None:
    found = reader(Events(outcomes=[outcome()]))
    with pytest.raises(UnsupportedDimension):
        value(found, metric_id, MONTH, Filters.of(**{dimension: "x"}))


@pytest.mark.parametrize(
    ("metric_id", "aggregation"),
    [
        ("autonomy.intervention_rate", "sum"),
        ("autonomy.intervention_rate", "p95"),
        ("autonomy.intervention_rate", "rate"),
        ("perf.latency.avg", "sum"),
        ("perf.latency.p95", "rate"),
        ("usage.requests.total", "avg"),
        ("usage.sessions.total", "max"),
        ("cost.burn_rate", "sum"),
        ("cost.per_completion", "min"),
        ("cost.total", "median"),
        ("cost.total", ""),
    ],
)
def test_an_aggregation_without_meaning_is_refused_and_the_others_are_named(
    metric_id: str, aggregation: str
) -> None:
    with pytest.raises(UnsupportedAggregation, match="it has") as refusal:
        value(reader(Events()), metric_id, MONTH, aggregation=aggregation)
    assert refusal.value.param == "aggregation"


@pytest.mark.parametrize(
    "metric_id", ["", "cost", "COST.TOTAL", "custom.", "custom.unknown", "cm_roi", "x" * 9999]
)
def test_an_unknown_metric_is_not_found(metric_id: str) -> None:
    with pytest.raises(MetricNotFound) as refusal:
        value(reader(Events()), metric_id, MONTH)
    assert (refusal.value.status, len(refusal.value.message) < 300) == (404, True)


def test_a_business_result_of_another_customer_does_not_exist() -> None:
    events = Events(outcomes=[outcome(customer_id="cust_b", name="revenue_777")])
    with pytest.raises(MetricNotFound):
        value(reader(events), "custom.revenue_777", MONTH)
    assert "custom.revenue_777" not in {m.id for m in known_metrics(reader(events))}


def test_a_scoped_reader_cannot_name_another_customer() -> None:
    found = reader(Events(llm_requests=[call(cost_usd="2")]))
    assert value(found, "cost.total", MONTH, Filters.of(customer_id="cust_a")).value == 2
    for other in ("cust_b", "cust_unknown"):
        with pytest.raises(CustomerNotFound) as refusal:
            value(found, "cost.total", MONTH, Filters.of(customer_id=other))
        assert "777" not in refusal.value.message


def test_the_vendor_sees_everybody_and_may_name_one() -> None:
    found = reader(Events(llm_requests=[call(cost_usd="2")]), None)
    assert value(found, "usage.requests.total", MONTH).value == 778
    assert value(found, "cost.total", MONTH, Filters.of(customer_id="cust_a")).value == 2


def test_the_answer_names_its_aggregation() -> None:
    found = reader(Events())
    named = {m: value(found, m, MONTH).aggregation for m in CATALOGUE}
    assert (named["cost.total"], named["quality.loop_rate"], named["perf.latency.avg"]) == (
        "sum",
        "avg",
        "avg",
    )
    assert (named["perf.latency.p95"], named["perf.latency.distribution"]) == ("p95", "p50")
    assert value(found, "cost.total", MONTH, aggregation="max").aggregation == "max"


def test_daily_metrics_are_means_per_day_over_every_day_of_the_period() -> None:
    days = [call(started_at=NOON, cost_usd="6"), call(started_at=NOON + timedelta(days=2), cost_usd="3")]
    week = Period(NOON.replace(hour=0), NOON.replace(hour=0) + timedelta(days=3), UTC_ZONE)
    found = reader(Events(llm_requests=[*days, call(started_at=NOON, cost_usd="0")]))
    answers = values(
        found, [Question("cost.daily", a) for a in (None, "avg", "min", "max", "p50", "count")], week
    )
    assert [a.value for a in answers] == [9, 3, 0, 6, 3, 3]
    assert value(found, "usage.requests.daily", week, aggregation="avg").value == 1


def test_an_empty_year_to_date_is_nothing_at_all() -> None:
    new_year = named_period("ytd", datetime(2026, 1, 1, tzinfo=UTC), UTC_ZONE)
    found = reader(Events(llm_requests=[call(cost_usd="2")]))
    assert value(found, "cost.total", new_year).value == 0
    assert value(found, "cost.total", new_year, aggregation="rate").value is None
    assert value(found, "cost.daily", new_year, aggregation="avg").value is None


def test_periods_are_half_open() -> None:
    edges = [call(started_at=MONTH.start), call(started_at=MONTH.end - timedelta(microseconds=1))]
    outside = [call(started_at=MONTH.end), call(started_at=MONTH.start - timedelta(microseconds=1))]
    assert value(reader(Events(llm_requests=[*edges, *outside])), "usage.requests.total", MONTH).value == 2


def test_customers_of_one_pass_get_their_own_numbers() -> None:
    events = Events(llm_requests=[call(cost_usd="2"), call(customer_id="cust_b", cost_usd="0.777")])
    with CustomerReaders(snapshot_of(events), ["cust_a", "cust_b", "cust_c"]) as many:
        found = values_by_customer(many, ["cust_a", "cust_b", "cust_c"], [Question("cost.total")], MONTH)
    assert {c: answers[0].value for c, answers in found.items()} == {
        "cust_a": 2,
        "cust_b": Decimal("0.777"),
        "cust_c": 0,
    }
