"""The models the demo's agents call, with the list prices a cost report is estimated from.

Names and providers are those a price list knows; the price list itself lives in `pipeline.prices` and is what
the pipeline prices calls with. The figures here only fill `cost_usd` where a source reports it, and size
budgets and contract prices.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rates:
    """What a token costs in nano-dollars (1000 times USD per million), from so many input tokens on."""

    from_tokens: int
    fresh: int
    output: int
    cache_read: int
    cache_write: int | None = None


@dataclass(frozen=True)
class Model:
    """`rates` ascend by `from_tokens`; the typical wait for the first token, then tokens a second."""

    provider: str
    name: str
    rates: tuple[Rates, ...]
    first_token_ms: float
    tokens_per_second: float
    reasons: bool = False

    @property
    def writes_cache(self) -> bool:
        """Whether the provider reports what it wrote to the cache; the others cache by themselves."""
        return self.rates[0].cache_write is not None

    def rates_for(self, input_tokens: int) -> Rates:
        return next(r for r in reversed(self.rates) if input_tokens >= r.from_tokens)

    def cost_nano_usd(self, input_tokens: int, read: int, written: int, output_tokens: int) -> int:
        """Exact cost of one call in billionths of a dollar."""
        rates = self.rates_for(input_tokens)
        write_rate = rates.fresh if rates.cache_write is None else rates.cache_write
        fresh = (input_tokens - read - written) * rates.fresh
        return fresh + read * rates.cache_read + written * write_rate + output_tokens * rates.output


CLAUDE_HAIKU = Model("anthropic", "claude-haiku-4-5", (Rates(0, 1_000, 5_000, 100, 1_250),), 420, 140)
CLAUDE_SONNET_4 = Model(
    "anthropic",
    "claude-sonnet-4-5",
    (Rates(0, 3_000, 15_000, 300, 3_750), Rates(200_001, 6_000, 22_500, 600, 7_500)),
    900,
    75,
)
CLAUDE_SONNET_5 = Model("anthropic", "claude-sonnet-5", (Rates(0, 2_000, 10_000, 200, 2_500),), 700, 95)
CLAUDE_OPUS = Model("anthropic", "claude-opus-4-5", (Rates(0, 5_000, 25_000, 500, 6_250),), 1_300, 60)
GPT_MINI_4 = Model("openai", "gpt-4.1-mini", (Rates(0, 400, 1_600, 100),), 480, 110)
GPT_5 = Model("openai", "gpt-5.2", (Rates(0, 1_750, 14_000, 175),), 1_100, 85, reasons=True)
GPT_MINI_5 = Model("openai", "gpt-5.4-mini", (Rates(0, 750, 4_500, 75),), 520, 150, reasons=True)
GEMINI_FLASH = Model("gcp.gemini", "gemini-2.5-flash", (Rates(0, 300, 2_500, 30),), 450, 180)
GEMINI_PRO = Model(
    "gcp.gemini",
    "gemini-2.5-pro",
    (Rates(0, 1_250, 10_000, 125), Rates(200_001, 2_500, 15_000, 250)),
    1_500,
    90,
    reasons=True,
)
EMBEDDING = Model("openai", "text-embedding-3-small", (Rates(0, 20, 20, 20),), 90, 10_000)
