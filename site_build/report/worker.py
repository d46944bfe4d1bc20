"""Reports built in a child process that is watched: it has so long and so much memory, and is killed for more.

One child stays warm for many reports, since most of what one report costs alone is getting ready. It is spawned,
works at low priority, holds no secrets but the settings, and ends with its parent. Its time is the processor's,
since on a busy machine a low priority waits for long; one that waits for ever is ended all the same. An address-space
limit would be simpler, but the drawing library reserves far more than it uses and would abort.
"""

import gc
import multiprocessing
import os
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Self

from core.errors import ProoflineError
from core.reports.built import BuiltReport
from core.settings import Settings
from core.store.metric_store import MetricStore
from site_build.report.job import ReportJob, ReportNotBuilt

SECONDS, MIB = 30.0, 600
# The layout library keeps a third of a MiB of each report for ever: a child that has built so many is replaced.
PER_CHILD = 150
# By the clock, where it may wait for others.
_START_SECONDS, _WAITING = 180.0, 4.0
_LOOK_SECONDS = 0.05
_NICE = 10
_DUCKDB_MEMORY = "256MB"
_READY = "ready"


class ReportWorker:
    """Give it jobs one after the other. Close it, or use it as a context."""

    def __init__(
        self, settings: Settings, *, seconds: float = SECONDS, most_mib: int = MIB, per_child: int = PER_CHILD
    ) -> None:
        self._settings, self._seconds, self._most_mib = settings, seconds, most_mib
        self._per_child, self._given = per_child, 0
        self._child: _Child | None = None

    def build(self, job: ReportJob) -> BuiltReport:
        """The report; ReportNotBuilt says why there is none. A child that was killed is replaced by the next job."""
        child = self._warm()
        self._given += 1
        try:
            return child.built(job, self._seconds, self._most_mib)
        except _LostError as lost:
            self.close()
            raise ReportNotBuilt(str(lost)) from None

    def _warm(self) -> "_Child":
        if self._child is None or not self._child.is_alive or self._given >= self._per_child:
            self.close()
            self._child, self._given = _Child(self._settings), 0
        return self._child

    @property
    def process_id(self) -> int | None:
        """Of the child, while there is one."""
        return self._child.process_id if self._child else None

    def close(self) -> None:
        """Ends the child, whatever it does."""
        if self._child is not None:
            self._child.kill()
            self._child = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _LostError(Exception):
    """The child is of no use any more."""


class _Child:
    def __init__(self, settings: Settings) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, settings), daemon=True)
        self._process.start()
        theirs.close()
        self._is_ready = False

    @property
    def is_alive(self) -> bool:
        return self._process.is_alive()

    @property
    def process_id(self) -> int | None:
        return self._process.pid

    def built(self, job: ReportJob, seconds: float, most_mib: int) -> BuiltReport:
        if not self._is_ready:
            self._is_ready = self._answer(_START_SECONDS / _WAITING, most_mib) == _READY
        try:
            self._pipe.send(job)
        except (BrokenPipeError, OSError):
            raise _LostError(_DIED) from None
        answer = self._answer(seconds, most_mib)
        if isinstance(answer, BuiltReport):
            return answer
        raise ReportNotBuilt(str(answer))

    def _answer(self, seconds: float, most_mib: int) -> object:
        """What the child says, unless it takes too long, uses too much, or dies."""
        until = time.monotonic() + seconds * _WAITING
        worked = busy_seconds(self._process.pid) + seconds
        while not self._pipe.poll(_LOOK_SECONDS):
            if time.monotonic() > until or busy_seconds(self._process.pid) > worked:
                raise _LostError(
                    f"it took more than {seconds:g} seconds; show fewer metrics or a shorter period"
                )
            if (used := resident_mib(self._process.pid)) > most_mib:
                raise _LostError(
                    f"it needed {used:.0f} MiB, more than the {most_mib} MiB that one report may use"
                )
        try:
            return self._pipe.recv()
        except (EOFError, OSError):
            raise _LostError(_DIED) from None

    def kill(self) -> None:
        self._process.kill()
        self._process.join()
        self._pipe.close()


_DIED = "the process that was building it ended early; the next attempt starts a new one"


def resident_mib(process_id: int | None) -> float:
    """How much memory the process has; 0 where this system does not tell."""
    try:
        pages = int(Path(f"/proc/{process_id}/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def busy_seconds(process_id: int | None) -> float:
    """How long the process has kept processors busy; 0 where this system does not tell."""
    try:
        fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return 0.0


def _serve(pipe: Connection, settings: Settings) -> None:
    """The child: gets ready, then builds what it is given until nobody gives it anything any more."""
    os.nice(_NICE)
    prepare()
    metrics = MetricStore.open(settings.published_dir, threads=1, memory=_DUCKDB_MEMORY)
    try:
        pipe.send(_READY)
        while True:
            pipe.send(_made(settings, metrics, pipe.recv()))
            # A document is a knot of boxes that point at each other; untied while nobody waits.
            gc.collect()
    except (EOFError, OSError):
        pass
    finally:
        metrics.close()


def prepare() -> None:
    """Loads what every report needs, and keeps the garbage collector from going over it again and again."""
    from site_build.report import pdf, specs

    specs.compiled()
    pdf.prepare()
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 1000)


def _made(settings: Settings, metrics: MetricStore, job: ReportJob) -> BuiltReport | str:
    """The report, or why there is none."""
    from site_build.report.build import build_report

    try:
        return build_report(settings, metrics, job)
    except ProoflineError as error:
        return error.message
    except Exception as error:
        return f"{type(error).__name__}: {error}"
