"""The columns of the events contract as data, written down again from its text: types, keys, what must be there.

Rules that need more than a table are in `oracle_rows` and `oracle_standing`.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

Row = dict[str, Any]

TEXT, INT, NUMBER, MONEY, BOOL, TIME = "text", "int", "number", "money", "bool", "time"
EVERY = {"source_system": TEXT, "record_version": INT}
COLUMNS: dict[str, dict[str, str]] = {
    "llm_requests": EVERY
    | dict.fromkeys(("request_id", "customer_id", "agent_id", "session_id", "operation", "provider"), TEXT)
    | dict.fromkeys(("model", "status", "error_type"), TEXT)
    | {"started_at": TIME, "cost_usd": MONEY, "latency_ms": NUMBER, "time_to_first_token_ms": NUMBER}
    | dict.fromkeys(("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens"), INT)
    | {"reasoning_tokens": INT},
    "sessions": EVERY
    | dict.fromkeys(("session_id", "customer_id", "agent_id", "outcome", "handoff_reason"), TEXT)
    | {
        "channel": TEXT,
        "intent": TEXT,
        "started_at": TIME,
        "ended_at": TIME,
        "handoff": BOOL,
        "is_test": BOOL,
    }
    | {"user_turns": INT, "agent_steps": INT, "sentiment_start": NUMBER, "sentiment_end": NUMBER},
    "tool_calls": EVERY
    | dict.fromkeys(
        ("tool_call_id", "customer_id", "agent_id", "session_id", "request_id", "tool_name"), TEXT
    )
    | {"args_hash": TEXT, "status": TEXT, "error_type": TEXT, "started_at": TIME}
    | {"latency_ms": NUMBER, "cost_usd": MONEY},
    "evaluations": EVERY
    | dict.fromkeys(("evaluation_id", "customer_id", "agent_id", "session_id", "request_id", "name"), TEXT)
    | {"label": TEXT, "evaluator_type": TEXT, "evaluator": TEXT, "evaluated_at": TIME}
    | {"score": NUMBER, "passed": BOOL},
    "outcomes": EVERY
    | dict.fromkeys(("outcome_id", "customer_id", "agent_id", "session_id", "name", "unit"), TEXT)
    | {"occurred_at": TIME, "value": MONEY, "attribution_weight": MONEY},
    "budgets": EVERY
    | dict.fromkeys(("budget_id", "scope", "scope_id", "period"), TEXT)
    | {"limit_usd": MONEY, "valid_from": TIME, "valid_to": TIME},
    "prices": EVERY
    | dict.fromkeys(("provider", "model", "customer_id"), TEXT)
    | {"valid_from": TIME, "valid_to": TIME, "tier_from_tokens": INT}
    | dict.fromkeys(("input_usd_per_million", "output_usd_per_million"), MONEY)
    | dict.fromkeys(("cache_read_usd_per_million", "cache_write_usd_per_million"), MONEY),
    "customers": EVERY | dict.fromkeys(("customer_id", "name", "timezone", "locale", "plan"), TEXT),
}
KEYS = {
    "llm_requests": ("request_id",),
    "sessions": ("session_id",),
    "tool_calls": ("tool_call_id",),
    "evaluations": ("evaluation_id",),
    "outcomes": ("outcome_id",),
    "budgets": ("budget_id",),
    "prices": ("provider", "model", "valid_from", "customer_id", "tier_from_tokens"),
    "customers": ("customer_id",),
}
REQUIRED = {
    "llm_requests": ("request_id", "started_at", "customer_id", "agent_id", "model", "status"),
    "sessions": ("session_id", "customer_id"),
    "tool_calls": ("tool_call_id", "started_at", "customer_id", "agent_id", "tool_name", "status"),
    "evaluations": ("evaluation_id", "evaluated_at", "customer_id", "agent_id", "name"),
    "outcomes": ("outcome_id", "occurred_at", "customer_id", "name", "value", "unit"),
    "budgets": ("budget_id", "scope", "period", "limit_usd", "valid_from"),
    "prices": ("provider", "model", "valid_from", "input_usd_per_million", "output_usd_per_million"),
    "customers": ("customer_id", "name"),
}
DEFAULTS: dict[str, Row] = {
    "llm_requests": {"operation": "chat", "cache_read_tokens": 0, "cache_write_tokens": 0},
    "outcomes": {"attribution_weight": Decimal(1)},
    "prices": {"tier_from_tokens": 0},
    "customers": {"timezone": "UTC", "locale": "en-US"},
}
WORDS = {
    ("llm_requests", "status"): {"ok", "error", "blocked", "cancelled", "unknown"},
    ("tool_calls", "status"): {"ok", "error", "timeout", "unknown"},
    ("sessions", "outcome"): {"goal_met", "goal_not_met", "abandoned"},
}
EVENT_TIME = {
    "llm_requests": "started_at",
    "sessions": "started_at",
    "tool_calls": "started_at",
    "evaluations": "evaluated_at",
    "outcomes": "occurred_at",
}
EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)
# A row may hold less than nothing here.
SIGNED = {"value", "attribution_weight", "score", "sentiment_start", "sentiment_end"}
