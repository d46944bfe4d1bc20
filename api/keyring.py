"""Keys that were right a moment ago, so that a busy key costs one look into the store every half second.

Only right keys are remembered. A revoked one is refused at the latest when its moment is over.
"""

import time
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool

from core.keys import ApiKey, find_key
from core.store.control import ControlStore

REMEMBERED_SECONDS = 0.5
_MAX_REMEMBERED = 10_000


class KeyRing:
    """Finds keys by their text; shared by all requests of one event loop."""

    def __init__(self, store: ControlStore, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._remembered: dict[str, tuple[ApiKey, float]] = {}

    async def find(self, text: str) -> ApiKey | None:
        """The key with this text, unless it is unknown or revoked."""
        known = self._remembered.get(text)
        if known is not None and known[1] > self._clock():
            return known[0]
        key = await run_in_threadpool(find_key, self._store, text)
        self._remembered.pop(text, None)
        if key is not None:
            self._remember(text, key)
        return key

    def _remember(self, text: str, key: ApiKey) -> None:
        if len(self._remembered) >= _MAX_REMEMBERED:
            self._remembered.clear()
        self._remembered[text] = (key, self._clock() + REMEMBERED_SECONDS)
