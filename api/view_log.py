"""Notes who looks at portals and takes data along, without letting anybody wait: kept in memory, written down about
once a second, with word of it for the webhooks that want to hear.

A store that cannot be written costs views, never a page; so does a crash. What a view is lives in
`core.store.control.portal_views`, what webhooks are told in `core.delivery.announce`.
"""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from api.exports import Taken, export_of
from core.delivery.announce import data_exported, views_ended
from core.store.control import ControlStore
from core.store.control.portal_views import Seen, end_views, record, truncated
from core.store.control.portals import touch_portal

SECONDS_BETWEEN_WRITES = 1.0
# What is over is looked for this often though nobody comes.
_SECONDS_BETWEEN_ENDINGS = 60.0
_TOUCHED_EVERY = timedelta(minutes=1)
_MAX_WAITING = 20_000
_log = structlog.get_logger("api")


class ViewLog:
    """The views that one process saw; complete after `start`, until `stop` has written the last of them."""

    def __init__(self, store: ControlStore, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._waiting: dict[str, Seen] = {}
        self._taken: list[Taken] = []
        self._touched: dict[str, datetime] = {}
        self._is_stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="views", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._is_stopping.set()
        if self._thread.is_alive():
            self._thread.join(10)

    def saw(
        self,
        visit: str,
        portal_id: str,
        customer_id: str,
        address: str,
        *,
        pages: int = 1,
        has_left: bool = False,
    ) -> None:
        """Notes a request of this visitor: `pages` it looked at by it, or that it leaves."""
        now = self._clock()
        new = Seen(visit, portal_id, customer_id, address, now, now, pages, now if has_left else None)
        with self._lock:
            before = self._waiting.get(visit)
            if before is None and len(self._waiting) >= _MAX_WAITING:
                return
            self._waiting[visit] = _joined(before, new)

    def took(self, taken: Taken) -> None:
        """Notes that somebody took raw data along."""
        with self._lock:
            if len(self._taken) < _MAX_WAITING:
                self._taken.append(taken)

    def write(self) -> None:
        """Writes down what waits; what cannot be written waits on."""
        # Another thread may hold what it took and has not written yet: nobody is told "written" before that.
        with self._writing:
            self._write()

    def _write(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, {}
            taken, self._taken = self._taken, []
        now = self._clock()
        exports = [export_of(one) for one in taken]
        try:
            with self._store.writing() as connection:
                if end_views(connection, now=now):
                    views_ended(connection, now=now)
                for seen in waiting.values():
                    record(connection, replace(seen, address=truncated(seen.address)))
                due = self._due(waiting, now)
                for portal_id in due:
                    touch_portal(connection, portal_id, now=now)
                for export in exports:
                    data_exported(connection, export, now=now)
        except Exception as problem:
            # Also for a fault that nobody thought of: the thread that writes must outlive it.
            _log.warning("views cannot be written", reason=type(problem).__name__, waiting=len(waiting))
            self._put_back(waiting, taken)
            return
        self._touched.update(dict.fromkeys(due, now))

    def _run(self) -> None:
        idle = 0.0
        while not self._is_stopping.wait(SECONDS_BETWEEN_WRITES):
            idle += SECONDS_BETWEEN_WRITES
            if self._waiting or self._taken or idle >= _SECONDS_BETWEEN_ENDINGS:
                idle = 0.0
                self.write()
        if self._waiting or self._taken:
            self.write()

    def _due(self, waiting: dict[str, Seen], now: datetime) -> set[str]:
        """The portals whose last access was not written down within the last minute."""
        self._touched = {p: at for p, at in self._touched.items() if at > now - _TOUCHED_EVERY}
        return {seen.portal_id for seen in waiting.values() if seen.pages} - self._touched.keys()

    def _put_back(self, waiting: dict[str, Seen], taken: list[Taken]) -> None:
        with self._lock:
            self._taken = [*taken, *self._taken][:_MAX_WAITING]
            for visit, seen in waiting.items():
                after = self._waiting.get(visit)
                if after is not None:
                    self._waiting[visit] = _joined(seen, after)
                elif len(self._waiting) < _MAX_WAITING:
                    self._waiting[visit] = seen


def _joined(before: Seen | None, after: Seen) -> Seen:
    if before is None:
        return after
    return replace(after, first_at=before.first_at, pages=before.pages + after.pages)
