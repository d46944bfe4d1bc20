"""Whether an instrumentation's count of input tokens already holds the cached ones.

The contract's `input_tokens` does. Anthropic's and Bedrock's interfaces count only the fresh tokens; the
conventions ask instrumentations to add the cached ones, and some do not. The rules below say who does what,
as of November 2026; each has a golden test of its own.
"""

from dataclasses import dataclass
from enum import StrEnum

from pipeline.ingest.otlp.names import quoted

ANY = ""


class Reading(StrEnum):
    """How a count of input tokens is read."""

    INCLUDED = "included"
    """Cached tokens are part of it. Should they be more than it all the same, the row is refused."""
    LEFT_OUT = "left out"
    """Cached tokens are not part of it and are added."""
    BY_ARITHMETIC = "by arithmetic"
    """Either may be: they are added when the numbers allow nothing else, which is when they are more than the
    input, or when the total is input, cached and output together."""


@dataclass(frozen=True)
class Rule:
    """How counts of a convention are read, for one provider and one instrumentation scope; ANY matches
    all."""

    convention: str
    provider: str
    reading: Reading
    reason: str
    scope: str = ANY


# The most particular rule that matches wins: one that names a scope, then a provider, then a convention.
RULES: tuple[Rule, ...] = (
    Rule(
        "gen_ai",
        "anthropic",
        Reading.BY_ARITHMETIC,
        "The convention wants the whole input; OpenLLMetry, Pydantic AI and newer Logfire send it. Older"
        " Logfire, Vercel's AI SDK before 6 and Strands before September 2026 pass fresh tokens on",
    ),
    Rule(
        "gen_ai",
        "aws.bedrock",
        Reading.BY_ARITHMETIC,
        "Converse counts fresh tokens and a total of all; the convention wants the whole input, which not"
        " everybody adds up",
    ),
    Rule(
        "openllmetry",
        "anthropic",
        Reading.BY_ARITHMETIC,
        "Its Anthropic package has always added cached tokens; other packages pass on what they are given",
    ),
    Rule(
        "openllmetry",
        "anthropic",
        Reading.LEFT_OUT,
        "Its LlamaIndex package passes Anthropic's fresh tokens on, with a total of fresh and output tokens",
        scope="opentelemetry.instrumentation.llamaindex",
    ),
    Rule(
        "openllmetry",
        "aws.bedrock",
        Reading.LEFT_OUT,
        "Its Bedrock package passes the fresh tokens on, with a total of fresh and output tokens",
        scope="opentelemetry.instrumentation.bedrock",
    ),
    Rule(
        "openinference",
        "anthropic",
        Reading.BY_ARITHMETIC,
        "Its Anthropic, LangChain and LlamaIndex packages add cached tokens; those for other frameworks"
        " pass on what they are given",
    ),
    Rule(
        "openinference",
        "anthropic",
        Reading.LEFT_OUT,
        "Agno keeps Anthropic's fresh tokens as its input count, and the package passes that on",
        scope="openinference.instrumentation.agno",
    ),
    Rule(
        "openinference",
        "aws.bedrock",
        Reading.BY_ARITHMETIC,
        "Its Bedrock package adds cached tokens for InvokeModel with Claude; for Converse it passes fresh"
        " tokens on, but also the total of all",
    ),
    Rule(
        "openinference",
        "aws.bedrock",
        Reading.LEFT_OUT,
        "Agno keeps Bedrock's fresh tokens as its input count, and the package passes that on",
        scope="openinference.instrumentation.agno",
    ),
    *(
        Rule(ANY, provider, Reading.INCLUDED, "The provider's own count is of the whole input")
        for provider in (
            "openai",
            "azure.ai.openai",
            "gcp.gemini",
            "gcp.gen_ai",
            "x_ai",
            "deepseek",
            "groq",
            "mistral_ai",
        )
    ),
    Rule(
        ANY,
        ANY,
        Reading.BY_ARITHMETIC,
        "Of providers we do not know, and of platforms with several makers' models, only the numbers tell",
    ),
)


def reading(convention: str, provider: str, scope: str) -> str:
    """SQL for the Reading of a count, from SQL for its convention, provider and instrumentation scope."""
    cases = " ".join(
        f"WHEN {_matches(rule, convention, provider, scope)} THEN {quoted(rule.reading.value)}"
        for rule in sorted(RULES, key=_particularity, reverse=True)
    )
    return f"CASE {cases} END"


def _particularity(rule: Rule) -> tuple[bool, bool, bool]:
    return bool(rule.scope), bool(rule.provider), bool(rule.convention)


def _matches(rule: Rule, convention: str, provider: str, scope: str) -> str:
    wanted = ((convention, rule.convention), (provider, rule.provider), (scope, rule.scope))
    conditions = [f"{sql} = {quoted(value)}" for sql, value in wanted if value]
    return " AND ".join(conditions) or "true"
