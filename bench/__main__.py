"""`python -m bench`: what the pipeline takes, as multiples of a floor measured in the same run.

The floor is DuckDB alone: it reads the same files, keeps the newest row per key and writes the tables. Machines
differ and are noisy; the ratios are what to look at.
"""

import argparse
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from bench import build
from bench.events import write
from bench.floor import floor


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints one line a figure for each format asked for."""
    options = _options().parse_args(arguments)
    if options.pages:
        _measure_pages()
        return
    if options.api:
        _measure_api(options)
        return
    if options.reports:
        from bench import reports

        reports.measure(memory=options.memory)
        return
    if options.soak:
        _soak(options)
        return
    if options.sites:
        _measure_sites(options)
        return
    if options.night:
        _measure_night(options)
        return
    for fmt in options.format.split(","):
        with TemporaryDirectory(prefix="proofline-bench-") as place:
            _measure(Path(place), fmt, options)


def _measure_pages() -> None:
    from bench import pages

    with TemporaryDirectory(prefix="proofline-bench-") as place:
        pages.measure(Path(place))


def _soak(options: argparse.Namespace) -> None:
    from bench import soak

    with TemporaryDirectory(prefix="proofline-bench-") as place:
        soak.measure(Path(options.home or place), minutes=options.soak)


def _measure_sites(options: argparse.Namespace) -> None:
    from bench import api, sites

    with TemporaryDirectory(prefix="proofline-bench-") as place:
        home = Path(options.home or place)
        api.installation(
            home, calls=options.calls, customers=options.customers, days=options.days, seed=options.seed
        )
        sites.measure(home, portals=options.customers)


def _measure_night(options: argparse.Namespace) -> None:
    from bench import night

    with TemporaryDirectory(prefix="proofline-bench-") as place:
        home = Path(options.home or place)
        night.prepare(home, portals=options.portals, reports=options.due, seed=options.seed)
        if not options.evening:
            night.measure(home, portals=options.portals, reports=options.due)


def _measure_api(options: argparse.Namespace) -> None:
    from bench import api

    with TemporaryDirectory(prefix="proofline-bench-") as place:
        home = Path(options.home or place)
        if not (home / "published" / "CURRENT").is_file():
            api.installation(
                home, calls=options.calls, customers=options.customers, days=options.days, seed=options.seed
            )
        api.measure(home)


def _measure(place: Path, fmt: str, options: argparse.Namespace) -> None:
    landing, aside, home = place / "landing", place / "aside", place / "home"
    print(f"\n{options.calls:,} model calls, {options.customers} customers, {options.days} days, {fmt}")
    begun = perf_counter()
    write(
        landing,
        calls=options.calls,
        customers=options.customers,
        days=options.days + 1,
        seed=options.seed,
        fmt=fmt,  # type: ignore[arg-type]
        end=date(2026, 11, 1),
    )
    build.hold_back_last_day(landing, aside)
    size = sum(path.stat().st_size for path in landing.rglob("*") if path.is_file())
    _line(f"making events ({size / 1e6:,.0f} MB)", perf_counter() - begun)
    seconds = floor(landing, place / "floor.duckdb")
    (place / "floor.duckdb").unlink()
    lowest = sum(seconds.values())
    _line("floor: read, newest per key, write", lowest)
    whole = build.build(home, landing)
    fixed = build.build(home, landing).seconds
    build.bring_back(aside, landing)
    day = build.build(home, landing)
    _tell(lowest, whole, fixed, day)


def _tell(lowest: float, whole: build.Run, fixed: float, day: build.Run) -> None:
    work = whole.seconds - whole.publishing
    _line("whole build without publishing", work)
    _line("  publishing: copy, verify, hash", whole.publishing)
    _line("nothing new", fixed)
    _line("one more day without publishing", day.seconds - day.publishing)
    _line("  publishing", day.publishing)
    print(f"{'peak memory of a process':<40}{day.peak_mib:>8,.0f} MiB (aim: under 3,072)")
    print(f"{'(whole build - 15 s) / floor':<40}{(work - 15) / lowest:>8.2f}     (aim: at most 3)")
    more = (day.seconds - day.publishing - fixed) / max(work - fixed, 0.01)
    print(
        f"{'(one more day - nothing new) / (whole - nothing new)':<40}{more:>6.3f} (aim: at most 0.1, fixed cost apart)"
    )


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--customers", type=int, default=500)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--format", default="jsonl,parquet", help="jsonl, parquet, or both with a comma")
    parser.add_argument("--api", action="store_true", help="measure the API instead of the pipeline")
    parser.add_argument("--pages", action="store_true", help="measure portals' pages instead of the pipeline")
    parser.add_argument("--sites", action="store_true", help="measure building portals' pages instead")
    parser.add_argument("--reports", action="store_true", help="measure reports on paper instead")
    parser.add_argument("--night", action="store_true", help="measure one night: all portals, many reports")
    parser.add_argument("--portals", type=int, default=200, help="with --night: how many there are")
    parser.add_argument("--due", type=int, default=100, help="with --night: reports, of as many portals")
    parser.add_argument("--evening", action="store_true", help="with --night and --home: only prepare it")
    parser.add_argument(
        "--memory",
        type=int,
        default=0,
        help="with --reports: whether so many leave a process larger (above 100)",
    )
    parser.add_argument(
        "--soak",
        type=float,
        metavar="MINUTES",
        help="keep the API under load for so long while snapshots come and go, and say what grows",
    )
    parser.add_argument(
        "--home", help="with --api, --sites or --night: an installation to measure on, or to make and keep"
    )
    return parser


def _line(what: str, seconds: float) -> None:
    print(f"{what:<40}{seconds:>8.2f} s", flush=True)


if __name__ == "__main__":
    main()
