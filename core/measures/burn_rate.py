"""Burn rate: how fast the running budget is spent, at an instant. 100 ends exactly on budget.

The budget is that of the most specific scope the filters name: the customer, else the agent; the global one
only where they name neither. What counts as spent are the calls that the filters match. Boundaries of
budget periods are in UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from core.catalogue import CATALOGUE
from core.measures.answer import BudgetState, Figures
from core.measures.gather import Cells, gather
from core.measures.parts import summed
from core.measures.question import Filters
from core.measures.window import Window
from core.store.query import Query
from core.store.readers import Reader

BurnRate = tuple[Figures, BudgetState | None]
_METRIC = CATALOGUE["cost.burn_rate"]
_COST, _PRICED, _CALLS = (summed(_METRIC.fact, c) for c in ("cost_usd", _METRIC.observed, _METRIC.total))
NO_BUDGET: BurnRate = (Figures(None, None, None, 0, 0, 0), None)
# A budget bounds whose spending it is, not what the spending is for.
_SCOPES = {"customer_id", "agent_id"}
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Budget:
    budget_id: str
    scope: str
    scope_id: str | None
    period: str
    limit_usd: Decimal
    valid_from: datetime
    valid_to: datetime | None

    def __post_init__(self) -> None:
        # The tables hold UTC without saying so.
        object.__setattr__(self, "valid_from", self.valid_from.replace(tzinfo=UTC))
        object.__setattr__(self, "valid_to", self.valid_to and self.valid_to.replace(tzinfo=UTC))

    def running_period(self, instant: datetime) -> tuple[datetime, datetime] | None:
        """The period of this budget that runs at that instant, None when none does."""
        if instant < self.valid_from or (self.valid_to is not None and instant >= self.valid_to):
            return None
        if self.period == "once":
            return (self.valid_from, self.valid_to) if self.valid_to else None
        start = _period_start(self.period, instant)
        return start, _period_start(self.period, start + _MORE_THAN_ONE[self.period])


_MORE_THAN_ONE = {
    "daily": timedelta(days=1),
    "weekly": timedelta(days=7),
    "monthly": timedelta(days=31),
    "quarterly": timedelta(days=92),
}


def _period_start(period: str, instant: datetime) -> datetime:
    day = instant.replace(hour=0, minute=0, second=0, microsecond=0)
    starts = {
        "daily": day,
        "weekly": day - timedelta(days=day.weekday()),
        "monthly": day.replace(day=1),
        "quarterly": day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1),
    }
    return starts[period]


@dataclass(frozen=True)
class _Running:
    """A budget, its period that runs at `instant`, and whose it is."""

    budget: Budget
    start: datetime
    end: datetime
    instant: datetime


def burn_rates(
    reader: Reader, filters: Filters, window: Window, group_by: str | None
) -> dict[tuple[int, str | None], BurnRate]:
    """The burn rate at the end of every bucket, for every group with a row in the window.

    Without edges it is taken at the window's end. Without budget, or with nothing elapsed: None.
    """
    ends = [min(edge, window.end) for edge in window.edges[1:]] or [window.end]
    budgets = _budgets(reader)
    keys = [(i, group) for group in _groups(reader, filters, window, group_by) for i in range(len(ends))]
    running = {
        key: _chosen(budgets, reader, _narrowed(filters, group_by, key[1]), ends[key[0]]) for key in keys
    }
    spent = _Spending(reader, filters, [r for r in running.values() if r], group_by)
    return {key: _burn_rate(found, spent, key[1]) if found else NO_BUDGET for key, found in running.items()}


def _groups(reader: Reader, filters: Filters, window: Window, group_by: str | None) -> list[str | None]:
    if group_by is None:
        return [None]
    cells = gather(reader, [_CALLS], filters, Window(window.start, window.end), group_by=group_by)
    return [group for _, group in cells]


def _narrowed(filters: Filters, group_by: str | None, group: str | None) -> Filters:
    return filters & Filters(((group_by, group),)) if group_by and group is not None else filters


def _budgets(reader: Reader) -> list[Budget]:
    columns = ("budget_id", "scope", "scope_id", "period", "limit_usd", "valid_from", "valid_to")
    rows = cast(list[tuple[Any, ...]], reader.rows(Query("dim_budgets", columns, is_shared=False)))
    return [Budget(*row) for row in rows]


def _chosen(
    budgets: Sequence[Budget], reader: Reader, filters: Filters, instant: datetime
) -> _Running | None:
    for scope, scope_id in _named_scopes(reader, filters):
        candidates = [
            b for b in budgets if b.scope == scope and (scope == "global" or b.scope_id == scope_id)
        ]
        periods = [(b, b.running_period(instant)) for b in candidates]
        running = [_Running(b, *period, instant) for b, period in periods if period]
        if running:
            return max(running, key=lambda r: (r.end - r.start, r.budget.valid_from, r.budget.budget_id))
    return None


def _named_scopes(reader: Reader, filters: Filters) -> list[tuple[str, str | None]]:
    """The scopes to look for a budget in, the first one first."""
    if not set(filters.dimensions) <= _SCOPES:
        return []
    customers, agents = filters.named("customer_id"), filters.named("agent_id")
    if len(customers) > 1 or len(agents) > 1:
        return []
    if reader.customer_id is not None:
        customers = (reader.customer_id,)
    named = [("customer", c) for c in customers] + [("agent", a) for a in agents]
    return [*named] or [("global", None)]


class _Spending:
    """What was spent between any two of the instants at hand, from one pass: differences of running sums."""

    def __init__(
        self, reader: Reader, filters: Filters, running: Sequence[_Running], group_by: str | None
    ) -> None:
        edges = tuple(sorted({edge for r in running for edge in (r.start, r.instant)}))
        self._index = {edge: i for i, edge in enumerate(edges)}
        self._cells: Cells = {}
        if len(edges) > 1:
            window = Window(edges[0], edges[-1], edges)
            parts = (_COST, _PRICED, _CALLS)
            self._cells = gather(reader, parts, filters, window, group_by=group_by, is_shared=False)

    def between(self, start: datetime, end: datetime, group: str | None) -> tuple[Decimal, int, int]:
        """Cost, priced calls and calls in [start, end)."""
        buckets = range(self._index[start], self._index[end])
        cells = [self._cells[i, group] for i in buckets if (i, group) in self._cells]
        cost = sum((cell[_COST] for cell in cells if cell[_COST] is not None), start=Decimal(0))
        return cost, sum(cell[_PRICED] or 0 for cell in cells), sum(cell[_CALLS] or 0 for cell in cells)


def _burn_rate(running: _Running, spending: _Spending, group: str | None) -> BurnRate:
    cost, priced, calls = spending.between(running.start, running.instant, group)
    spend = None if calls and not priced else cost
    elapsed = (running.instant - running.start) // _MICROSECOND
    length = (running.end - running.start) // _MICROSECOND
    projected = spend * length / elapsed if spend is not None and elapsed else None
    limit = running.budget.limit_usd
    value = float(projected * 100 / limit) if projected is not None and limit else None
    budget = BudgetState(running.budget.budget_id, limit, spend, projected, running.start, running.end)
    return Figures(value, spend, None, priced, priced, calls), budget
