"""A total and the parts it is made of: per model, per agent, per customer."""

from dataclasses import dataclass

from core.errors import UnsupportedMetric
from core.measures.answer import BreakdownPart, Number
from core.measures.question import EVERYTHING, Asked, Filters, Question, check_group, resolved
from core.measures.table import FigureTable, figure_tables
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
    return breakdown_of(reader, asked, period, dimension or asked.metric.own_dimension or "agent_id")


def breakdown_of(reader: Reader, asked: Asked, period: Period, dimension: str) -> tuple[BreakdownPart, ...]:
    """The parts of a question that is already checked."""
    check_group([asked.metric], dimension)
    return _shares(figure_tables(reader, [asked], period, group_by=dimension)[0])


def _shares(table: FigureTable) -> tuple[BreakdownPart, ...]:
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


def top_agents_by_spend(
    reader: Reader, period: Period, filters: Filters = EVERYTHING, *, limit: int = 10
) -> list[AgentSpend]:
    """The agents that cost most, with the number of their calls; those without a price come last."""
    asked = [
        resolved(reader, Question(m, filters=filters)) for m in ("cost.by_agent", "usage.requests.total")
    ]
    cost, requests = figure_tables(reader, asked, period, group_by="agent_id")
    return [
        AgentSpend(part.label, part.value, int(requests.at(0, part.label).value or 0))
        for part in _shares(cost)[:limit]
    ]


@dataclass(frozen=True)
class ModelSpend:
    """`percentage` of the total is 0 to 100."""

    model: str
    cost: Number | None
    percentage: float | None


def cost_by_model(reader: Reader, period: Period, filters: Filters = EVERYTHING) -> list[ModelSpend]:
    """What each model cost, the dearest first."""
    return [
        ModelSpend(part.label, part.value, None if part.share is None else part.share * 100)
        for part in breakdown(reader, "cost.by_model", period, filters=filters)
    ]
