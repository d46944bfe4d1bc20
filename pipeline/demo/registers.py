"""The tables that are no events: customers, agents, baselines, contract prices, and budgets to size."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from pipeline.demo import instants
from pipeline.demo.instants import Window
from pipeline.demo.models import Model, Rates
from pipeline.demo.run import Row
from pipeline.demo.sessions import Session
from pipeline.demo.traits import Agent, Budget, Customer

_PACE_DAYS = 28
_MONTH_DAYS = 30.4
_GLOBAL = Budget(times_pace=1.25)


@dataclass
class Spend:
    """Estimated cost by agent, in nano-dollars: in the month that is running at the end, and of late.

    A customer with contracts pays by the newest one.
    """

    window: Window
    this_month: Counter[str] = field(default_factory=Counter)
    of_late: Counter[str] = field(default_factory=Counter)

    def add(self, session: Session, day: date) -> None:
        agent_id, last = session.scene.agent.agent_id, self.window.days[-1]
        discounts = session.scene.customer.discounts
        nano_usd = session.cost_nano_usd * (100 - (discounts[-1] if discounts else 0)) // 100
        if (day.year, day.month) == (last.year, last.month):
            self.this_month[agent_id] += nano_usd
        if self.window.days_before_end(day) < _PACE_DAYS:
            self.of_late[agent_id] += nano_usd

    def limit_usd(self, budget: Budget, agent_ids: Iterable[str]) -> str:
        """The limit of a budget over these agents, to three digits."""
        agents = list(agent_ids)
        pace = sum(self.of_late[a] for a in agents) / min(_PACE_DAYS, len(self.window.days))
        if budget.spent_share is None:
            return _rounded(pace * _MONTH_DAYS * budget.times_pace)
        # On the first days of a month too little is spent to size a limit by.
        spent = max(sum(self.this_month[a] for a in agents), pace * 3)
        return _rounded(spent / budget.spent_share)


def _rounded(nano_usd: float) -> str:
    limit = max(Decimal(1), Decimal(round(nano_usd)) / 1_000_000_000)
    step = Decimal(1).scaleb(limit.adjusted() - 2)
    return f"{(limit / step).to_integral_value() * step:.2f}"


def customers(cast: Iterable[Customer]) -> list[Row]:
    return [
        {
            "customer_id": c.customer_id,
            "name": c.name,
            "timezone": c.timezone,
            "locale": c.locale,
            "plan": c.plan,
        }
        for c in cast
    ]


def agents(cast: Iterable[Customer]) -> list[Row]:
    return [{"agent_id": a.agent_id, "name": a.name, "version": a.version} for c in cast for a in c.agents]


def baselines(cast: Iterable[Customer], window: Window) -> list[Row]:
    """All valid from the beginning of the history."""
    return [
        {
            "baseline_id": f"{c.customer_id}-{number}",
            "customer_id": c.customer_id,
            "metric_id": b.metric_id,
            "label": b.label,
            "value": b.value,
            "source": b.source,
            "valid_from": _midnight(window.days[0]),
        }
        for c in cast
        for number, b in enumerate(c.baselines, start=1)
    ]


def budgets(cast: Iterable[Customer], window: Window, spend: Spend) -> list[Row]:
    """Monthly ones: over everybody, and of the customers and agents that have one."""
    cast = list(cast)
    everybody = [a.agent_id for c in cast for a in c.agents]
    found = [_budget("global", None, spend.limit_usd(_GLOBAL, everybody), window)]
    for customer in cast:
        if customer.budget is not None:
            limit = spend.limit_usd(customer.budget, (a.agent_id for a in customer.agents))
            found.append(_budget("customer", customer.customer_id, limit, window))
        found += [
            _budget("agent", a.agent_id, spend.limit_usd(a.budget, [a.agent_id]), window)
            for a in customer.agents
            if a.budget is not None
        ]
    return found


def _budget(scope: str, scope_id: str | None, limit_usd: str, window: Window) -> Row:
    return {
        "budget_id": f"budget-{scope_id or scope}",
        "scope": scope,
        "scope_id": scope_id,
        "period": "monthly",
        "limit_usd": limit_usd,
        "valid_from": _midnight(window.days[0].replace(day=1)),
    }


def prices(cast: Iterable[Customer], window: Window) -> list[Row]:
    """List prices less the discount of each contract; a customer's contracts follow one another."""
    return [
        _price(customer, model, rates, discount, *_term(number, len(customer.discounts), window))
        for customer in cast
        for number, discount in enumerate(customer.discounts)
        for model in _models(customer.agents)
        for rates in model.rates
    ]


def _term(number: int, contracts: int, window: Window) -> tuple[str, str | None]:
    """From when until when: the history in as many parts as there are contracts, the last one open."""
    part = timedelta(days=max(1, len(window.days) // contracts))
    begin = window.days[0] + part * number
    return _midnight(begin), None if number == contracts - 1 else _midnight(begin + part)


def _models(agents_: Iterable[Agent]) -> list[Model]:
    """Each model once, in the order it first appears."""
    return list(dict.fromkeys(m for a in agents_ for m in (a.model, a.later_model) if m is not None))


def _price(
    customer: Customer, model: Model, rates: Rates, discount: int, valid_from: str, valid_to: str | None
) -> Row:
    return {
        "provider": model.provider,
        "model": model.name,
        "valid_from": valid_from,
        "customer_id": customer.customer_id,
        "valid_to": valid_to,
        "tier_from_tokens": rates.from_tokens,
        "input_usd_per_million": _less(rates.fresh, discount),
        "output_usd_per_million": _less(rates.output, discount),
        "cache_read_usd_per_million": _less(rates.cache_read, discount),
        "cache_write_usd_per_million": None
        if rates.cache_write is None
        else _less(rates.cache_write, discount),
    }


def _less(nano_usd: int, discount: int) -> str:
    """USD per million tokens after so many percent off."""
    return str(Decimal(nano_usd) * (100 - discount) / 100_000)


def _midnight(day: date) -> str:
    return instants.text(int(datetime.combine(day, time(), UTC).timestamp()) * 1000)
