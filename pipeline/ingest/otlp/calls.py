"""Model spans into llm_requests, tool spans into tool_calls.

A model span below another one repeats it and is no call; neither is one without token counts. Tokens of
agent, workflow and chain spans repeat those below them and are never looked at.
"""

from pipeline.ingest.otlp.flatten import instant, milliseconds
from pipeline.ingest.otlp.usage import INPUT_TOKENS, OUTPUT_TOKENS

_KEY = "trace_id || ':' || span_id"
_LATENCY = milliseconds("(ended_nanos - started_nanos)")
_STATUS = "CASE WHEN is_error THEN 'error' ELSE 'ok' END"
_ERROR_TYPE = "CASE WHEN is_error THEN left(coalesce(error_type, exception_type), 200) END"
_TO_FIRST_CHUNK = (
    "coalesce(CAST(try_cast(first_token_seconds AS DECIMAL(18,9)) * 1000 AS VARCHAR),"
    " first_token_seconds, first_token_ms)"
)


def _one_or_list(text: str) -> str:
    """An attribute that some write as one text and some as a list."""
    is_list = f"CASE WHEN starts_with({text}, '[') THEN json_valid({text}) END"
    return f"CASE WHEN {is_list} THEN CAST({text} AS JSON) ELSE to_json({text}) END"


# What a row keeps beside the contract's columns: enough to find the span again, and nothing anybody wrote.
EXTRA = f"""CAST(json_merge_patch('{{}}', json_object(
    'span_name', name, 'scope', scope_name, 'scope_version', scope_version, 'agent_name', agent_name,
    'finish_reasons', {_one_or_list("finish_reasons")}, 'response_id', response_id,
    'tool_call_id', {_one_or_list("tool_call_id")})) AS VARCHAR)"""

_COMMON = {
    "started_at": instant("started_nanos"),
    "customer_id": "customer_id",
    "agent_id": "agent_id",
    "session_id": "session_id",
    "status": _STATUS,
    "error_type": _ERROR_TYPE,
    "latency_ms": _LATENCY,
}

LLM_REQUESTS = _COMMON | {
    "request_id": _KEY,
    "operation": "operation",
    "provider": "provider",
    "model": "model",
    "input_tokens": INPUT_TOKENS,
    "cache_read_tokens": "cache_read_tokens",
    "cache_write_tokens": "cache_write_tokens",
    "output_tokens": OUTPUT_TOKENS,
    "reasoning_tokens": "reasoning_tokens",
    "time_to_first_token_ms": _TO_FIRST_CHUNK,
    "cost_usd": "cost_usd",
}
IS_CALL = "role = 'model' AND NOT below_model AND has_tokens"
LLM_REQUESTS_FROM = f"otlp_resolved WHERE {IS_CALL}"

TOOL_CALLS = _COMMON | {
    "tool_call_id": _KEY,
    "tool_name": "coalesce(tool_name, nullif(name, ''))",
    "args_hash": "arguments_sha256",
}
TOOL_CALLS_FROM = "otlp_resolved WHERE role = 'tool'"
