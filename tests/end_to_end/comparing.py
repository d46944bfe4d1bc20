"""Compares what the product answers with what the oracle works out, figure by figure."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from math import isclose
from typing import Any
from zoneinfo import ZoneInfo

from core.measures import Answer, Filters, Question, values
from core.periods import Period
from core.store.metric_store import MetricStore
from core.store.readers import Reader
from tests.end_to_end.oracle import Oracle
from tests.end_to_end.oracle_metrics import METRICS, OF_CALLS, OF_SESSIONS, Asked, Figures

FIGURES = ("value", "numerator", "denominator", "observed", "total", "coverage")


@dataclass(frozen=True)
class Where:
    """What is asked of both: a period and conditions. The customer is the reader's."""

    period: Period
    conditions: tuple[tuple[str, str], ...] = ()

    @property
    def filters(self) -> Filters:
        return Filters(self.conditions)


def reader_of(store: MetricStore, customer_id: str | None) -> Reader:
    """That customer's reader, or the one of everybody's rows."""
    return store.for_all() if customer_id is None else store.for_customer(customer_id)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def days(first: date, end: date, zone: ZoneInfo) -> Period:
    """The local days from `first` up to, not including, `end`."""
    return Period(midnight(first, zone), midnight(end, zone), zone)


def metrics_with(dimensions: Collection[str]) -> list[str]:
    """The metrics whose rows can be told apart by all these dimensions."""
    of_calls, of_sessions = set(OF_CALLS) - {"cost.per_completion"}, set(OF_SESSIONS)
    fitting = {
        "agent_id": set(METRICS),
        "model": of_calls,
        "provider": of_calls,
        "operation": of_calls,
        "channel": of_sessions,
        "intent": of_sessions,
        "tool_name": {"quality.tool_success_rate"},
    }
    return [m for m in METRICS if all(m in fitting[d] for d in dimensions)]


def differences(reader: Reader, oracle: Oracle, where: Where) -> Iterator[str]:
    """Every figure of every metric on which the two do not agree."""
    metric_ids = metrics_with([name for name, _ in where.conditions])
    if all(name == "agent_id" for name, _ in where.conditions):
        metric_ids += [f"custom.{name}" for name in sorted(oracle.outcome_names(reader.customer_id))]
    asked = oracle.ask(
        where.period.start, where.period.end, customer_id=reader.customer_id, **dict(where.conditions)
    )
    answers = values(reader, [Question(m, filters=where.filters) for m in metric_ids], where.period)
    for metric_id, answer in zip(metric_ids, answers, strict=True):
        for told in unlike(answer, asked.figures(metric_id)):
            yield f"{metric_id} of {reader.customer_id} {where.conditions} {span(where.period)}: {told}"
        yield from _unlike_parts(answer, asked, where)


def unlike(answer: Answer, expected: Figures) -> Iterator[str]:
    for name in FIGURES:
        found, wanted = getattr(answer.figures, name), getattr(expected, name)
        if not is_same(found, wanted):
            yield f"{name} is {found!r}, should be {wanted!r}"


def _unlike_parts(answer: Answer, asked: Asked, where: Where) -> Iterator[str]:
    """The parts of a total that is shown with its parts."""
    dimension = {"cost.by_model": "model", "cost.by_agent": "agent_id"}.get(answer.metric.id)
    if dimension is None:
        return
    wanted: dict[str, list[Any]] = {}
    for call in asked.calls:
        wanted.setdefault(call[dimension], []).append(call["cost"])
    sums = {
        name: sum(known) if (known := [c for c in costs if c is not None]) else None
        for name, costs in wanted.items()
    }
    found = {part.label: part.value for part in answer.breakdown}
    if found != sums:
        yield f"parts of {answer.metric.id} {where.conditions} {span(where.period)}: {found} should be {sums}"


def is_same(found: Any, wanted: Any) -> bool:
    """Money and counts exactly, floating numbers to the digits that do not depend on the order of adding."""
    if found is None or wanted is None:
        return found is wanted
    if isinstance(found, Decimal) and isinstance(wanted, Decimal):
        return found == wanted
    if isinstance(found, float) or isinstance(wanted, float):
        return isclose(found, wanted, rel_tol=1e-12, abs_tol=1e-12)
    return bool(found == wanted)


def span(period: Period) -> str:
    return f"[{period.start:%Y-%m-%dT%H:%M:%S.%fZ}, {period.end:%Y-%m-%dT%H:%M:%S.%fZ}) {period.zone.key}"
