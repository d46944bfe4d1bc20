"""From a metric to the sums and counts it is made of, and from those to its value: divide last.

A part is one aggregate over one fact. Additive parts are plain sums of part columns, so that the hourly
measures give them too; statistics of rows need the rows. Fetching parts is `core.measures.gather`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache, cached_property, lru_cache
from typing import Any, Self

from core.catalogue import Aggregation, Fact, Kind, Metric
from core.measures.answer import Figures, Number
from core.measures.question import EVERYTHING, Asked
from core.measures.window import Window

QUANTILES = {Aggregation.P50: "0.5", Aggregation.P95: "0.95", Aggregation.P99: "0.99"}
# Compensated sums do not depend on the order of rows in any digit that counts.
_FLOAT_COLUMNS = {"measured_latency_ms", "sentiment_shift"}
_MONEY_COLUMNS = {"cost_usd", "cache_savings_usd", "weighted_value"}
_ANY_WINDOW = Window(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
_ROW_VALUES = {"total_tokens": "coalesce(input_tokens + output_tokens, input_tokens, output_tokens)"}


# Compared by identity: `part` makes one of each, and they are looked up for every number.
@dataclass(frozen=True, eq=False)
class Part:
    """`column` is the part column it sums up, which the measures have, too; None where it needs the rows."""

    fact: Fact
    sql: str
    column: str | None


Parts = Mapping[Part, Any]
Columns = Mapping[Part, Sequence[Any]]


@cache
def part(fact: Fact, sql: str, column: str | None = None) -> Part:
    """The part with that aggregate over that fact."""
    return Part(fact, sql, column)


def summed(fact: Fact, column: str) -> Part:
    """The sum of a part column."""
    return part(fact, _sum_sql(column), column)


def _sum_sql(column: str) -> str:
    if column in _FLOAT_COLUMNS:
        return f"fsum({column})"
    # A row counts a thousand million at most, and integers twice as wide come out of the database six times slower.
    return f"sum({column})" if column in _MONEY_COLUMNS else f"sum({column})::BIGINT"


def row_value(metric: Metric) -> str:
    """The SQL of what one row contributes."""
    assert metric.row_value is not None
    return _ROW_VALUES.get(metric.row_value, metric.row_value)


def _of_rows(metric: Metric, function: str, *arguments: str) -> Part:
    text = ", ".join((row_value(metric), *arguments))
    return part(metric.fact, f"{function}({text})")


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


def _statistic(asked: Asked) -> Part:
    is_mean_or_count = asked.aggregation in (Aggregation.AVG, Aggregation.COUNT)
    return row_sum(asked.metric) if is_mean_or_count else row_statistic(asked.metric, asked.aggregation)


@dataclass(frozen=True)
class Recipe:
    """The parts of one question, and how its figures are made of them. Facts are named by the parts.

    `rows` and `statistic` are of the rows' values, where the question is about those.
    """

    asked: Asked
    numerator: tuple[Part, ...]
    observed: Part
    total: Part
    denominator: Part | None
    rows: Part | None
    statistic: Part | None
    zero: Number

    @classmethod
    def of(cls, asked: Asked) -> "Recipe":
        """The recipe of a question, whatever rows it is about."""
        return _recipe(asked.metric, asked.aggregation)

    @classmethod
    def made(cls, asked: Asked) -> Self:
        metric, is_of_rows = asked.metric, _reads_rows(asked)
        denominator = metric.denominator and metric.denominator_fact
        return cls(
            asked,
            tuple(summed(metric.fact, column) for column in metric.numerator),
            summed(metric.fact, metric.observed),
            summed(metric.fact, metric.total),
            summed(denominator, str(metric.denominator)) if denominator else None,
            row_count(metric) if is_of_rows else None,
            _statistic(asked) if is_of_rows else None,
            metric.zero,
        )

    @property
    def is_of_rows(self) -> bool:
        """Whether sums of hours are not enough for it."""
        return self.rows is not None

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        more = (self.denominator, self.rows, self.statistic)
        parts = (*self.numerator, self.observed, self.total, *(p for p in more if p is not None))
        return tuple(dict.fromkeys(parts))

    @cached_property
    def nothing(self) -> Figures | None:
        """The figures without a row; None where they depend on how long the bucket is, as values per second do."""
        if self.asked.aggregation is Aggregation.RATE:
            return None
        return self.figures({}, _ANY_WINDOW, 0)

    def figures(self, parts: Parts, window: Window, bucket: int) -> Figures:
        """The value in that bucket and what stands behind it; missing parts mean that there was no row."""
        # Sums and counts of nothing are null or missing.
        observed, total = parts.get(self.observed) or 0, parts.get(self.total) or 0
        numerator = self._sum(parts, observed, total)
        denominator = None if self.denominator is None else parts.get(self.denominator) or 0
        if self.rows is not None:
            rows = parts.get(self.rows) or 0
            return Figures(self._of_rows(parts, rows), numerator, denominator, rows, observed, total)
        observations = observed if denominator is None else denominator
        value = self._value(numerator, denominator, window, bucket)
        return Figures(value, numerator, denominator, observations, observed, total)

    def _sum(self, parts: Parts, observed: int, total: int) -> Number | None:
        """The numerator. Money is None when calls exist and none has a price."""
        if total and not observed and self.asked.metric.is_priced:
            return None
        numerator = self.zero
        for one in self.numerator:
            value = parts.get(one)
            if value is not None:
                numerator += value
        return numerator

    def _value(
        self, numerator: Number | None, denominator: int | None, window: Window, bucket: int
    ) -> Number | None:
        metric, aggregation = self.asked.metric, self.asked.aggregation
        if aggregation is Aggregation.COUNT:
            return denominator if metric.kind is Kind.RATIO else numerator
        if aggregation is Aggregation.RATE:
            return _per_second(numerator, window.seconds(bucket))
        if metric.kind is Kind.RATIO:
            return divided(numerator, denominator, scale=metric.scale)
        return numerator

    def _of_rows(self, parts: Parts, count: int) -> Number | None:
        assert self.statistic is not None
        if self.asked.aggregation is Aggregation.COUNT:
            return count
        value: Number | None = parts.get(self.statistic)
        return divided(value, count) if self.asked.aggregation is Aggregation.AVG else value

    def values(self, columns: Columns, window: Window, buckets: Sequence[int]) -> list[Number | None]:
        """The values that `figures` has, of many cells at once: one column after the other is several times faster."""
        if self.rows is not None:
            return self._values_of_rows(columns, len(buckets))
        numerators = self._sums(columns, len(buckets))
        aggregation, kind = self.asked.aggregation, self.asked.metric.kind
        if aggregation is Aggregation.RATE:
            return [_per_second(n, window.seconds(b)) for n, b in zip(numerators, buckets, strict=True)]
        if kind is not Kind.RATIO:
            return numerators
        denominators: list[int] = [0] * len(buckets)
        if self.denominator is not None:
            denominators = [d or 0 for d in _column(columns, self.denominator, len(buckets))]
        if aggregation is Aggregation.COUNT:
            return [*denominators]
        scale = self.asked.metric.scale
        return [
            n * scale / d if d and n is not None else None
            for n, d in zip(numerators, denominators, strict=True)
        ]

    def _values_of_rows(self, columns: Columns, count: int) -> list[Number | None]:
        assert self.rows is not None and self.statistic is not None
        rows = [n or 0 for n in _column(columns, self.rows, count)]
        if self.asked.aggregation is Aggregation.COUNT:
            return [*rows]
        values = _column(columns, self.statistic, count)
        if self.asked.aggregation is not Aggregation.AVG:
            return [*values]
        return [divided(value, n) for value, n in zip(values, rows, strict=True)]

    def _sums(self, columns: Columns, count: int) -> list[Number | None]:
        """The numerators, as `_sum` has each."""
        found: list[Any] = [self.zero] * count
        for one in self.numerator:
            pairs = zip(found, _column(columns, one, count), strict=True)
            found = [before if value is None else before + value for before, value in pairs]
        if self.asked.metric.is_priced:
            known, rows = (_column(columns, p, count) for p in (self.observed, self.total))
            found = [None if t and not o else v for v, o, t in zip(found, known, rows, strict=True)]
        return found


def _column(columns: Columns, wanted: Part, count: int) -> Sequence[Any]:
    """The part in every cell; nothing where no pass has read it."""
    found = columns.get(wanted)
    return (None,) * count if found is None else found


@lru_cache(maxsize=4096)
def _recipe(metric: Metric, aggregation: Aggregation) -> Recipe:
    return Recipe.made(Asked(metric, aggregation, EVERYTHING))


def divided(numerator: Number | None, denominator: int | None, *, scale: int = 1) -> Number | None:
    """numerator · scale ÷ denominator; None where there is nothing to divide or to divide by."""
    if numerator is None or not denominator:
        return None
    return numerator * scale / denominator


def _per_second(total: Number | None, seconds: float) -> Number | None:
    if total is None or not seconds:
        return None
    return total / Decimal(str(seconds)) if isinstance(total, Decimal) else total / seconds
