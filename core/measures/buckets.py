"""Metrics in buckets of any widths, between edges that somebody else has chosen.

Buckets that people ask for by name (hours, days, weeks) are `core.measures.series`.
"""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from core.errors import UnsupportedGranularity
from core.measures.question import Asked, Question, resolved
from core.measures.table import FigureTable, figure_tables
from core.periods import Granularity, Period, bucket_edges
from core.store.readers import Reader


def over_buckets(
    reader: Reader,
    asked: Sequence[Asked],
    edges: tuple[datetime, ...],
    tz: ZoneInfo,
    *,
    until: datetime | None = None,
) -> list[FigureTable]:
    """The figures of every question in each of the n buckets between n + 1 edges, from shared passes.

    With `until` the last bucket ends there, if that is earlier: what has not happened yet is not averaged over.
    """
    end = edges[-1] if until is None else min(until, edges[-1])
    return figure_tables(reader, asked, Period(edges[0], end, tz), edges)


def resolved_in_buckets(
    reader: Reader, question: Question, edges: tuple[datetime, ...], tz: ZoneInfo
) -> Asked:
    """The question, checked; besides what `resolved` refuses, UnsupportedGranularity where it is about the days
    of a daily metric and the buckets are not made of local days."""
    asked = resolved(reader, question)
    if asked.reads_days:
        days = bucket_edges(Period(edges[0], edges[-1], tz), Granularity.DAY)
        if not set(edges) <= set(days):
            raise UnsupportedGranularity(f"{asked.metric.id} has a value a day; ask for whole days")
    return asked
