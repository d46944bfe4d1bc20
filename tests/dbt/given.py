"""What has landed: two customers that did alike things. All amounts of `other` end in 777, so that a leak
shows in any sum.
"""

from typing import Any

GOLDEN: dict[str, Any] = {
    "provider": "anthropic",
    "model": "golden",
    "status": "ok",
    "output_tokens": 500,
    "cache_read_tokens": 9000,
}
ACME: dict[str, Any] = {"customer_id": "acme", "agent_id": "bot", "session_id": "s1"}
OTHER: dict[str, Any] = {"customer_id": "other", "agent_id": "bot", "session_id": "s1"}
PRICE: dict[str, Any] = {
    "provider": "anthropic",
    "model": "golden",
    "valid_from": "2026-01-01T00:00:00Z",
    "customer_id": "acme",
}
LANDING: dict[str, list[dict[str, Any]]] = {
    "llm_requests": [
        {**ACME, **GOLDEN, "request_id": "a1", "started_at": "2026-11-01T10:00:00Z", "input_tokens": 10_000},
        {**ACME, **GOLDEN, "request_id": "a2", "started_at": "2026-11-01T10:59:59Z", "input_tokens": 12_000}
        | {"cache_write_tokens": 2_000, "latency_ms": 250},
        {
            **ACME,
            "request_id": "a3",
            "started_at": "2026-11-01T10:30:00Z",
            "model": "golden",
            "status": "error",
        },
        {**OTHER, **GOLDEN, "request_id": "o1", "started_at": "2026-11-01T10:00:00Z", "input_tokens": 10_777}
        | {"cost_usd": "0.777"},
        {**ACME, **GOLDEN, "request_id": "t1", "started_at": "2026-11-01T10:00:00Z", "input_tokens": 10_000}
        | {"session_id": "tests"},
    ],
    "sessions": [
        {
            **ACME,
            "started_at": "2026-11-01T09:59:00Z",
            "outcome": "goal_met",
            "handoff": False,
            "user_turns": 4,
        },
        {**OTHER, "started_at": "2026-11-01T09:59:00Z", "outcome": "goal_met", "user_turns": 777},
        {**ACME, "session_id": "tests", "started_at": "2026-11-01T09:59:00Z", "is_test": True},
    ],
    "tool_calls": [
        {**ACME, "tool_call_id": f"a{n}", "started_at": f"2026-11-01T10:{n}0:00Z", "tool_name": "search"}
        | {"args_hash": "x", "status": "timeout" if n == 1 else "ok"}
        for n in range(1, 4)
    ],
    "evaluations": [
        {
            **ACME,
            "evaluation_id": "a1",
            "evaluated_at": "2026-11-01T11:00:00Z",
            "name": "groundedness",
            "score": 0.4,
        },
        {
            **OTHER,
            "evaluation_id": "o1",
            "evaluated_at": "2026-11-01T11:00:00Z",
            "name": "tone",
            "score": 777,
        },
    ],
    "outcomes": [
        {"customer_id": "acme", "outcome_id": "a1", "occurred_at": "2026-11-01T12:00:00Z", "name": "revenue"}
        | {"value": "100.10", "unit": "usd", "attribution_weight": "0.5"},
        {**OTHER, "outcome_id": "o1", "occurred_at": "2026-11-01T12:00:00Z", "name": "revenue", "value": 777}
        | {"unit": "usd"},
    ],
    "prices": [
        {**PRICE, "input_usd_per_million": "3.00", "output_usd_per_million": "15.00"}
        | {"cache_read_usd_per_million": "0.30", "cache_write_usd_per_million": "3.75"},
    ],
    "budgets": [
        {"budget_id": "b1", "scope": "global", "period": "monthly", "limit_usd": 777}
        | {"valid_from": "2026-01-01T00:00:00Z"}
    ],
    "baselines": [
        {"baseline_id": "l1", "customer_id": "acme", "metric_id": "perf.latency.avg", "label": "Before"}
        | {"value": 900, "source": "manual"}
    ],
    "customers": [{"customer_id": "acme", "name": "Acme", "timezone": "Asia/Kathmandu"}],
    "agents": [{"agent_id": "bot", "name": "Bot"}],
}
