"""A session's spans as the Collector writes them: the agent's own, its model calls and its tool calls.

Names are those of the current generative-AI conventions (`gen_ai.*`), where input tokens include cached ones.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from pipeline.demo import instants
from pipeline.demo.run import Row, Value
from pipeline.demo.sessions import Session

_INTERNAL, _CLIENT = 1, 3
_USAGE = {
    "gen_ai.usage.input_tokens": "input_tokens",
    "gen_ai.usage.cache_read.input_tokens": "cache_read_tokens",
    "gen_ai.usage.cache_write.input_tokens": "cache_write_tokens",
    "gen_ai.usage.output_tokens": "output_tokens",
    "gen_ai.usage.reasoning.output_tokens": "reasoning_tokens",
}


def of_session(session: Session) -> list[dict[str, Any]]:
    """The session's finished spans, children before the span that holds them."""
    spans = [_call_span(session, row) for row in session.requests]
    spans += [_tool_span(session, row) for row in session.tool_calls]
    spans.sort(key=lambda span: (int(span["endTimeUnixNano"]), span["spanId"]))
    return spans if session.ended_ms is None else [*spans, _agent_span(session)]


def _agent_span(session: Session) -> dict[str, Any]:
    """The whole session. Its tokens repeat those of the calls below it, as agent frameworks report them."""
    used = {k: sum(int(row.get(column) or 0) for row in session.requests) for k, column in _USAGE.items()}
    attributes: dict[str, Value] = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.provider.name": session.scene.model.provider,
        "gen_ai.request.model": session.scene.model.name,
    }
    name = f"invoke_agent {session.scene.agent.name}"
    row = {"started_at": session.row["started_at"], "status": "ok"}
    span = _span(session, row, "root", name, _INTERNAL, attributes | used)
    del span["parentSpanId"]
    return span | {"endTimeUnixNano": str((session.ended_ms or 0) * 1_000_000)}


def _call_span(session: Session, row: Row) -> dict[str, Any]:
    operation, model = str(row["operation"]), str(row["model"])
    attributes: dict[str, Value] = {
        "gen_ai.operation.name": operation,
        "gen_ai.provider.name": row["provider"],
        "gen_ai.request.model": model,
    }
    if row["status"] == "ok":
        attributes |= {"gen_ai.response.model": model, "gen_ai.response.id": str(row["request_id"])}
        attributes |= {name: row.get(column) for name, column in _USAGE.items()}
    first_ms = row.get("time_to_first_token_ms")
    if first_ms is not None:
        attributes["gen_ai.response.time_to_first_chunk"] = round(float(first_ms) / 1000, 4)
    return _span(session, row, str(row["request_id"]), f"{operation} {model}", _CLIENT, attributes)


def _tool_span(session: Session, row: Row) -> dict[str, Any]:
    key = str(row["tool_call_id"])
    attributes: dict[str, Value] = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": row["tool_name"],
        "gen_ai.tool.type": "function",
        "gen_ai.tool.call.id": key,
        "gen_ai.tool.call.arguments": session.arguments[key],
    }
    return _span(session, row, key, f"execute_tool {row['tool_name']}", _INTERNAL, attributes)


def _span(
    session: Session, row: Row, key: str, name: str, kind: int, attributes: Mapping[str, Value]
) -> dict[str, Any]:
    started = instants.nanoseconds(str(row["started_at"]))
    error = row.get("error_type") if row["status"] not in ("ok", "cancelled") else None
    return {
        "traceId": hex_id(session.scene.session_id, 32),
        "spanId": hex_id(f"{session.scene.session_id}/{key}", 16),
        "parentSpanId": root_span_id(session),
        "flags": 257,
        "name": name,
        "kind": kind,
        "startTimeUnixNano": str(started),
        "endTimeUnixNano": str(started + int(float(row.get("latency_ms") or 0) * 1_000_000)),
        "attributes": attributes_of({**attributes, **whose(session), "error.type": error}),
        "status": {} if error is None else {"code": 2, "message": f"{name}: {error}"},
    }


def whose(session: Session) -> dict[str, Value]:
    return {
        "gen_ai.agent.id": session.scene.agent.agent_id,
        "gen_ai.agent.name": session.scene.agent.name,
        "gen_ai.conversation.id": session.scene.session_id,
    }


def root_span_id(session: Session) -> str:
    return hex_id(f"{session.scene.session_id}/root", 16)


def hex_id(of: str, characters: int) -> str:
    return sha256(of.encode()).hexdigest()[:characters]


def attributes_of(values: Mapping[str, Value]) -> list[dict[str, Any]]:
    """What was not observed has no attribute."""
    return [{"key": key, "value": _any_value(value)} for key, value in values.items() if value is not None]


def _any_value(value: str | int | float) -> dict[str, Any]:
    """As OTLP/JSON writes it: whole numbers are text, for they may be longer than a double is exact."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": value}
