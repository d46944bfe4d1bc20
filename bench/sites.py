"""`python -m bench --sites`: how fast the pages of many portals are built, and passed over when nothing changed.

One portal for each customer with six metrics, five ranges and 90 days of data; customers live in a dozen zones. Beside
it a floor: a bare loop that puts as many numbers into one string and writes one file a portal. Every figure comes from
a process of its own.
"""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from core.portals.definition import (
    Branding,
    ChartType,
    Comparison,
    PortalDefinition,
    PortalMetric,
    PortalStatus,
    Position,
    Size,
    TimeRange,
)
from core.settings import Settings
from core.store.metric_store import MetricStore

AIM_BUILT, AIM_SKIPPED, AIM_MIB = 100, 2_000, 500
RANGES, NUMBERS = 5, 90
_ZONES = (
    "UTC", "America/New_York", "America/Chicago", "America/Los_Angeles", "America/Sao_Paulo", "Europe/London",
    "Europe/Berlin", "Europe/Madrid", "Asia/Kolkata", "Asia/Singapore", "Asia/Tokyo", "Australia/Sydney",
)  # fmt: skip
_NOW = datetime(2026, 11, 2, tzinfo=UTC)
_CARDS = (
    ("usage.sessions.total", ChartType.NUMBER),
    ("autonomy.goal_completion_rate", ChartType.NUMBER),
    ("cost.total", ChartType.LINE),
    ("usage.requests.total", ChartType.BAR),
    ("perf.latency.p95", ChartType.LINE),
    ("cost.by_model", ChartType.PIE),
)


def portals_of(customer_ids: list[str]) -> Iterator[PortalDefinition]:
    """One for each of them."""
    cards = tuple(
        PortalMetric(
            metric,
            metric,
            Position(row * 4, 0),
            Size(12, 4),
            chart,
            TimeRange(),
            None if chart is ChartType.PIE else Comparison(True),
        )
        for row, (metric, chart) in enumerate(_CARDS)
    )
    for number, customer_id in enumerate(customer_ids):
        yield PortalDefinition(
            f"portal_bench{number:05}",
            "benchmark",
            customer_id,
            PortalStatus.ACTIVE,
            Branding("Benchmark"),
            cards,
        )


def measure(home: Path, *, portals: int) -> None:
    """Prints a line a figure: the floor, everything built, nothing changed, and that the cost is linear."""
    settings = Settings(home=home)
    metrics = MetricStore.open(settings.published_dir, threads=1)
    with metrics.for_all() as reader:
        from core.store.query import Query

        rows = reader.rows(Query("dim_customers", ("customer_id",)))
    metrics.close()
    customer_ids = sorted({str(row[0]) for row in rows})[:portals]
    shown = f"{len(customer_ids)} portals, {len(_CARDS)} metrics, {RANGES} ranges, {len(_ZONES)} zones"
    print(f"\n{shown}, {os.cpu_count()} cores")
    floor = _floor(home, len(customer_ids))
    print(f"{'floor: a bare loop with inline JSON':<46}{len(customer_ids) / floor:>9,.0f} /s")
    half = _with_portals(settings, customer_ids[: len(customer_ids) // 2])
    _in_process(home)  # shared files are made once for good
    _forget(settings)
    first = _in_process(home)
    _with_portals(settings, customer_ids[half:], after=half)
    _forget(settings)
    built = _in_process(home)
    skipped = _in_process(home)
    if built["built"] != len(customer_ids) or skipped["unchanged"] != len(customer_ids):
        raise SystemExit(f"Not everything was built: {built}, {skipped}")
    _tell(first, built, skipped)


def _tell(first: dict[str, float], built: dict[str, float], skipped: dict[str, float]) -> None:
    pace = built["built"] / built["seconds"]
    print(f"{'built':<46}{pace:>9,.0f} /s (aim: at least {AIM_BUILT})")
    print(f"{'  processor time a portal':<46}{built['cpu'] / built['built'] * 1000:>9,.1f} ms")
    passed = skipped["unchanged"] / skipped["seconds"]
    print(f"{'unchanged and passed over':<46}{passed:>9,.0f} /s (aim: at least {AIM_SKIPPED:,})")
    print(f"{'peak memory, all processes':<46}{built['mib']:>9,.0f} MiB (aim: under {AIM_MIB})")
    twice = built["seconds"] / first["seconds"]
    print(f"{'twice as many portals take':<46}{twice:>9.2f} times as long (aim: at most 2.2)")
    print(f"{'bytes a portal':<46}{built['bytes'] / built['built'] / 1024:>9,.0f} KiB")


def _with_portals(settings: Settings, customer_ids: list[str], *, after: int = 0) -> int:
    # Not at the top: every worker process imports the module that its parent was started with.
    from core.store.control import open_control_store
    from core.store.control.customers import set_customer
    from core.store.control.portals import add_portal

    store = open_control_store(settings)
    with store.writing() as connection:
        for number, one in enumerate(portals_of(["", *customer_ids])):
            if number:
                place = after + number
                renamed = PortalDefinition(**{**vars(one), "portal_id": f"portal_bench{place:05}"})
                add_portal(connection, renamed, now=_NOW)
                tz = _ZONES[place % len(_ZONES)]
                set_customer(connection, renamed.customer_id, {"timezone": tz}, now=_NOW)
    store.close()
    return len(customer_ids)


def _forget(settings: Settings) -> None:
    (settings.sites_dir / ".manifest.json").unlink()


def _floor(home: Path, count: int) -> float:
    folder = home / "floor"
    folder.mkdir(exist_ok=True)
    numbers = [[n * 1.5 for n in range(NUMBERS)] for _ in range(len(_CARDS) * RANGES)]
    begun = perf_counter()
    for number in range(count):
        page = f"<!doctype html><title>{number}</title><script type=application/json>{json.dumps(numbers)}</script>"
        (folder / f"{number}.html").write_text(page, "utf-8")
    return perf_counter() - begun


def _in_process(home: Path) -> dict[str, float]:
    told = subprocess.run(  # noqa: S603  (our own module)
        [sys.executable, "-m", "bench.sites", str(home)], check=True, capture_output=True, text=True
    )
    found: dict[str, float] = json.loads(told.stdout)
    return found


def _build(home: Path) -> dict[str, float]:
    from site_build.sites import build_sites

    report = build_sites(Settings(home=home), now=_NOW)
    if not report.is_complete:
        raise SystemExit(str(report.problem or report.failures[0].advice))
    own, workers = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    # Of the workers only the largest is known, and they are alike.
    largest = workers.ru_maxrss * (os.cpu_count() or 1)
    return {
        "built": report.built,
        "unchanged": report.unchanged,
        "seconds": report.seconds,
        "bytes": report.bytes,
        "cpu": own.ru_utime + own.ru_stime + workers.ru_utime + workers.ru_stime,
        "mib": (own.ru_maxrss + largest) / 1024,
    }


if __name__ == "__main__":
    print(json.dumps(_build(Path(sys.argv[1]))))
