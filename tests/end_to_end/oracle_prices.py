"""What calls cost and what their cache saved, in ordinary Python: contract prices as the contract's text has them,
list prices as the price library itself works them out."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from genai_prices import Usage, calc_price
from genai_prices.types import calc_unit_price

from tests.end_to_end.oracle_contract import Row

MILLION = 1_000_000
# OpenTelemetry's names of providers that the price library calls otherwise.
LIBRARY_NAMES = {"azure.ai.openai": "azure", "gcp.gemini": "google", "mistral_ai": "mistral"}


class Prices:
    """The contract prices of a landing directory, and the price list."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._contract: dict[tuple[str, str, str | None], list[Row]] = defaultdict(list)
        for row in rows:
            self._contract[row["provider"], row["model"], row["customer_id"]].append(row)

    def cost_and_savings(self, call: Row) -> tuple[Decimal | None, Decimal | None]:
        """What a call costs, and what it would have cost more without a cache. A cost that its source reports
        stands; where no price is known there are no savings, and without both no cost."""
        contract = self._of_contract(call)
        found = _by_contract(contract, call) if contract else _by_list(call)
        cost, uncached = found or (None, None)
        savings = None if cost is None or uncached is None else uncached - cost
        return cost if call["cost_usd"] is None else call["cost_usd"], savings

    def _of_contract(self, call: Row) -> Row | None:
        """The customer's own price in force for that call, else everybody's: the newest, in its highest tier."""
        for customer_id in (call["customer_id"], None):
            prices = self._contract.get((call["provider"], call["model"], customer_id), ())
            held = [p for p in prices if _holds(p, call["started_at"], call["input_tokens"] or 0)]
            if held:
                return max(held, key=lambda p: (p["valid_from"], p["tier_from_tokens"]))
        return None


def _holds(price: Row, at: datetime, input_tokens: int) -> bool:
    has_ended = price["valid_to"] is not None and price["valid_to"] <= at
    return price["valid_from"] <= at and not has_ended and price["tier_from_tokens"] <= input_tokens


def _by_contract(price: Row, call: Row) -> tuple[Decimal, Decimal]:
    fresh_price, output_price = price["input_usd_per_million"], price["output_usd_per_million"]
    read_price, write_price = (
        fresh_price
        if price[f"cache_{way}_usd_per_million"] is None
        else price[f"cache_{way}_usd_per_million"]
        for way in ("read", "write")
    )
    read, write, output = call["cache_read_tokens"], call["cache_write_tokens"], call["output_tokens"] or 0
    whole = read + write if call["input_tokens"] is None else call["input_tokens"]
    fresh = whole - read - write
    cost = fresh * fresh_price + read * read_price + write * write_price + output * output_price
    return cost / MILLION, (whole * fresh_price + output * output_price) / MILLION


def _by_list(call: Row) -> tuple[Decimal, Decimal] | None:
    read, write = call["cache_read_tokens"], call["cache_write_tokens"]
    whole = read + write if call["input_tokens"] is None else call["input_tokens"]
    output = call["output_tokens"] or 0
    usage = Usage(input_tokens=whole, cache_read_tokens=read, cache_write_tokens=write, output_tokens=output)
    provider = LIBRARY_NAMES.get(call["provider"], call["provider"])
    try:
        found = calc_price(
            usage, call["model"], provider_id=provider, genai_request_timestamp=call["started_at"]
        )
    except LookupError:
        return None
    prices = found.model_price
    uncached = calc_unit_price(prices.input_mtok, whole, whole, MILLION) + found.output_price
    return found.total_price, uncached
