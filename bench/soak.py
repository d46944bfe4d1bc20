"""The service under steady load while snapshots come and go: errors, waiting, memory and open files over time.

The server runs as its users start it; a publisher beside it publishes one of two builds every other second, and some
connections ask fifty questions a second in all. What grows, leaks: the slopes of memory and of open files are told, and
are to be flat after the first minutes.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from itertools import cycle
from pathlib import Path
from time import monotonic, perf_counter, sleep

import duckdb

from bench.servers import ours
from core import keys
from core.settings import Settings
from core.store.control import open_control_store

A_SECOND = 50
CONNECTIONS = 5
SECONDS_BETWEEN_SNAPSHOTS = 2.0
_SAMPLE_SECONDS = 2.0
_QUESTIONS = (
    "/v1/analytics/dashboard/summary?customer_id={customer}",
    "/v1/analytics/metrics/cost.total?customer_id={customer}",
    "/v1/analytics/metrics/usage.sessions.total/series?customer_id={customer}&start=2026-10-01",
    "/v1/analytics/metrics/perf.latency.p95?customer_id={customer}",
    "/v1/portal/customers?limit=20",
    "/health",
)


@dataclass
class Soak:
    """What came of it. Slopes are per hour, over the second half."""

    seconds: float = 0.0
    answers: int = 0
    errors: list[str] = field(default_factory=list)
    mixed: int = 0
    snapshots: int = 0
    waited: list[float] = field(default_factory=list)
    rss_mib: list[float] = field(default_factory=list)
    fds: list[int] = field(default_factory=list)

    @property
    def p99_ms(self) -> float:
        return 1000 * sorted(self.waited)[int(len(self.waited) * 0.99)] if self.waited else 0.0

    def slope(self, samples: list[float]) -> float:
        """How much a figure grows in an hour, by its second half."""
        half = samples[len(samples) // 2 :]
        if len(half) < 3:
            return 0.0
        times = [n * _SAMPLE_SECONDS / 3600 for n in range(len(half))]
        return statistics.linear_regression(times, half).slope


def soak(home: Path, builds: list[Path], *, seconds: float, key: str, customers: list[str]) -> Soak:
    """Runs the load on what is published in `home`, publishing the builds in turn."""
    told, stop = Soak(), threading.Event()
    with ours(home) as port:
        server = _listening(port)
        with _publisher(home, builds) as published:
            workers = [
                threading.Thread(target=_ask, args=(told, port, key, customers, n, stop))
                for n in range(CONNECTIONS)
            ]
            began = monotonic()
            for worker in workers:
                worker.start()
            while monotonic() - began < seconds:
                sleep(_SAMPLE_SECONDS)
                told.rss_mib.append(_rss_mib(server))
                told.fds.append(len(os.listdir(f"/proc/{server}/fd")))  # noqa: PTH208  (no Path per file)
            stop.set()
            for worker in workers:
                worker.join()
            told.seconds = monotonic() - began
        told.snapshots = published()
    return told


def measure(home: Path, *, minutes: float) -> Soak:
    """Soaks what is installed in `home` and prints what came of it."""
    from bench import api

    api.installation(home, calls=20_000, customers=50, days=60, seed=1)
    other = home / "other" / "warehouse.duckdb"
    other.parent.mkdir(exist_ok=True)
    shutil.copyfile(home / "warehouse.duckdb", other)
    key, customers = _prepared(home)
    told = soak(home, [other, home / "warehouse.duckdb"], seconds=60 * minutes, key=key, customers=customers)
    tell(told)
    return told


def _prepared(home: Path) -> tuple[str, list[str]]:
    store = open_control_store(Settings(home=home))
    _, key = keys.create_key(store, name="soak", role=keys.Role.READ, customer_id=None, now=datetime.now(UTC))
    store.close()
    snapshot = home / "published" / (home / "published" / "CURRENT").read_text().strip()
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        rows = connection.execute("SELECT customer_id FROM dim_customers ORDER BY 1").fetchall()
    return key, [customer for (customer,) in rows]


def tell(told: Soak) -> None:
    """Prints one line a figure."""
    print(f"{'seconds':<40}{told.seconds:>10,.0f}")
    print(f"{'answers':<40}{told.answers:>10,}   ({told.answers / told.seconds:.1f} a second)")
    print(f"{'snapshots published meanwhile':<40}{told.snapshots:>10,}")
    print(f"{'answers that were no 200':<40}{len(told.errors):>10,}   (aim: 0)")
    print(f"{'answers of two snapshots':<40}{told.mixed:>10,}   (aim: 0)")
    print(f"{'p99':<40}{told.p99_ms:>10,.1f} ms")
    middle = len(told.rss_mib) // 2
    print(
        f"{'memory at the half, and at the end':<40}{told.rss_mib[middle]:>10,.1f} MiB {told.rss_mib[-1]:,.1f} MiB"
    )
    print(f"{'memory grows an hour':<40}{told.slope(told.rss_mib):>10,.1f} MiB (aim: none, within 2 %)")
    fds = [float(count) for count in told.fds]
    print(f"{'open files: least, most, at the end':<40}{min(told.fds):>10} {max(told.fds)} {told.fds[-1]}")
    print(f"{'open files grow an hour':<40}{told.slope(fds):>10,.1f}     (aim: none)")
    for error in told.errors[:5]:
        print(f"  {error}")


def _ask(told: Soak, port: int, key: str, customers: list[str], number: int, stop: threading.Event) -> None:
    """One connection that asks at its own pace, whatever the others wait for."""
    pace, due = CONNECTIONS / A_SECOND, monotonic()
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    for question, customer in zip(
        cycle(_QUESTIONS[number:] + _QUESTIONS[:number]), cycle(customers), strict=False
    ):
        if stop.is_set():
            break
        due += pace
        sleep(max(0.0, due - monotonic()))
        began = perf_counter()
        try:
            connection.request(
                "GET", question.format(customer=customer), headers={"Authorization": f"Bearer {key}"}
            )
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                told.errors.append(f"{answer.status} {question}: {body[:200]!r}")
            told.mixed += _is_mixed(body)
        except (OSError, HTTPException) as error:
            told.errors.append(f"{type(error).__name__} {question}: {error}")
            connection.close()
        told.waited.append(perf_counter() - began)
        told.answers += 1
    connection.close()


def _is_mixed(body: bytes) -> bool:
    """Whether an answer names more than one snapshot."""
    found = {part.split(b'"')[0] for part in body.split(b'"snapshot":"')[1:]}
    return len(found) > 1


@contextmanager
def _publisher(home: Path, builds: list[Path]) -> Iterator[Callable[[], int]]:
    """Publishes until the end; then the function says how often."""
    environment = os.environ | {"PROOFLINE_HOME": str(home)}
    command = [sys.executable, "-m", "bench.publisher", json.dumps([str(build) for build in builds])]
    process = subprocess.Popen(  # noqa: S603  (our own program)
        command, env=environment, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, text=True
    )
    count: list[int] = []
    try:
        yield lambda: count[0] if count else 0
    finally:
        process.terminate()
        out, _ = process.communicate(timeout=60)
        count.append(len(out.splitlines()))


def _listening(port: int) -> int:
    """The process that listens there: ours is the child of whoever started it."""
    wanted = f":{port:04X}"
    inodes = {
        line.split()[9]
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
        if line.split()[1].endswith(wanted) and line.split()[3] == "0A"
    }
    for folder in Path("/proc").glob("[0-9]*/fd"):
        try:
            links = [str(path.readlink()) for path in folder.iterdir()]
        except OSError:
            continue
        if any(f"socket:[{inode}]" in links for inode in inodes):
            return int(folder.parent.name)
    raise RuntimeError(f"nobody listens on {port}")


def _rss_mib(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
