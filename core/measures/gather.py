"""Fetches parts in one pass per fact: from the hourly measure where it is exact, else from the rows. Of many customers
only the hours that a window cuts at its start or end are read from the rows: of one there are so few that reading two
tables would take longer.

What the parts mean is `core.measures.parts`, where a window is cut `core.measures.window`.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import islice, repeat
from typing import Any, NamedTuple

from core.catalogue import FACTS, Fact
from core.measures.parts import Part
from core.measures.question import Filters
from core.measures.window import Window, bucket_sql
from core.store.query import MOMENT, Query, Stretch
from core.store.readers import Reader

Key = tuple[int, str | None]
Cells = dict[Key, dict[Part, Any]]
_Values = tuple[tuple[str, object], ...]
# Of a shorter stretch the rows are read as fast, as they are where an hour has only a few of them.
_STITCHED_FROM = timedelta(days=2)
_MANY_IN_AN_HOUR = 4


@dataclass(frozen=True)
class Cut:
    """How the rows of a window are told apart: by its buckets, and by the groups of a dimension.

    Questions that need single rows have cuts of their own (`of_rows`), so that the others read the same table, and
    add it up in the same order, whoever asks beside them.
    """

    window: Window
    group_by: str | None = None
    of_rows: bool = False

    # Looked up for every table of figures. For hundreds of edges their number speaks well enough.
    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.window, len(self.window.edges), self.group_by, self.of_rows))


@dataclass(frozen=True)
class _Source:
    """The table to read and its time column; and the fact that stands in for the hours that the window cuts."""

    table: str
    time: str
    cut_hours: Fact | None = None


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
    gathering = Gathering(wanted, filters, is_shared=is_shared, by_hours=read_by_hours(reader))
    for cut, found in gathering.read(reader).items():
        for table in found:
            for key, values in zip(table.keys, zip(*table.columns.values(), strict=True), strict=True):
                cells[cut].setdefault(key, {}).update(zip(table.columns, values, strict=True))
    return cells


def read_by_hours(reader: Reader) -> frozenset[Fact]:
    """The facts whose full hours are better read from the measure where a window cuts others."""
    if reader.customer_id is None:
        return frozenset(FACTS)
    if not reader.is_of_many:
        return frozenset()
    sizes = reader.table_sizes
    return frozenset(fact for fact in FACTS if sizes[fact.table] >= _MANY_IN_AN_HOUR * sizes[fact.measure])


class PartTable(NamedTuple):
    """What one pass says about a cut, column by column: the cells that have a row, and each part in all of them."""

    keys: list[Key]
    columns: Mapping[Part, Sequence[Any]]


class Gathering:
    """Which tables are read for which cuts; made once, it reads for any reader of the same stretch of time."""

    def __init__(
        self,
        wanted: Mapping[Cut, Iterable[Part]],
        filters: Filters,
        *,
        is_shared: bool = True,
        by_hours: Container[Fact] = (),
    ) -> None:
        self._cuts = list(wanted)
        passes = _passes(wanted, filters, by_hours)
        together = [_Together(source, cuts) for source, cuts in passes.items()]
        self._passes = [(one, one.query(filters, is_shared=is_shared)) for one in together]

    @property
    def queries(self) -> list[Query]:
        """What it asks of every reader."""
        return [query for _, query in self._passes]

    def read(self, reader: Reader) -> dict[Cut, list[PartTable]]:
        """For every cut what each of its tables says; nothing where no row is."""
        found: dict[Cut, list[PartTable]] = {cut: [] for cut in self._cuts}
        for together, query in self._passes:
            for cut, table in together.told_apart(reader.rows(query)):
                found[cut].append(table)
        return found


def _passes(
    wanted: Mapping[Cut, Iterable[Part]], filters: Filters, by_hours: Container[Fact]
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
            source = _source(fact, of_fact, cut, filters, by_hours)
            passes.setdefault(source, {})[cut] = of_fact
    return passes


def _source(
    fact: Fact, parts: Iterable[Part], cut: Cut, filters: Filters, by_hours: Container[Fact]
) -> _Source:
    dimensions = {*filters.dimensions, *((cut.group_by,) if cut.group_by else ())}
    window, of_rows = cut.window, _Source(fact.table, fact.event_time)
    if not dimensions <= set(fact.measured) or any(part.column is None for part in parts):
        return of_rows
    if window.is_hourly:
        return _Source(fact.measure, "hour")
    is_long = window.end - window.start >= _STITCHED_FROM
    if fact in by_hours and is_long and window.is_hourly_inside:
        return _Source(fact.measure, MOMENT, fact)
    return of_rows


class _Together:
    """One pass for several cuts, each of which groups the rows by some of the expressions."""

    def __init__(self, source: _Source, cuts: Mapping[Cut, Iterable[Part]]) -> None:
        self._source, self._cuts = source, list(cuts)
        self._parts = list(dict.fromkeys(part for parts in cuts.values() for part in parts))
        self._places: dict[str, int] = {}
        self._names: dict[tuple[datetime, ...], str] = {}
        self._values: dict[str, object] = {}
        self._sets = [self._set(cut) for cut in cuts]

    def _set(self, cut: Cut) -> tuple[int, ...]:
        """The places of the cut's expressions: its bucket, then its group. Cuts at the same edges have the same."""
        expressions = [cut.group_by] if cut.group_by else []
        if edges := cut.window.edges:
            name = self._names.setdefault(edges, f"cut{len(self._names)}_")
            bucket, values = bucket_sql(self._source.time, edges, name)
            expressions.insert(0, bucket)
            self._values |= values
        return tuple(self._places.setdefault(text, len(self._places)) for text in expressions)

    def query(self, filters: Filters, *, is_shared: bool) -> Query:
        columns, window = tuple(part.sql for part in self._parts), self._cuts[0].window
        # Windows of one bucket are the same set, however long they are.
        sets = tuple(dict.fromkeys(self._sets))
        where, bound = _filtered(filters)
        groups = (cut.group_by for cut in self._cuts if cut.group_by)
        read = (part.column for part in self._parts if part.column)
        stretches = self._stretches(window)
        return Query(
            self._source.table,
            columns,
            tuple(self._places),
            sets,
            where,
            (*self._values.items(), *bound),
            is_shared=is_shared,
            stretches=stretches,
            names=tuple(dict.fromkeys((*filters.dimensions, *groups, *read))) if len(stretches) > 1 else (),
        )

    def _stretches(self, window: Window) -> tuple[Stretch, ...]:
        """Where there are rows of the window; of one that cuts hours, its full hours and what is around them."""
        source, fact = self._source, self._source.cut_hours
        if fact is None:
            return (_stretch(source.table, source.time, window.start, window.end),)
        first, last = window.full_hours
        stretches = (
            _stretch(fact.measure, "hour", first, last),
            _stretch(fact.table, fact.event_time, window.start, first),
            _stretch(fact.table, fact.event_time, last, window.end),
        )
        return tuple(one for one in stretches if one.start < one.end)

    def told_apart(self, rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[Cut, PartTable]]:
        """The cuts that have a row which is about anything, and what stands in those rows."""
        width, nothing = len(self._places), (None,) * len(self._parts)
        # Comparing a Decimal with nothing takes a microsecond; where the last part is there, the row is about it.
        known = [row for row in rows if row[-1] is not None or row[width:] != nothing]
        if len(self._cuts) == 1:
            # What most questions are.
            if known:
                yield self._cuts[0], self._table(self._cuts[0], self._sets[0], known)
            return
        if len(set(self._sets)) == 1:
            by_shape = {self._shape(self._sets[0]): known}
        else:
            by_shape = _by_shape(known, width)
        made: dict[tuple[int, ...], PartTable] = {}
        for cut, places in zip(self._cuts, self._sets, strict=True):
            if own := by_shape.get(self._shape(places)):
                if places not in made:
                    made[places] = self._table(cut, places, own)
                yield cut, made[places]

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
    is_shared: bool,
) -> Query:
    """A query of the rows in the window that meet the filters; `time` is the table's time column."""
    where, bound = _filtered(filters)
    stretch = _stretch(table, time, window.start, window.end)
    return Query(table, columns, group_by, (), where, bound, is_shared=is_shared, stretches=(stretch,))


def _stretch(table: str, time: str, start: datetime, end: datetime) -> Stretch:
    return Stretch(table, time, _naive(start), _naive(end))


def _filtered(filters: Filters) -> tuple[tuple[str, ...], _Values]:
    where = tuple(f"{dimension} = $f{i}" for i, (dimension, _) in enumerate(filters.conditions))
    return where, tuple((f"f{i}", value) for i, (_, value) in enumerate(filters.conditions))


def _naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)
