"""From a metric to the sums and counts it is made of, and from those to its value: divide last.

A part is one aggregate over one fact. Additive parts are plain sums of part columns, so that the hourly
measures give them too; statistics of rows need the rows. Fetching parts is `core.measures.gather`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from core.catalogue import Aggregation, Fact, Kind, Metric
from core.measures.answer import Figures, Number
from core.measures.question import Asked

QUANTILES = {Aggregation.P50: "0.5", Aggregation.P95: "0.95", Aggregation.P99: "0.99"}
# Compensated sums do not depend on the order of rows in any digit that counts.
_FLOAT_COLUMNS = {"measured_latency_ms", "sentiment_shift"}
_ROW_VALUES = {"total_tokens": "coalesce(input_tokens + output_tokens, input_tokens, output_tokens)"}


@dataclass(frozen=True)
class Part:
    fact: Fact
    sql: str
    is_additive: bool = True


Parts = Mapping[Part, Any]


@cache
def summed(fact: Fact, column: str) -> Part:
    """The sum of a part column."""
    return Part(fact, f"{'fsum' if column in _FLOAT_COLUMNS else 'sum'}({column})")


def row_value(metric: Metric) -> str:
    """The SQL of what one row contributes."""
    assert metric.row_value is not None
    return _ROW_VALUES.get(metric.row_value, metric.row_value)


def _of_rows(metric: Metric, function: str, *arguments: str) -> Part:
    text = ", ".join((row_value(metric), *arguments))
    return Part(metric.fact, f"{function}({text})", is_additive=False)


def row_statistic(metric: Metric, aggregation: Aggregation) -> Part:
    """Minimum, maximum or percentile of the rows' values."""
    if aggregation in QUANTILES:
        return _of_rows(metric, "quantile_cont", QUANTILES[aggregation])
    return _of_rows(metric, aggregation.value)


def row_sum(metric: Metric) -> Part:
    return _of_rows(metric, "fsum" if metric.row_value in _FLOAT_COLUMNS else "sum")


def row_count(metric: Metric) -> Part:
    return _of_rows(metric, "count")


def _reads_rows(asked: Asked) -> bool:
    if asked.metric.row_value is None or asked.aggregation is Aggregation.RATE:
        return False
    return not asked.is_natural or asked.metric.kind is Kind.PERCENTILE


def parts_of(asked: Asked) -> tuple[Part, ...]:
    """Every part the question needs; facts are named by the parts."""
    metric = asked.metric
    parts = [summed(metric.fact, c) for c in (*metric.numerator, metric.observed, metric.total)]
    if metric.denominator and metric.denominator_fact:
        parts.append(summed(metric.denominator_fact, metric.denominator))
    if _reads_rows(asked):
        parts.append(row_count(metric))
        is_mean_or_count = asked.aggregation in (Aggregation.AVG, Aggregation.COUNT)
        parts.append(row_sum(metric) if is_mean_or_count else row_statistic(metric, asked.aggregation))
    return tuple(dict.fromkeys(parts))


def figures_of(asked: Asked, parts: Parts, seconds: float) -> Figures:
    """The value and what stands behind it; missing parts mean that there was no row. `seconds` for rates."""
    metric = asked.metric
    observed, total = (_count(parts, summed(metric.fact, c)) for c in (metric.observed, metric.total))
    numerator = _total(metric, parts, observed, total)
    denominator = None
    observations = observed
    if metric.denominator and metric.denominator_fact:
        denominator = observations = _count(parts, summed(metric.denominator_fact, metric.denominator))
    if _reads_rows(asked):
        observations = _count(parts, row_count(metric))
        value = _row_figure(asked, parts, observations)
    else:
        value = _figure(asked, numerator, denominator, seconds)
    return Figures(value, numerator, denominator, observations, observed, total)


def _figure(asked: Asked, numerator: Number | None, denominator: int | None, seconds: float) -> Number | None:
    if asked.aggregation is Aggregation.COUNT:
        return denominator if asked.metric.kind is Kind.RATIO else numerator
    if asked.aggregation is Aggregation.RATE:
        return _per_second(numerator, seconds)
    if asked.metric.kind is Kind.RATIO:
        return divided(numerator, denominator, scale=asked.metric.scale)
    return numerator


def _row_figure(asked: Asked, parts: Parts, count: int) -> Number | None:
    metric = asked.metric
    if asked.aggregation is Aggregation.COUNT:
        return count
    if asked.aggregation is Aggregation.AVG:
        return divided(parts.get(row_sum(metric)), count)
    value: Number | None = parts.get(row_statistic(metric, asked.aggregation))
    return value


def _total(metric: Metric, parts: Parts, observed: int, total: int) -> Number | None:
    """The numerator. Money is None when calls exist and none has a price."""
    if metric.is_priced and total and not observed:
        return None
    found = (parts.get(summed(metric.fact, column)) for column in metric.numerator)
    return sum((value for value in found if value is not None), start=metric.zero)


def _count(parts: Parts, part: Part) -> int:
    return int(parts.get(part) or 0)


def divided(numerator: Number | None, denominator: int | None, *, scale: int = 1) -> Number | None:
    """numerator · scale ÷ denominator; None where there is nothing to divide or to divide by."""
    if numerator is None or not denominator:
        return None
    return numerator * scale / denominator


def _per_second(total: Number | None, seconds: float) -> Number | None:
    if total is None or not seconds:
        return None
    return total / Decimal(str(seconds)) if isinstance(total, Decimal) else total / seconds
