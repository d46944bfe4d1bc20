"""Golden cases of cached tokens: what each instrumentation writes for a call, and the whole input of that
call.

Every rule has at least one; where the numbers decide, both answers have one.
"""

from dataclasses import dataclass

from pipeline.ingest.otlp.cached_tokens import RULES


@dataclass(frozen=True)
class Golden:
    """Counts as a span carries them (input, cache read, cache write, total; 40 tokens of output), and the
    input they stand for."""

    convention: str
    provider: str
    given: int
    read: int
    write: int
    total: int | None
    whole: str
    scope: str = ""


AGNO = "openinference.instrumentation.agno"
BEDROCK = "opentelemetry.instrumentation.bedrock"
LLAMA_INDEX = "opentelemetry.instrumentation.llamaindex"
COUNT_EVERYTHING = (
    "openai",
    "azure.ai.openai",
    "gcp.gemini",
    "gcp.gen_ai",
    "x_ai",
    "deepseek",
    "groq",
    "mistral_ai",
)

CASES = [
    # The convention as written, and integrations that pass the provider's fresh tokens on.
    Golden("gen_ai", "anthropic", 130_213, 128_955, 1_253, None, "130213"),
    Golden("gen_ai", "anthropic", 5, 128_955, 1_253, None, "130213"),
    Golden("gen_ai", "anthropic", 10_777, 9_000, 777, 10_817, "10777"),
    Golden("gen_ai", "aws.bedrock", 3_000, 1_000, 0, 3_040, "3000"),
    Golden("gen_ai", "aws.bedrock", 2_000, 1_000, 0, 3_040, "3000"),
    Golden("gen_ai", "aws.bedrock", 2, 0, 4_993, 5_035, "4995"),
    # OpenLLMetry: its Anthropic package adds up, those for Bedrock and LlamaIndex do not.
    Golden("openllmetry", "anthropic", 1_012, 1_000, 0, 1_052, "1012"),
    Golden("openllmetry", "anthropic", 12, 1_000, 0, 52, "1012"),
    Golden("openllmetry", "anthropic", 12, 1_000, 0, 52, "1012", LLAMA_INDEX),
    Golden("openllmetry", "anthropic", 2_000, 1_000, 500, 2_040, "3500", LLAMA_INDEX),
    Golden("openllmetry", "aws.bedrock", 12, 1_000, 0, 52, "1012", BEDROCK),
    Golden("openllmetry", "aws.bedrock", 2_000, 1_000, 500, 2_040, "3500", BEDROCK),
    # OpenInference: the packages for providers add up, except for Converse; the one for Agno does not.
    Golden("openinference", "anthropic", 10_500, 9_000, 500, 10_540, "10500"),
    Golden("openinference", "anthropic", 1_000, 9_000, 500, 1_040, "10500"),
    Golden("openinference", "anthropic", 10, 1_000, 200, None, "1210", AGNO),
    Golden("openinference", "anthropic", 5_000, 1_000, 200, None, "6200", AGNO),
    Golden("openinference", "aws.bedrock", 2_000, 1_000, 0, 3_040, "3000"),
    Golden("openinference", "aws.bedrock", 3_000, 1_000, 0, None, "3000"),
    Golden("openinference", "aws.bedrock", 5_000, 1_000, 0, None, "6000", AGNO),
    # Providers whose own count is of everything; one that cannot be is left for the checks to refuse.
    *(Golden("gen_ai", provider, 2_006, 1_920, 0, 2_046, "2006") for provider in COUNT_EVERYTHING),
    Golden("openinference", "openai", 2_006, 1_920, 0, 2_046, "2006"),
    Golden("openllmetry", "openai", 2_006, 1_920, 0, 2_046, "2006"),
    Golden("gen_ai", "openai", 86, 1_920, 0, None, "86"),
    # Anybody else.
    Golden("gen_ai", "somebody", 2_000, 1_000, 0, None, "2000"),
    Golden("gen_ai", "somebody", 100, 1_000, 0, None, "1100"),
    Golden("openinference", "somebody", 2_000, 1_000, 0, 3_040, "3000"),
    # A total that fits both readings proves nothing.
    Golden("gen_ai", "somebody", 2_000, 0, 0, 2_040, "2000"),
]

_KIND = {
    "gen_ai": {"gen_ai.operation.name": "chat"},
    "openllmetry": {"llm.request.type": "chat"},
    "openinference": {"openinference.span.kind": "LLM"},
}
_GEN_AI = (
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.total_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.system",
    "gen_ai.request.model",
)
_NAMES = {
    "gen_ai": _GEN_AI,
    "openllmetry": _GEN_AI,
    "openinference": (
        "llm.token_count.prompt",
        "llm.token_count.prompt_details.cache_read",
        "llm.token_count.prompt_details.cache_write",
        "llm.token_count.total",
        "llm.token_count.completion",
        "llm.provider",
        "llm.model_name",
    ),
}


def _attributes(case: Golden) -> dict[str, object]:
    values = (case.given, case.read, case.write, case.total, 40, case.provider, "m")
    named = dict(zip(_NAMES[case.convention], values, strict=True))
    return _KIND[case.convention] | {name: value for name, value in named.items() if value is not None}


def test_input_tokens_hold_the_cached_ones_whoever_counted(warehouse, build):
    warehouse.read(
        *(
            build.traces(build.span(i, _attributes(case)), scope=case.scope or "tests")
            for i, case in enumerate(CASES, start=1)
        )
    )
    warehouse.derive()
    rows = sorted(warehouse.rows("llm_requests"), key=lambda row: row["request_id"])
    told = [(case, row["input_tokens"]) for case, row in zip(CASES, rows, strict=True)]
    assert told == [(case, case.whole) for case in CASES]
    assert {row["output_tokens"] for row in rows} == {"40"}
    assert [(row["cache_read_tokens"], row["cache_write_tokens"]) for row in rows] == [
        (str(case.read), str(case.write)) for case in CASES
    ]


def test_every_rule_has_a_reason_and_a_golden_case():
    assert all(rule.reason for rule in RULES)
    rules = {(r.convention, r.provider, r.scope) for r in RULES}
    assert len(rules) == len(RULES)
    covered = {(c.convention, c.provider, c.scope) for c in CASES}
    covered |= {("", c.provider, "") for c in CASES} | {
        ("", "", "") for c in CASES if c.provider == "somebody"
    }
    assert rules <= covered


def test_thoughts_that_the_output_leaves_out_are_added(warehouse, build, call):
    apart = {"gen_ai.usage.reasoning_tokens": 700, "gen_ai.usage.output_tokens": 77}
    told = {"gen_ai.usage.reasoning_tokens": 70, "gen_ai.usage.total_tokens": 1777 + 777 + 70}
    within = {"gen_ai.usage.reasoning_tokens": 70, "gen_ai.usage.total_tokens": 1777 + 777}
    spans = [build.span(i, call | usage, start=i) for i, usage in enumerate((apart, told, within), start=1)]
    warehouse.read(build.traces(*spans))
    warehouse.derive()
    rows = sorted(warehouse.rows("llm_requests"), key=lambda r: r["started_at"])
    assert [row["output_tokens"] for row in rows] == ["777", "847", "777"]


def test_a_count_that_is_no_number_is_passed_on_to_be_refused_by_name(warehouse, build, call):
    broken = {"gen_ai.usage.input_tokens": "many", "gen_ai.usage.cache_read.input_tokens": 5}
    warehouse.read(build.traces(build.span(1, call | broken)))
    warehouse.derive()
    assert warehouse.row("llm_requests")["input_tokens"] == "many"
