"""Where the numbers of portals come from: tables of figures, fetched once for all who need the same rows.

A plan names what it needs before anything is read. Plans of many portals name their needs together, so that
every customer's reader asks the very same queries, which one pass over everybody's rows then answers.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from core.measures.table import FigureTable, Passes, Sought
from core.periods import Period
from core.store.readers import Reader


@dataclass(frozen=True)
class Need:
    """A table of figures over a period."""

    period: Period
    sought: Sought


class SharedNeeds:
    """What all of the plans need, by period."""

    def __init__(self, needs: Iterable[Need]) -> None:
        self._sought: dict[Period, dict[Sought, None]] = {}
        for need in needs:
            self._sought.setdefault(need.period, {})[need.sought] = None
        self._passes: dict[Period, Passes] = {}

    def passes(self, reader: Reader, period: Period) -> Passes:
        """Everything that is needed over that period, over the rows that the reader sees."""
        if period not in self._passes:
            self._passes[period] = Passes(reader, list(self._sought[period]), period)
        return self._passes[period].for_reader(reader)


class NumberSource:
    """One reader's tables; nothing is read before it is asked for, and nothing twice."""

    def __init__(self, reader: Reader, needs: SharedNeeds) -> None:
        self.reader = reader
        self._needs = needs
        self._passes: dict[Period, Passes] = {}
        self._tables: dict[Need, FigureTable] = {}

    def table(self, need: Need) -> FigureTable:
        # A card asks for the same one for its value and for its change.
        if need not in self._tables:
            self._tables[need] = self._made(need)
        return self._tables[need]

    def _made(self, need: Need) -> FigureTable:
        if need.period not in self._passes:
            self._passes[need.period] = self._needs.passes(self.reader, need.period)
        return self._passes[need.period].table(need.sought)
