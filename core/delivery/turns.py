"""Whose turn it is: each lane sends one message, then all others do before it sends the next."""

from collections import deque
from collections.abc import Iterable
from threading import Condition


class Turns:
    """Lanes that want a turn; nobody goes home while another may give one back."""

    def __init__(self, lanes: Iterable[str]) -> None:
        self._free, self._taken, self._changed = deque(lanes), 0, Condition()

    def take(self) -> str | None:
        with self._changed:
            while not self._free and self._taken:
                self._changed.wait()
            if not self._free:
                return None
            self._taken += 1
            return self._free.popleft()

    def give_back(self, lane: str | None) -> None:
        with self._changed:
            self._taken -= 1
            if lane is not None:
                self._free.append(lane)
            self._changed.notify_all()
