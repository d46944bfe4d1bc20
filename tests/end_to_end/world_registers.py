"""What a random world says of prices and budgets."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.end_to_end.oracle_contract import Row
from tests.end_to_end.world_cast import ORDINARY, SECRET


def _price(model: str, since: datetime, **more: Any) -> Row:
    row = {"provider": "acme_llm", "model": model, "valid_from": since}
    return row | {"input_usd_per_million": Decimal(3), "output_usd_per_million": Decimal(15)} | more


def _day(month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def prices() -> list[Row]:
    """Everybody's prices with tiers and a change, some customers' own, and corrections of what was said before."""
    read, write = "cache_read_usd_per_million", "cache_write_usd_per_million"
    rows = [
        _price("acme-1", _day(9, 1), **{read: Decimal("0.3"), write: Decimal("3.75")}),
        _price("acme-1", _day(9, 1), tier_from_tokens=100_000, input_usd_per_million=Decimal(6)),
        _price("acme-1", _day(10, 20, 13, 30), **{read: Decimal("0.25")}),
        _price("acme-1", _day(10, 20, 13, 30), tier_from_tokens=200_000, **{write: Decimal("7.5")}),
        # Corrected by a higher version.
        _price("acme-1", _day(10, 28), input_usd_per_million=Decimal(99)),
        _price("acme-1", _day(10, 28), input_usd_per_million=Decimal(2), record_version=1),
        # A reduced price for two days, on top of one that goes on.
        _price("acme-1", _day(10, 9), valid_to=_day(10, 11), input_usd_per_million=Decimal(1)),
        # Another price for two days, of large calls only.
        _price(
            "acme-1", _day(10, 24), valid_to=_day(10, 26), tier_from_tokens=200_000, **{write: Decimal(9)}
        ),
        # A contract for what the list knows too, from one day on.
        _price("claude-sonnet-4-5", _day(10, 12), provider="anthropic", input_usd_per_million=Decimal("2.5")),
        _price("gpt-4o", _day(10, 5), valid_to=_day(10, 8), provider="openai"),
    ]
    for n, customer_id in enumerate(ORDINARY[:12]):
        own = Decimal(n) / 4
        rows.append(_price("acme-1", _day(10, 15), customer_id=customer_id, input_usd_per_million=own))
        rows.append(_price("acme-2", _day(10, 1), customer_id=customer_id, output_usd_per_million=own))
        ends = _day(10, 15) + timedelta(days=n)
        rows.append(_price("gpt-4o", _day(10, 10), valid_to=ends, provider="openai", customer_id=customer_id))
    return rows


def budgets() -> list[Row]:
    """Budgets of every scope and period, several running at once."""
    rows: list[Row] = [
        {"budget_id": "all", "scope": "global", "period": "quarterly", "limit_usd": Decimal(5000)},
        {"budget_id": "all_weekly", "scope": "global", "period": "weekly", "limit_usd": Decimal(500)},
        {
            "budget_id": "a",
            "scope": "agent",
            "scope_id": "agent_a",
            "period": "monthly",
            "limit_usd": Decimal(90),
        },
    ]
    periods = ("daily", "weekly", "monthly", "quarterly", "once")
    for n, customer_id in enumerate((*ORDINARY[:15], *SECRET[:3])):
        limit = Decimal(777) if customer_id in SECRET else Decimal(10 * n)
        row = {"scope": "customer", "scope_id": customer_id, "limit_usd": limit}
        rows.append(row | {"budget_id": f"b{n}", "period": periods[n % 5], "valid_to": _day(12, 1, n)})
        if n % 3 == 0:
            rows.append(row | {"budget_id": f"c{n}", "period": "monthly", "valid_to": _day(10, 20)})
    return [{"valid_from": _day(9, 1), **row} for row in rows]
