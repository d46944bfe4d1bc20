"""Figures of many questions at once: per bucket and group, with as few passes over the rows as possible.

Shared by single values, series, breakdowns and comparisons; nothing here knows which of them asks.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

from core.catalogue import Fact
from core.measures.answer import BudgetState, Figures, Number
from core.measures.burn_rate import NO_BUDGET, burn_rates
from core.measures.cells import Cells
from core.measures.daily import figures_of_days
from core.measures.gather import Cut, Gathering, Key, PartTable, read_by_hours
from core.measures.parts import Part, Recipe
from core.measures.question import Asked, Filters
from core.measures.window import Window
from core.periods import Granularity, Period, bucket_edges
from core.store.query import Query
from core.store.readers import Reader


@dataclass(frozen=True)
class Sought:
    """One question and how its figures are told apart: by buckets between `edges`, by the groups of a dimension."""

    asked: Asked
    edges: tuple[datetime, ...] = ()
    group_by: str | None = None

    # Looked up for every table of figures. For hundreds of instants their number speaks well enough.
    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.asked, len(self.edges), self.group_by))


class FigureTable(NamedTuple):
    """The figures of one question, per (bucket, group), for those cells that have a row."""

    asked: Asked
    window: Window
    cells: Mapping[Key, Figures]
    budgets: Mapping[Key, BudgetState] = MappingProxyType({})

    def at(self, bucket: int, group: str | None = None) -> Figures:
        """The cell's figures; without rows 0 for counters, None for the rest."""
        found = self.cells.get((bucket, group))
        if found is not None:
            return found
        nothing = self._nothing
        return Recipe.of(self.asked).figures({}, self.window, bucket) if nothing is None else nothing

    @property
    def bucket_values(self) -> Sequence[Number | None]:
        """The value of every bucket, where nothing is grouped; none without edges."""
        count = self.window.bucket_count if self.window.edges else 0
        nothing = self._nothing
        if not isinstance(self.cells, Cells) or nothing is None:
            return [self.at(bucket).value for bucket in range(count)]
        found = [nothing.value] * count
        for bucket, value in self.cells.bucket_values() if count else ():
            found[bucket] = value
        return found

    @property
    def _nothing(self) -> Figures | None:
        """What stands in every bucket without rows; None where that depends on the bucket."""
        return NO_BUDGET[0] if self.asked.is_burn_rate else Recipe.of(self.asked).nothing

    @property
    def groups(self) -> list[str]:
        """Every group that has a row, in order."""
        return sorted({group for _, group in self.cells if group is not None})


def figure_tables(
    reader: Reader,
    questions: Sequence[Asked],
    period: Period,
    edges: tuple[datetime, ...] = (),
    group_by: str | None = None,
) -> list[FigureTable]:
    """One table a question, in their order, all told apart in the same way."""
    return tables_of(reader, [Sought(asked, edges, group_by) for asked in questions], period)


def tables_of(reader: Reader, sought: Sequence[Sought], period: Period) -> list[FigureTable]:
    """One table for each, in their order. Questions about the same rows share a pass, however they are cut."""
    tables = Tables(reader, Passes(sought, period, read_by_hours(reader)))
    return [tables.table(one) for one in sought]


@dataclass(frozen=True, eq=False)
class _Plain:
    """What is asked of the rows themselves: which of them, how they are told apart, which parts."""

    asked: Asked
    recipe: Recipe
    filters: Filters
    cut: Cut


