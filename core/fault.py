"""Kill points: named places where a test may end the process, to prove that nothing is lost there.

In ordinary life `hit` does nothing. With PROOFLINE_FAULT_POINT=name:n the n-th visit to that place ends the
process as a power cut would, without any clean-up.
"""

import os
import signal

_SETTING = "PROOFLINE_FAULT_POINT"
_visits: dict[str, int] = {}


def hit(name: str) -> None:
    """Ends this process here if a test asked for it."""
    wanted = os.environ.get(_SETTING)
    if not wanted:
        return
    place, _, visit = wanted.partition(":")
    if place == name:
        _visits[name] = _visits.get(name, 0) + 1
        if _visits[name] == int(visit or 1):
            os.kill(os.getpid(), signal.SIGKILL)
