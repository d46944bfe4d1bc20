"""Computes the days of tasks over the build's own tables, by the engine that answers the API.

Customers whose days begin and end at the same instants are one pass over the rows, whatever their zones are
called. What comes out is handed on in pieces of bounded size; nothing is written here.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from core.custom_metrics import CustomMetricDefinition
from core.custom_values import BucketNumbers, CustomBuckets, custom_buckets, standard_questions
from core.errors import ProoflineError
from core.measures.question import EVERYTHING
from core.periods import day_start
from core.store.readers import CustomerReaders, Reader
from core.store.snapshot import Snapshot
from pipeline.custom_metrics.definitions import Defined
from pipeline.custom_metrics.due import Days, Task

# Days between two touched ones that are rather computed for nothing than skipped by another pass over the rows.
_GAP = 7
_MOST_VALUES = 60_000
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Piece:
    """One metric over some customers and days: either its values, or the reason why there are none."""

    metric: CustomMetricDefinition
    customer_ids: tuple[str, ...]
    rows: tuple[tuple[str, date, float | None, str], ...] = ()
    refusal: str | None = None


@dataclass(frozen=True)
class Pass:
    """Customers whose days have the same edges, and the numbers of the days that each needs."""

    metrics: tuple[CustomMetricDefinition, ...]
    days: Days
    edges: tuple[datetime, ...]
    zone: ZoneInfo
    wanted: Mapping[str, Sequence[int]]


def passes(tasks: Sequence[Task]) -> list[Pass]:
    """The tasks as passes over the rows, none of them too large."""
    return [smaller for task in tasks for run in _runs(task) for smaller in _passes(task, *run)]


def pieces(snapshot: Snapshot, defined: Defined, one: Pass, until: datetime) -> Iterator[Piece]:
    """Every metric of the pass, computed; one that cannot be is told and harms no other."""
    with _opener(snapshot, list(one.wanted)) as open_reader:
        numbers = BucketNumbers(open_reader, one.edges, one.zone, one.wanted, until=until)
        usable = {metric.id: defined.usable_by(metric.customer_id) for metric in one.metrics}
        # Whatever goes wrong here goes wrong again below, where it is known for which metric.
        with suppress(Exception):
            numbers.ask(
                q for m in one.metrics for q in standard_questions(m.formula, usable[m.id], EVERYTHING)
            )
        for metric in one.metrics:
            try:
                found = custom_buckets(numbers, metric.formula, usable[metric.id])
                yield Piece(metric, tuple(one.wanted), tuple(_rows(one, numbers, found)))
            except Exception as error:
                yield Piece(metric, tuple(one.wanted), refusal=_reason(error))


def _reason(error: Exception) -> str:
    return error.message if isinstance(error, ProoflineError) else f"{type(error).__name__}: {error}"


def _rows(
    one: Pass, numbers: BucketNumbers, found: CustomBuckets
) -> Iterator[tuple[str, date, float | None, str]]:
    starts = dict(zip(one.edges, one.days, strict=False))
    for place in numbers.places:
        start, customer_id = place
        assert start is not None and customer_id is not None
        inputs = {variable: column.at(place) for variable, column in found.inputs.items()}
        yield customer_id, starts[start], found.values[place], json.dumps(inputs, default=float)


@contextmanager
def _opener(snapshot: Snapshot, customer_ids: list[str]) -> Iterator[Callable[[str], Reader]]:
    """Readers of the customers: for many from shared passes, for one of its own rows alone."""
    snapshot.pin()
    if len(customer_ids) > 1:
        with CustomerReaders(snapshot, customer_ids) as shared:
            yield shared.customer
        return
    try:
        yield lambda customer_id: _reader(snapshot, customer_id)
    finally:
        snapshot.unpin()


def _reader(snapshot: Snapshot, customer_id: str) -> Reader:
    snapshot.pin()
    return Reader(snapshot, customer_id)


def _runs(task: Task) -> list[tuple[date, date]]:
    """Stretches of days without long gaps that cover all days of the task."""
    runs: list[tuple[date, date]] = []
    for day in sorted({day for days in task.days.values() for day in days}):
        if runs and day - runs[-1][1] <= _GAP * _DAY:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs


def _passes(task: Task, first: date, last: date) -> Iterator[Pass]:
    groups: dict[tuple[datetime, ...], list[Pass]] = {}
    for customer, wanted in task.days.items():
        days, edges = _local_days(first, last, customer.zone)
        number = {day: n for n, day in enumerate(days)}
        numbers = [number[day] for day in wanted if day in number]
        if not numbers:
            continue
        made = groups.setdefault(edges, [])
        if not made or sum(map(len, made[-1].wanted.values())) + len(numbers) > _MOST_VALUES:
            made.append(Pass(task.metrics, days, edges, customer.zone, {}))
        made[-1] = Pass(**{**vars(made[-1]), "wanted": {**made[-1].wanted, customer.customer_id: numbers}})
    for made in groups.values():
        yield from made


@lru_cache(maxsize=1024)
def _local_days(first: date, last: date, tz: ZoneInfo) -> tuple[Days, tuple[datetime, ...]]:
    """The days from first to last and their edges; a day that the zone skipped as a whole is none."""
    every = [first + n * _DAY for n in range((last - first).days + 1)]
    days = tuple(day for day in every if day_start(day, tz) < day_start(day + _DAY, tz))
    return days, (*(day_start(day, tz) for day in days), day_start(last + _DAY, tz))
