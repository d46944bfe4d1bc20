"""Waiting for what another process or thread brings about."""

import time
from collections.abc import Callable

# However slow the machine: past this, something hangs.
LONG = 600.0


def comes(is_so: Callable[[], bool], *, within: float = LONG) -> bool:
    """Whether it comes to be so. The last look begins when the time is over, so that slow looks take none of it."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        if is_so():
            return True
        time.sleep(0.05)
    return is_so()
