"""Keys that were right a moment ago, so that a busy key costs one look into the store every half second.

Only right keys are remembered. A revoked one is refused at the latest when its moment is over. Only a store that is
locked for everybody, those who would revoke included, makes the moment longer.
"""

import time
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool

from core.keys import ApiKey, find_key
from core.store.control import ControlStore, StoreUnavailable

REMEMBERED_SECONDS = 0.5
# For so long a store that is locked for everybody stops nobody.
LOCKED_SECONDS = 60.0
_MAX_REMEMBERED = 10_000


class KeyRing:
    """Finds keys by their text; shared by all requests of one event loop."""

    def __init__(self, store: ControlStore, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._remembered: dict[str, tuple[ApiKey, float]] = {}
        self._read_at: dict[str, float] = {}

    async def find(self, text: str) -> ApiKey | None:
        """The key with this text, unless it is unknown or revoked."""
        known = self._remembered.get(text)
        if known is not None and known[1] > self._clock():
            return known[0]
        try:
            key = await run_in_threadpool(find_key, self._store, text)
        except StoreUnavailable:
            return self._last_known(text)
        self._remembered.pop(text, None)
        if key is not None:
            self._remember(text, key)
        return key

    def _last_known(self, text: str) -> ApiKey:
        """A key that was right a moment ago, where nobody can have revoked it since; else StoreUnavailable, again."""
        known, now = self._remembered.get(text), self._clock()
        is_recent = self._read_at.get(text, float("-inf")) > now - LOCKED_SECONDS
        if known is None or not (is_recent and self._store.changes_only_while_readable):
            raise StoreUnavailable
        # Asking waits for the lock; whoever comes in the next moment need not.
        self._remembered[text] = (known[0], now + REMEMBERED_SECONDS)
        return known[0]

    def _remember(self, text: str, key: ApiKey) -> None:
        if len(self._remembered) >= _MAX_REMEMBERED:
            self._remembered.clear()
            self._read_at.clear()
        self._read_at[text] = self._clock()
        self._remembered[text] = (key, self._clock() + REMEMBERED_SECONDS)
