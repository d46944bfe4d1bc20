"""Series by example: buckets, groups, limits, refusals. Their values are checked against the oracle."""

from datetime import UTC, datetime, timedelta

import pytest

from core.errors import (
    InvalidGranularity,
    InvalidParameter,
    InvalidTimeRange,
    UnsupportedDimension,
    UnsupportedGranularity,
)
from core.measures import Filters, Question, many_series, series
from core.periods import Period, format_instant, named_period, zone
from core.store.readers import Reader
from tests.builders import Events, call, outcome, reader_of, session, snapshot_of

BERLIN, KATHMANDU, UTC_ZONE = zone("Europe/Berlin"), zone("Asia/Kathmandu"), zone("UTC")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def reader(customer_id: str | None = "cust_a") -> Reader:
    calls = [
        call(started_at=utc("2026-10-24T22:30"), cost_usd="1", latency_ms=100.0, model="m1"),
        call(started_at=utc("2026-10-25T22:30"), cost_usd="2", latency_ms=300.0, model="m2"),
        call(started_at=utc("2026-10-25T23:30"), cost_usd="4", latency_ms=None, model="m1"),
        call(started_at=utc("2026-10-25T12:00"), cost_usd="0.777", customer_id="cust_b", model="m777"),
    ]
    world = Events(
        llm_requests=calls, sessions=[session(started_at=utc("2026-10-25T12:00"))], outcomes=[outcome()]
    )
    return reader_of(snapshot_of(world), customer_id)


DAYS = Period(utc("2026-10-24T10:00"), utc("2026-10-26T10:00"), BERLIN)


def test_days_are_those_of_the_zone_and_the_first_may_begin_before_the_period() -> None:
    found = series(reader(), "cost.total", DAYS, "day")
    assert [(format_instant(p.timestamp), p.value) for p in found.points] == [
        ("2026-10-23T22:00:00Z", 0),
        ("2026-10-24T22:00:00Z", 3),
        ("2026-10-25T23:00:00Z", 4),
    ]
    shifted = Period(DAYS.start, DAYS.end, KATHMANDU)
    assert [p.value for p in series(reader(), "cost.total", shifted, "day").points] == [0, 1, 6]


def test_a_bucket_without_rows_is_zero_for_counters_and_null_for_the_rest() -> None:
    assert [p.value for p in series(reader(), "usage.requests.total", DAYS, "day").points] == [0, 2, 1]
    assert [p.value for p in series(reader(), "perf.latency.avg", DAYS, "day").points] == [None, 200, None]
    assert [p.value for p in series(reader(), "cost.total", DAYS, "day", aggregation="avg").points] == [
        None,
        1.5,
        4,
    ]
    assert [p.value for p in series(reader(), "cost.total", DAYS, "day", aggregation="count").points] == [
        0,
        2,
        1,
    ]


def test_a_part_of_a_bucket_counts_only_what_lies_in_the_period() -> None:
    short = Period(utc("2026-10-25T23:00"), utc("2026-10-25T23:30"), UTC_ZONE)
    found = series(reader(), "usage.requests.total", short, "day", aggregation="rate")
    assert [p.value for p in found.points] == [0]
    longer = Period(utc("2026-10-25T22:00"), utc("2026-10-25T23:00"), UTC_ZONE)
    found = series(reader(), "usage.requests.total", longer, "day", aggregation="rate")
    assert [p.value for p in found.points] == [1 / 3600]


def test_every_group_with_a_row_has_every_bucket_by_time_then_group() -> None:
    found = series(reader(), "cost.total", DAYS, "day", group_by="model")
    assert [(p.timestamp.day, dict(p.dimensions), p.value) for p in found.points] == [
        (23, {"model": "m1"}, 0), (23, {"model": "m2"}, 0),
        (24, {"model": "m1"}, 1), (24, {"model": "m2"}, 2),
        (25, {"model": "m1"}, 4), (25, {"model": "m2"}, 0),
    ]  # fmt: skip


def test_cost_by_model_and_by_agent_are_grouped_by_it_unless_another_is_asked() -> None:
    assert series(reader(), "cost.by_model", DAYS).group_by == "model"
    assert series(reader(), "cost.by_agent", DAYS).group_by == "agent_id"
    assert series(reader(), "cost.by_model", DAYS, group_by="customer_id").group_by == "customer_id"
    assert series(reader(), "cost.total", DAYS).group_by is None


