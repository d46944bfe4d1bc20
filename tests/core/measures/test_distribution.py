"""Percentiles and histograms against plain Python."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.catalogue import CATALOGUE
from core.errors import InvalidParameter, UnsupportedDimension, UnsupportedMetric
from core.measures import Distribution, Filters, distribution
from core.periods import Period, zone
from tests.builders import NOON, Events, call, outcome, reader_of, session, snapshot_of
from tests.core.measures.oracle import quantile

DAY = Period(NOON.replace(hour=0), NOON.replace(hour=0) + timedelta(days=1), zone("UTC"))
BENCH = duckdb.connect(":memory:")
OTHER = [call(customer_id="cust_b", latency_ms=777.0, cost_usd="777")]


def latencies(values: Sequence[float], buckets: int = 20) -> Distribution:
    calls = [call(latency_ms=v, started_at=NOON + timedelta(seconds=i)) for i, v in enumerate(values)]
    world = snapshot_of(Events(llm_requests=[*calls, *OTHER]), into=BENCH)
    with reader_of(world, "cust_a") as reader:
        return distribution(reader, "perf.latency.distribution", DAY, buckets=buckets)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60), st.integers(1, 200))
def test_a_distribution_is_what_sorting_the_values_says(values: list[float], buckets: int) -> None:
    found = latencies(values, buckets)
    assert (found.count, found.minimum, found.maximum) == (len(values), min(values), max(values))
    assert found.mean == pytest.approx(sum(values) / len(values))
    shares = {"p50": 0.5, "p75": 0.75, "p90": 0.9, "p95": 0.95, "p99": 0.99}
    assert [name for name, _ in found.percentiles] == [*shares]
    for name, percentile in found.percentiles:
        assert percentile == pytest.approx(quantile(values, shares[name]))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60), st.integers(1, 200))
def test_every_value_lies_in_exactly_one_bucket_of_the_histogram(values: list[float], buckets: int) -> None:
    histogram = latencies(values, buckets).histogram
    assert len(histogram) == buckets
    for bucket in histogram:
        upper = float("inf") if bucket.upper is None else float(bucket.upper)
        assert bucket.count == sum(float(bucket.lower) <= value < upper for value in values)
    assert sum(bucket.count for bucket in histogram) == len(values)


def test_widths_are_equal_from_the_minimum_to_the_99th_percentile_and_the_last_is_open() -> None:
    histogram = latencies([float(v) for v in range(100, 1101)], buckets=11).histogram
    assert [bucket.lower for bucket in histogram] == [100 + 99 * i for i in range(11)]
    assert [bucket.upper for bucket in histogram[:-1]] == [bucket.lower for bucket in histogram[1:]]
    assert histogram[-1].upper is None
    assert (histogram[0].label, histogram[-1].label) == ("100-199", "1090+")
    assert [bucket.count for bucket in histogram] == [99] * 10 + [11]


def test_labels_have_no_powers_of_ten_and_six_digits() -> None:
    labels = [bucket.label for bucket in latencies([0.000012345678, 12_345_678.9], buckets=2).histogram]
    assert labels == ["0.0000123457-12222200", "12222200+"]


def test_equal_values_lie_in_the_open_bucket() -> None:
    assert [bucket.count for bucket in latencies([5.0] * 3, buckets=3).histogram] == [0, 0, 3]


def test_nothing_has_no_histogram() -> None:
    found = latencies([])
    assert (found.count, found.minimum, found.mean, found.histogram) == (0, None, None, ())
    assert {percentile for _, percentile in found.percentiles} == {None}


def test_only_successful_calls_with_a_latency_count() -> None:
    calls = [call(latency_ms=1.0), call(latency_ms=None), call(latency_ms=9.0, status="error")]
    with reader_of(snapshot_of(Events(llm_requests=calls), into=BENCH), "cust_a") as reader:
        found = distribution(reader, "perf.latency.p95", DAY)
    assert (found.count, found.maximum, found.observed, found.total) == (1, 1.0, 1, 2)


def test_money_tokens_steps_and_results_spread_too() -> None:
    world = Events(
        llm_requests=[*OTHER, call(cost_usd="0.1", input_tokens=10), call(cost_usd="0.3", input_tokens=30)],
        sessions=[session(user_turns=2), session(user_turns=6), session(outcome=None, user_turns=99)],
        outcomes=[outcome(value="5"), outcome(value="-5", agent_id=None)],
    )
    with reader_of(snapshot_of(world, into=BENCH), "cust_a") as reader:
        cost = distribution(reader, "cost.total", DAY)
        assert (cost.minimum, cost.maximum, cost.mean) == (Decimal("0.1"), Decimal("0.3"), Decimal("0.2"))
        assert dict(cost.percentiles)["p50"] == Decimal("0.2")
        assert distribution(reader, "usage.tokens.input", DAY).mean == 20
        assert distribution(reader, "autonomy.steps_to_resolution", DAY).maximum == 6
        revenue = distribution(reader, "custom.revenue_attributed", DAY)
        assert (revenue.count, revenue.minimum) == (2, -5)


def test_the_rows_of_a_daily_metric_are_days() -> None:
    first = datetime(2026, 11, 2, tzinfo=UTC)
    calls = [call(started_at=first + timedelta(days=d), cost_usd=str(c)) for d, c in ((0, 1), (0, 2), (3, 9))]
    week = Period(first, first + timedelta(days=4), zone("UTC"))
    with reader_of(snapshot_of(Events(llm_requests=[*calls, *OTHER]), into=BENCH), "cust_a") as reader:
        found = distribution(reader, "cost.daily", week, buckets=4)
        requests = distribution(reader, "usage.requests.daily", week)
    assert (found.count, found.minimum, found.maximum, found.mean) == (4, 0, 9, 3)
    assert dict(found.percentiles)["p50"] == Decimal("1.5")
    assert [bucket.count for bucket in found.histogram] == [2, 1, 0, 1]
    assert (requests.count, requests.maximum) == (4, 2)


@pytest.mark.parametrize(
    "metric_id",
    [m.id for m in CATALOGUE.values() if m.row_value is None and not m.is_daily],
)
def test_metrics_whose_rows_have_no_value_have_no_distribution(metric_id: str) -> None:
    with (
        reader_of(snapshot_of(Events(), into=BENCH), "cust_a") as reader,
        pytest.raises(UnsupportedMetric) as refusal,
    ):
        distribution(reader, metric_id, DAY)
    assert refusal.value.code == "UNSUPPORTED_METRIC"


def test_wrong_numbers_of_buckets_and_dimensions_are_refused() -> None:
    with reader_of(snapshot_of(Events(), into=BENCH), "cust_a") as reader:
        for buckets in (0, -1, 201):
            with pytest.raises(InvalidParameter) as refusal:
                distribution(reader, "cost.total", DAY, buckets=buckets)
            assert refusal.value.param == "buckets"
        with pytest.raises(UnsupportedDimension):
            distribution(reader, "quality.sentiment_shift", DAY, Filters.of(model="x"))
