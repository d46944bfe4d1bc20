"""One run's custom metrics: what is due is computed and written, and what could not be is told."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.settings import Settings
from core.store.snapshot import open_snapshot
from pipeline.custom_metrics import definitions, known, passes, table
from pipeline.custom_metrics.due import Due, due

Told = Callable[[str, int, int], None]
_STEP = "computing custom metrics"


@dataclass(frozen=True)
class Failure:
    """A metric that could not be computed, for how many customers, and why. Names no customer."""

    metric_id: str
    customers: int
    reason: str

    @property
    def advice(self) -> str:
        """One line: what is wrong, and what to do about it."""
        return (
            f"{self.metric_id} ({self.customers} customers): {self.reason}. Change or delete it at"
            f" /v1/analytics/metrics/custom/{self.metric_id}; the next run tries again."
        )


@dataclass(frozen=True)
class Report:
    """What came of the custom metrics of a run; `problem` says why no definition could be read at all."""

    metrics: int = 0
    customers: int = 0
    rows_computed: int = 0
    rows: int = 0
    seconds: float = 0.0
    failures: tuple[Failure, ...] = ()
    problem: str | None = None

    @property
    def is_complete(self) -> bool:
        return not self.failures and self.problem is None


def compute(settings: Settings, database: Path, told: Told) -> Report:
    """Brings `custom_metric_daily` in the build's database up to date with its facts and the definitions.

    Nobody else may have the database open. A metric that cannot be computed is left out and reported.
    """
    started = time.monotonic()
    try:
        defined = definitions.read(settings)
    except definitions.UNREADABLE as error:
        return _without_definitions(settings, database, str(error))
    if not defined.active:
        if table.exists(database):
            table.drop(settings, database)
        return Report()
    built = known.read(database, defined.zones)
    wanted = due(defined, built)
    gathered = database.with_name("custom_metrics.duckdb")
    failed = _gather(settings, database, gathered, defined, built, wanted, told)
    pairs = _pairs(built, wanted, failed)
    state = {
        table.FINGERPRINT: defined.fingerprint,
        table.COUNTED_UNTIL: built.now.isoformat() if built.now else "",
    }
    new, rows = table.write(settings, database, gathered, pairs, state)
    gathered.unlink()
    return Report(
        metrics=len({pair.metric_id for pair in pairs}),
        customers=len({pair.customer_id for pair in pairs}),
        rows_computed=new,
        rows=rows,
        seconds=round(time.monotonic() - started, 3),
        failures=_failures(failed),
    )


def _without_definitions(settings: Settings, database: Path, reason: str) -> Report:
    if table.exists(database):
        table.forget(settings, database)
    return Report(problem=reason)


def _gather(
    settings: Settings,
    database: Path,
    gathered: Path,
    defined: definitions.Defined,
    built: known.Known,
    wanted: Due,
    told: Told,
) -> Mapping[known.Pair, str]:
    """Computes everything into `gathered`; the reason for each pair that could not be."""
    results, failed = table.Gathered(gathered), dict[known.Pair, str]()
    every = passes.passes(wanted.tasks)
    try:
        if not every or built.now is None:
            return failed
        snapshot = open_snapshot(database, threads=settings.duckdb_threads or os.cpu_count() or 1)
        try:
            for done, one in enumerate(every, start=1):
                for piece in passes.pieces(snapshot, defined, one, built.now):
                    if piece.refusal is None:
                        results.add(piece.metric.id, piece.metric.unit, piece.rows)
                    else:
                        failed |= {(piece.metric.id, c): piece.refusal for c in piece.customer_ids}
                told(_STEP, done, len(every))
        finally:
            snapshot.unpin()
    finally:
        results.close()
    return failed


def _pairs(built: known.Known, wanted: Due, failed: Mapping[known.Pair, str]) -> list[table.Row]:
    customers = {customer.customer_id: customer for customer in built.customers}
    return [
        table.Row(
            metric_id,
            customer_id,
            version,
            customers[customer_id].first,
            customers[customer_id].last,
            (metric_id, customer_id) in wanted.kept,
        )
        for (metric_id, customer_id), version in wanted.versions.items()
        if (metric_id, customer_id) not in failed
    ]


def _failures(failed: Mapping[known.Pair, str]) -> tuple[Failure, ...]:
    counted: dict[tuple[str, str], int] = {}
    for (metric_id, _), reason in failed.items():
        counted[metric_id, reason] = counted.get((metric_id, reason), 0) + 1
    return tuple(Failure(metric_id, count, reason) for (metric_id, reason), count in sorted(counted.items()))
