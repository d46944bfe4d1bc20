"""Changes against the period before: percent, points, noise, good and bad news."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import sqrt
from statistics import variance

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.measures import Change, Direction, Question, change, changes, relative_change
from core.periods import Comparison, Period, named_period, zone
from tests.builders import Events, Row, call, reader_of, session, snapshot_of

UTC_ZONE = zone("UTC")
BENCH = duckdb.connect(":memory:")
END = datetime(2026, 11, 1, tzinfo=UTC)
WEEKS = Period(END - timedelta(days=14), END, UTC_ZONE)
BEFORE = WEEKS.start - timedelta(days=14)


def compared(
    metric_id: str,
    events: Events,
    period: Period = WEEKS,
    comparison: Comparison = Comparison.PREVIOUS,
    aggregation: str | None = None,
) -> Change:
    theirs = [call(customer_id="cust_b", started_at=at, cost_usd="777") for at in (WEEKS.start, BEFORE)]
    world = Events(llm_requests=[*events.llm_requests, *theirs], sessions=events.sessions)
    with reader_of(snapshot_of(world, into=BENCH), "cust_a") as reader:
        return change(reader, metric_id, period, comparison, aggregation=aggregation)


def daily_calls(start: datetime, counts: Sequence[int], **given: object) -> list[Row]:
    """So many calls on every day from start on."""
    return [
        call(started_at=start + timedelta(days=day, minutes=i), **{"cost_usd": "1", **given})
        for day, count in enumerate(counts)
        for i in range(count)
    ]


def handed_over(start: datetime, yes: int, no: int) -> list[Row]:
    return [session(started_at=start + timedelta(minutes=i), handoff=i < yes) for i in range(yes + no)]


def test_the_change_is_in_percent_of_the_previous_value() -> None:
    calls = [*daily_calls(BEFORE, [2] * 14), *daily_calls(WEEKS.start, [3] * 14)]
    found = compared("usage.requests.total", Events(llm_requests=calls))
    assert (found.current.value, found.previous.value, found.change) == (42, 28, 50)
    assert (found.points, found.label) == (None, "vs previous period")
    assert compared("cost.total", Events(llm_requests=calls)).change == 50


def test_percent_metrics_change_in_points_too() -> None:
    sessions = [*handed_over(BEFORE, 10, 40), *handed_over(WEEKS.start, 15, 35)]
    found = compared("autonomy.intervention_rate", Events(sessions=sessions))
    assert found.change == pytest.approx(50)
    assert found.points == pytest.approx(10)


def test_against_nothing_there_is_no_change() -> None:
    found = compared("cost.total", Events(llm_requests=daily_calls(WEEKS.start, [3])))
    assert (found.previous.value, found.change, found.direction) == (0, None, None)
    found = compared("perf.latency.avg", Events(llm_requests=daily_calls(WEEKS.start, [3])))
    assert (found.previous.value, found.change, found.direction) == (None, None, None)


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9))
def test_more_is_always_a_positive_change(value: float, previous: float) -> None:
    by = relative_change(value, previous)
    if previous == 0:
        assert by is None
    else:
        assert by is not None
        assert (by > 0) == (value > previous) or by == 0


def test_named_days_year_on_year_and_year_to_date_say_what_they_are_compared_with() -> None:
    events = Events(llm_requests=daily_calls(BEFORE, [1] * 28))
    thirty = named_period("30d", END, UTC_ZONE)
    assert compared("cost.total", events, thirty).label == "vs previous 30d"
    assert compared("cost.total", events, thirty, Comparison.YEAR_ON_YEAR).label == "vs last year"
    year = compared("cost.total", events, thirty, Comparison.YEAR_TO_DATE)
    assert (year.label, year.current.period.name) == ("vs last year to date", "ytd")


@pytest.mark.parametrize(
    ("metric_id", "more_is"),
    [
        ("usage.requests.total", Direction.BETTER),
        ("cost.total", Direction.WORSE),
        ("usage.tokens.total", None),
    ],
)
def test_news_are_good_or_bad_by_what_is_better_for_the_metric(
    metric_id: str, more_is: Direction | None
) -> None:
    less, more = [1] * 14, [9] * 14
    up = Events(llm_requests=[*daily_calls(BEFORE, less), *daily_calls(WEEKS.start, more)])
    down = Events(llm_requests=[*daily_calls(BEFORE, more), *daily_calls(WEEKS.start, less)])
    opposite = {Direction.BETTER: Direction.WORSE, Direction.WORSE: Direction.BETTER, None: None}
    assert compared(metric_id, up).direction == more_is
    assert compared(metric_id, down).direction == opposite[more_is]


@pytest.mark.parametrize(
    ("previous", "current", "is_noise"), [(20, 25, True), (20, 50, False), (20, 20, True)]
)
def test_rates_are_judged_as_two_proportions(previous: int, current: int, is_noise: bool) -> None:
    sessions = [
        *handed_over(BEFORE, previous, 100 - previous),
        *handed_over(WEEKS.start, current, 100 - current),
    ]
    found = compared("autonomy.intervention_rate", Events(sessions=sessions))
    p, q = previous / 100, current / 100
    error = sqrt(p * (1 - p) / 100 + q * (1 - q) / 100)
    assert found.is_within_noise is is_noise is (abs(q - p) < 2 * error)
    assert (found.direction is None) is is_noise


@pytest.mark.parametrize(
    ("previous", "current"),
    [([2, 9] * 7, [3, 10] * 7), ([2, 3] * 7, [5, 6] * 7), ([0] * 13 + [40], [0] * 13 + [70])],
)
def test_amounts_and_counts_are_judged_by_how_their_days_scatter(
    previous: list[int], current: list[int]
) -> None:
    calls = [*daily_calls(BEFORE, previous), *daily_calls(WEEKS.start, current)]
    error = sqrt(14 * variance(previous) + 14 * variance(current))
    expected = abs(sum(current) - sum(previous)) < 2 * error
    for metric_id in ("usage.requests.total", "cost.total", "usage.requests.daily"):
        assert compared(metric_id, Events(llm_requests=calls)).is_within_noise is expected, metric_id
    mean = compared("cost.daily", Events(llm_requests=calls), aggregation="avg")
    assert mean.is_within_noise is expected


def test_means_are_judged_by_how_their_daily_values_scatter() -> None:
    def slow(start: datetime, days: Sequence[float]) -> list[Row]:
        return [
            call(started_at=start + timedelta(days=day, minutes=i), latency_ms=ms)
            for day, ms in enumerate(days)
            for i in range(3)
        ]

    before, after = [100.0, 300.0] * 7, [150.0, 350.0] * 7
    error = sqrt(variance(before) / 14 + variance(after) / 14)
    found = compared(
        "perf.latency.avg", Events(llm_requests=[*slow(BEFORE, before), *slow(WEEKS.start, after)])
    )
    assert found.is_within_noise is (2 * error > 50) is True
    after = [v + 200 for v in before]
    found = compared(
        "perf.latency.p95", Events(llm_requests=[*slow(BEFORE, before), *slow(WEEKS.start, after)])
    )
    assert (found.is_within_noise, found.direction) == (False, Direction.WORSE)


def test_nothing_is_judged_under_a_week_or_thirty_observations() -> None:
    week = Period(END - timedelta(days=7), END, UTC_ZONE)
    calls = daily_calls(END - timedelta(days=14), [5] * 14)
    assert compared("cost.total", Events(llm_requests=calls), week).is_within_noise is True
    shorter = Period(week.start + timedelta(hours=1), END, UTC_ZONE)
    assert compared("cost.total", Events(llm_requests=calls), shorter).is_within_noise is None
    few = daily_calls(BEFORE, [1] * 28)
    assert compared("cost.total", Events(llm_requests=few)).is_within_noise is None
    sessions = [*handed_over(BEFORE, 10, 19), *handed_over(WEEKS.start, 10, 90)]
    assert compared("autonomy.intervention_rate", Events(sessions=sessions)).is_within_noise is None


def test_a_week_with_a_clock_change_is_a_week() -> None:
    berlin = zone("Europe/Berlin")
    week = Period(datetime(2026, 3, 22, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC), berlin)
    calls = daily_calls(datetime(2026, 3, 16, tzinfo=UTC), [5] * 14)
    found = compared("usage.requests.total", Events(llm_requests=calls), week)
    assert (found.previous.value, found.is_within_noise) == (35, True)


def test_unusual_aggregations_and_burn_rates_are_not_judged() -> None:
    events = Events(llm_requests=daily_calls(BEFORE, [5] * 28))
    assert compared("cost.total", events, aggregation="max").is_within_noise is None
    assert compared("cost.burn_rate", events).is_within_noise is None


def test_many_changes_are_each_what_they_are_alone() -> None:
    calls = [*daily_calls(BEFORE, [2, 9] * 7), *daily_calls(WEEKS.start, [3] * 14)]
    questions = [
        Question(m) for m in ("cost.total", "usage.requests.total", "perf.latency.avg", "cost.total")
    ]
    with reader_of(snapshot_of(Events(llm_requests=calls), into=BENCH), "cust_a") as reader:
        alone = [change(reader, q.metric_id, WEEKS) for q in questions]
        assert changes(reader, questions, WEEKS) == alone
