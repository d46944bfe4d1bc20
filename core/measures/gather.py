"""Fetches parts in one pass per fact: from the hourly measure where it is exact, else from the rows.

What the parts mean is `core.measures.parts`, where a window is cut `core.measures.window`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core.catalogue import Fact
from core.measures.parts import Part
from core.measures.question import Filters
from core.measures.window import Window, bucket_sql
from core.store.query import Query
from core.store.readers import Reader

Key = tuple[int, str | None]
Cells = dict[Key, dict[Part, Any]]
_Values = tuple[tuple[str, object], ...]


@dataclass(frozen=True)
class Cut:
    """How the rows of a window are told apart: by its buckets, and by the groups of a dimension."""

    window: Window
    group_by: str | None = None


@dataclass(frozen=True)
class _Source:
    """The table to read and its time column."""

    table: str
    time: str


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
    cut = Cut(window, group_by)
    return gather_cuts(reader, {cut: parts}, filters, is_shared=is_shared)[cut]


def gather_cuts(
    reader: Reader, wanted: Mapping[Cut, Iterable[Part]], filters: Filters, *, is_shared: bool = True
) -> dict[Cut, Cells]:
    """The parts of several cuts of one stretch of time, as `gather` has them for one.

    Those that can be read from the same table share the pass over its rows.
    """
    cells: dict[Cut, Cells] = {cut: {} for cut in wanted}
    for source, cuts in _passes(wanted, filters).items():
        together = _Together(source, cuts)
        query = together.query(filters, is_shared=is_shared)
        for cut, key, found in together.told_apart(reader.rows(query)):
            known = cells[cut].setdefault(key, found)
            if known is not found:
                known.update(found)
    return cells


def _passes(
    wanted: Mapping[Cut, Iterable[Part]], filters: Filters
) -> dict[_Source, dict[Cut, dict[Part, None]]]:
    """Which parts of which cuts come from which table."""
    passes: dict[_Source, dict[Cut, dict[Part, None]]] = {}
    for cut, parts in wanted.items():
        if cut.window.start >= cut.window.end:
            continue
        by_fact: dict[Fact, dict[Part, None]] = {}
        for part in parts:
            by_fact.setdefault(part.fact, {})[part] = None
        for fact, of_fact in by_fact.items():
            passes.setdefault(_source(fact, of_fact, cut, filters), {})[cut] = of_fact
    return passes


def _source(fact: Fact, parts: Iterable[Part], cut: Cut, filters: Filters) -> _Source:
    dimensions = {*filters.dimensions, *((cut.group_by,) if cut.group_by else ())}
    is_measured = cut.window.is_hourly and dimensions <= set(fact.measured)
    if is_measured and all(part.is_additive for part in parts):
        return _Source(fact.measure, "hour")
    return _Source(fact.table, fact.event_time)


class _Together:
    """One pass for several cuts, each of which groups the rows by some of the expressions."""

    def __init__(self, source: _Source, cuts: Mapping[Cut, Iterable[Part]]) -> None:
        self._source, self._cuts = source, list(cuts)
        self._parts = list(dict.fromkeys(part for parts in cuts.values() for part in parts))
        self._places: dict[str, int] = {}
        self._values: _Values = ()
        self._sets = [self._set(cut, f"cut{number}_") for number, cut in enumerate(cuts)]

    def _set(self, cut: Cut, name: str) -> tuple[int, ...]:
        """The places of the cut's expressions: its bucket, then its group."""
        expressions = [cut.group_by] if cut.group_by else []
        if cut.window.edges:
            bucket, values = bucket_sql(self._source.time, cut.window.edges, name)
            expressions.insert(0, bucket)
            self._values += values
        return tuple(self._places.setdefault(text, len(self._places)) for text in expressions)

    def query(self, filters: Filters, *, is_shared: bool) -> Query:
        columns = tuple(part.sql for part in self._parts)
        return rows_query(
            self._source.table,
            self._source.time,
            columns,
            tuple(self._places),
            filters,
            self._cuts[0].window,
            sets=tuple(self._sets),
            values=self._values,
            is_shared=is_shared,
        )

    def told_apart(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Cut, Key, dict[Part, Any]]]:
        """The cut, the cell and the parts of every row that is about anything."""
        width, parts = len(self._places), self._parts
        nothing = (None,) * len(parts)
        # A row of one cut has nothing where another cut groups; buckets and groups are never null.
        shapes = [tuple(place in places for place in range(width)) for places in self._sets]
        for row in rows:
            values = row[width:]
            if values == nothing:
                continue
            number = shapes.index(tuple(v is not None for v in row[:width])) if len(shapes) > 1 else 0
            cut, places = self._cuts[number], self._sets[number]
            bucket = int(row[places[0]]) if cut.window.edges else 0
            group = str(row[places[-1]]) if cut.group_by else None
            yield cut, (bucket, group), dict(zip(parts, values, strict=True))


def rows_query(
    table: str,
    time: str,
    columns: tuple[str, ...],
    group_by: tuple[str, ...],
    filters: Filters,
    window: Window,
    *,
    sets: tuple[tuple[int, ...], ...] = (),
    values: _Values = (),
    is_shared: bool,
) -> Query:
    """A query of the rows in the window that meet the filters; `time` is the table's time column."""
    names = tuple(f"{dimension} = $f{i}" for i, (dimension, _) in enumerate(filters.conditions))
    bound = tuple((f"f{i}", value) for i, (_, value) in enumerate(filters.conditions))
    where = (f"{time} >= $start", f"{time} < $end", *names)
    values = (("start", _naive(window.start)), ("end", _naive(window.end)), *values, *bound)
    return Query(table, columns, group_by, sets, where, values, is_shared=is_shared)


def _naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)
