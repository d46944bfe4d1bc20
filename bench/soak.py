"""The service under steady load while snapshots come and go: errors, waiting, memory and open files over time.

The server runs as its users start it; a publisher beside it publishes one of two builds every other second, and some
connections ask fifty questions a second in all. What grows, leaks: the slopes of memory and of open files are told, and
are to be flat after the first minutes.

The two builds hold other numbers, so an answer made of both would be like no other of its question. Snapshots are made
to look eleven minutes old as soon as they are followed, so that what nobody reads goes at once.
"""

import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from itertools import cycle
from pathlib import Path
from time import monotonic, perf_counter, sleep

import duckdb

from bench.servers import ours
from core import keys
from core.contract import TABLES
from core.settings import Settings
from core.store.control import open_control_store

A_SECOND = 50
CONNECTIONS = 5
SECONDS_BETWEEN_SNAPSHOTS = 2.0
_SAMPLE_SECONDS = 2.0
# For so long the server may go on having open what it had under load.
_SETTLE_SECONDS = 120.0
# A slow answer is measured; only one that never comes is an error.
_ANSWER_SECONDS = 120.0
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
    # How many questions both builds have answered, and answered otherwise.
    told_apart: int = 0
    snapshots: int = 0
    # Of those: files there are at the end; and how often the server had one open that was gone.
    kept: int = 0
    pulled_away: int = 0
    fds_before: int = 0
    fds_after: int = 0
    # What was opened under load and stayed so.
    left_open: list[str] = field(default_factory=list)
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


def soak(
    home: Path, builds: list[Path], *, seconds: float, snapshots: int, key: str, customers: list[str]
) -> Soak:
    """Runs the load on what is published in `home`, which is the last of the builds, publishing them in turn: for so
    long, and until so many are published."""
    told, stop, heard = Soak(), threading.Event(), list[_Heard]()
    first = (home / "published" / "CURRENT").read_text().strip()
    with ours(home) as port:
        server = _listening(port)
        _warm_up(port, key, customers)
        told.fds_before = _settled(server, None)
        at_first = _open_files(server)
        with _publisher(home, builds) as published:
            workers = [
                threading.Thread(target=_ask, args=(told, heard, port, key, customers, n, stop))
                for n in range(CONNECTIONS)
            ]
            began = monotonic()
            for worker in workers:
                worker.start()
            while monotonic() - began < seconds or _newest(home) <= snapshots:
                sleep(_SAMPLE_SECONDS)
                _sample(told, server)
            stop.set()
            for worker in workers:
                worker.join()
            told.seconds = monotonic() - began
        told.fds_after = _settled(server, told.fds_before)
        told.left_open = sorted((Counter(_open_files(server)) - Counter(at_first)).elements())
    told.snapshots = len(published)
    told.kept = len(list((home / "published").glob("snap-*.duckdb")))
    _compare(told, heard, {first: str(builds[-1]), **published})
    return told


def _newest(home: Path) -> int:
    """The number of the newest snapshot."""
    return max(int(path.name.split("-")[1]) for path in (home / "published").glob("snap-*.duckdb"))


def _sample(told: Soak, server: int) -> None:
    told.rss_mib.append(_rss_mib(server))
    opened = _open_files(server)
    told.fds.append(len(opened))
    told.pulled_away += any("/snap-" in name and name.endswith(" (deleted)") for name in opened)


def _settled(server: int, wanted: int | None) -> int:
    """How many files the server has open when nobody asks any more; waits for it to come down to `wanted`."""
    until = monotonic() + _SETTLE_SECONDS
    while (count := _counted(server)) > (wanted or 0) and monotonic() < until:
        sleep(0.1)
        if wanted is None and count == _counted(server):
            break
    return count


def _counted(server: int) -> int:
    """Without the control store, of which a few connections are kept however many there were."""
    return sum("/control.sqlite" not in name for name in _open_files(server))


def _open_files(server: int) -> list[str]:
    found = []
    for link in Path(f"/proc/{server}/fd").iterdir():
        with suppress(OSError):
            found.append(str(link.readlink()))
    return found


def _compare(told: Soak, heard: list["_Heard"], builds: Mapping[str, str]) -> None:
    """One build answers a question in one way, whichever of its snapshots was asked."""
    answers: dict[str, dict[str, Counter[bytes]]] = {}
    for one in heard:
        build = builds.get(f"{one.snapshot.removesuffix('.duckdb')}.duckdb", "no snapshot of ours")
        answers.setdefault(one.question, {}).setdefault(build, Counter())[one.answer] += 1
    for by_build in answers.values():
        told.mixed += sum(counted.total() - max(counted.values()) for counted in by_build.values())
        usual = {counted.most_common(1)[0][0] for counted in by_build.values()}
        told.told_apart += len(usual) > 1


