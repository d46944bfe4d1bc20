"""The exported price rows against the price library: same prices, whatever the instant and the tokens."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from itertools import groupby, pairwise
from time import perf_counter

import pytest
from genai_prices import Usage, calc_price
from genai_prices.data_snapshot import get_snapshot
from hypothesis import given
from hypothesis import strategies as st

from pipeline.prices import ListPrice, list_prices, price_list_version

MILLION = Decimal(1_000_000)
LONG_AGO = datetime(1970, 1, 1)
INSTANTS = st.datetimes(min_value=datetime(2015, 1, 1), max_value=datetime(2030, 1, 1))


@cache
def library_pairs() -> tuple[tuple[str, str], ...]:
    """Every model the library lists, under its provider's own name."""
    return tuple((p.id, m.id) for p in get_snapshot().providers for m in p.models)


@cache
def priced_pairs() -> tuple[tuple[str, str], ...]:
    return tuple(dict.fromkeys((str(row.provider), row.model) for row in list_prices(library_pairs())))


def in_force(rows: Sequence[ListPrice], at: datetime, input_tokens: int) -> ListPrice | None:
    """The row a call is priced by, chosen as the tables' join does it."""
    clock = at.time()
    held = [
        row
        for row in rows
        if row.valid_from <= at
        and (row.valid_to is None or at < row.valid_to)
        and (row.daily_from is None or row.daily_from <= clock)
        and (row.daily_to is None or clock < row.daily_to)
        and row.tier_from_tokens <= input_tokens
    ]
    return max(held, key=lambda row: row.tier_from_tokens, default=None)


def cost_usd(row: ListPrice, *, fresh: int, read: int = 0, write: int = 0, output: int = 0) -> Decimal:
    price = row.input_usd_per_million
    read_price = price if row.cache_read_usd_per_million is None else row.cache_read_usd_per_million
    write_price = price if row.cache_write_usd_per_million is None else row.cache_write_usd_per_million
    return (
        fresh * price + read * read_price + write * write_price + output * row.output_usd_per_million
    ) / MILLION


def library_cost_usd(
    provider: str | None,
    model: str,
    at: datetime,
    *,
    fresh: int,
    read: int = 0,
    write: int = 0,
    output: int = 0,
) -> Decimal:
    usage = Usage(
        input_tokens=fresh + read + write,
        cache_read_tokens=read,
        cache_write_tokens=write,
        output_tokens=output,
    )
    asked = calc_price(usage, model, provider_id=provider, genai_request_timestamp=at.replace(tzinfo=UTC))
    return asked.total_price


def has_output_price(provider: str, model: str, at: datetime) -> bool:
    found = get_snapshot().find_provider_model(model, None, provider, None)[1]
    return found.get_prices(at).output_mtok is not None


@given(
    pair=st.deferred(lambda: st.sampled_from(priced_pairs())),
    at=INSTANTS,
    fresh=st.integers(0, 700_000),
    read=st.integers(0, 700_000),
    write=st.integers(0, 700_000),
    output=st.integers(0, 200_000),
)
def test_the_rows_price_any_call_as_the_library_does(
    pair: tuple[str, str], at: datetime, fresh: int, read: int, write: int, output: int
) -> None:
    output = output if has_output_price(*pair, at) else 0
    row = in_force(list_prices([pair]), at, fresh + read + write)
    assert row is not None
    assert cost_usd(row, fresh=fresh, read=read, write=write, output=output) == library_cost_usd(
        *pair, at, fresh=fresh, read=read, write=write, output=output
    )


def edges(rows: Sequence[ListPrice]) -> Iterator[tuple[datetime, int]]:
    """Each row's first instant and tokens, and the ones just before."""
    for row in rows:
        first = datetime.combine(row.valid_from, row.daily_from or time())
        for at in (first, first - timedelta(microseconds=1)):
            for tokens in (row.tier_from_tokens, row.tier_from_tokens - 1):
                if at >= LONG_AGO and tokens >= 0:
                    yield at, tokens


