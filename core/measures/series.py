"""Metrics bucket by bucket: every bucket of the period is there, grouped where that is asked."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import islice, repeat

from core.errors import InvalidParameter, UnsupportedGranularity
from core.measures.answer import Point, Series
from core.measures.question import EVERYTHING, Asked, Filters, Question, check_group, resolved
from core.measures.table import FigureTable, figure_tables
from core.periods import Granularity, Period, bucket_edges, chosen_granularity
from core.store.readers import Reader

DEFAULT_POINTS, MAX_POINTS = 1000, 10_000
AUTO = "auto"


def series(
    reader: Reader,
    metric_id: str,
    period: Period,
    granularity: str = AUTO,
    *,
    aggregation: str | None = None,
    filters: Filters = EVERYTHING,
    group_by: str | None = None,
    limit: int = DEFAULT_POINTS,
) -> Series:
    """The metric's series: 0 in a bucket without rows for counters, None for the rest.

    Besides the refusals of `value`: InvalidGranularity, UnsupportedGranularity, InvalidTimeRange for too
    fine a granularity, InvalidParameter for a limit outside 1 to 10,000 or an unknown group.
    `cost.by_model` and `cost.by_agent` are grouped by their dimension unless another is asked.
    """
    asked = resolved(reader, Question(metric_id, aggregation, filters))
    group_by = asked.metric.own_dimension if group_by is None else group_by
    return series_of(reader, [asked], period, granularity, group_by=group_by, limit=limit)[0]


def many_series(
    reader: Reader,
    questions: Sequence[Question],
    period: Period,
    granularity: str = AUTO,
    *,
    group_by: str | None = None,
    limit: int = MAX_POINTS,
) -> list[Series]:
    """A series for every question, in their order, over the same buckets and sharing passes over the rows."""
    asked = [resolved(reader, question) for question in questions]
    return series_of(reader, asked, period, granularity, group_by=group_by, limit=limit)


def series_of(
    reader: Reader,
    asked: Sequence[Asked],
    period: Period,
    granularity: str = AUTO,
    *,
    group_by: str | None = None,
    limit: int = MAX_POINTS,
) -> list[Series]:
    """Series for questions that are already checked."""
    if not 1 <= limit <= MAX_POINTS:
        raise InvalidParameter(f"expected 1 to {MAX_POINTS} points", param="limit")
    check_group((a.metric for a in asked), group_by)
    chosen = granularity_of(asked, granularity, period)
    edges = bucket_edges(period, chosen)
    tables = figure_tables(reader, asked, period, edges, group_by)
    return [_series(table, period, chosen, edges, group_by, limit) for table in tables]


def granularity_of(asked: Sequence[Asked], name: str, period: Period) -> Granularity:
    """What is asked for; `auto` is at least a day where a metric's rows are days."""
    chosen = chosen_granularity(name, period)
    daily = [a.metric.id for a in asked if a.metric.is_daily]
    if not daily or chosen not in (Granularity.MINUTE, Granularity.HOUR):
        return chosen
    if name == AUTO:
        return Granularity.DAY
    raise UnsupportedGranularity(
        f"{daily[0]} has a value a day; ask for day, week or month", param="granularity"
    )


def _series(
    table: FigureTable,
    period: Period,
    granularity: Granularity,
    edges: Sequence[datetime],
    group_by: str | None,
    limit: int,
) -> Series:
    groups: list[str | None] = [*table.groups] if group_by else [None]
    starts = edges[:-1]
    points = tuple(
        islice(_points(table, starts, group_by, groups), limit) if group_by else _plain(table, starts[:limit])
    )
    asked = table.asked
    is_truncated = len(starts) * len(groups) > limit
    return Series(
        asked.metric, asked.aggregation, granularity, group_by, period, asked.filters, points, is_truncated
    )


def _plain(table: FigureTable, starts: Sequence[datetime]) -> Iterator[Point]:
    # Made from tuples as they are, a point takes a third of the time.
    return map(partial(tuple.__new__, Point), zip(starts, table.bucket_values, repeat(())))


def _points(
    table: FigureTable, starts: Sequence[datetime], group_by: str, groups: Sequence[str | None]
) -> Iterator[Point]:
    for bucket, start in enumerate(starts):
        for group in groups:
            dimensions = () if group is None else ((group_by, group),)
            yield Point(start, table.at(bucket, group).value, dimensions)
