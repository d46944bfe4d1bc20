"""`python -m bench --api`: what the API answers a second, beside the same server and query without it.

Measured on loopback with connections that are kept alive, in turns with a bare application on the same
snapshot (`bench.bare`), so that a machine that is busy for a while is busy for both. Look at the ratios.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median

import duckdb

from bench import build, servers
from bench.client import Load, Took, run
from bench.events import write
from bench.formulas import FORMULA, seconds_a_formula
from bench.questions import Asked, new_questions
from core import keys
from core.settings import Settings
from core.store.control import open_control_store

CONNECTIONS = 8
ROUNDS = 3
MOST, SECONDS = 2_000, 4.0
END = date(2026, 11, 1)


def installation(home: Path, *, calls: int, customers: int, days: int, seed: int) -> None:
    """Events and a published snapshot in `home`, unless something is published there already."""
    if (home / "published" / "CURRENT").exists():
        return
    landing = home / "landing"
    write(landing, calls=calls, customers=customers, days=days, seed=seed, fmt="parquet", end=END)
    build.build(home, landing)


def measure(home: Path) -> None:
    """Prints a line a kind of question: ours, bare, their ratio, and what is aimed at."""
    snapshot = home / "published" / (home / "published" / "CURRENT").read_text().strip()
    customer_ids, last = _customers(snapshot)
    print(
        f"\n{len(customer_ids)} customers, data to {last:%Y-%m-%d}, {CONNECTIONS} connections, {ROUNDS} rounds"
    )
    series, values = (new_questions(customer_ids, last, is_series=s) for s in (True, False))
    with _key(home) as key, servers.ours(home) as ours, servers.bare(snapshot) as bare:
        sides = _Sides(ours, bare, {"Authorization": f"Bearer {key}"})
        _tell(
            "daily series of 30 days, each new", *sides.in_turns(series), "at least 0.90, p99 at most 50 ms"
        )
        _tell("value at an instant, each new", *sides.in_turns(values))
        _tell("the same series again", *sides.again(series[0]), "at least 0.80 of ready bytes")
        _tell_one("summary of all customers, 30 days, each new", sides.summaries(last), "at most 100 ms")
        _tell_one("formula checked and evaluated, new period", sides.formulas(last))
    print(
        f"{'formula alone: parse, check, evaluate':<46}{seconds_a_formula() * 1000:>8.2f} ms (aim: at most 5 ms)"
    )


@dataclass(frozen=True)
class _Sides:
    """Both servers, and how ours is asked."""

    ours: int
    bare: int
    headers: dict[str, str]

    def in_turns(self, asked: Sequence[Asked]) -> tuple[list[Took], list[Took]]:
        """The same new questions to each side in turn."""
        took: tuple[list[Took], list[Took]] = ([], [])
        for turn in range(ROUNDS + 1):
            some = asked[turn * MOST : (turn + 1) * MOST]
            took[0].append(self._ours([question.path for question in some]))
            took[1].append(self._bare([question.bare_path for question in some]))
        # The first turn warms up.
        return took[0][1:], took[1][1:]

    def again(self, question: Asked) -> tuple[list[Took], list[Took]]:
        """One question for ever, beside as many bytes that are ready."""
        size = self._ours([question.path], most=CONNECTIONS).body_bytes
        turns = [
            (self._ours([question.path], most=20_000), self._bare([f"/bytes/{size}"], most=20_000))
            for _ in range(ROUNDS + 1)
        ]
        return [a for a, _ in turns[1:]], [b for _, b in turns[1:]]

    def summaries(self, last: datetime) -> Took:
        """One at a time, as a person opens dashboards."""
        ends = [last - timedelta(hours=hour) for hour in range(60)]
        paths = [
            f"/v1/analytics/dashboard/summary?start={_text(e - timedelta(days=30))}&end={_text(e)}"
            for e in ends
        ]
        self._ours(paths[:10], connections=1)
        return self._ours(paths[10:], connections=1, seconds=20.0)

    def formulas(self, last: datetime) -> Took:
        body = {
            "formula": FORMULA,
            "test_period": {"start": _text(last - timedelta(days=30)), "end": _text(last)},
        }
        path = "/v1/analytics/metrics/custom/validate"
        return self._ours([path], connections=1, most=300, body=json.dumps(body))

    def _ours(self, paths: Sequence[str], **more: object) -> Took:
        return _run(self.ours, paths, self.headers, **more)

    def _bare(self, paths: Sequence[str], **more: object) -> Took:
        return _run(self.bare, paths, {}, **more)


def _run(port: int, paths: Sequence[str], headers: dict[str, str], **more: object) -> Took:
    usual = {"connections": CONNECTIONS, "most": MOST, "seconds": SECONDS}
    return run(Load(port=port, paths=paths, headers=headers, **{**usual, **more}))  # type: ignore[arg-type]


def _text(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def _customers(snapshot: Path) -> tuple[list[str], datetime]:
    """Everybody, and the last full hour with data."""
    with duckdb.connect(snapshot, read_only=True) as connection:
        found = connection.execute("SELECT customer_id FROM dim_customers ORDER BY 1").fetchall()
        row = connection.execute("SELECT date_trunc('day', data_as_of) FROM snapshot_info").fetchone()
    assert row is not None
    return [customer_id for (customer_id,) in found], row[0].replace(tzinfo=UTC)


@contextmanager
def _key(home: Path) -> Iterator[str]:
    """A read key of its own for this run."""
    store = open_control_store(Settings(home=home))
    try:
        key, text = keys.create_key(
            store, name="benchmark", role=keys.Role.READ, customer_id=None, now=datetime.now(UTC)
        )
        yield text
        keys.revoke_key(store, key.key_id, now=datetime.now(UTC))
    finally:
        store.close()


def _tell(what: str, ours: Sequence[Took], bare: Sequence[Took], aim: str = "") -> None:
    ratio = median(a.per_second / b.per_second for a, b in zip(ours, bare, strict=True))
    a, b = (sorted(side, key=lambda took: took.per_second)[len(side) // 2] for side in (ours, bare))
    print(f"{what:<46}{a.per_second:>8,.0f} /s  p50 {a.p50_ms:6.2f}  p99 {a.p99_ms:6.2f} ms")
    print(f"{'  bare':<46}{b.per_second:>8,.0f} /s  p50 {b.p50_ms:6.2f}  p99 {b.p99_ms:6.2f} ms")
    print(f"{'  ratio':<46}{ratio:>8.2f}     {f'(aim: {aim})' if aim else ''}", flush=True)


def _tell_one(what: str, took: Took, aim: str = "") -> None:
    said = f"(aim: {aim})" if aim else ""
    print(f"{what:<46}{took.p50_ms:>8.2f} ms  p99 {took.p99_ms:6.2f} ms  {said}", flush=True)