class Passes:
    """Which rows are read once for which questions, whoever reads them; the hours of the facts `by_hours` are read from
    the measure where a window cuts others."""

    def __init__(self, sought: Sequence[Sought], period: Period, by_hours: Container[Fact] = ()) -> None:
        self.period = period
        # Each once, so that those that are alike are found without being compared.
        self._cuts: dict[Cut, Cut] = {}
        self.plain = {one: self._read_as(one) for one in sought if not one.asked.is_burn_rate}
        self._by_hours = by_hours
        self._gatherings: dict[Filters, Gathering] = {}

    @cached_property
    def _days(self) -> tuple[datetime, ...]:
        return bucket_edges(self.period, Granularity.DAY)

    def _read_as(self, one: Sought) -> _Plain:
        """How its rows are read; a question about days reads days, whatever it is asked for."""
        asked = one.asked.as_total() if one.asked.reads_days else one.asked
        window = Window.of(self.period, self._days if one.asked.reads_days else one.edges)
        recipe = Recipe.of(asked)
        cut = Cut(window, one.group_by, recipe.is_of_rows)
        return _Plain(asked, recipe, asked.row_filters, self._cuts.setdefault(cut, cut))

    @cached_property
    def queries(self) -> list[Query]:
        """What is asked of the rows themselves."""
        filters = dict.fromkeys(plain.filters for plain in self.plain.values())
        return [query for one in filters for query in self.gathering(one).queries]

    def gathering(self, filters: Filters) -> Gathering:
        """What reads the rows that meet the filters."""
        found = self._gatherings.get(filters)
        if found is None:
            found = Gathering(self._wanted(filters), filters, by_hours=self._by_hours)
            self._gatherings[filters] = found
        return found

    def _wanted(self, filters: Filters) -> dict[Cut, list[Part]]:
        wanted: dict[Cut, list[Part]] = {}
        for plain in self.plain.values():
            if plain.filters == filters:
                wanted.setdefault(plain.cut, []).extend(plain.recipe.parts)
        return wanted


class Tables:
    """The tables of figures that one reader's rows give in those passes, each of which is made when it is needed."""

    def __init__(self, reader: Reader, passes: Passes) -> None:
        self._reader, self._passes = reader, passes
        self._found: dict[Filters, dict[Cut, list[PartTable]]] = {}

    def table(self, one: Sought) -> FigureTable:
        """That of a question which the passes were made for."""
        period = self._passes.period
        if one.asked.is_burn_rate:
            return self._burn_rates(one, Window.of(period, one.edges))
        plain = self._passes.plain[one]
        found, window = self._gathered(plain.filters)[plain.cut], plain.cut.window
        table = FigureTable(plain.asked, window, Cells.of(plain.recipe, window, found))
        # Figures of days are made from the days' totals.
        is_of_days = one.asked.reads_days
        return _by_days(one.asked, table, Window.of(period, one.edges)) if is_of_days else table

    def _gathered(self, filters: Filters) -> dict[Cut, list[PartTable]]:
        found = self._found.get(filters)
        if found is None:
            found = self._found[filters] = self._passes.gathering(filters).read(self._reader)
        return found

    def _burn_rates(self, one: Sought, window: Window) -> FigureTable:
        found = burn_rates(self._reader, one.asked.filters, window, one.group_by)
        figures = {key: figures for key, (figures, _) in found.items()}
        budgets = {key: budget for key, (_, budget) in found.items() if budget}
        return FigureTable(one.asked, window, figures, budgets)


def _by_days(asked: Asked, days: FigureTable, window: Window) -> FigureTable:
    """Every bucket's figure from those of its days; buckets are days or made of them."""
    groups: list[str | None] = [*days.groups] if days.groups else [None]
    cells = {
        (bucket, group): figures_of_days(asked.aggregation, [days.at(day, group) for day in numbers])
        for bucket, numbers in enumerate(_days_in(days.window, window))
        for group in groups
    }
    return FigureTable(asked, window, cells)


def _days_in(days: Window, window: Window) -> list[list[int]]:
    """The numbers of the days in every bucket."""
    numbers = list(range(len(days.edges[1:])))
    if not window.edges:
        return [numbers]
    buckets: list[list[int]] = [[] for _ in window.edges[1:]]
    bucket = 0
    for day in numbers:
        while window.edges[bucket + 1] <= days.edges[day]:
            bucket += 1
        buckets[bucket].append(day)
    return buckets
