"""Whom this process must not answer about any more: customers who were erased, though a snapshot may still have them.

Looked up again after half a second, so an erasure holds within a second in every process. A store that cannot be read
leaves what was known: nobody is ever erased the other way.
"""

import threading
import time
from collections.abc import Callable

from core.erasures import Erasure, all_erasures, tombstones
from core.store.control import ControlStore, StoreUnavailable
from core.tombstones import Tombstones

BELIEVED_SECONDS = 0.5
# Whoever asks how the service is waits no longer than this for a store that is locked.
_PATIENCE_SECONDS = 0.3


class ErasedCustomers:
    """Shared by all requests of one process."""

    def __init__(self, store: ControlStore, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._looking = threading.Lock()
        self._known = Tombstones()
        self._waiting: tuple[Erasure, ...] = ()
        self._looked_at = float("-inf")

    def has(self, customer_id: str) -> bool:
        """Whether this customer was erased."""
        self._look_if_due()
        return self._known.names(customer_id)

    def waiting(self) -> tuple[Erasure, ...]:
        """The erasures that wait for the next build, oldest first; at once, whatever holds up the store."""
        looking = threading.Thread(target=self._look_if_due, daemon=True)
        looking.start()
        looking.join(_PATIENCE_SECONDS)
        return self._waiting

    def look_again(self) -> None:
        """After an erasure through this process, which holds at once."""
        self._looked_at = float("-inf")

    def _look_if_due(self) -> None:
        # Whoever comes while another one looks is answered from what is known: a locked store holds up one.
        if self._clock() - self._looked_at >= BELIEVED_SECONDS and self._looking.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._looking.release()

    def _look(self) -> None:
        try:
            with self._store.reading() as connection:
                erasures = all_erasures(connection)
            found = tombstones(erasures)
            if found != self._known:
                self._known = found
            self._waiting = tuple(one for one in erasures if not one.is_done)
        except StoreUnavailable:
            pass
        self._looked_at = self._clock()
