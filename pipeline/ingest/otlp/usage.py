"""Token counts of a model span as the contract has them: input with cached tokens, output with reasoning.

Which instrumentation means what by its numbers stands in `cached_tokens`. A count that is no whole number is
passed on as it stands, so that the contract's checks refuse it by name.
"""

from pipeline.ingest.otlp.cached_tokens import Reading, reading
from pipeline.ingest.otlp.flatten import whole
from pipeline.ingest.otlp.names import quoted

# Whose count the input is. OpenLLMetry writes gen_ai names too; it is known by its own attributes, or by the
# packages whose scope names are only its own.
_IS_OPENLLMETRY = (
    "request_type IS NOT NULL OR contains(attributes, '\"traceloop.')"
    " OR coalesce(scope_name, '') IN ('opentelemetry.instrumentation.bedrock',"
    " 'opentelemetry.instrumentation.llamaindex')"
)
CONVENTION = f"""CASE
    WHEN gen_ai_input IS NOT NULL THEN CASE WHEN {_IS_OPENLLMETRY} THEN 'openllmetry' ELSE 'gen_ai' END
    WHEN openinference_input IS NOT NULL THEN 'openinference'
    ELSE 'openllmetry' END"""

# More columns for a relation that has the meanings in `names`, `scope_name`, `provider` and `convention`.
COUNTS = f"""
    coalesce(gen_ai_input, openinference_input, openllmetry_input) AS given_input,
    {whole("given_input")} AS input_count, {whole("output_tokens")} AS output_count,
    coalesce({whole("cache_read_tokens")}, 0) + coalesce({whole("cache_write_tokens")}, 0) AS cached_count,
    coalesce({whole("reasoning_tokens")}, 0) AS reasoning_count, {whole("total_tokens")} AS total_count,
    {reading("convention", "coalesce(provider, '')", "coalesce(scope_name, '')")} AS cached_reading"""

# A total proves that cached tokens were left out only if it does not also follow without them.
_TOTAL_PROVES = (
    "total_count IN (input_count + cached_count + output_count,"
    " input_count + cached_count + output_count + reasoning_count)"
    " AND total_count NOT IN (input_count + output_count, input_count + output_count + reasoning_count)"
)
_CACHED_LEFT_OUT = f"""CASE cached_reading
    WHEN {quoted(Reading.INCLUDED.value)} THEN false
    WHEN {quoted(Reading.LEFT_OUT.value)} THEN true
    ELSE cached_count > input_count OR coalesce({_TOTAL_PROVES}, false) END"""
_WHOLE_INPUT = f"input_count + CASE WHEN {_CACHED_LEFT_OUT} THEN cached_count ELSE 0 END"

# Gemini counts thoughts apart from its answer, and not everybody adds them.
_REASONING_LEFT_OUT = (
    "reasoning_count > output_count OR reasoning_count > 0"
    f" AND coalesce(total_count = {_WHOLE_INPUT} + output_count + reasoning_count, false)"
)
_WHOLE_OUTPUT = f"output_count + CASE WHEN {_REASONING_LEFT_OUT} THEN reasoning_count ELSE 0 END"

INPUT_TOKENS = f"coalesce(CAST({_WHOLE_INPUT} AS VARCHAR), given_input)"
# An embedding writes nothing: its output is known to be zero, not unobserved.
OUTPUT_TOKENS = (
    f"coalesce(CAST({_WHOLE_OUTPUT} AS VARCHAR), output_tokens,"
    " CASE WHEN operation = 'embeddings' THEN '0' END)"
)
