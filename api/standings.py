"""How portals stand, looked up a moment ago: who may see one is decided on what the store said within a second.

Where the store cannot be read nothing opens, but for one case: a file that is locked is locked for those as well who
would revoke, so for a minute what was known still holds. Many requests for one portal share a look.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool

from core.store.control import ControlStore, StoreUnavailable
from core.tokens.standing import Standing, standing_of

BELIEVED_SECONDS = 0.5
# For so long a store that is locked for everybody stops nobody.
LOCKED_SECONDS = 60.0
_MAX_BELIEVED = 10_000


@dataclass(frozen=True)
class _Known:
    """How a portal stood; None where there was none."""

    standing: Standing | None


class Standings:
    """Portals' standings by id; shared by all requests of one event loop."""

    def __init__(self, store: ControlStore, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._believed: dict[str, tuple[Standing | None, float]] = {}
        self._looks: dict[str, asyncio.Task[Standing | None]] = {}
        self._read_at: dict[str, float] = {}

    async def of(self, portal_id: str) -> Standing | None:
        """How the portal stands; None where there is none. StoreUnavailable."""
        believed = self._believed.get(portal_id)
        if believed is not None and believed[1] > self._clock():
            return believed[0]
        look = self._looks.get(portal_id)
        if look is None:
            look = self._looks[portal_id] = asyncio.create_task(self._look(portal_id))
            look.add_done_callback(lambda done: self._end(portal_id, done))
        # Whoever goes away takes the look from nobody else.
        return await asyncio.shield(look)

    def forget(self, portal_id: str) -> None:
        """For whoever has just changed it: this process acts on that with the next request."""
        self._believed.pop(portal_id, None)
        self._looks.pop(portal_id, None)

    async def _look(self, portal_id: str) -> Standing | None:
        # What is read is at least as new as the moment before reading.
        began, is_hasty = self._clock(), self._last_known(portal_id) is not None
        try:
            found = await run_in_threadpool(self._read, portal_id, hasty=is_hasty)
            self._read_at[portal_id] = began
        except StoreUnavailable:
            # It may have been forgotten meanwhile, by whoever changed it.
            last_known = self._last_known(portal_id)
            if last_known is None:
                raise
            found = last_known.standing
            # Looking takes as long as a lock is waited for; not everybody should.
            began = self._clock() + BELIEVED_SECONDS
        if self._looks.get(portal_id) is asyncio.current_task():
            if len(self._believed) >= _MAX_BELIEVED:
                self._believed.clear()
                self._read_at.clear()
            self._believed[portal_id] = (found, began + BELIEVED_SECONDS)
        return found

    def _last_known(self, portal_id: str) -> "_Known | None":
        """What was read a moment ago, where nobody can change it as long as the store cannot be read."""
        believed, read_at = self._believed.get(portal_id), self._read_at.get(portal_id, float("-inf"))
        is_recent = read_at > self._clock() - LOCKED_SECONDS
        return (
            _Known(believed[0])
            if believed and is_recent and self._store.changes_only_while_readable
            else None
        )

    def _read(self, portal_id: str, *, hasty: bool) -> Standing | None:
        with self._store.reading(hasty=hasty) as connection:
            return standing_of(connection, portal_id)

    def _end(self, portal_id: str, done: "asyncio.Task[Standing | None]") -> None:
        if self._looks.get(portal_id) is done:
            del self._looks[portal_id]
        # Looked at, so that a failure nobody waits for any more is not complained about.
        _ = done.cancelled() or done.exception()
