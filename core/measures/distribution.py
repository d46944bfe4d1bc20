"""How the values of a metric's rows spread: percentiles and a histogram.

The histogram has equal widths from the minimum to the 99th percentile and a last, open bucket, so that a few
outliers do not squeeze the rest into one bar.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from core.catalogue import Aggregation
from core.errors import InvalidParameter, UnsupportedMetric
from core.measures.answer import Distribution, HistogramBucket, Number
from core.measures.daily import figures_of_days, interpolated
from core.measures.gather import gather, rows_query
from core.measures.parts import divided, part, row_count, row_statistic, row_sum, row_value, summed
from core.measures.question import EVERYTHING, Asked, Filters, Question, resolved
from core.measures.table import figure_tables
from core.measures.window import Window, decision
from core.periods import Granularity, Period, bucket_edges
from core.store.readers import Reader

DEFAULT_BUCKETS, MAX_BUCKETS = 20, 200
_QUANTILES = {"p50": "0.5", "p75": "0.75", "p90": "0.9", "p95": "0.95", "p99": "0.99"}


def distribution(
    reader: Reader,
    metric_id: str,
    period: Period,
    filters: Filters = EVERYTHING,
    buckets: int = DEFAULT_BUCKETS,
) -> Distribution:
    """Percentiles and histogram of the metric's rows; for a daily metric its rows are days.

    UnsupportedMetric when a row has no value, InvalidParameter for a number of buckets outside 1 to 200.
    """
    asked = resolved(reader, Question(metric_id, filters=filters))
    if not 1 <= buckets <= MAX_BUCKETS:
        raise InvalidParameter(f"expected 1 to {MAX_BUCKETS} buckets", param="buckets")
    if asked.metric.is_daily:
        return _of_days(reader, asked, period, buckets)
    if asked.metric.row_value is None:
        raise UnsupportedMetric(
            f"{metric_id} has no value a row, so it has no distribution", param="metric_id"
        )
    return _of_rows(reader, asked, period, buckets)


def _of_rows(reader: Reader, asked: Asked, period: Period, buckets: int) -> Distribution:
    metric = asked.metric
    quantiles = f"quantile_cont({row_value(metric)}, [{', '.join(_QUANTILES.values())}])"
    percentiles = part(metric.fact, quantiles)
    least, most = (row_statistic(metric, a) for a in (Aggregation.MIN, Aggregation.MAX))
    observed, total = (summed(metric.fact, column) for column in (metric.observed, metric.total))
    parts = (percentiles, least, most, row_sum(metric), row_count(metric), observed, total)
    found = gather(reader, parts, asked.row_filters, Window.of(period)).get((0, None), {})
    count = int(found.get(row_count(metric)) or 0)
    values = found[percentiles] if count else [None] * len(_QUANTILES)
    edges = histogram_edges(float(found[least]), float(values[-1]), buckets) if count else []
    return Distribution(
        metric,
        period,
        asked.filters,
        count,
        found.get(least),
        found.get(most),
        divided(found.get(row_sum(metric)), count),
        tuple(zip(_QUANTILES, values, strict=True)),
        _histogram(edges, _counts(reader, asked, period, edges)),
        int(found.get(observed) or 0),
        int(found.get(total) or 0),
    )


def _of_days(reader: Reader, asked: Asked, period: Period, buckets: int) -> Distribution:
    table = figure_tables(reader, [asked], period, bucket_edges(period, Granularity.DAY))[0]
    days = [table.at(day) for day in range(table.window.bucket_count if table.window.edges else 0)]
    values = sorted(day.value for day in days if day.value is not None)
    edges: list[float] = []
    if values:
        edges = histogram_edges(float(values[0]), float(interpolated(values, Decimal("0.99"))), buckets)
    mean = figures_of_days(Aggregation.AVG, days)
    return Distribution(
        asked.metric,
        period,
        asked.filters,
        len(values),
        values[0] if values else None,
        values[-1] if values else None,
        mean.value,
        tuple((name, interpolated(values, Decimal(q)) if values else None) for name, q in _QUANTILES.items()),
        _histogram(edges, Counter(bisect_right(edges, float(v)) - 1 for v in values)),
        mean.observed,
        mean.total,
    )


def histogram_edges(minimum: float, p99: float, buckets: int) -> list[float]:
    """The lower edges of that many buckets, the last of which is open."""
    if buckets == 1:
        return [minimum]
    width = (p99 - minimum) / (buckets - 1)
    return [*(minimum + i * width for i in range(buckets - 1)), p99]


def _counts(reader: Reader, asked: Asked, period: Period, edges: Sequence[float]) -> dict[int, int]:
    if not edges:
        return {}
    value, fact = f"({row_value(asked.metric)})::DOUBLE", asked.metric.fact
    # Written as text: a decimal literal of 17 digits would be rounded once more on its way to a double.
    number = decision(value, [f"'{edge!r}'::DOUBLE" for edge in edges], str)
    bucket = f"CASE WHEN {value} IS NOT NULL THEN {number} END"
    window, filters = Window.of(period), asked.row_filters
    # The edges are this scope's own, so no other customer has the same query.
    query = rows_query(
        fact.table, fact.event_time, ("count(*)",), (bucket,), filters, window, is_shared=False
    )
    rows: list[tuple[Any, ...]] = reader.rows(query)
    return {int(number): int(count) for number, count in rows if number is not None}


def _histogram(edges: Sequence[float], counts: dict[int, int]) -> tuple[HistogramBucket, ...]:
    uppers = [*edges[1:], None]
    return tuple(
        HistogramBucket(lower, upper, counts.get(i, 0), _label(lower, upper))
        for i, (lower, upper) in enumerate(zip(edges, uppers, strict=False))
    )


def _label(lower: float, upper: float | None) -> str:
    return f"{_shown(lower)}+" if upper is None else f"{_shown(lower)}-{_shown(upper)}"


def _shown(number: Number) -> str:
    """Six significant digits, never in powers of ten."""
    text = format(Decimal(f"{number:.6g}"), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
