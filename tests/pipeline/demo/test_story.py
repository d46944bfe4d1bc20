"""Promise: the demo's customers differ as told: quiet nights and weekends, one getting better, one bad week, refunds."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from statistics import mean
from zoneinfo import ZoneInfo

import pytest

from tests.pipeline.demo.history import History, Rows, instant


def _weekdays(rows: Rows, zone: str) -> Counter[int]:
    return Counter(instant(row["started_at"]).astimezone(ZoneInfo(zone)).weekday() for row in rows)


def test_offices_are_quiet_at_the_weekend(history: History) -> None:
    claims = [r for r in history.of("sessions", "cust_hanseat") if r["agent_id"] == "hanseat-claims"]
    by_weekday = _weekdays(claims, "Europe/Berlin")
    assert by_weekday[5] + by_weekday[6] < 0.3 * (by_weekday[1] + by_weekday[2])


def test_shoppers_come_at_the_weekend_too_but_fewer(history: History) -> None:
    by_weekday = _weekdays(history.of("sessions", "cust_northwind"), "America/New_York")
    assert 0.35 < (by_weekday[5] + by_weekday[6]) / (by_weekday[1] + by_weekday[2]) < 0.95


@pytest.mark.parametrize(
    ("customer_id", "zone"),
    [
        ("cust_hanseat", "Europe/Berlin"),
        ("cust_hoshikawa", "Asia/Tokyo"),
        ("cust_malabar", "Asia/Kolkata"),
        ("cust_himal", "Asia/Kathmandu"),
    ],
)
def test_nights_are_quiet_in_the_customers_own_zone(history: History, customer_id: str, zone: str) -> None:
    local = [
        instant(row["started_at"]).astimezone(ZoneInfo(zone)) for row in history.of("sessions", customer_id)
    ]
    night = sum(1 <= at.hour < 5 for at in local)
    afternoon = sum(14 <= at.hour < 18 for at in local)
    assert night < 0.2 * afternoon


def _thirds(rows: Rows) -> tuple[Rows, Rows]:
    """The first and the last third of the history."""
    first, last = "2026-11-01", "2026-11-11"
    return [r for r in rows if r["started_at"] < first], [r for r in rows if r["started_at"] >= last]


def _goal_rate(rows: Rows) -> float:
    return mean(row["outcome"] == "goal_met" for row in rows if row["outcome"])


def _handoff_rate(rows: Rows) -> float:
    return mean(row["handoff"] for row in rows if row["handoff"] is not None)


def test_an_improving_customer_improves(history: History) -> None:
    before, after = _thirds(history.of("sessions", "cust_northwind"))
    assert _goal_rate(after) > _goal_rate(before) + 0.08
    assert _handoff_rate(after) < _handoff_rate(before) - 0.05
    shifts = [
        mean(float(r["sentiment_end"] - r["sentiment_start"]) for r in rows if r["sentiment_end"] is not None)
        for rows in (before, after)
    ]
    assert shifts[1] > shifts[0] + 0.1


def test_an_improving_customer_gets_faster_answers_and_more_sessions(history: History) -> None:
    calls = [r for r in history.of("llm_requests", "cust_northwind") if r["agent_id"] == "northwind-sales"]
    before, after = (
        mean(float(r["latency_ms"]) for r in rows if r["status"] == "ok") for rows in _thirds(calls)
    )
    assert after < 0.9 * before
    first, last = _thirds(history.of("sessions", "cust_northwind"))
    assert len(last) > 1.2 * len(first)


def test_one_week_three_weeks_ago_was_clearly_bad(history: History) -> None:
    by_week: dict[date, Rows] = defaultdict(list)
    for row in history.of("sessions", "cust_hanseat"):
        day = instant(row["started_at"]).date()
        by_week[day - timedelta(days=day.weekday())].append(row)
    bad = date(2026, 10, 26)
    others = [rows for monday, rows in by_week.items() if monday != bad]
    assert _goal_rate(by_week[bad]) < min(_goal_rate(rows) for rows in others) - 0.05
    assert _handoff_rate(by_week[bad]) > max(_handoff_rate(rows) for rows in others) + 0.05


def test_the_telephone_never_says_whether_a_human_took_over(history: History) -> None:
    by_channel: dict[str, set[bool]] = defaultdict(set)
    for row in history.of("sessions", "cust_hanseat"):
        if row["ended_at"]:
            by_channel[row["channel"]].add(row["handoff"] is None)
    assert by_channel.pop("voice") == {True}
    assert set().union(*by_channel.values()) == {False}


def test_a_reason_stands_beside_every_handoff_and_nowhere_else(history: History) -> None:
    assert all(bool(row["handoff"]) == bool(row["handoff_reason"]) for row in history.rows["sessions"])
    assert len({row["handoff_reason"] for row in history.rows["sessions"]}) > 5


def test_errors_are_followed_by_a_retry_that_mostly_succeeds(history: History) -> None:
    by_session: dict[str, list[str]] = defaultdict(list)
    for row in sorted(history.rows["llm_requests"], key=lambda row: row["started_at"]):
        by_session[row["session_id"]].append(row["status"])
    last = [statuses[-1] for statuses in by_session.values() if "error" in statuses]
    assert last.count("ok") > 0.7 * len(last) > 0
    errors = {row["error_type"] for row in history.rows["llm_requests"]}
    assert {"rate_limit", "timeout", "overloaded", "server_error"} <= errors


def test_some_sessions_loop_and_most_do_not(history: History) -> None:
    calls: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in sorted(history.rows["tool_calls"], key=lambda row: row["started_at"]):
        calls[row["session_id"]].append((row["tool_name"], row["args_hash"]))
    loops = [any(a == b == c for a, b, c in zip(x, x[1:], x[2:], strict=False)) for x in calls.values()]
    assert 0 < mean(loops) < 0.08


def test_context_grows_within_a_session_and_comes_from_the_cache(history: History) -> None:
    calls = [r for r in history.of("llm_requests", "cust_malabar") if r["agent_id"] == "malabar-coder"]
    ok = [row for row in calls if row["status"] == "ok"]
    by_session: dict[str, list[int]] = defaultdict(list)
    for row in sorted(ok, key=lambda row: row["started_at"]):
        by_session[row["session_id"]].append(row["input_tokens"])
    assert mean(tokens == sorted(tokens) for tokens in by_session.values()) > 0.9
    assert sum(row["cache_read_tokens"] for row in ok) > 0.6 * sum(row["input_tokens"] for row in ok)


def test_refunds_are_negative_rows_of_their_own_after_their_order(history: History) -> None:
    rows = {row["outcome_id"]: row for row in history.rows["outcomes"]}
    refunds = [row for row in rows.values() if row["value"] < 0]
    assert refunds
    for refund in refunds:
        order = rows[refund["outcome_id"].replace("-refund", "-order")]
        assert order["value"] == -refund["value"]
        assert order["occurred_at"] < refund["occurred_at"]


def test_what_is_observed_by_some_is_unknown_to_others(history: History) -> None:
    calls, sessions = history.rows["llm_requests"], history.rows["sessions"]
    reported = {row["agent_id"] for row in calls if row["cost_usd"] is not None}
    assert reported == {"northwind-sales"}
    assert {row["latency_ms"] for row in calls if row["agent_id"] == "himal-bookings"} == {None}
    assert 0 < mean(row["outcome"] is None for row in sessions) < 0.2
    assert 0 < mean(bool(row["is_test"]) for row in sessions) < 0.03


def test_hallucinations_are_judged_by_models_and_goals_by_people_too(history: History) -> None:
    judged = Counter((row["name"], row["evaluator_type"]) for row in history.rows["evaluations"])
    assert set(judged) == {
        ("hallucination", "llm"),
        ("groundedness", "llm"),
        ("goal_completion", "llm"),
        ("goal_completion", "human"),
    }
