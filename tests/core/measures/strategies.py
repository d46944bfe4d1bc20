"""Small random worlds: two customers, dirt everywhere, times on both sides of every edge."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from core.periods import Period, zone
from tests.builders import Events, call, evaluation, outcome, price, session, tool_call

# Three days around the end of summer time in Europe.
FIRST = datetime(2026, 10, 24, tzinfo=UTC)
MINUTES = 3 * 24 * 60
CUSTOMERS = ("cust_a", "cust_b")
SESSIONS = ("s1", "s2", "s3", "s4")
ZONES = ("UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns")

minutes = st.one_of(st.integers(0, MINUTES), st.integers(0, 72).map(lambda hour: hour * 60))
times = minutes.map(lambda m: FIRST + timedelta(minutes=m))
agents, models = st.sampled_from(["agent_1", "agent_2"]), st.sampled_from(["model-1", "model-unpriced"])
tokens = st.none() | st.integers(0, 5000)
who = {
    "customer_id": st.sampled_from(CUSTOMERS),
    "agent_id": agents,
    "session_id": st.none() | st.sampled_from(SESSIONS),
}
# Whatever belongs to cust_b ends in 777, so a leak shows.
costs = st.none() | st.integers(0, 9_999_999)


def _call(row: dict[str, Any], cached: float) -> dict[str, Any]:
    leak = 777 if row["customer_id"] == "cust_b" else 0
    cost = row["cost_usd"]
    if row["input_tokens"] is not None:
        row["cache_read_tokens"] = int(row["input_tokens"] * cached / 2)
        row["cache_write_tokens"] = int(row["input_tokens"] * (1 - cached) / 2)
    return call(**{**row, "cost_usd": None if cost is None else f"{cost // 1000}.{cost % 1000:03}{leak:03}"})


calls = st.builds(
    _call,
    st.fixed_dictionaries(
        {
            **who,
            "started_at": times,
            "model": models,
            "status": st.sampled_from(["ok", "ok", "ok", "error", "blocked", "cancelled", "unknown"]),
            "operation": st.sampled_from(["chat", "embeddings"]),
            "input_tokens": tokens,
            "output_tokens": tokens,
            "latency_ms": st.none() | st.floats(0, 10_000, allow_nan=False).map(lambda x: round(x, 3)),
            "cost_usd": costs,
        }
    ),
    st.floats(0, 1),
)
sessions = st.builds(
    lambda row: session(**row),
    st.fixed_dictionaries(
        {
            "customer_id": who["customer_id"],
            "agent_id": agents,
            "session_id": st.sampled_from(SESSIONS),
            "started_at": times,
            "outcome": st.sampled_from([None, "goal_met", "goal_met", "goal_not_met", "abandoned"]),
            "handoff": st.sampled_from([None, True, False]),
            "channel": st.sampled_from([None, "chat", "voice"]),
            "intent": st.sampled_from([None, "refund"]),
            "user_turns": st.none() | st.integers(0, 9),
            "agent_steps": st.none() | st.integers(0, 9),
            "sentiment_start": st.none() | st.sampled_from([-1.0, -0.3, 0.0, 0.7]),
            "sentiment_end": st.none() | st.sampled_from([-0.9, 0.1, 1.0]),
            "is_test": st.sampled_from([False, False, False, True]),
        }
    ),
)
tool_calls = st.builds(
    lambda row: tool_call(**row),
    st.fixed_dictionaries(
        {
            **who,
            "started_at": times,
            "tool_name": st.sampled_from(["search", "search", "refund"]),
            "args_hash": st.sampled_from([None, "x", "x", "y"]),
            "status": st.sampled_from(["ok", "ok", "error", "timeout", "unknown"]),
        }
    ),
)
evaluations = st.builds(
    lambda row: evaluation(**row),
    st.fixed_dictionaries(
        {
            **who,
            "evaluated_at": times,
            "name": st.sampled_from(["hallucination", "groundedness", "faithfulness", "goal_completion"]),
            "passed": st.sampled_from([None, None, True, False]),
            "score": st.none() | st.sampled_from([0.0, 0.4, 0.5, 1.0]),
            "label": st.sampled_from([None, "true", "True", "false", "unsure"]),
        }
    ),
)
outcomes = st.builds(
    lambda row, amount: outcome(**row, value=f"{amount}.{777 if row['customer_id'] == 'cust_b' else 0:03}"),
    st.fixed_dictionaries(
        {
            **who,
            "agent_id": st.none() | agents,
            "occurred_at": times,
            "name": st.sampled_from(["revenue", "hours"]),
            "attribution_weight": st.sampled_from(["1", "0.25", "0.333333333"]),
        }
    ),
    st.integers(-1000, 1000),
)


@st.composite
def worlds(draw: st.DrawFn) -> Events:
    found = draw(st.lists(sessions, max_size=8, unique_by=lambda s: (s["customer_id"], s["session_id"])))
    return Events(
        llm_requests=draw(st.lists(calls, max_size=12)),
        sessions=found,
        tool_calls=draw(st.lists(tool_calls, max_size=12)),
        evaluations=draw(st.lists(evaluations, max_size=6)),
        outcomes=[*draw(st.lists(outcomes, max_size=6)), *_always()],
        prices=[price()],
    )


def _always() -> list[dict[str, Any]]:
    """One outcome of each name and customer, outside every period, so that the metrics exist."""
    early = FIRST - timedelta(days=400)
    return [
        outcome(customer_id=c, name=n, occurred_at=early, value="1.777")
        for c in CUSTOMERS
        for n in ("revenue", "hours")
    ]


@st.composite
def periods(draw: st.DrawFn) -> Period:
    first, second = draw(minutes), draw(minutes)
    start, end = min(first, second), max(first, second)
    edges = [FIRST + timedelta(minutes=m) for m in (start, end + (start == end))]
    return Period(edges[0], edges[1], zone(draw(st.sampled_from(ZONES))))
