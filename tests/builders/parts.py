"""The parts of every event, in plain Python, as the metric definitions word them; dbt does it in SQL."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from tests.builders.events import Row

_LOOP_LENGTH = 3
_GROUNDING = ("hallucination", "groundedness", "faithfulness")


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


def request_row(row: Row, prices: list[Row]) -> Row:
    found = _price_of(row, prices)
    cost = _decimal(row["cost_usd"])
    savings = _decimal(row["cache_savings_usd"])
    source = "reported" if cost is not None else found["price_source"] if found else "unpriced"
    if found:
        cost = _list_cost(row, found) if cost is None else cost
        savings = _list_savings(row, found) if savings is None else savings
    is_ok, has_tokens = row["status"] == "ok", None not in (row["input_tokens"], row["output_tokens"])
    has_latency = is_ok and row["latency_ms"] is not None
    return {
        **row, "cost_source": source, "cost_usd": cost, "cache_savings_usd": savings, "request_count": 1,
        "ok_count": int(is_ok), "priced_count": int(cost is not None),
        "savings_count": int(savings is not None), "tokens_observed_count": int(has_tokens),
        "latency_count": int(has_latency),
        "measured_latency_ms": row["latency_ms"] if has_latency else None,
    }  # fmt: skip


def _price_of(row: Row, prices: list[Row]) -> Row | None:
    tokens = row["input_tokens"] or 0
    fitting = [
        p
        for p in prices
        if (p["provider"], p["model"]) == (row["provider"], row["model"])
        and p["customer_id"] in (None, row["customer_id"])
        and p["valid_from"] <= row["started_at"]
        and (p["valid_to"] is None or row["started_at"] < p["valid_to"])
        and p["tier_from_tokens"] <= tokens
    ]
    return max(
        fitting,
        key=lambda p: (
            p["price_source"] == "contract",
            p["customer_id"] is not None,
            p["valid_from"],
            p["tier_from_tokens"],
        ),
        default=None,
    )


def _per_token(found: Row, part: str) -> Decimal:
    given = found[f"{part}_usd_per_million"]
    return Decimal(found["input_usd_per_million"] if given is None else given) / 1_000_000


def _list_cost(row: Row, found: Row) -> Decimal | None:
    if row["input_tokens"] is None or row["output_tokens"] is None:
        return None
    read, write = row["cache_read_tokens"], row["cache_write_tokens"]
    fresh = row["input_tokens"] - read - write
    parts = ((fresh, "input"), (read, "cache_read"), (write, "cache_write"), (row["output_tokens"], "output"))
    return Decimal(sum(tokens * _per_token(found, part) for tokens, part in parts))


def _list_savings(row: Row, found: Row) -> Decimal:
    fresh = _per_token(found, "input")
    saved = Decimal(row["cache_read_tokens"]) * (fresh - _per_token(found, "cache_read"))
    return saved - int(row["cache_write_tokens"]) * (_per_token(found, "cache_write") - fresh)


def session_rows(sessions: list[Row], calls: list[Row], tools: list[Row]) -> list[Row]:
    calls_of, tools_of = _by_session(calls), _by_session(tools)
    return [_session_row(s, calls_of[_key(s)], tools_of[_key(s)]) for s in sessions]


def _key(row: Row) -> tuple[str, str | None]:
    return row["customer_id"], row["session_id"]


def _by_session(rows: Iterable[Row]) -> dict[tuple[str, str | None], list[Row]]:
    found: dict[tuple[str, str | None], list[Row]] = defaultdict(list)
    for row in rows:
        found[_key(row)].append(row)
    return found


def _session_row(row: Row, calls: list[Row], tools: list[Row]) -> Row:
    is_met, has_outcome, has_handoff = (
        row["outcome"] == "goal_met",
        row["outcome"] is not None,
        row["handoff"],
    )
    steps = row["agent_steps"] if row["user_turns"] is None else row["user_turns"]
    has_error, is_corrected = _attempts(calls, tools)
    costs = [c["cost_usd"] for c in calls if c["cost_usd"] is not None]
    has_mood = None not in (row["sentiment_start"], row["sentiment_end"])
    return {
        **row, "has_handoff": has_handoff, "request_count": len(calls), "tool_call_count": len(tools),
        "cost_usd": sum(costs) if costs else None, "session_count": 1,
        "outcome_observed_count": int(has_outcome), "goal_met_count": int(is_met),
        "handoff_observed_count": int(has_handoff is not None),
        "handoff_count": int(has_handoff is True),
        "resolution_observed_count": int(has_outcome and has_handoff is not None),
        "deflected_count": int(is_met and has_handoff is False),
        "steps_observed_count": int(is_met and steps is not None), "steps_count": steps if is_met else None,
        "error_count": int(has_error), "self_corrected_count": int(is_corrected and has_handoff is not True),
        "args_observed_count": int(any(t["args_hash"] is not None for t in tools)),
        "loop_count": int(_has_loop(tools)), "sentiment_observed_count": int(has_mood),
        "sentiment_shift": (row["sentiment_end"] - row["sentiment_start"]) / 2 if has_mood else None,
    }  # fmt: skip


def _attempts(calls: list[Row], tools: list[Row]) -> tuple[bool, bool]:
    """Whether there was an error, and a success after the last one."""
    tried = [(c["started_at"], c["request_id"], c["status"]) for c in calls if c["status"] in ("ok", "error")]
    tried += [(t["started_at"], t["tool_call_id"], t["status"]) for t in tools if t["status"] != "unknown"]
    is_ok = [status == "ok" for *_, status in sorted(tried)]
    return not all(is_ok), not all(is_ok) and is_ok[-1]


def _has_loop(tools: list[Row]) -> bool:
    seen = [t for t in tools if t["args_hash"] is not None]
    seen.sort(key=lambda t: (t["started_at"], t["tool_call_id"]))
    made = [(t["tool_name"], t["args_hash"]) for t in seen]
    return any(len(set(made[i : i + _LOOP_LENGTH])) == 1 for i in range(len(made) - _LOOP_LENGTH + 1))


def tool_row(row: Row) -> Row:
    is_judged = row["status"] in ("ok", "error", "timeout")
    return {
        **row,
        "tool_call_count": 1,
        "tool_judged_count": int(is_judged),
        "args_observed_count": int(row["args_hash"] is not None),
        "tool_ok_count": int(row["status"] == "ok"),
    }


def evaluation_row(row: Row) -> Row:
    is_grounding = row["name"] in _GROUNDING
    failed = _failed(row) if is_grounding else None
    return {
        **row, "is_passed": row["passed"], "evaluation_count": 1, "grounding_count": int(is_grounding),
        "grounding_judged_count": int(failed is not None), "grounding_failed_count": int(failed is True),
    }  # fmt: skip


def _failed(row: Row) -> bool | None:
    if row["passed"] is not None:
        return not row["passed"]
    score = row["score"]
    if row["name"] != "hallucination":
        return None if score is None else score < 0.5
    label = {"true": True, "false": False}.get((row["label"] or "").lower())
    if label or (score is not None and score >= 0.5):
        return True
    return False if label is False or score is not None else None


def outcome_row(row: Row) -> Row:
    weighted = Decimal(row["value"]) * Decimal(row["attribution_weight"])
    return {**row, "agent_id": row["agent_id"] or "(none)", "outcome_count": 1, "weighted_value": weighted}
