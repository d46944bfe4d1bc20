"""Figures of many questions at once: per bucket and group, with as few passes over the rows as possible.

Shared by single values, series, breakdowns and comparisons; nothing here knows which of them asks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from core.measures.answer import BudgetState, Figures
from core.measures.burn_rate import NO_BUDGET, burn_rates
from core.measures.daily import figures_of_days
from core.measures.gather import Cells, Key, Window, gather
from core.measures.parts import figures_of, parts_of
from core.measures.question import Asked, Filters
from core.periods import Granularity, Period, bucket_edges
from core.store.readers import Reader


@dataclass(frozen=True)
class FigureTable:
    """The figures of one question, per (bucket, group), for those cells that have a row."""

    asked: Asked
    window: Window
    cells: Mapping[Key, Figures]
    budgets: Mapping[Key, BudgetState] = field(default_factory=dict)

    def at(self, bucket: int, group: str | None = None) -> Figures:
        """The cell's figures; without rows 0 for counters, None for the rest."""
        found = self.cells.get((bucket, group))
        if found is not None:
            return found
        if self.asked.is_burn_rate:
            return NO_BUDGET[0]
        return figures_of(self.asked, {}, self.window.seconds(bucket))

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
    """One table a question, in their order. Questions about the same rows share a pass."""
    window = Window.of(period, edges)
    days = Window.of(period, bucket_edges(period, Granularity.DAY))
    passes = _Passes(reader, questions, window, days, group_by)
    return [passes.table(asked) for asked in questions]


class _Passes:
    """Which rows are read once for which questions."""

    def __init__(
        self, reader: Reader, questions: Sequence[Asked], window: Window, days: Window, group_by: str | None
    ) -> None:
        self._reader, self._window, self._days, self._group_by = reader, window, days, group_by
        self._together: dict[tuple[Filters, bool], list[Asked]] = {}
        self._cells: dict[tuple[Filters, bool], Cells] = {}
        for asked in questions:
            self._together.setdefault((asked.row_filters, asked.reads_days), []).append(asked)

    def table(self, asked: Asked) -> FigureTable:
        if asked.is_burn_rate:
            return self._burn_rates(asked)
        if asked.reads_days:
            return _by_days(asked, self._plain(asked.as_total(), self._days, asked), self._window)
        return self._plain(asked, self._window, asked)

    def _plain(self, asked: Asked, window: Window, original: Asked) -> FigureTable:
        wanted = parts_of(asked)
        figures = {
            key: figures_of(asked, parts, window.seconds(key[0]))
            for key, parts in self._gathered(original, window).items()
            if any(part in parts for part in wanted)
        }
        return FigureTable(asked, window, figures)

    def _gathered(self, asked: Asked, window: Window) -> Cells:
        key = (asked.row_filters, asked.reads_days)
        if key not in self._cells:
            together = (
                a.as_total() if a.reads_days else a for a in self._together[key] if not a.is_burn_rate
            )
            parts = [part for a in together for part in parts_of(a)]
            self._cells[key] = gather(self._reader, parts, key[0], window, group_by=self._group_by)
        return self._cells[key]

    def _burn_rates(self, asked: Asked) -> FigureTable:
        found = burn_rates(self._reader, asked.filters, self._window, self._group_by)
        figures = {key: figures for key, (figures, _) in found.items()}
        budgets = {key: budget for key, (_, budget) in found.items() if budget}
        return FigureTable(asked, self._window, figures, budgets)


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
