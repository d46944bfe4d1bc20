"""Every metric, aggregation, filter and group against an oracle in plain Python, over random small worlds."""

import itertools
from datetime import timedelta
from decimal import Decimal
from math import isclose
from typing import Any

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.catalogue import CATALOGUE, Aggregation, Kind
from core.measures import Filters, Question, find_metric, many_series, series, value, values
from core.periods import Granularity, Period, bucket_edges, zone
from core.store.readers import CustomerReaders, Reader
from tests.builders import NOON, Events, call, reader_of, snapshot_of
from tests.core.measures.oracle import DENOMINATORS, STATISTICS, Oracle
from tests.core.measures.strategies import CUSTOMERS, periods, worlds

PERCENTILES = {m.id for m in CATALOGUE.values() if m.kind is Kind.PERCENTILE}
METRICS = (*(m for m in CATALOGUE if m != "cost.burn_rate"), "custom.revenue", "custom.hours")
# One database a role, filled anew for every example: opening one costs more than filling it.
FIRST_BENCH, SECOND_BENCH = duckdb.connect(":memory:"), duckdb.connect(":memory:")
QUICK = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
CHOICES = {
    "customer_id": CUSTOMERS,
    "agent_id": ("agent_1", "agent_2", "(none)", "agent_unknown"),
    "model": ("model-1", "model-unpriced"),
    "provider": ("anthropic",),
    "operation": ("chat", "embeddings"),
    "channel": ("chat", "voice"),
    "intent": ("refund",),
    "tool_name": ("search", "refund"),
}
scopes = st.sampled_from([None, *CUSTOMERS])


def is_equal(found: Any, expected: Any) -> bool:
    """Exact for money and counts, to the last few digits for floats."""
    if found is None or expected is None:
        return found is expected
    if isinstance(found, float) or isinstance(expected, float):
        return isclose(float(found), float(expected), rel_tol=1e-9, abs_tol=1e-9)
    if isinstance(found, Decimal) and isinstance(expected, Decimal):
        return abs(found - expected) <= Decimal("1e-15")
    return bool(found == expected)


def expected_value(oracle: Oracle, metric_id: str, aggregation: Aggregation, period: Period) -> Any:
    metric = CATALOGUE.get(metric_id)
    is_natural = metric is not None and aggregation is metric.natural
    if aggregation is Aggregation.SUM or is_natural:
        return oracle.value(metric_id)
    if aggregation is Aggregation.RATE:
        total = oracle.value(metric_id)
        return None if total is None else float(total) / period.seconds
    if metric_id.endswith(".daily"):
        return STATISTICS[aggregation](daily_values(oracle, metric_id, period))
    if aggregation is Aggregation.COUNT and metric_id in DENOMINATORS:
        return DENOMINATORS[metric_id](oracle)
    rows = oracle.row_values(metric_id)
    return oracle.value(metric_id) if rows is None else STATISTICS[aggregation](rows)


def daily_values(oracle: Oracle, metric_id: str, period: Period) -> list[Any]:
    edges = bucket_edges(period, Granularity.DAY)
    days = (narrowed(oracle, max(a, period.start), min(b, period.end)) for a, b in itertools.pairwise(edges))
    return [v for v in (day.value(metric_id) for day in days) if v is not None]


def narrowed(oracle: Oracle, start: Any, end: Any, **conditions: str) -> Oracle:
    merged = {**oracle.conditions, **conditions}
    customer = merged.pop("customer_id", None)
    return Oracle(oracle.events, start, end, customer, **merged)


def random_filters(data: st.DataObject, dimensions: tuple[str, ...], customer: str | None) -> dict[str, str]:
    chosen = data.draw(st.sets(st.sampled_from([d for d in dimensions if d in CHOICES]), max_size=2))
    filters = {d: data.draw(st.sampled_from(CHOICES[d])) for d in sorted(chosen)}
    if customer is not None and "customer_id" in filters:
        filters["customer_id"] = customer
    return filters


def assert_is(found: Any, expected: Any, *about: object) -> None:
    assert is_equal(found, expected), (found, expected, *about)


@QUICK
@given(worlds(), periods(), scopes, st.data())
def test_every_aggregation_of_every_metric_is_what_its_definition_says(
    events: Events, period: Period, customer: str | None, data: st.DataObject
) -> None:
    with reader_of(snapshot_of(events, into=FIRST_BENCH), customer) as reader:
        for metric_id in METRICS:
            metric = find_metric(reader, metric_id)
            filters = random_filters(data, metric.dimensions, customer)
            oracle = Oracle(events, period.start, period.end, customer or filters.get("customer_id"))
            oracle = narrowed(oracle, period.start, period.end, **filters)
            questions = [Question(metric_id, a, Filters.of(**filters)) for a in metric.aggregations]
            for question, answer in zip(questions, values(reader, questions, period), strict=True):
                expected = expected_value(oracle, metric_id, answer.aggregation, period)
                assert_is(answer.value, expected, question, customer)


