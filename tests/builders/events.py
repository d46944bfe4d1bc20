"""Rows of the events contract as dictionaries, every column with a sensible default."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

Row = dict[str, Any]
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
_number = count(1)


@dataclass
class Events:
    """Rows of the events contract, as dictionaries."""

    llm_requests: list[Row] = field(default_factory=list)
    sessions: list[Row] = field(default_factory=list)
    tool_calls: list[Row] = field(default_factory=list)
    evaluations: list[Row] = field(default_factory=list)
    outcomes: list[Row] = field(default_factory=list)
    budgets: list[Row] = field(default_factory=list)
    prices: list[Row] = field(default_factory=list)
    baselines: list[Row] = field(default_factory=list)
    customers: list[Row] = field(default_factory=list)
    agents: list[Row] = field(default_factory=list)


def _row(defaults: Row, given: Row) -> Row:
    assert given.keys() <= defaults.keys(), given.keys() - defaults.keys()
    return {**defaults, **given}


def call(**given: Any) -> Row:
    """One model call; `cost_usd` None is priced from `Events.prices`, `cache_savings_usd` too."""
    defaults = {
        "request_id": f"req_{next(_number)}", "started_at": NOON, "customer_id": "cust_a", "agent_id": "agent_1",
        "session_id": None, "operation": "chat", "provider": "anthropic", "model": "model-1", "status": "ok",
        "error_type": None, "input_tokens": 1000, "output_tokens": 100, "cache_read_tokens": 0,
        "cache_write_tokens": 0, "reasoning_tokens": None, "latency_ms": 500.0, "time_to_first_token_ms": None,
        "cost_usd": None, "cache_savings_usd": None, "source_system": "native",
    }  # fmt: skip
    return _row(defaults, given)


def session(**given: Any) -> Row:
    defaults = {
        "session_id": f"ses_{next(_number)}", "customer_id": "cust_a", "agent_id": "agent_1", "started_at": NOON,
        "ended_at": None, "outcome": "goal_met", "handoff": False, "handoff_reason": None, "channel": "chat",
        "intent": None, "user_turns": 3, "agent_steps": None, "sentiment_start": None, "sentiment_end": None,
        "is_test": False,
    }  # fmt: skip
    return _row(defaults, given)


def tool_call(**given: Any) -> Row:
    defaults = {
        "tool_call_id": f"tool_{next(_number)}", "started_at": NOON, "customer_id": "cust_a", "agent_id": "agent_1",
        "session_id": None, "request_id": None, "tool_name": "search", "args_hash": None, "status": "ok",
        "error_type": None, "latency_ms": None, "cost_usd": None, "source_system": "native",
    }  # fmt: skip
    return _row(defaults, given)


def evaluation(**given: Any) -> Row:
    defaults = {
        "evaluation_id": f"eval_{next(_number)}", "evaluated_at": NOON, "customer_id": "cust_a",
        "agent_id": "agent_1", "session_id": None, "request_id": None, "name": "groundedness", "score": None,
        "label": None, "passed": True, "evaluator_type": "llm", "evaluator": None, "source_system": "native",
    }  # fmt: skip
    return _row(defaults, given)


def outcome(**given: Any) -> Row:
    defaults = {
        "outcome_id": f"out_{next(_number)}", "occurred_at": NOON, "customer_id": "cust_a", "agent_id": "agent_1",
        "session_id": None, "name": "revenue_attributed", "value": "100", "unit": "usd", "attribution_weight": "1",
        "source_system": "native",
    }  # fmt: skip
    return _row(defaults, given)


def budget(**given: Any) -> Row:
    defaults = {
        "budget_id": f"budget_{next(_number)}", "scope": "global", "scope_id": None, "period": "monthly",
        "limit_usd": "100", "valid_from": datetime(2020, 1, 1, tzinfo=UTC), "valid_to": None,
    }  # fmt: skip
    return _row(defaults, given)


def price(**given: Any) -> Row:
    defaults = {
        "provider": "anthropic", "model": "model-1", "customer_id": None,
        "valid_from": datetime(2020, 1, 1, tzinfo=UTC), "valid_to": None, "tier_from_tokens": 0,
        "input_usd_per_million": "3", "output_usd_per_million": "15", "cache_read_usd_per_million": "0.3",
        "cache_write_usd_per_million": "3.75", "price_source": "list",
    }  # fmt: skip
    return _row(defaults, given)


def baseline(**given: Any) -> Row:
    defaults = {
        "baseline_id": f"base_{next(_number)}", "customer_id": "cust_a", "metric_id": "perf.latency.avg",
        "label": "Before the agent", "value": "2400", "source": "manual", "valid_from": None,
    }  # fmt: skip
    return _row(defaults, given)


def customer(**given: Any) -> Row:
    defaults = {"customer_id": "cust_a", "name": "Acme", "timezone": "UTC", "locale": "en-US", "plan": None}
    return _row(defaults, given)


def agent(**given: Any) -> Row:
    return _row({"agent_id": "agent_1", "name": "Support", "version": None}, given)
