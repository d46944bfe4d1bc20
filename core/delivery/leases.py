"""Keeps the leases of what is being sent: a mail server may think for longer than one lasts."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread

# A third of a lease, so that two renewals may fail.
_SECONDS_BETWEEN = 20.0


class Leases:
    """`renew` is called with what is held, again and again, while `renewed` lasts."""

    def __init__(self, renew: Callable[[Collection[str]], None]) -> None:
        self._renew = renew
        self._held: set[str] = set()
        self._lock = Lock()

    @contextmanager
    def held(self, delivery_id: str) -> Iterator[None]:
        """While this is being sent."""
        with self._lock:
            self._held.add(delivery_id)
        try:
            yield
        finally:
            with self._lock:
                self._held.discard(delivery_id)

    @contextmanager
    def renewed(self) -> Iterator[None]:
        is_over = Event()
        thread = Thread(target=self._keep, args=(is_over,), name="leases", daemon=True)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()

    def _keep(self, is_over: Event) -> None:
        while not is_over.wait(_SECONDS_BETWEEN):
            with self._lock:
                held = list(self._held)
            if held:
                self._renew(held)
