"""Burn rate: which budget, which period of it, how much of it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.measures import Answer, Filters, series, value
from core.periods import Period, zone
from tests.builders import Events, Row, budget, call, reader_of, snapshot_of

UTC_ZONE = zone("UTC")
BENCH = duckdb.connect(":memory:")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def spend(*rows: tuple[str, str | None], **given: str) -> list[Row]:
    return [call(**{"started_at": utc(at), "cost_usd": cost, **given}) for at, cost in rows]


def burn(budgets: list[Row], calls: list[Row], end: str, scope: str | None = None, **filters: str) -> Answer:
    other = spend(("2026-11-05", "777"), customer_id="cust_b", agent_id="agent_777")
    world = snapshot_of(Events(llm_requests=[*calls, *other], budgets=budgets), into=BENCH)
    # Wherever it starts, only the end counts.
    period = Period(utc(end) - timedelta(minutes=1), utc(end), UTC_ZONE)
    with reader_of(world, scope) as reader:
        return value(reader, "cost.burn_rate", period, Filters.of(**filters))


NOVEMBER = spend(("2026-10-31T23:59", "5"), ("2026-11-01", "3"), ("2026-11-10", "7"), ("2026-11-20", "900"))
MINE = budget(budget_id="mine", scope="customer", scope_id="cust_a", limit_usd="60")


def test_a_third_of_the_month_and_a_sixth_of_the_budget_is_half_the_rate() -> None:
    answer = burn([MINE], NOVEMBER, "2026-11-11", customer_id="cust_a")
    assert answer.value == pytest.approx(50)
    assert answer.budget is not None
    assert answer.budget.budget_id == "mine"
    assert [answer.budget.limit_usd, answer.budget.spend_usd, answer.budget.projected_usd] == [60, 10, 30]
    assert (answer.budget.period_start, answer.budget.period_end) == (utc("2026-11-01"), utc("2026-12-01"))
    assert answer.ratio == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        ("daily", "2026-11-11", "2026-11-12"),
        ("weekly", "2026-11-09", "2026-11-16"),
        ("monthly", "2026-11-01", "2026-12-01"),
        ("quarterly", "2026-10-01", "2027-01-01"),
    ],
)
def test_budget_periods_begin_where_the_utc_calendar_says(period: str, start: str, end: str) -> None:
    answer = burn([{**MINE, "period": period}], NOVEMBER, "2026-11-11T06:00", customer_id="cust_a")
    assert answer.budget is not None
    assert (answer.budget.period_start, answer.budget.period_end) == (utc(start), utc(end))


def test_a_budget_for_once_runs_from_its_beginning_to_its_end() -> None:
    once = {
        **MINE,
        "period": "once",
        "valid_from": utc("2026-11-01T12:00"),
        "valid_to": utc("2026-11-21T12:00"),
    }
    answer = burn([once], NOVEMBER, "2026-11-11T12:00", customer_id="cust_a")
    assert answer.value == pytest.approx(7 / 60 / 0.5 * 100)
    for end in ("2026-11-21T12:00", "2026-11-01T11:59"):
        assert burn([once], NOVEMBER, end, customer_id="cust_a").value is None


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, "global"),
        ({"customer_id": "cust_a"}, "customer a"),
        ({"agent_id": "agent_1"}, "agent"),
        ({"customer_id": "cust_a", "agent_id": "agent_1"}, "customer a"),
        ({"customer_id": "cust_c", "agent_id": "agent_1"}, "agent"),
        ({"customer_id": "cust_c"}, None),
        ({"agent_id": "agent_9"}, None),
    ],
)
def test_the_budget_is_that_of_the_most_specific_scope_the_filters_name(
    filters: dict[str, str], expected: str | None
) -> None:
    budgets = [
        budget(budget_id="global"),
        budget(budget_id="customer a", scope="customer", scope_id="cust_a"),
        budget(budget_id="customer b", scope="customer", scope_id="cust_b"),
        budget(budget_id="agent", scope="agent", scope_id="agent_1"),
    ]
    found = burn(budgets, NOVEMBER, "2026-11-11", **filters).budget
    assert (found.budget_id if found else None) == expected


def test_of_several_running_budgets_the_longest_counts() -> None:
    budgets = [{**MINE, "period": p, "budget_id": p} for p in ("daily", "quarterly", "monthly")]
    found = burn(budgets, NOVEMBER, "2026-11-11", customer_id="cust_a").budget
    assert found is not None
    assert found.budget_id == "quarterly"
    ended = [{**b, "valid_to": utc("2026-11-01")} if b["period"] == "quarterly" else b for b in budgets]
    found = burn(ended, NOVEMBER, "2026-11-11", customer_id="cust_a").budget
    assert found is not None
    assert found.budget_id == "monthly"


def test_a_customers_reader_never_sees_the_global_budget_or_other_spending() -> None:
    budgets = [budget(budget_id="global"), budget(scope="customer", scope_id="cust_b", limit_usd="777")]
    assert burn(budgets, NOVEMBER, "2026-11-11", "cust_a").budget is None
    answer = burn([*budgets, MINE], NOVEMBER, "2026-11-11", "cust_a")
    assert answer.budget is not None
    assert answer.budget.spend_usd == 10


def test_nothing_elapsed_a_model_and_a_limit_of_zero_have_no_burn_rate() -> None:
    assert burn([MINE], NOVEMBER, "2026-11-01", customer_id="cust_a").value is None
    assert burn([MINE], NOVEMBER, "2026-11-11", customer_id="cust_a", model="model-1").value is None
    assert burn([{**MINE, "limit_usd": "0"}], NOVEMBER, "2026-11-11", customer_id="cust_a").value is None
    assert burn([], NOVEMBER, "2026-11-11", customer_id="cust_a").value is None


def test_without_calls_nothing_is_spent_and_without_prices_nobody_knows() -> None:
    assert burn([MINE], [], "2026-11-11", customer_id="cust_a").value == 0
    unpriced = burn([MINE], spend(("2026-11-05", None)), "2026-11-11", customer_id="cust_a")
    assert (unpriced.value, unpriced.unpriced_share) == (None, 1.0)
    partly = burn(
        [MINE], spend(("2026-11-05", None), ("2026-11-05", "10")), "2026-11-11", customer_id="cust_a"
    )
    assert partly.value == pytest.approx(50)
    assert partly.unpriced_share == 0.5


def test_a_series_takes_the_rate_at_the_end_of_every_bucket() -> None:
    world = snapshot_of(Events(llm_requests=NOVEMBER, budgets=[MINE]))
    period = Period(utc("2026-10-30"), utc("2026-11-03T12:00"), UTC_ZONE)
    with reader_of(world, "cust_a") as reader:
        points = series(reader, "cost.burn_rate", period, "day").points
    month = 60 / 31
    assert [p.value for p in points] == [
        pytest.approx(0 / month / 30),
        None,
        pytest.approx(3 / (60 / 30) * 100),
        pytest.approx(3 / 2 / (60 / 30) * 100),
        pytest.approx(3 / 2.5 / (60 / 30) * 100),
    ]


def test_groups_have_their_own_budgets() -> None:
    calls = [*spend(("2026-11-05", "10")), *spend(("2026-11-05", "0.777"), customer_id="cust_b")]
    theirs = budget(scope="customer", scope_id="cust_b", limit_usd="7.77")
    world = snapshot_of(Events(llm_requests=calls, budgets=[MINE, theirs]))
    period = Period(utc("2026-11-04"), utc("2026-11-11"), UTC_ZONE)
    with reader_of(world) as reader:
        by_customer = series(reader, "cost.burn_rate", period, "month", group_by="customer_id").points
        by_model = series(reader, "cost.burn_rate", period, "month", group_by="model").points
    assert [p.dimensions[0][1] for p in by_customer] == ["cust_a", "cust_b"]
    assert [p.value for p in by_customer] == [pytest.approx(50), pytest.approx(30)]
    assert [p.value for p in by_model] == [None]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 60 * 24 * 40), st.integers(0, 10**6)), max_size=8),
    st.integers(1, 60 * 24 * 40),
    st.sampled_from(["daily", "weekly", "monthly", "quarterly"]),
)
def test_the_rate_is_the_spent_share_over_the_elapsed_share(
    rows: list[tuple[int, int]], minute: int, period: str
) -> None:
    first = utc("2026-10-20")
    end = first + timedelta(minutes=minute)
    calls = [call(started_at=first + timedelta(minutes=m), cost_usd=f"{c}.777") for m, c in rows]
    answer = burn([{**MINE, "period": period}], calls, end.replace(tzinfo=None).isoformat(), "cust_a")
    assert answer.budget is not None
    start, until = answer.budget.period_start, answer.budget.period_end
    assert start <= end < until
    spent = sum((Decimal(c["cost_usd"]) for c in calls if start <= c["started_at"] < end), Decimal(0))
    assert answer.budget.spend_usd == spent
    if start == end:
        assert answer.value is None
    else:
        elapsed = (end - start) / (until - start)
        assert answer.value == pytest.approx(float(spent) / 60 / elapsed * 100)
