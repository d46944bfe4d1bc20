"""One run of everything: what is due is noted and built, what was corrected is restated. Opens what it needs itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from core.errors import ReportNotFound
from core.reports.built import BuiltReport
from core.settings import Settings
from core.store.control import ControlStore, existing_control_store
from core.store.metric_store import MetricStore
from site_build.report.worker import ReportWorker
from site_build.report_runs import due
from site_build.report_runs.ask import ask, preview
from site_build.report_runs.due import Built, Told
from site_build.report_runs.missing import ask_for_missing
from site_build.report_runs.overdue import Pending, pending
from site_build.report_runs.restate import Restatements, is_anything_to_compare, restate


@dataclass(frozen=True)
class Opened:
    """An installation's stores, for as long as a run lasts."""

    settings: Settings
    store: ControlStore
    metrics: MetricStore


@dataclass
class Run:
    """What came of a run."""

    noted: int = 0
    built: Built = field(default_factory=Built)
    restatements: Restatements = field(default_factory=Restatements)

    @property
    def troubles(self) -> list[str]:
        return [*(one.advice for one in self.built.failures), *self.restatements.failures]


@contextmanager
def opened(settings: Settings) -> Iterator[Opened | None]:
    """The stores; None where nobody has needed a control store yet."""
    store = existing_control_store(settings)
    if store is None:
        yield None
        return
    metrics = MetricStore.open(settings.published_dir, memory=settings.duckdb_memory)
    try:
        yield Opened(settings, store, metrics)
    finally:
        metrics.close()
        store.close()


def anything_due(settings: Settings) -> bool:
    """Whether a run would do anything; nothing is written."""
    with opened(settings) as found:
        if found is None:
            return False
        args = (found.settings, found.store, found.metrics)
        return due.is_anything_due(*args, now=_now()) or is_anything_to_compare(*args)


def note_due(settings: Settings, *, report_id: str = "", within: date | None = None) -> int:
    """Due times that have come become rows, and so does what somebody asks for; how many are new."""
    with opened(settings) as found:
        if found is None:
            return 0
        if report_id:
            ask(found.store, found.metrics, report_id, within, now=_now())
        return due.note(settings, found.store, found.metrics, now=_now()) + bool(report_id)


def note_missing(settings: Settings) -> int:
    """Reports without their last complete period are asked for; how many."""
    with opened(settings) as found:
        return 0 if found is None else len(ask_for_missing(found.store, found.metrics, now=_now()))


def build_noted(settings: Settings, told: Told = lambda *_: None) -> Run:
    """Builds what is due, and again what was corrected, in a child process that is watched."""
    run = Run()
    with opened(settings) as found, ReportWorker(settings) as worker:
        if found is not None:
            run.built = due.build_due(
                settings, found.store, found.metrics, clock=_now, build=worker.build, told=told
            )
            run.restatements = restate(settings, found.store, found.metrics, clock=_now, build=worker.build)
    return run


def previewed(settings: Settings, report_id: str, within: date | None = None) -> BuiltReport:
    """One report as it would be now, of which nothing is kept; ReportNotFound, NothingPublished."""
    with opened(settings) as found, ReportWorker(settings) as worker:
        if found is None:
            raise ReportNotFound("There are no reports yet; POST /v1/portal/reports makes one")
        return preview(
            settings, found.store, found.metrics, report_id, worker.build, within=within, now=_now()
        )


def everything_pending(settings: Settings) -> list[Pending]:
    """What is due and not built, the longest due first."""
    with opened(settings) as found:
        if found is None:
            return []
        with found.store.reading() as connection:
            return pending(connection, now=_now())


def _now() -> datetime:
    return datetime.now(UTC)
