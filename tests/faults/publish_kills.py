"""Kills publishers again and again while others read: home, folder of builds, how many kills, how many reads at least.

Prints what came of it.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

import duckdb

from core.settings import load
from pipeline import publish
from pipeline.home import Home
from tests.faults.zygote import killed_after, moments

POINTS = ("after_checkpoint", "after_fsync", "after_rename", "before_replace", "after_replace")
READERS = 2


def main(home: Path, builds: Path, kills: int, reads: int) -> dict[str, int]:
    settings = load({"PROOFLINE_HOME": str(home), "PROOFLINE_BUILD_MEMORY": "256MB"})
    files = sorted(builds.glob("*.duckdb"))
    publish.publish(settings, files[0], run_id="first")
    readers = dict(_reader(home / "published", reads // READERS + 1) for _ in range(READERS))
    told = {"kills": 0, "finished": 0, "reads": 0, "torn": 0, "failed": 0, "snapshots": 0, "not_whole": 0}
    spread = moments(1000, 0.02, 1.5, seed=11)
    number = 0
    # The killing goes on for as long as anybody reads.
    while told["kills"] < kills or readers:

        def work(_: object, number: int = number) -> None:
            if number % 2:
                point = POINTS[number // 2 % len(POINTS)]
                os.environ["PROOFLINE_FAULT_POINT"] = f"publish.{point}"
            publish.publish(settings, files[number % len(files)], run_id=f"r{number}")

        _, was_killed = killed_after(work, 30 if number % 2 else spread[number % len(spread)])
        told["kills"] += was_killed
        told["finished"] += not was_killed
        told["not_whole"] += not _is_whole(home)
        number += 1
        if told["kills"] >= kills:
            _end(readers, told)
    publish.publish(settings, files[0], run_id="last")
    told["snapshots"] = len(list((home / "published").glob("snap-*.duckdb")))
    return told


def _is_whole(home: Path) -> bool:
    path = publish.current(Home(home))
    return path is not None and publish._digest(path).startswith(path.stem.split("-")[2])


def _end(readers: dict[int, int], told: dict[str, int]) -> None:
    """Tells the readers that they may end, and adds up those that have."""
    for child in list(readers):
        os.kill(child, signal.SIGTERM)
        if os.waitpid(child, os.WNOHANG) != (0, 0):
            counts = json.loads(os.read(readers.pop(child), 65536))
            for name in ("reads", "torn", "failed"):
                told[name] += counts[name]


def _reader(folder: Path, least: int) -> tuple[int, int]:
    """A process that reads until it is told to end and has read often enough; its id, and where it tells its counts."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    stop: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
    counts = {"reads": 0, "torn": 0, "failed": 0}
    while not stop or counts["reads"] < least:
        try:
            name = (folder / "CURRENT").read_text().strip()
            with duckdb.connect(str(folder / name), read_only=True) as connection:
                rows = connection.execute("SELECT mark, count(*) FROM fact_sessions GROUP BY mark").fetchall()
            counts["reads"] += 1
            counts["torn"] += len(rows) != 1 or rows[0][1] != 500
        except (duckdb.Error, OSError):
            counts["failed"] += 1
        time.sleep(0.002)
    os.write(writing, json.dumps(counts).encode())
    os._exit(0)


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))))
