"""Many portals' sites over the cores: each worker process builds a share of the customers, and then ends.

A worker gets its work once and asks for no more, so one whose parent is gone ends by itself.
"""

import gc
import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from datetime import datetime
from itertools import groupby
from multiprocessing.connection import Connection, wait

from core import program
from core.portal_data.inputs import PortalInputs
from core.settings import Settings
from core.store.metric_store import MetricStore
from site_build.assets import Shared
from site_build.build_some import Done, build_some
from site_build.gather import together

# A worker takes half a second to start; so many portals take longer than that.
MANY = 60


def build_over(
    cores: int, settings: Settings, shared: Shared, inputs: Sequence[PortalInputs], now: datetime
) -> Iterator[Done]:
    """As `build_some`, by so many processes; what a worker that died has left undone is told as failed."""
    context = multiprocessing.get_context("spawn")
    given: dict[Connection, list[PortalInputs]] = {}
    workers = []
    for share in shares(inputs, cores):
        ours, theirs = context.Pipe()
        worker = context.Process(target=_work, args=(theirs, settings, shared, now), daemon=True)
        worker.start()
        theirs.close()
        workers.append(worker)
        given[ours] = share
    try:
        # Not as an argument: what does not fit into a pipe waits for ever for a process that died as it started.
        for worker_end, share in given.items():
            with suppress(OSError):
                worker_end.send(share)
        yield from _told({ours: {one.portal.portal_id for one in share} for ours, share in given.items()})
        for worker in workers:
            worker.join()
    finally:
        for worker in workers:
            worker.terminate()


def shares(inputs: Sequence[PortalInputs], count: int) -> list[list[PortalInputs]]:
    """The portals in so many parts of nearly the same size, those of a customer together."""
    ordered = sorted(inputs, key=lambda one: (one.portal.customer_id, one.portal.portal_id))
    parts: list[list[PortalInputs]] = [[] for _ in range(count)]
    for _, group in groupby(ordered, key=lambda one: one.portal.customer_id):
        min(parts, key=len).extend(group)
    return [part for part in parts if part]


def _told(waiting: dict[Connection, set[str]]) -> Iterator[Done]:
    while waiting:
        for ready in wait(list(waiting)):
            assert isinstance(ready, Connection)
            try:
                done: Done = ready.recv()
            except (EOFError, ConnectionError):
                for portal_id in sorted(waiting.pop(ready)):
                    yield Done(portal_id, reason="the process that built it ended early")
                continue
            waiting[ready].discard(done.portal_id)
            yield done


def _work(parent: Connection, settings: Settings, shared: Shared, now: datetime) -> None:
    program.run(lambda: _build(parent, settings, shared, now))


def _build(parent: Connection, settings: Settings, shared: Shared, now: datetime) -> None:
    share: list[PortalInputs] = parent.recv()
    # What a portal is made from hardly ever goes in circles: looking for some took a twentieth of the time.
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    with closing(_opened(settings)) as metrics:
        parts = together(share, metrics.rows_by_customer())
    for some in parts:
        # Anew each time: what has been read of a snapshot stays in memory for as long as it is open.
        with closing(_opened(settings)) as metrics:
            for done in build_some(settings, shared, metrics, some, now):
                parent.send(done)
    parent.close()


def _opened(settings: Settings) -> MetricStore:
    return MetricStore.open(settings.published_dir, threads=1)