def test_a_scoped_reader_grouped_by_customer_is_one_group() -> None:
    points = series(reader(), "usage.requests.total", DAYS, "month", group_by="customer_id").points
    assert {p.dimensions for p in points} == {(("customer_id", "cust_a"),)}
    everybody = series(reader(None), "usage.requests.total", DAYS, "month", group_by="customer_id").points
    assert [dict(p.dimensions)["customer_id"] for p in everybody] == ["cust_a", "cust_b"]


def test_a_group_without_a_row_in_the_period_is_not_there() -> None:
    early = Period(utc("2026-10-24T10:00"), utc("2026-10-25T00:00"), BERLIN)
    points = series(reader(), "cost.total", early, "day", group_by="model").points
    assert {p.dimensions for p in points} == {(("model", "m1"),)}
    assert series(reader(), "quality.tool_success_rate", early, "day", group_by="agent_id").points == ()


def test_more_points_than_the_limit_are_cut_and_it_says_so() -> None:
    found = series(reader(), "cost.total", DAYS, "day", group_by="model", limit=5)
    assert (len(found.points), found.is_truncated) == (5, True)
    assert not series(reader(), "cost.total", DAYS, "day", group_by="model", limit=6).is_truncated
    for limit in (0, -1, 10_001, 10**30):
        with pytest.raises(InvalidParameter) as refusal:
            series(reader(), "cost.total", DAYS, limit=limit)
        assert refusal.value.param == "limit"


def test_granularity_is_chosen_from_the_length_and_at_least_a_day_for_daily_metrics() -> None:
    assert series(reader(), "cost.total", DAYS).granularity == "hour"
    assert series(reader(), "cost.daily", DAYS).granularity == "day"
    short = Period(DAYS.start, DAYS.start + timedelta(hours=6), BERLIN)
    assert series(reader(), "cost.total", short).granularity == "minute"


@pytest.mark.parametrize("metric_id", ["cost.daily", "usage.requests.daily"])
@pytest.mark.parametrize("granularity", ["minute", "hour"])
def test_daily_metrics_have_no_finer_buckets_than_days(metric_id: str, granularity: str) -> None:
    with pytest.raises(UnsupportedGranularity) as refusal:
        series(reader(), metric_id, DAYS, granularity)
    assert refusal.value.param == "granularity"


def test_other_refusals_name_what_is_wrong() -> None:
    with pytest.raises(InvalidGranularity):
        series(reader(), "cost.total", DAYS, "fortnight")
    with pytest.raises(InvalidTimeRange):
        series(reader(), "cost.total", named_period("90d", DAYS.end, BERLIN), "minute")
    for group_by in ("provider", "tool_name", "", "agent_id; DROP TABLE x"):
        with pytest.raises(InvalidParameter) as refusal:
            series(reader(), "cost.total", DAYS, "day", group_by=group_by)
        assert refusal.value.param == "group_by"
    for metric_id in ("usage.sessions.total", "cost.per_completion", "custom.revenue_attributed"):
        with pytest.raises(UnsupportedDimension) as dimension:
            series(reader(), metric_id, DAYS, "day", group_by="model")
        assert dimension.value.param == "group_by"


def test_an_empty_year_to_date_has_no_points() -> None:
    assert series(reader(), "cost.total", named_period("ytd", utc("2026-01-01"), UTC_ZONE)).points == ()


def test_many_series_share_their_buckets() -> None:
    questions = [Question("cost.total"), Question("perf.latency.p95"), Question("usage.sessions.total")]
    found = many_series(reader(), questions, DAYS, "day")
    assert [[p.value for p in s.points] for s in found] == [[0, 3, 4], [None, 290, None], [0, 1, 0]]
    with_daily = many_series(reader(), [*questions, Question("cost.daily", "avg")], DAYS)
    assert {s.granularity for s in with_daily} == {"day"}


def test_filters_hold_for_every_bucket() -> None:
    found = series(reader(), "cost.total", DAYS, "day", filters=Filters.of(model="m2"))
    assert [p.value for p in found.points] == [0, 2, 0]
