"""What each attribute of OpenTelemetry's generative-AI dialects means, and which attributes are kept at all.

The dialects: the current `gen_ai.*` conventions and their older names, OpenInference, OpenLLMetry. Within a
meaning the first name that is present wins. Nothing here decides what a span is; `kinds` does.
"""

from core.contract import EVALUATIONS, OUTCOMES, SESSIONS

EVALUATION_EVENT = "gen_ai.evaluation.result"
OUTCOME_EVENT = "agent.session.outcome"
HANDOFF_EVENT = "agent.handoff"
BUSINESS_EVENT = "business.outcome"
EVENTS = (EVALUATION_EVENT, OUTCOME_EVENT, HANDOFF_EVENT, BUSINESS_EVENT)

# OpenLLMetry puts what an application says about its own trace under this prefix.
ASSOCIATION = "traceloop.association.properties."

DEFAULT_CUSTOMER_ATTRIBUTES = ("customer.id", "tenant.id", "enduser.id", "user.id")

MEANINGS: dict[str, tuple[str, ...]] = {
    "operation_name": ("gen_ai.operation.name",),
    "openinference_kind": ("openinference.span.kind",),
    "traceloop_kind": ("traceloop.span.kind",),
    "request_type": ("llm.request.type",),
    "provider_name": ("gen_ai.provider.name", "gen_ai.system"),
    "llm_provider": ("llm.provider",),
    "llm_system": ("llm.system",),
    "model": (
        "gen_ai.response.model",
        "llm.response.model",
        "gen_ai.request.model",
        "llm.model_name",
        "embedding.model_name",
        "llm.request.model",
    ),
    "gen_ai_input": ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
    "openinference_input": ("llm.token_count.prompt",),
    "openllmetry_input": ("llm.usage.prompt_tokens",),
    "output_tokens": (
        "gen_ai.usage.output_tokens",
        "gen_ai.usage.completion_tokens",
        "llm.token_count.completion",
        "llm.usage.completion_tokens",
    ),
    "cache_read_tokens": (
        "gen_ai.usage.cache_read.input_tokens",
        "gen_ai.usage.cache_read_input_tokens",
        "gen_ai.usage.cache_read_tokens",
        "gen_ai.usage.details.cache_read_tokens",
        "gen_ai.usage.input_tokens.cached",
        "gen_ai.usage.input_cached_tokens",
        "llm.token_count.prompt_details.cache_read",
        "llm.usage.cache_read_input_tokens",
        "ai.usage.cachedInputTokens",
    ),
    "cache_write_tokens": (
        "gen_ai.usage.cache_write.input_tokens",
        "gen_ai.usage.cache_creation.input_tokens",
        "gen_ai.usage.cache_write_input_tokens",
        "gen_ai.usage.cache_creation_input_tokens",
        "gen_ai.usage.cache_write_tokens",
        "gen_ai.usage.details.cache_write_tokens",
        "gen_ai.usage.input_tokens.cache_write",
        "llm.token_count.prompt_details.cache_write",
        "llm.usage.cache_creation_input_tokens",
    ),
    "reasoning_tokens": (
        "gen_ai.usage.reasoning.output_tokens",
        "gen_ai.usage.reasoning_tokens",
        "gen_ai.usage.details.reasoning_tokens",
        "gen_ai.usage.output_tokens.reasoning",
        "llm.token_count.completion_details.reasoning",
        "llm.usage.reasoning_tokens",
    ),
    "total_tokens": ("gen_ai.usage.total_tokens", "llm.token_count.total", "llm.usage.total_tokens"),
    "cost_usd": ("gen_ai.usage.cost", "llm.cost.total", "operation.cost"),
    "first_token_seconds": ("gen_ai.response.time_to_first_chunk", "gen_ai.latency.time_to_first_token"),
    "first_token_ms": ("ai.response.msToFirstChunk",),
    "error_type": ("error.type",),
    "agent_id": ("gen_ai.agent.id",),
    "agent_name": ("gen_ai.agent.name",),
    "conversation": (
        "gen_ai.conversation.id",
        "session.id",
        f"{ASSOCIATION}session_id",
        f"{ASSOCIATION}conversation_id",
        f"{ASSOCIATION}thread_id",
        f"{ASSOCIATION}chat_id",
        "gcp.vertex.agent.session_id",
    ),
    "tool_name": ("gen_ai.tool.name", "tool.name", "traceloop.entity.name"),
    "gen_ai_tool_name": ("gen_ai.tool.name",),
    "tool_call_id": ("gen_ai.tool.call.id", "tool.id", "tool_call.id"),
    "finish_reasons": ("gen_ai.response.finish_reasons", "llm.finish_reason", "llm.response.finish_reason"),
    "response_id": ("gen_ai.response.id",),
    "evaluation_name": ("gen_ai.evaluation.name", "name"),
    "evaluation_score": ("gen_ai.evaluation.score.value", "score"),
    "evaluation_label": ("gen_ai.evaluation.score.label", "label"),
}

# Arguments of a tool call, best first. OpenInference's `tool.parameters` may be the tool's schema instead of
# the arguments, so its `input.value` goes before it; the last two are what frameworks wrote before there was
# a name.
ARGUMENTS = (
    "gen_ai.tool.call.arguments",
    "input.value",
    "tool.parameters",
    "traceloop.entity.input",
    "tool_arguments",
    "gcp.vertex.agent.tool_call_args",
)

# The columns of the contract that log events carry as attributes, under their own names.
EVENT_COLUMNS = tuple(
    sorted({c for table in (SESSIONS, EVALUATIONS, OUTCOMES) for c in table.column_names} | {"request_id"})
)

KNOWN = tuple(
    sorted(
        {name for names in MEANINGS.values() for name in names}
        | set(EVENT_COLUMNS)
        | set(DEFAULT_CUSTOMER_ATTRIBUTES)
        | {"event.name"}
    )
)

# An attribute we do not know is kept when it is short, since an installation may name its customers with it;
# unless its name says that it holds what people or models wrote.
CONTENT = (
    r"(^|[._])(content|contents|messages?|prompts?|completions?|text|values?|body|query|input|output|arguments"
    r"|args|parameters|instructions?|descriptions?|msg|questions?|answers?|result|response|request|schema|documents?)($|[._])"
)


def quoted(text: str) -> str:
    """A constant of our own as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def listed(names: tuple[str, ...]) -> str:
    """Constants of our own as the inside of an SQL list."""
    return ", ".join(quoted(name) for name in names)
