"""Promise: the demo's costs, price list, contract and budget fit one another."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from pipeline.prices import list_prices
from tests.pipeline.demo.history import History, Rows


def test_a_reported_cost_is_what_the_tokens_cost(history: History) -> None:
    rows = [row for row in history.rows["llm_requests"] if row["cost_usd"] is not None]
    listed = {(price.provider, price.model): price for price in list_prices(_models(rows))}
    for row in rows:
        price = listed.get((row["provider"], row["model"]))
        assert price is not None and price.cache_read_usd_per_million is not None
        read = row["cache_read_tokens"] or 0
        cost = (row["input_tokens"] - read) * price.input_usd_per_million
        cost += read * price.cache_read_usd_per_million + row["output_tokens"] * price.output_usd_per_million
        assert row["cost_usd"] == cost / 1_000_000


def _models(rows: Rows) -> set[tuple[str | None, str]]:
    return {(row["provider"], row["model"]) for row in rows}


def test_the_price_list_knows_every_model(history: History) -> None:
    called = _models(history.rows["llm_requests"])
    assert len({provider for provider, _ in called}) >= 3
    assert {(price.provider, price.model) for price in list_prices(called)} == called


def test_some_calls_reach_a_higher_price_tier_and_the_contract_has_one(history: History) -> None:
    tiers = [
        (p.provider, p.model, p.tier_from_tokens) for p in list_prices(_models(history.rows["llm_requests"]))
    ]
    high = {(provider, model): tokens for provider, model, tokens in tiers if tokens}
    reached = [
        row["model"]
        for row in history.of("llm_requests", "cust_malabar")
        if (row["input_tokens"] or 0) >= high.get((row["provider"], row["model"]), 10**9)
    ]
    assert set(reached) == {"gemini-2.5-pro"}
    assert "200001" in {row["tier_from_tokens"] for row in history.rows["prices"]}


def test_contracts_follow_one_another_without_gap_below_the_list_price(history: History) -> None:
    terms: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in sorted(history.rows["prices"], key=lambda row: row["valid_from"]):
        terms[row["model"], row["tier_from_tokens"]].append(row)
    for first, second in terms.values():
        assert (first["valid_to"], second["valid_to"]) == (second["valid_from"], None)
        assert Decimal(second["input_usd_per_million"]) < Decimal(first["input_usd_per_million"])


def test_one_budget_is_nearly_burnt_at_contract_prices(history: History) -> None:
    price = next(
        row for row in history.rows["prices"] if row["model"] == "claude-opus-4-5" and row["valid_to"] is None
    )
    parts = ("input", "cache_read", "cache_write", "output")
    usd = [Decimal(price[f"{part}_usd_per_million"]) / 1_000_000 for part in parts]
    spent = Decimal(0)
    for row in history.rows["llm_requests"]:
        if row["agent_id"] == "malabar-coder" and row["status"] == "ok" and row["started_at"] >= "2026-11":
            read, written = row["cache_read_tokens"], row["cache_write_tokens"]
            tokens = (row["input_tokens"] - read - written, read, written, row["output_tokens"])
            spent += sum(rate * count for rate, count in zip(usd, tokens, strict=True))
    limits = {row["scope_id"]: Decimal(row["limit_usd"]) for row in history.rows["budgets"]}
    assert Decimal("0.9") < spent / limits["malabar-coder"] < 1