@QUICK
@given(worlds(), periods(), scopes, st.data())
def test_a_series_has_every_bucket_of_every_group_with_what_falls_into_it(
    events: Events, period: Period, customer: str | None, data: st.DataObject
) -> None:
    granularity = data.draw(st.sampled_from(["hour", "day", "week", "month"]))
    with reader_of(snapshot_of(events, into=FIRST_BENCH), customer) as reader:
        for metric_id in data.draw(st.sets(st.sampled_from(METRICS), min_size=4, max_size=4)):
            metric = find_metric(reader, metric_id)
            if metric.is_daily and granularity == "hour":
                continue
            groups = [g for g in ("agent_id", "model", "customer_id") if g in metric.dimensions]
            group_by = data.draw(st.sampled_from([None, *groups]))
            aggregation = data.draw(st.sampled_from(metric.aggregations))
            found = series(
                reader,
                metric_id,
                period,
                granularity,
                aggregation=aggregation,
                group_by=group_by,
                limit=10_000,
            )
            group_by = group_by or metric.own_dimension
            expected = expected_points(
                Oracle(events, period.start, period.end, customer),
                metric_id,
                aggregation,
                period,
                granularity,
                group_by,
            )
            assert [(p.timestamp, p.dimensions) for p in found.points] == [e[:2] for e in expected]
            for point, (*where, wanted) in zip(found.points, expected, strict=True):
                assert_is(point.value, wanted, metric_id, aggregation, where)


def expected_points(
    oracle: Oracle,
    metric_id: str,
    aggregation: Aggregation,
    period: Period,
    granularity: str,
    group_by: str | None,
) -> list[Any]:
    edges = bucket_edges(period, Granularity(granularity))
    groups = sorted({row[group_by] or "(none)" for row in oracle.rows_of(metric_id)}) if group_by else [None]
    points = []
    for start, end in itertools.pairwise(edges):
        inside = Period(max(start, period.start), min(end, period.end), period.zone)
        for group in groups:
            conditions = {group_by: group} if group_by and group is not None else {}
            bucket = narrowed(oracle, inside.start, inside.end, **conditions)
            wanted = expected_value(bucket, metric_id, aggregation, inside)
            points.append((start, tuple(conditions.items()), wanted))
    return points


@QUICK
@given(worlds(), periods())
def test_many_customers_in_one_pass_get_what_each_gets_alone(events: Events, period: Period) -> None:
    snapshot = snapshot_of(events, into=FIRST_BENCH)
    assert snapshot.pin()
    questions = [Question(metric_id) for metric_id in METRICS]
    with CustomerReaders(snapshot, CUSTOMERS) as readers:
        for customer in CUSTOMERS:
            with readers.customer(customer) as slice_, reader_of(snapshot, customer) as alone:
                pairs = zip(values(slice_, questions, period), values(alone, questions, period), strict=True)
                for shared, own in pairs:
                    assert_is(shared.value, own.value, shared.metric.id)
                    assert (shared.coverage, shared.breakdown) == (own.coverage, own.breakdown)
                for metric_id in ("cost.total", "usage.sessions.total", "custom.hours"):
                    grouped = [
                        series(reader, metric_id, period, "day", group_by="agent_id")
                        for reader in (slice_, alone)
                    ]
                    assert grouped[0] == grouped[1]


def emptied(events: Events, prefix: str | None, bench: duckdb.DuckDBPyConnection) -> Reader:
    """A reader whose facts, or whose hourly measures of what happened in sessions, have no rows at all."""
    snapshot = snapshot_of(events, into=bench)
    if prefix is None:
        return reader_of(snapshot, None)
    cursor = snapshot.cursor()
    for (name,) in cursor.execute("SELECT table_name FROM duckdb_tables()").fetchall():
        # Which business results exist is always read from their measure.
        if name.startswith(prefix) and name != "measure_outcomes_hourly":
            cursor.execute(f"DELETE FROM {name}")
    return reader_of(snapshot, None)


def on_the_hour(period: Period) -> Period:
    start, end = (edge.replace(minute=0) for edge in (period.start, period.end))
    return Period(start, max(end, start + timedelta(hours=1)), zone("Europe/Berlin"))


@QUICK
@given(worlds(), periods().map(on_the_hour), st.sampled_from(["agent_id", "customer_id", None]))
def test_hourly_measures_and_facts_give_the_same_answers(
    events: Events, period: Period, group_by: str | None
) -> None:
    # A microsecond before the hour nothing happens, but only the facts can tell.
    ragged = Period(period.start - timedelta(microseconds=1), period.end, period.zone)
    # Of a long stretch only the hours that it cuts are read from the facts.
    spared = "measure_" if ragged.seconds < 86_400 else None
    questions = [Question(m) for m in METRICS if m not in PERCENTILES]
    with (
        emptied(events, "fact_", FIRST_BENCH) as measures,
        emptied(events, spared, SECOND_BENCH) as facts,
    ):
        pairs = zip(values(measures, questions, period), values(facts, questions, ragged), strict=True)
        for hourly, rows in pairs:
            assert_is(hourly.value, rows.value, hourly.metric.id)
            assert hourly.coverage == rows.coverage
        by_day = [
            many_series(reader, questions, within, "day", group_by=group_by)
            for reader, within in ((measures, period), (facts, ragged))
        ]
        for one, other in zip(*by_day, strict=True):
            points = {(p.timestamp, p.dimensions): p.value for p in other.points}
            for point in one.points:
                assert_is(point.value, points[point.timestamp, point.dimensions], one.metric.id)


def test_a_value_is_the_first_of_many_values() -> None:
    events = Events(llm_requests=[call(cost_usd="1.777")])
    period = Period(NOON, NOON + timedelta(hours=1), zone("UTC"))
    with reader_of(snapshot_of(events), "cust_a") as reader:
        assert value(reader, "cost.total", period) == values(reader, [Question("cost.total")], period)[0]
