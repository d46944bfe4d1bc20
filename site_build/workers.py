"""Many portals' sites over the cores: worker processes build part after part of them, and then end.

A worker that has built its part is given the next, as cores are seldom equally fast. One whose parent is gone ends by
itself.
"""

import gc
import multiprocessing
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from datetime import datetime
from multiprocessing.connection import Connection, wait

from core import program
from core.portal_data.inputs import PortalInputs
from core.settings import Settings
from core.store.metric_store import MetricStore
from site_build.assets import Shared
from site_build.build_some import Done, build_some

# A worker takes half a second to start; so many portals take longer than that.
MANY = 60


def build_over(
    cores: int, settings: Settings, shared: Shared, parts: Iterable[list[PortalInputs]], now: datetime
) -> Iterator[Done]:
    """As `build_some` each of the parts, by so many processes; what a worker that died has left undone is told as
    failed. The first part is asked for when the workers are already starting."""
    context = multiprocessing.get_context("spawn")
    workers, ends = [], []
    for _ in range(cores):
        ours, theirs = context.Pipe()
        worker = context.Process(target=_work, args=(theirs, settings, shared, now), daemon=True)
        worker.start()
        theirs.close()
        workers.append(worker)
        ends.append(ours)
    try:
        yield from _told(ends, iter(parts))
        for worker in workers:
            worker.join()
    finally:
        for worker in workers:
            worker.terminate()


def _told(ends: Sequence[Connection], parts: Iterator[list[PortalInputs]]) -> Iterator[Done]:
    """What comes of every portal of the parts, which are given to whoever has nothing to do."""
    waiting = {end: _give(end, parts) for end in ends}
    while busy := [end for end, portal_ids in waiting.items() if portal_ids]:
        for ready in wait(busy):
            assert isinstance(ready, Connection)
            try:
                done: Done = ready.recv()
            except (EOFError, ConnectionError):
                yield from map(_lost, sorted(waiting.pop(ready)))
                continue
            waiting[ready].discard(done.portal_id)
            yield done
            if not waiting[ready]:
                waiting[ready] = _give(ready, parts)
    # Nobody is left to build these.
    for part in parts:
        yield from (_lost(one.portal.portal_id) for one in part)


def _give(worker: Connection, parts: Iterator[list[PortalInputs]]) -> set[str]:
    """Gives the worker the next part, or tells it that there is none; the portals that it is to build."""
    part = next(parts, [])
    # Not as an argument: what does not fit into a pipe waits for ever for a process that died as it started.
    with suppress(OSError):
        worker.send(part)
    return {one.portal.portal_id for one in part}


def _lost(portal_id: str) -> Done:
    return Done(portal_id, reason="the process that built it ended early")


def _work(parent: Connection, settings: Settings, shared: Shared, now: datetime) -> None:
    program.run(lambda: _build(parent, settings, shared, now))


def _build(parent: Connection, settings: Settings, shared: Shared, now: datetime) -> None:
    # What a portal is made from hardly ever goes in circles: looking for some took a twentieth of the time.
    gc.freeze()
    gc.disable()
    # Where the parent is gone nobody is left to be told.
    with suppress(EOFError, BrokenPipeError):
        while part := parent.recv():
            # Anew each time: what has been read of a snapshot stays in memory for as long as it is open.
            with closing(_opened(settings)) as metrics:
                for done in build_some(settings, shared, metrics, part, now):
                    parent.send(done)
            gc.collect()
    parent.close()


def _opened(settings: Settings) -> MetricStore:
    return MetricStore.open(settings.published_dir, threads=1)