def test_every_model_of_the_library_is_priced_the_same_on_both_sides_of_every_change() -> None:
    for pair, group in groupby(list_prices(priced_pairs()), key=lambda row: (row.provider, row.model)):
        rows = list(group)
        if len(rows) == 1:
            continue
        for at, tokens in edges(rows):
            row = in_force(rows, at, tokens)
            assert row is not None, (pair, at)
            assert cost_usd(row, fresh=tokens) == library_cost_usd(*pair, at, fresh=tokens), (
                pair,
                at,
                tokens,
            )


def test_no_two_rows_hold_for_the_same_instant_and_tier() -> None:
    for pair, group in groupby(list_prices(priced_pairs()), key=lambda row: (row.provider, row.model)):
        rows = list(group)
        for at, _ in edges(rows):
            held = [row for row in rows if in_force([row], at, row.tier_from_tokens)]
            tiers = [row.tier_from_tokens for row in held]
            assert len(tiers) == len(set(tiers)), (pair, at)
            assert 0 in tiers, (pair, at)


def test_periods_follow_each_other_without_gap_from_the_beginning_of_time() -> None:
    for pair, group in groupby(list_prices(priced_pairs()), key=lambda row: (row.provider, row.model)):
        spans = sorted({(row.valid_from, row.valid_to or datetime.max) for row in group})
        assert spans[0][0] == LONG_AGO, pair
        assert spans[-1][1] == datetime.max, pair
        assert all(earlier[1] == later[0] for earlier, later in pairwise(spans)), pair


def test_the_golden_call_costs_and_saves_what_the_definition_of_cost_says() -> None:
    row = in_force(list_prices([("anthropic", "claude-sonnet-4-5-20250929")]), datetime(2026, 8, 1), 10_000)
    assert row is not None
    assert row.cache_read_usd_per_million is not None
    assert cost_usd(row, fresh=1_000, read=9_000, output=500) == Decimal("0.0132")
    assert cost_usd(row, fresh=1_000, read=9_000, write=2_000, output=500) == Decimal("0.0207")
    assert 9_000 * (row.input_usd_per_million - row.cache_read_usd_per_million) / MILLION == Decimal("0.0243")


def test_a_tier_begins_with_the_first_token_above_its_threshold_and_prices_every_part() -> None:
    base, long_context = list_prices([("anthropic", "claude-sonnet-4-5-20250929")])
    assert (base.tier_from_tokens, long_context.tier_from_tokens) == (0, 200_001)
    assert (base.input_usd_per_million, long_context.input_usd_per_million) == (3, 6)
    assert (base.output_usd_per_million, long_context.output_usd_per_million) == (15, Decimal("22.5"))
    assert (base.cache_read_usd_per_million, long_context.cache_read_usd_per_million) == (
        Decimal("0.3"),
        Decimal("0.6"),
    )


def test_a_part_without_tiers_keeps_its_price_in_every_tier() -> None:
    rows = list_prices([("openrouter", "google/gemini-2.5-pro")])
    newest = [row for row in rows if row.valid_to is None]
    assert len(newest) == 2
    assert len({row.cache_write_usd_per_million for row in newest}) == 1
    assert len({row.input_usd_per_million for row in newest}) == 2


def test_prices_by_time_of_day_split_the_day_at_midnight_at_the_latest() -> None:
    rows = list_prices([("deepseek", "deepseek-chat")])
    assert [(row.daily_from, row.daily_to) for row in rows] == [
        (None, time(0, 30)),
        (time(0, 30), time(16, 30)),
        (time(16, 30), None),
    ]
    off_peak, peak, evening = (row.input_usd_per_million for row in rows)
    assert off_peak == evening < peak


def test_a_price_by_date_ends_where_the_next_begins() -> None:
    old, new = list_prices([("openai", "o3")])
    assert (old.valid_from, old.valid_to) == (LONG_AGO, datetime(2025, 6, 10))
    assert (new.valid_from, new.valid_to) == (datetime(2025, 6, 10), None)
    assert (old.input_usd_per_million, new.input_usd_per_million) == (10, 2)


