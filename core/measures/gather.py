"""Fetches parts in one pass per fact: from the hourly measure where it is exact, else from the rows.

Buckets are told apart by their edges, made in Python: stretches of equal width are one division, so thirty
days need no comparison at all and a change of the clocks only one or two.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from core.catalogue import Fact
from core.measures.parts import Part
from core.measures.question import Filters
from core.periods import Period
from core.store.query import Query
from core.store.readers import Reader

Key = tuple[int, str | None]
Cells = dict[Key, dict[Part, Any]]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Window:
    """[start, end), cut into buckets at `edges` (n + 1 for n buckets; the outer ones may lie outside)."""

    start: datetime
    end: datetime
    edges: tuple[datetime, ...] = ()

    @classmethod
    def of(cls, period: Period, edges: tuple[datetime, ...] = ()) -> "Window":
        return cls(period.start, period.end, edges)

    def seconds(self, bucket: int) -> float:
        """How much of the bucket lies inside."""
        if not self.edges:
            return (self.end - self.start).total_seconds()
        start, end = max(self.start, self.edges[bucket]), min(self.end, self.edges[bucket + 1])
        return (end - start).total_seconds()

    @property
    def bucket_count(self) -> int:
        return len(self.edges) - 1 if self.edges else 1

    @property
    def is_hourly(self) -> bool:
        """Whether every cut falls on a full UTC hour, as the measures' rows do."""
        return all(
            (cut - _EPOCH) % _HOUR == timedelta(0) for cut in (self.start, self.end, *self.edges[1:-1])
        )


def gather(
    reader: Reader,
    parts: Iterable[Part],
    filters: Filters,
    window: Window,
    *,
    group_by: str | None = None,
    is_shared: bool = True,
) -> Cells:
    """The parts per (bucket, group), for those that have a row. Without edges the bucket is 0."""
    if window.start >= window.end:
        return {}
    by_fact: dict[Fact, list[Part]] = {}
    for part in dict.fromkeys(parts):
        by_fact.setdefault(part.fact, []).append(part)
    cells: Cells = {}
    for fact, wanted in by_fact.items():
        query = _query(fact, wanted, filters, window, group_by, is_shared=is_shared)
        for key, values in _keyed(reader.rows(query), window, group_by):
            if any(value is not None for value in values):
                cells.setdefault(key, {}).update(zip(wanted, values, strict=True))
    return cells


def _query(
    fact: Fact,
    parts: Sequence[Part],
    filters: Filters,
    window: Window,
    group_by: str | None,
    *,
    is_shared: bool,
) -> Query:
    groups = (group_by,) if group_by else ()
    table, time = _source(fact, parts, {*filters.dimensions, *groups}, window)
    buckets = (bucket_sql(time, window.edges),) if window.edges else ()
    columns = tuple(part.sql for part in parts)
    return rows_query(table, time, columns, (*buckets, *groups), filters, window, is_shared=is_shared)


def rows_query(
    table: str,
    time: str,
    columns: tuple[str, ...],
    group_by: tuple[str, ...],
    filters: Filters,
    window: Window,
    *,
    is_shared: bool,
) -> Query:
    """A query of the rows in the window that meet the filters; `time` is the table's time column."""
    names = tuple(f"{dimension} = $f{i}" for i, (dimension, _) in enumerate(filters.conditions))
    bound = tuple((f"f{i}", value) for i, (_, value) in enumerate(filters.conditions))
    where = (f"{time} >= $start", f"{time} < $end", *names)
    values = (("start", _naive(window.start)), ("end", _naive(window.end)), *bound)
    return Query(table, columns, group_by, where, values, is_shared=is_shared)


def _source(fact: Fact, parts: Sequence[Part], dimensions: set[str], window: Window) -> tuple[str, str]:
    """The table to read and its time column."""
    if window.is_hourly and dimensions <= set(fact.measured) and all(part.is_additive for part in parts):
        return fact.measure, "hour"
    return fact.table, fact.event_time


def _keyed(
    rows: Iterable[tuple[Any, ...]], window: Window, group_by: str | None
) -> Iterable[tuple[Key, tuple[Any, ...]]]:
    cuts, groups = int(bool(window.edges)), int(group_by is not None)
    for row in rows:
        bucket = int(row[0]) if cuts else 0
        yield (bucket, str(row[cuts]) if groups else None), row[cuts + groups :]


def _naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)


def _microseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND


@dataclass(frozen=True)
class _Run:
    """`count` buckets of the same width, the first of them number `first`."""

    first: int
    start: int
    width: int
    count: int


def bucket_sql(column: str, edges: Sequence[datetime]) -> str:
    """SQL for the number of the bucket that a UTC timestamp lies in; it must lie in one."""
    cuts = [_microseconds(edge) for edge in edges]
    runs: list[_Run] = []
    for number, (start, end) in enumerate(pairwise(cuts)):
        last = runs[-1] if runs else None
        if last and last.width == end - start:
            runs[-1] = _Run(last.first, last.start, last.width, last.count + 1)
        else:
            runs.append(_Run(number, start, end - start, 1))
    time = f"epoch_us({column})"
    return decision(time, [run.start for run in runs], lambda i: _within(time, runs[i]))


def _within(time: str, run: _Run) -> str:
    return str(run.first) if run.count == 1 else f"({run.first} + ({time} - {run.start}) // {run.width})"


def decision(value: str, starts: Sequence[int | str], leaf: Callable[[int], str]) -> str:
    """A balanced tree of comparisons: the leaf of the last start that is not above the value."""

    def tree(low: int, high: int) -> str:
        if high - low == 1:
            return leaf(low)
        middle = (low + high) // 2
        return f"CASE WHEN {value} < {starts[middle]} THEN {tree(low, middle)} ELSE {tree(middle, high)} END"

    return tree(0, len(starts))
