"""Fetches parts in one pass per fact: from the hourly measure where it is exact, else from the rows.

What the parts mean is `core.measures.parts`, where a window is cut `core.measures.window`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice, repeat
from typing import Any, NamedTuple

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
    for cut, found in Gathering(wanted, filters, is_shared=is_shared).read(reader).items():
        for table in found:
            for key, values in zip(table.keys, zip(*table.columns.values(), strict=True), strict=True):
                cells[cut].setdefault(key, {}).update(zip(table.columns, values, strict=True))
    return cells


class PartTable(NamedTuple):
    """What one pass says about a cut, column by column: the cells that have a row, and each part in all of them."""

    keys: list[Key]
    columns: dict[Part, Sequence[Any]]


class Gathering:
    """Which tables are read for which cuts; made once, it reads for any reader of the same stretch of time."""

    def __init__(
        self, wanted: Mapping[Cut, Iterable[Part]], filters: Filters, *, is_shared: bool = True
    ) -> None:
        self._cuts = list(wanted)
        together = [_Together(source, cuts) for source, cuts in _passes(wanted, filters).items()]
        self._passes = [(one, one.query(filters, is_shared=is_shared)) for one in together]

    def read(self, reader: Reader) -> dict[Cut, list[PartTable]]:
        """For every cut what each of its tables says; nothing where no row is."""
        found: dict[Cut, list[PartTable]] = {cut: [] for cut in self._cuts}
        for together, query in self._passes:
            for cut, table in together.told_apart(reader.rows(query)):
                found[cut].append(table)
        return found


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
            # Windows of one bucket are the same set, however long they are.
            sets=tuple(dict.fromkeys(self._sets)),
            values=self._values,
            is_shared=is_shared,
        )

    def told_apart(self, rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[Cut, PartTable]]:
        """The cuts that have a row which is about anything, and what stands in those rows."""
        width, nothing = len(self._places), (None,) * len(self._parts)
        known = [row for row in rows if row[width:] != nothing]
        if len(self._sets) == 1:
            by_shape = {self._shape(self._sets[0]): known}
        else:
            by_shape = _by_shape(known, width)
        for cut, places in zip(self._cuts, self._sets, strict=True):
            if own := by_shape.get(self._shape(places)):
                yield cut, self._table(cut, places, own)

    def _shape(self, places: tuple[int, ...]) -> tuple[bool, ...]:
        """Where a row of a cut has nothing: where another cut groups. Buckets and groups are never null."""
        return tuple(place not in places for place in range(len(self._places)))

    def _table(self, cut: Cut, places: tuple[int, ...], rows: Sequence[tuple[Any, ...]]) -> PartTable:
        columns = [*zip(*rows, strict=True)]
        buckets: Iterable[int] = columns[places[0]] if cut.window.edges else repeat(0, len(rows))
        groups: Iterable[str | None] = columns[places[-1]] if cut.group_by else repeat(None, len(rows))
        parts = columns[len(self._places) :]
        return PartTable([*zip(buckets, groups, strict=True)], dict(zip(self._parts, parts, strict=True)))


def _by_shape(rows: Sequence[tuple[Any, ...]], width: int) -> dict[tuple[bool, ...], list[tuple[Any, ...]]]:
    """The rows by which of their first places have nothing, column by column: there are many of them."""
    empty = [[value is None for value in column] for column in islice(zip(*rows, strict=True), width)]
    found: dict[tuple[bool, ...], list[tuple[Any, ...]]] = {}
    for row, shape in zip(rows, zip(*empty, strict=True), strict=False):
        found.setdefault(shape, []).append(row)
    return found


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
