"""What the engine found, in the words of the answers: names and shapes only, no number is made here."""

from typing import Any

from core.catalogue import Metric
from core.measures import AgentSpend, Answer, Change, Distribution, ModelSpend, Series
from core.measures.answer import BudgetState, Figures
from core.periods import Period
from core.store.readers import Reader

Plain = dict[str, Any]


def origin(reader: Reader) -> Plain:
    """Where every number of an answer comes from, and up to when its data reaches."""
    return {"data_as_of": reader.data_as_of, "snapshot": reader.snapshot_name.removesuffix(".duckdb")}


def catalogue_entry(metric: Metric) -> Plain:
    return {
        "id": metric.id,
        "name": metric.name,
        "type": metric.type.value,
        "unit": metric.unit,
        "description": metric.description,
        "better": metric.better.value,
        "dimensions": list(metric.dimensions),
        "aggregations": [aggregation.value for aggregation in metric.aggregations],
        "has_distribution": metric.row_value is not None or metric.is_daily,
    }


def value_answer(answer: Answer, reader: Reader) -> Plain:
    """A metric as a point in time has it."""
    return {
        **_metric(answer.metric),
        "description": answer.metric.description,
        "value": answer.value,
        "timestamp": answer.period.end,
        "metadata": {
            **dict(answer.filters.conditions),
            **_period(answer.period),
            **_of_answer(answer),
            **origin(reader),
        },
        **_parts(answer),
    }


def batch_answer(answers: list[Answer], applied: Plain, reader: Reader) -> Plain:
    """Several metrics over one period, in the order in which they were asked."""
    metrics = [
        {
            **_metric(answer.metric),
            "value": answer.value,
            "timestamp": answer.period.end,
            "metadata": _of_answer(answer),
            **_parts(answer),
        }
        for answer in answers
    ]
    return {"metrics": metrics, "filters_applied": applied, "metadata": origin(reader)}


def series_answer(series: Series, reader: Reader) -> Plain:
    """A metric bucket by bucket."""
    points = [
        {"timestamp": point.timestamp, "value": point.value, "dimensions": dict(point.dimensions)}
        for point in series.points
    ]
    return {
        "metric_id": series.metric.id,
        "metric_name": series.metric.name,
        "unit": series.metric.unit,
        "granularity": series.granularity.value,
        "aggregation": series.aggregation.value,
        "start": series.period.start,
        "end": series.period.end,
        "data": points,
        "metadata": {
            **dict(series.filters.conditions),
            "group_by": series.group_by,
            "timezone": series.period.zone.key,
            "truncated": series.is_truncated,
            "method": series.method,
            **origin(reader),
        },
    }


def distribution_answer(found: Distribution, reader: Reader) -> Plain:
    """How the values of a metric's rows spread."""
    return {
        "metric_id": found.metric.id,
        "metric_name": found.metric.name,
        "unit": found.metric.unit,
        "start": found.period.start,
        "end": found.period.end,
        "percentiles": {
            **dict(found.percentiles),
            "min": found.minimum,
            "max": found.maximum,
            "mean": found.mean,
            "count": found.count,
        },
        "histogram": [
            {"bucket": b.label, "lower": b.lower, "upper": b.upper, "count": b.count} for b in found.histogram
        ],
        "metadata": {
            **dict(found.filters.conditions),
            "timezone": found.period.zone.key,
            "observed": found.observed,
            "total": found.total,
            "method": found.method,
            **origin(reader),
        },
    }


def kpi(change: Change) -> Plain:
    """One number of the summary against the period before."""
    return {
        "metric_id": change.current.metric.id,
        "value": change.current.value,
        "unit": change.current.metric.unit,
        "change": change.change,
        "change_period": change.label,
        "change_points": change.points,
        "previous_value": change.previous.value,
        "is_within_noise": change.is_within_noise,
        "direction": change.direction.value if change.direction else None,
    }


def agent_spend(spend: AgentSpend) -> Plain:
    return {"agent_id": spend.agent_id, "cost": spend.cost, "requests": spend.requests}


def model_spend(spend: ModelSpend) -> Plain:
    return {"model": spend.model, "cost": spend.cost, "percentage": spend.percentage}


def _metric(metric: Metric) -> Plain:
    return {"id": metric.id, "name": metric.name, "type": metric.type.value, "unit": metric.unit}


def _period(period: Period) -> Plain:
    return {"period_start": period.start, "period_end": period.end, "timezone": period.zone.key}


def _figures(figures: Figures) -> Plain:
    return {
        "numerator": figures.numerator,
        "denominator": figures.denominator,
        "observations": figures.observations,
        "coverage": figures.coverage,
    }


def _of_answer(answer: Answer) -> Plain:
    """What an answer says of itself, alone and in a batch."""
    return {
        "aggregation": answer.aggregation.value,
        **_figures(answer.figures),
        "is_small_sample": answer.is_small_sample,
        "unpriced_share": answer.unpriced_share,
        "method": answer.method,
        **_budget(answer.budget),
    }


def _parts(answer: Answer) -> Plain:
    parts = [{"label": part.label, "value": part.value, "share": part.share} for part in answer.breakdown]
    return {"breakdown": parts} if parts else {}


def _budget(budget: BudgetState | None) -> Plain:
    if budget is None:
        return {}
    return {
        "budget_id": budget.budget_id,
        "limit_usd": budget.limit_usd,
        "spend_usd": budget.spend_usd,
        "projected_usd": budget.projected_usd,
        "budget_period_start": budget.period_start,
        "budget_period_end": budget.period_end,
    }