@pytest.mark.parametrize(
    ("provider", "model", "library_provider"),
    [
        ("anthropic", "claude-sonnet-4-5", "anthropic"),
        ("aws.bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "aws"),
        ("azure.ai.inference", "gpt-4o", "azure"),
        ("azure.ai.openai", "o4-mini", "azure"),
        ("cohere", "command-r-plus", "cohere"),
        ("deepseek", "deepseek-chat", "deepseek"),
        ("gcp.gemini", "gemini-2.5-pro", "google"),
        ("gcp.gen_ai", "gemini-2.5-pro", "google"),
        ("gcp.vertex_ai", "claude-sonnet-4-5", "google"),
        ("groq", "llama-3.3-70b-versatile", "groq"),
        ("mistral_ai", "mistral-large-latest", "mistral"),
        ("moonshot_ai", "kimi-k2.5", "moonshotai"),
        ("openai", "gpt-4o-mini-2024-07-18", "openai"),
        ("OpenAI", "GPT-4o-mini", "openai"),
        ("openrouter", "anthropic/claude-sonnet-4.5", "openrouter"),
        ("perplexity", "sonar-deep-research", "perplexity"),
        ("x_ai", "grok-4", "x-ai"),
    ],
)
def test_providers_as_opentelemetry_names_them_have_their_own_price(
    provider: str, model: str, library_provider: str
) -> None:
    row = in_force(list_prices([(provider, model)]), datetime(2026, 8, 1), 1_000_000)
    assert row is not None
    assert (row.provider, row.model) == (provider, model)
    expected = library_cost_usd(library_provider, model, datetime(2026, 8, 1), fresh=1_000_000)
    assert cost_usd(row, fresh=1_000_000) == expected


def test_a_call_without_provider_is_priced_by_its_model_alone() -> None:
    [row] = list_prices([(None, "gpt-4o-mini-2024-07-18")])
    assert row.provider is None
    assert row.input_usd_per_million == Decimal("0.15")


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("openai", "no-such-model"),
        ("openai", "gpt-4o-of-our-own"),
        ("openrouter", "GLM-4.7-test-openrouter-10dollar-1"),
        ("openrouter", "kimi-k2.5-test-openrouter-10dollar-1"),
        ("openrouter", "qwen3-max-10dollar-1"),
        ("no-such-provider", "gpt-4o"),
        ("ibm.watsonx.ai", "granite-3"),
        ("", "gpt-4o"),
        ("openai", ""),
        (None, "no-such-model"),
        (None, ""),
    ],
)
def test_a_pair_that_the_library_does_not_know_has_no_price(provider: str | None, model: str) -> None:
    assert list_prices([(provider, model)]) == []


def test_a_model_priced_by_minutes_or_characters_has_no_price_by_tokens() -> None:
    assert list_prices([("openai", "whisper-1"), ("openai", "tts-1")]) == []


def test_a_model_with_a_fee_for_each_request_is_not_understated_by_its_tokens() -> None:
    assert list_prices([("perplexity", "sonar-pro")]) == []


def test_an_entry_without_any_price_is_not_taken_for_free() -> None:
    assert list_prices([("cerebras", "qwen-3-coder-480b")]) == []


def test_output_without_a_price_costs_the_input_price() -> None:
    [row] = list_prices([("openai", "text-embedding-3-small")])
    assert row.output_usd_per_million == row.input_usd_per_million


def test_the_order_and_repetition_of_pairs_change_nothing() -> None:
    pairs: list[tuple[str | None, str]] = [
        (None, "gpt-4o"),
        ("openai", "gpt-4o"),
        ("anthropic", "claude-opus-4-6"),
    ]
    assert list_prices([*reversed(pairs), *pairs]) == list_prices(pairs)


def test_a_thousand_pairs_are_not_worked_out_one_by_one_for_minutes() -> None:
    unknown = [("openrouter", f"unknown-{number}") for number in range(500)]
    list_prices([("openai", "gpt-4o")])
    begun = perf_counter()
    list_prices([*library_pairs()[-500:], *unknown])
    assert perf_counter() - begun < 60  # a third of a second


def test_the_version_names_the_library_and_its_release() -> None:
    assert price_list_version().startswith("genai-prices 0.")


def test_the_library_is_loaded_only_when_a_price_is_asked_for() -> None:
    code = "import sys, pipeline.prices; sys.exit('genai_prices' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
