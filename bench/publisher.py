"""Publishes builds in turn, one every other second, and says a line for each.

Run as `python -m bench.publisher`, with the paths of the builds as a JSON list.
"""

import json
import os
import signal
import sys
from itertools import cycle
from pathlib import Path
from time import monotonic, sleep, time

from bench.soak import SECONDS_BETWEEN_SNAPSHOTS
from core.settings import load
from pipeline import publish


def main(builds: list[str]) -> None:
    """Until it is told to end."""
    ended: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(1))
    settings, due = load(), monotonic()
    for number, build in enumerate(cycle(builds)):
        due = max(due + SECONDS_BETWEEN_SNAPSHOTS, monotonic())
        while not ended and monotonic() < due:
            sleep(0.05)
        if ended:
            return
        published = publish.publish(settings, Path(build), run_id=f"soak{number}")
        print(published.path.name, build, flush=True)
        _age(published.path)


def _age(newest: Path) -> None:
    """Makes every snapshot but this one look as old as one must be to go."""
    eleven_minutes_ago = time() - 660
    for path in newest.parent.glob("snap-*.duckdb"):
        if path != newest:
            os.utime(path, (eleven_minutes_ago, eleven_minutes_ago))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
