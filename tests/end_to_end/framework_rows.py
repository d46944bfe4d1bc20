"""What five agent frameworks' OpenTelemetry traces mean as rows of the events contract, read from them by eye.

Left out, as the contract has it: agent, chain and workflow spans, which repeat what the calls below them say,
model spans without token counts, and spans that do not say that they are tool calls.
"""

from datetime import UTC, datetime

from tests.end_to_end.oracle_contract import Row

Who = tuple[str, str, str | None]
FOLDER, USER = "cust_frameworks", "demo-user"
UNNAMED = "unknown_service"


def _at(nanoseconds: int) -> datetime:
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC)


def _call(
    key: str,
    start: int,
    who: Who,
    what: tuple[str, str],
    tokens: tuple[int, int],
    latency_ms: int,
    cost: str | None,
) -> Row:
    customer_id, agent_id, session_id = who
    (provider, model), (input_tokens, output_tokens) = what, tokens
    names = {"request_id": key, "customer_id": customer_id, "agent_id": agent_id, "session_id": session_id}
    called = {"provider": provider, "model": model, "status": "ok", "started_at": _at(start)}
    counted = {"input_tokens": input_tokens, "output_tokens": output_tokens, "latency_ms": latency_ms}
    return {**names, **called, **counted, "cost_usd": cost}


def _tool_call(key: str, start: int, who: Who, name: str, args_hash: str | None) -> Row:
    customer_id, agent_id, session_id = who
    names = {"tool_call_id": key, "customer_id": customer_id, "agent_id": agent_id, "session_id": session_id}
    return {**names, "tool_name": name, "args_hash": args_hash, "status": "ok", "started_at": _at(start)}


def _session(session_id: str, start: int, customer_id: str) -> Row:
    names = {"session_id": session_id, "customer_id": customer_id, "agent_id": UNNAMED}
    return {**names, "started_at": _at(start)}


_JOKER, _EVALUATOR = (FOLDER, "joke_agent", None), (FOLDER, "evaluator_agent", None)
_GREETER = (USER, UNNAMED, "demo-session")
_WEATHER = (FOLDER, "99981f6a-abd1-4d09-9fba-00e2ab172193", "thread_G78qCSLpzn0YQwFwrvK5OivI")
_NOBODY = (FOLDER, UNNAMED, None)
_GPT, _MINI, _GEMINI = (
    ("openai", "gpt-4o"),
    ("openai", "gpt-4o-mini-2024-07-18"),
    ("google", "gemini-2.0-flash"),
)
_AGNO = "35cc6c90-b657-4819-b66c-c931c03ad569"
FRAMEWORK_ROWS: dict[str, list[Row]] = {
    "llm_requests": [
        _call("7ca8", 1749138352971000000, _NOBODY, _GPT, (13, 81), 2776, None),
        _call("f6e4", 1756366350306000000, _GREETER, _GEMINI, (28, 3), 911, None),
        _call("bded", 1756366351222000000, _GREETER, _GEMINI, (39, 6), 924, None),
        _call("3c2d", 1760460275939000000, _WEATHER, _GPT, (631, 35), 6459, None),
        _call("be64", 1764859882053000000, _JOKER, _MINI, (265, 73), 2362, "0.00008355"),
        _call("00d2", 1764859884423000000, _JOKER, _MINI, (417, 53), 1707, "0.00009435"),
        _call("8976", 1764859886133000000, _JOKER, _MINI, (502, 14), 1283, "0.0000837"),
        _call("eb0c", 1764859887422000000, _EVALUATOR, _MINI, (131, 69), 2050, "0.00006105"),
    ],
    "tool_calls": [
        _tool_call("6581", 1749650493564000000, (FOLDER, UNNAMED, _AGNO), "duckduckgo_search", "dad6"),
        _tool_call("0429", 1756366351216000000, _GREETER, "say_hello", "4413"),
        _tool_call("7f84", 1760460275938000000, (*_WEATHER[:2], None), "get_weather", None),
    ],
    "sessions": [
        _session(_AGNO, 1749650492598000000, FOLDER),
        _session("demo-session", 1756366350303000000, USER),
    ],
}
