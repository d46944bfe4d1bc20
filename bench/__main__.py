"""`python -m bench`: makes events of the size asked for in a temporary directory and prints the floor."""

import argparse
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from bench.events import write
from bench.floor import floor


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options().parse_args(arguments)
    with TemporaryDirectory(prefix="proofline-bench-") as place:
        landing = Path(place) / "landing"
        begun = perf_counter()
        write(
            landing,
            calls=options.calls,
            customers=options.customers,
            days=options.days,
            seed=options.seed,
            fmt=options.format,
            end=date(2026, 11, 1),
        )
        size = sum(path.stat().st_size for path in landing.rglob("*") if path.is_file())
        _line(f"events ({size / 1e6:,.0f} MB)", perf_counter() - begun)
        seconds = floor(landing, Path(place) / "floor.duckdb")
        for table, taken in seconds.items():
            _line(f"floor {table}", taken)
        _line("floor", sum(seconds.values()))


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--customers", type=int, default=500)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--format", choices=("jsonl", "parquet"), default="jsonl")
    return parser


def _line(what: str, seconds: float) -> None:
    print(f"{what:<28}{seconds:>8.2f} s")


if __name__ == "__main__":
    main()
