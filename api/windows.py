"""Where the moving windows of the rate limits are kept: in this process, by the monotonic clock.

The library's own memory store goes by the wall clock: set back an hour, every key that is in use is locked
out for an hour. It also starts a thread for each request. Which limits there are lives in `limits`.
"""

# ruff: noqa: ARG002  (the signatures are the library's)

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from limits.storage import MovingWindowSupport, Storage

# Looking at every window costs time in proportion to the keys in use, so it is done now and then.
_SWEEP_SECONDS = 60.0


@dataclass
class _Window:
    """The moments of the requests of one key, oldest first, none older than `seconds`."""

    seconds: int
    moments: deque[float] = field(default_factory=deque)

    def slide(self, now: float) -> None:
        while self.moments and self.moments[0] <= now - self.seconds:
            self.moments.popleft()


class MonotonicWindows(Storage, MovingWindowSupport):
    """The moments of the last requests by key; `limits`' moving window asks and fills it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._lock = threading.Lock()
        self._windows: dict[str, _Window] = {}
        self._swept_at = clock()

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """True, and counted, when `amount` more stay within the limit; else False and nothing counted."""
        now = self._clock()
        with self._lock:
            self._sweep(now)
            window = self._slid(key, expiry, now)
            if len(window.moments) + amount > limit:
                return False
            window.moments.extend([now] * amount)
            return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """When the oldest request still counted was made, by this store's clock, and how many there are."""
        now = self._clock()
        with self._lock:
            moments = self._slid(key, expiry, now).moments
            return (moments[0] if moments else now), len(moments)

    def _slid(self, key: str, seconds: int, now: float) -> _Window:
        window = self._windows.setdefault(key, _Window(seconds))
        window.slide(now)
        return window

    def _sweep(self, now: float) -> None:
        if now - self._swept_at < _SWEEP_SECONDS:
            return
        self._swept_at = now
        for key, window in list(self._windows.items()):
            window.slide(now)
            if not window.moments:
                del self._windows[key]

    # What a store of counters has and a store of windows needs not.

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        raise ValueError("this store keeps moving windows only")

    def get(self, key: str) -> int:
        return len(self._windows[key].moments) if key in self._windows else 0

    def get_expiry(self, key: str) -> float:
        return self._clock()

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        with self._lock:
            count = len(self._windows)
            self._windows.clear()
        return count

    def clear(self, key: str) -> None:
        with self._lock:
            self._windows.pop(key, None)
