"""Where the numbers of portals come from: tables of figures, fetched once for all who need the same rows.

A plan names what it needs before anything is read. Plans of many portals name their needs together, so that
every customer's reader asks the very same queries, which one pass over everybody's rows then answers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from core.measures.table import FigureTable, Passes, Sought
from core.periods import Period
from core.store.readers import Reader


# Compared by identity: `need` makes one of each, and they are looked up for every number.
@dataclass(frozen=True, eq=False)
class Need:
    """A table of figures over a period."""

    period: Period
    sought: Sought


# One that was forgotten and is made anew only costs reading its table twice.
@lru_cache(maxsize=4096)
def need(period: Period, sought: Sought) -> Need:
    """That table over that period."""
    return Need(period, sought)


class SharedNeeds:
    """What all of the plans need, by period."""

    def __init__(self, needs: Iterable[Need]) -> None:
        self._sought: dict[Period, dict[Sought, None]] = {}
        for one in dict.fromkeys(needs):
            self._sought.setdefault(one.period, {})[one.sought] = None
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

    def table(self, wanted: Need) -> FigureTable:
        # A card asks for the same one for its value and for its change.
        if wanted not in self._tables:
            self._tables[wanted] = self._made(wanted)
        return self._tables[wanted]

    def _made(self, wanted: Need) -> FigureTable:
        if wanted.period not in self._passes:
            self._passes[wanted.period] = self._needs.passes(self.reader, wanted.period)
        return self._passes[wanted.period].table(wanted.sought)
