"""Rows of the events contract for tests: right in every column, until a test says otherwise."""

import json
from typing import Any


def call(request_id: str = "r1", **more: Any) -> dict[str, Any]:
    return {
        "request_id": request_id,
        "started_at": "2026-11-01T10:00:00Z",
        "customer_id": "cust_a",
        "agent_id": "agent_1",
        "model": "gpt-4o",
        "status": "ok",
        "input_tokens": 100,
        "output_tokens": 20,
    } | more


def session(session_id: str = "s1", **more: Any) -> dict[str, Any]:
    return {"session_id": session_id, "customer_id": "cust_a"} | more


def whole_session(session_id: str = "s1", **more: Any) -> dict[str, Any]:
    return session(session_id, agent_id="agent_1", started_at="2026-11-01T09:00:00Z") | more


def tool_call(tool_call_id: str = "t1", **more: Any) -> dict[str, Any]:
    return {
        "tool_call_id": tool_call_id,
        "started_at": "2026-11-01T10:00:00Z",
        "customer_id": "cust_a",
        "agent_id": "agent_1",
        "tool_name": "search",
        "status": "ok",
    } | more


def outcome(outcome_id: str = "o1", **more: Any) -> dict[str, Any]:
    return {
        "outcome_id": outcome_id,
        "occurred_at": "2026-11-01T10:00:00Z",
        "customer_id": "cust_a",
        "name": "revenue_attributed",
        "value": 12.5,
        "unit": "usd",
    } | more


def price(model: str = "gpt-4o", **more: Any) -> dict[str, Any]:
    return {
        "provider": "openai",
        "model": model,
        "valid_from": "2026-01-01T00:00:00Z",
        "input_usd_per_million": 2,
        "output_usd_per_million": 8,
    } | more


# One line of a file that can be loaded.
GOOD = (json.dumps(call()) + "\n").encode()
