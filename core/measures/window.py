"""A stretch of time cut into buckets, and the SQL that says which bucket a row lies in.

Buckets are told apart by their edges, made in Python: stretches of equal width are one division, so thirty
days need no comparison at all and a change of the clocks only one or two. Reading rows is
`core.measures.gather`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import groupby, pairwise

from core.periods import Period

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Window:
    """[start, end), cut into buckets at `edges` (n + 1 for n buckets; the outer ones may lie outside)."""

    start: datetime
    end: datetime
    edges: tuple[datetime, ...] = field(default=(), hash=False)

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
        return self.is_hourly_inside and _full(self.start) and _full(self.end)

    @property
    def is_hourly_inside(self) -> bool:
        """Whether every cut but its own start and end falls on a full UTC hour."""
        return all(map(_full, self.edges[1:-1]))

    @property
    def full_hours(self) -> tuple[datetime, datetime]:
        """From the first full hour in it to the last; the first is not before the last where there is none."""
        return _hour(self.start + _HOUR - _MICROSECOND), _hour(self.end)


def _full(cut: datetime) -> bool:
    # Instants are in UTC, so their minutes are the hour's.
    return not (cut.minute or cut.second or cut.microsecond)


def _hour(instant: datetime) -> datetime:
    return instant.replace(minute=0, second=0, microsecond=0)


@dataclass(frozen=True)
class _Run:
    """`count` buckets of the same width, the first of them number `first`."""

    first: int
    start: int
    width: int
    count: int


# People ask many things about the same days.
@lru_cache(maxsize=512)
def bucket_sql(
    column: str, edges: tuple[datetime, ...], name: str
) -> tuple[str, tuple[tuple[str, int], ...]]:
    """SQL for the number of the bucket that a UTC timestamp lies in; it must lie in one.

    With it the values to bind, whose names begin with `name`: other edges of the same shape give the same SQL.
    """
    runs = _runs(edges)
    time, names = f"epoch_us({column})", [f"{name}{number}" for number in range(len(runs))]
    text = decision(time, [f"${bound}" for bound in names], lambda i: _within(time, runs[i], names[i]))
    # Nothing is compared with where the first run starts.
    used = ((bound, run) for bound, run in zip(names, runs, strict=True) if run.first or run.count > 1)
    return text, tuple((bound, run.start) for bound, run in used)


def _runs(edges: Sequence[datetime]) -> list[_Run]:
    cuts = [(edge - _EPOCH) // _MICROSECOND for edge in edges]
    runs: list[_Run] = []
    first = 0
    for width, alike in groupby(end - start for start, end in pairwise(cuts)):
        count = sum(1 for _ in alike)
        runs.append(_Run(first, cuts[first], width, count))
        first += count
    return runs


def _within(time: str, run: _Run, start: str) -> str:
    return str(run.first) if run.count == 1 else f"({run.first} + ({time} - ${start}) // {run.width})"


def decision(value: str, starts: Sequence[int | str], leaf: Callable[[int], str]) -> str:
    """A balanced tree of comparisons: the leaf of the last start that is not above the value."""

    def tree(low: int, high: int) -> str:
        if high - low == 1:
            return leaf(low)
        middle = (low + high) // 2
        return f"CASE WHEN {value} < {starts[middle]} THEN {tree(low, middle)} ELSE {tree(middle, high)} END"

    return tree(0, len(starts))
