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
        is_hasty = self._last_known(text) is not None
        try:
            key = await run_in_threadpool(find_key, self._store, text, hasty=is_hasty)
        except StoreUnavailable:
            # Another request may have learned meanwhile that it was revoked.
            last_known = self._last_known(text)
            if last_known is None:
                raise
            # Asking waits for the lock; whoever comes in the next moment need not.
            self._remembered[text] = (last_known, self._clock() + REMEMBERED_SECONDS)
            return last_known
        self._remembered.pop(text, None)
        if key is not None:
            self._remember(text, key)
        return key

    def _last_known(self, text: str) -> ApiKey | None:
        """A key that was right a moment ago, where nobody can revoke it as long as the store cannot be read."""
        known, read_at = self._remembered.get(text), self._read_at.get(text, float("-inf"))
        is_recent = read_at > self._clock() - LOCKED_SECONDS
        return known[0] if known and is_recent and self._store.changes_only_while_readable else None

    def _remember(self, text: str, key: ApiKey) -> None:
        if len(self._remembered) >= _MAX_REMEMBERED:
            self._remembered.clear()
            self._read_at.clear()
        self._read_at[text] = self._clock()
        self._remembered[text] = (key, self._clock() + REMEMBERED_SECONDS)
