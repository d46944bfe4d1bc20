"""The burn rate of a budget in ordinary Python, from its definition: which budget, which period, how much of it."""

from calendar import monthrange
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from tests.end_to_end.oracle import Oracle
from tests.end_to_end.oracle_contract import Row
from tests.end_to_end.oracle_metrics import Figures


def burn_rate(oracle: Oracle, at: datetime, customer_id: str | None, agent_id: str | None = None) -> Figures:
    """How fast the budget that holds at that instant is spent; 100 ends exactly on it."""
    running = _running(oracle.rows["budgets"], at, customer_id, agent_id)
    if running is None:
        return Figures(None, None, None, 0, 0)
    budget, start, end = running
    spent = oracle.ask(start, at, customer_id=customer_id, agent_id=agent_id).priced("cost")
    elapsed = Decimal((at - start) // timedelta(microseconds=1)) / Decimal(
        (end - start) // timedelta(microseconds=1)
    )
    value = None
    if spent.value is not None and elapsed and budget["limit_usd"]:
        value = float(spent.value / budget["limit_usd"] / elapsed * 100)
    return Figures(value, spent.value, None, spent.observed, spent.total)


def _running(
    budgets: Iterable[Row], at: datetime, customer_id: str | None, agent_id: str | None
) -> tuple[Row, datetime, datetime] | None:
    """The most specific scope that is named, and of its budgets that run the longest."""
    held = [b for b in budgets if b["valid_from"] <= at and (b["valid_to"] is None or at < b["valid_to"])]
    for scope, scope_id in (("customer", customer_id), ("agent", agent_id)):
        found = [b for b in held if scope_id is not None and (b["scope"], b["scope_id"]) == (scope, scope_id)]
        if found:
            return max(((b, *_period(b, at)) for b in found), key=lambda r: r[2] - r[1])
    everybodys = [b for b in held if b["scope"] == "global"]
    if customer_id is None and agent_id is None and everybodys:
        return max(((b, *_period(b, at)) for b in everybodys), key=lambda r: r[2] - r[1])
    return None


def _period(budget: Row, at: datetime) -> tuple[datetime, datetime]:
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    if budget["period"] == "once":
        return budget["valid_from"], budget["valid_to"]
    if budget["period"] == "daily":
        return day, day + timedelta(days=1)
    if budget["period"] == "weekly":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=7)
    months = 1 if budget["period"] == "monthly" else 3
    first = day.replace(day=1, month=(day.month - 1) // months * months + 1)
    end = first
    for _ in range(months):
        end += timedelta(days=monthrange(end.year, end.month)[1])
    return first, end
