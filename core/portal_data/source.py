"""Where the numbers of portals come from: tables of figures, fetched once for all who need the same rows.

A plan names what it needs before anything is read. Plans of many portals name their needs together, so that
every customer's reader asks the very same queries, which one pass over everybody's rows then answers.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from core.catalogue import Fact
from core.measures import Number
from core.measures.gather import read_by_hours
from core.measures.question import Asked
from core.measures.table import FigureTable, Passes, Sought, Tables
from core.periods import Period
from core.portal_data.customer import data_since
from core.store.query import Query
from core.store.readers import Reader


# Compared by identity: `need` makes one of each, and they are looked up for every number.
@dataclass(frozen=True, eq=False)
class Need:
    """A table of figures over a period; of a series only the values of its buckets are asked for."""

    period: Period
    sought: Sought
    is_series: bool = False


# One that was forgotten and is made anew only costs reading its table twice.
@lru_cache(maxsize=4096)
def need(period: Period, sought: Sought, *, is_series: bool = False) -> Need:
    """That table over that period."""
    return Need(period, sought, is_series)


class SharedNeeds:
    """What all of the plans need, by period."""

    def __init__(self, needs: Iterable[Need]) -> None:
        self._read_for = _read_for(dict.fromkeys(needs))
        self._sought: dict[Period, dict[Sought, None]] = {}
        for one in self._read_for.values():
            self._sought.setdefault(one.period, {})[one.sought] = None
        self._passes: dict[Period, Passes] = {}

    def read_for(self, wanted: Need) -> Need:
        """What is read for it: itself, or a series that ends with it."""
        return self._read_for.get(wanted, wanted)

    def queries(self, reader: Reader, needs: Iterable[Need]) -> Iterator[Query]:
        """What whoever reads for those needs asks of the rows."""
        for period in dict.fromkeys(self.read_for(one).period for one in needs):
            yield from self.passes(reader, period).queries

    def passes(self, reader: Reader, period: Period) -> Passes:
        """Everything that is needed over that period, for such a reader."""
        found = self._passes.get(period)
        if found is None:
            found = _passes(period, tuple(self._sought[period]), read_by_hours(reader))
            self._passes[period] = found
        return found


class NumberSource:
    """One reader's tables; nothing is read before it is asked for, and nothing twice."""

    def __init__(self, reader: Reader, needs: SharedNeeds) -> None:
        self.reader = reader
        self._needs = needs
        self._read: dict[Period, Tables] = {}
        self._tables: dict[Need, FigureTable] = {}
        self._series: dict[Need, Sequence[Number | None]] = {}

    @cached_property
    def _since(self) -> datetime | None:
        return data_since(self.reader)

    def covers(self, period: Period) -> bool:
        """Whether the customer's data begins with it or before."""
        return self._since is not None and self._since <= period.start

    def table(self, wanted: Need) -> FigureTable:
        # A card asks for the same one for its value and for its change.
        found = self._tables.get(wanted)
        if found is None:
            found = self._tables[wanted] = self._made(wanted)
        return found

    def values(self, series: Need) -> Sequence[Number | None]:
        """The value of every bucket of a series."""
        read = self._needs.read_for(series)
        found = self._series.get(read)
        if found is None:
            found = self._series[read] = self.table(read).bucket_values
        return found[len(found) + 1 - len(series.sought.edges) :] if found else found

    def _made(self, wanted: Need) -> FigureTable:
        read = self._read.get(wanted.period)
        if read is None:
            read = Tables(self.reader, self._needs.passes(self.reader, wanted.period))
            self._read[wanted.period] = read
        return read.table(wanted.sought)


# What the next customers of a zone need is mostly what those before needed.
@lru_cache(maxsize=256)
def _passes(period: Period, sought: tuple[Sought, ...], by_hours: frozenset[Fact]) -> Passes:
    return Passes(sought, period, by_hours)


def _read_for(needs: Iterable[Need]) -> dict[Need, Need]:
    """For each what is read. The last 7 and 30 days are the end of the last 90, so only these are read."""
    found: dict[Need, Need] = {}
    longest: dict[tuple[Asked, datetime, ZoneInfo], list[Need]] = {}
    for one in sorted(needs, key=lambda one: len(one.sought.edges), reverse=True):
        key = one.sought.asked, one.period.end, one.period.zone
        known = longest.setdefault(key, []) if one.is_series else []
        found[one] = next((longer for longer in known if _ends_with(longer, one)), one)
        if found[one] is one:
            known.append(one)
    return found


def _ends_with(longer: Need, series: Need) -> bool:
    """Whether the last buckets of the one are those of the other, and none of them is cut at its start."""
    edges = series.sought.edges
    is_whole = bool(edges) and max(longer.period.start, series.period.start) <= edges[0]
    return is_whole and longer.sought.edges[-len(edges) :] == edges
