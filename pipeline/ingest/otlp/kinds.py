"""What a span is: a model call, a tool call, an agent at work, or none of these. Told from its own
attributes.

SQL over a relation with a column for each meaning in `names`. Whether a model span counts as a call also
depends on the spans above it; see `tree`.
"""

from pipeline.ingest.otlp.names import listed

_MODEL_OPERATIONS = ("chat", "generate_content", "text_completion", "embeddings")
_REQUEST_TYPES = ("chat", "completion", "embedding")

HAS_TOKENS = "coalesce(gen_ai_input, openinference_input, openllmetry_input, output_tokens) IS NOT NULL"

# The first rule that holds. A span that says what it is comes first; below that are spans of times or
# frameworks that had no name for it, told by attributes that only one kind carries. A tool call must say that it
# is one: a tool's name alone also stands on spans that only mention it.
ROLE = f"""CASE
    WHEN lower(operation_name) IN ({listed(_MODEL_OPERATIONS)}) THEN 'model'
    WHEN lower(operation_name) = 'execute_tool' THEN 'tool'
    WHEN lower(operation_name) IN ('invoke_agent', 'invoke_workflow') THEN 'agent'
    WHEN upper(openinference_kind) IN ('LLM', 'EMBEDDING') THEN 'model'
    WHEN upper(openinference_kind) = 'TOOL' THEN 'tool'
    WHEN upper(openinference_kind) IN ('AGENT', 'CHAIN') THEN 'agent'
    WHEN lower(traceloop_kind) = 'tool' THEN 'tool'
    WHEN lower(traceloop_kind) IN ('agent', 'workflow') THEN 'agent'
    WHEN lower(request_type) IN ({listed(_REQUEST_TYPES)}) THEN 'model'
    WHEN coalesce(operation_name, openinference_kind, traceloop_kind, request_type) IS NOT NULL THEN 'other'
    WHEN coalesce(agent_id, agent_name) IS NOT NULL AND {HAS_TOKENS} THEN 'agent'
    WHEN provider_name IS NOT NULL AND model IS NOT NULL AND {HAS_TOKENS} THEN 'model'
    ELSE 'other' END"""

OPERATION = f"""CASE
    WHEN lower(operation_name) IN ({listed(_MODEL_OPERATIONS)}) THEN lower(operation_name)
    WHEN upper(openinference_kind) = 'EMBEDDING' OR lower(request_type) = 'embedding' THEN 'embeddings'
    WHEN lower(request_type) = 'completion' THEN 'text_completion'
    ELSE 'chat' END"""