def measure(
    home: Path, *, minutes: float, snapshots: int = 0, calls: int = 20_000, customers: int = 50
) -> Soak:
    """Soaks what is installed in `home` and prints what came of it."""
    from bench import api

    api.installation(home, calls=calls, customers=customers, days=60, seed=1)
    other = home / "other" / "warehouse.duckdb"
    other.parent.mkdir(exist_ok=True)
    _without_the_last_days(home / "warehouse.duckdb", other)
    key, asked = _prepared(home)
    told = soak(
        home,
        [other, home / "warehouse.duckdb"],
        seconds=60 * minutes,
        snapshots=snapshots,
        key=key,
        customers=asked,
    )
    tell(told)
    return told


def _without_the_last_days(warehouse: Path, other: Path) -> None:
    """A build of other numbers: what the same events were ten days before their end."""
    shutil.copyfile(warehouse, other)
    with duckdb.connect(str(other)) as connection:
        names = connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main'"
            " AND (table_name LIKE 'fact_%' OR table_name LIKE 'measure_%')"
        ).fetchall()
        for (name,) in names:
            kind, _, events = name.partition("_")
            time = "hour" if kind == "measure" else TABLES[events].event_time
            connection.execute(f"DELETE FROM {name} WHERE {time} >= TIMESTAMP '2026-10-22'")


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
    print(f"{'questions that tell the builds apart':<40}{told.told_apart:>10,}")
    print(f"{'snapshots kept at the end':<40}{told.kept:>10,}")
    print(f"{'times one was gone that was still open':<40}{told.pulled_away:>10,}   (aim: 0)")
    print(f"{'p99':<40}{told.p99_ms:>10,.1f} ms")
    middle = len(told.rss_mib) // 2
    print(
        f"{'memory at the half, and at the end':<40}{told.rss_mib[middle]:>10,.1f} MiB {told.rss_mib[-1]:,.1f} MiB"
    )
    print(f"{'memory grows an hour':<40}{told.slope(told.rss_mib):>10,.1f} MiB (aim: none, within 2 %)")
    fds = [float(count) for count in told.fds]
    print(f"{'open files: least, most, at the end':<40}{min(told.fds):>10} {max(told.fds)} {told.fds[-1]}")
    print(f"{'open files before and after the load':<40}{told.fds_before:>10} {told.fds_after}")
    print(f"{'open files grow an hour':<40}{told.slope(fds):>10,.1f}     (aim: none)")
    for error in told.errors[:5]:
        print(f"  {error}")


@dataclass(frozen=True)
class _Heard:
    """An answer without what differs from one snapshot of a build to the next, as a digest."""

    question: str
    snapshot: str
    answer: bytes

    @classmethod
    def of(cls, question: str, body: bytes) -> "_Heard | None":
        plain = json.loads(body)
        metadata = plain.get("metadata") if isinstance(plain, dict) else None
        if not isinstance(metadata, dict) or "snapshot" not in metadata:
            return None
        snapshot = str(metadata.pop("snapshot"))
        plain.pop("generated_at", None)
        text = json.dumps(plain, sort_keys=True).encode()
        return cls(question, snapshot, hashlib.blake2b(text, digest_size=16).digest())


def _warm_up(port: int, key: str, customers: list[str]) -> None:
    """Whatever is loaded or opened with the first question of its kind is there."""
    connection = HTTPConnection("127.0.0.1", port, timeout=_ANSWER_SECONDS)
    for question in _QUESTIONS:
        address = question.format(customer=customers[0])
        connection.request("GET", address, headers={"Authorization": f"Bearer {key}"})
        connection.getresponse().read()
    connection.close()


def _ask(
    told: Soak,
    heard: list[_Heard],
    port: int,
    key: str,
    customers: list[str],
    number: int,
    stop: threading.Event,
) -> None:
    """One connection that asks at its own pace, whatever the others wait for."""
    pace, due = CONNECTIONS / A_SECOND, monotonic()
    connection = HTTPConnection("127.0.0.1", port, timeout=_ANSWER_SECONDS)
    for question, customer in zip(
        cycle(_QUESTIONS[number:] + _QUESTIONS[:number]), cycle(customers), strict=False
    ):
        if stop.is_set():
            break
        due += pace
        sleep(max(0.0, due - monotonic()))
        began = perf_counter()
        address = question.format(customer=customer)
        try:
            connection.request("GET", address, headers={"Authorization": f"Bearer {key}"})
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                told.errors.append(f"{answer.status} {question}: {body[:200]!r}")
            elif (one := _Heard.of(address, body)) is not None:
                heard.append(one)
        except (OSError, HTTPException) as error:
            told.errors.append(f"{type(error).__name__} {question}: {error}")
            connection.close()
        told.waited.append(perf_counter() - began)
        told.answers += 1
    connection.close()


@contextmanager
def _publisher(home: Path, builds: list[Path]) -> Iterator[dict[str, str]]:
    """Publishes until the end; then there are the builds of the snapshots by their names."""
    environment = os.environ | {"PROOFLINE_HOME": str(home)}
    command = [sys.executable, "-m", "bench.publisher", json.dumps([str(build) for build in builds])]
    process = subprocess.Popen(  # noqa: S603  (our own program)
        command, env=environment, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, text=True
    )
    published: dict[str, str] = {}
    try:
        yield published
    finally:
        process.terminate()
        out, _ = process.communicate(timeout=300)
        published |= dict(line.split(" ", 1) for line in out.splitlines())


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
