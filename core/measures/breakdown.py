"""A total and the parts it is made of: per model, per agent, per customer."""

from dataclasses import dataclass

from core.errors import UnsupportedMetric
from core.measures.answer import BreakdownPart, Number
from core.measures.question import EVERYTHING, Filters, Question, check_group, resolved
from core.measures.table import FigureTable, Sought, figure_tables, tables_of
from core.periods import Period
from core.store.readers import Reader


def breakdown(
    reader: Reader,
    metric_id: str,
    period: Period,
    dimension: str | None = None,
    filters: Filters = EVERYTHING,
) -> tuple[BreakdownPart, ...]:
    """The parts of an additive metric, the largest first; by its own dimension, else by agent.

    UnsupportedMetric for a metric whose parts do not add up to it.
    """
    asked = resolved(reader, Question(metric_id, filters=filters))
    if not asked.metric.is_additive:
        raise UnsupportedMetric(f"{metric_id} is no total, so it has no parts", param="metric_id")
    group_by = dimension or asked.metric.own_dimension or "agent_id"
    check_group([asked.metric], group_by)
    return shares(figure_tables(reader, [asked], period, group_by=group_by)[0])


def shares(table: FigureTable) -> tuple[BreakdownPart, ...]:
    """The parts of a total that was told apart by a dimension, the largest first."""
    values = {group: table.at(0, group).value for group in table.groups}
    total = sum(value for value in values.values() if value is not None)
    parts = (BreakdownPart(group, value, _share(value, total)) for group, value in values.items())
    return tuple(sorted(parts, key=lambda part: (part.value is None, -(part.value or 0), part.label)))


def _share(value: Number | None, total: Number) -> float | None:
    return float(value / total) if value is not None and total else None  # type: ignore[operator]


@dataclass(frozen=True)
class AgentSpend:
    agent_id: str
    cost: Number | None
    requests: int


@dataclass(frozen=True)
class ModelSpend:
    """`percentage` of the total is 0 to 100."""

    model: str
    cost: Number | None
    percentage: float | None


@dataclass(frozen=True)
class Spending:
    """Where the money went: the agents that cost most, and every model, the dearest first."""

    agents: tuple[AgentSpend, ...]
    models: tuple[ModelSpend, ...]


def spending(
    reader: Reader, period: Period, filters: Filters = EVERYTHING, *, most_agents: int = 10
) -> Spending:
    """What agents and models cost, in one pass; those without a price come last."""
    ids = ("cost.by_agent", "usage.requests.total", "cost.by_model")
    by_agent, requests, by_model = (resolved(reader, Question(m, filters=filters)) for m in ids)
    sought = [Sought(a, group_by="agent_id") for a in (by_agent, requests)]
    agents, calls, models = tables_of(reader, [*sought, Sought(by_model, group_by="model")], period)
    return Spending(
        tuple(
            AgentSpend(part.label, part.value, int(calls.at(0, part.label).value or 0))
            for part in shares(agents)[:most_agents]
        ),
        tuple(
            ModelSpend(part.label, part.value, None if part.share is None else part.share * 100)
            for part in shares(models)
        ),
    )
