"""`python -m bench --api`: what the API answers a second, beside the same server and query without it.

Measured on loopback with connections that are kept alive, in turns with a bare application on the same
snapshot (`bench.bare`), so that a machine that is busy for a while is busy for both. Ours counts its callers as it
always does; there are as many keys as that takes. Look at the ratios, and on a busy machine at those of the
processor's time.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

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
    with (
        _keys(home) as texts,
        servers.ours(home, rate_limits=True) as ours,
        servers.bare(snapshot) as bare,
    ):
        sides = _Sides(ours, bare, texts)
        _tell(
            "daily series of 30 days, each new", *sides.in_turns(series), "at least 0.90, p99 at most 50 ms"
        )
        _tell("value at an instant, each new", *sides.in_turns(values))
        again = sides.again(series[0], "checked")
        _tell("the same series again", *again, "at least 0.80 of ready bytes, key check and headers included")
        _tell("the same series again, beside bytes alone", *sides.again(series[0], "bytes"))
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
    # Each is used up by one load: whoever asks more than its limit in a minute waits.
    keys: Iterator[str]

    def in_turns(self, asked: Sequence[Asked]) -> "_Turns":
        """The same new questions to each side in turn."""
        took: _Turns = ([], [])
        for turn in range(ROUNDS + 1):
            some = asked[turn * MOST : (turn + 1) * MOST]
            took[0].append(self._ours([question.path for question in some]))
            took[1].append(self._bare([question.bare_path for question in some]))
        # The first turn warms up.
        return took[0][1:], took[1][1:]

    def again(self, question: Asked, beside: str) -> "_Turns":
        """One question for ever, beside as many bytes that are ready."""
        size = self._ours([question.path], most=CONNECTIONS).took.body_bytes
        turns = [
            (self._ours([question.path], most=20_000), self._bare([f"/{beside}/{size}"], most=20_000))
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
        return self._ours(paths[10:], connections=1, seconds=20.0).took

    def formulas(self, last: datetime) -> Took:
        body = {
            "formula": FORMULA,
            "test_period": {"start": _text(last - timedelta(days=30)), "end": _text(last)},
        }
        path = "/v1/analytics/metrics/custom/validate"
        return self._ours([path], connections=1, most=300, body=json.dumps(body), questions_a_key=50).took

    def _ours(
        self, paths: Sequence[str], *, most: int = MOST, questions_a_key: int = 250, **more: Any
    ) -> "_Load":
        keys = [next(self.keys) for _ in range(-(-most // questions_a_key))]
        return _run(self.ours, paths, most=most, keys=keys, questions_a_key=questions_a_key, **more)

    def _bare(self, paths: Sequence[str], *, most: int = MOST) -> "_Load":
        return _run(self.bare, paths, most=most, headers={"Authorization": f"Bearer {next(self.keys)}"})


@dataclass(frozen=True)
class _Load:
    """What a load took, and of the server's processor for each answer."""

    took: Took
    processor_ms: float | None


_Turns = tuple[list[_Load], list[_Load]]


def _run(port: int, paths: Sequence[str], **more: Any) -> _Load:
    usual = {"connections": CONNECTIONS, "seconds": SECONDS, "headers": {}}
    before = servers.processor_seconds(port)
    took = run(Load(port=port, paths=paths, **{**usual, **more}))
    after = servers.processor_seconds(port)
    if before is None or after is None:
        return _Load(took, None)
    return _Load(took, (after - before) / took.answers * 1000)


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
def _keys(home: Path) -> Iterator[Iterator[str]]:
    """Read keys of their own for this run, as many as are taken."""
    store, made = open_control_store(Settings(home=home)), list[str]()

    def more() -> Iterator[str]:
        while True:
            key, text = keys.create_key(
                store, name="benchmark", role=keys.Role.READ, customer_id=None, now=datetime.now(UTC)
            )
            made.append(key.key_id)
            yield text

    try:
        yield more()
        for key_id in made:
            keys.revoke_key(store, key_id, now=datetime.now(UTC))
    finally:
        store.close()


def _tell(what: str, ours: Sequence[_Load], bare: Sequence[_Load], aim: str = "") -> None:
    pairs = list(zip(ours, bare, strict=True))
    ratio = median(a.took.per_second / b.took.per_second for a, b in pairs)
    for name, side in ((what, ours), ("  bare", bare)):
        print(_line(name, sorted(side, key=lambda load: load.took.per_second)[len(side) // 2]))
    print(f"{'  ratio':<46}{ratio:>8.2f}     {f'(aim: {aim})' if aim else ''}")
    known = [b.processor_ms / a.processor_ms for a, b in pairs if a.processor_ms and b.processor_ms]
    if known:
        print(f"{'  of the processor':<46}{median(known):>8.2f}", flush=True)


def _line(name: str, load: _Load) -> str:
    took = load.took
    processor = "" if load.processor_ms is None else f"  processor {load.processor_ms:5.2f} ms"
    return (
        f"{name:<46}{took.per_second:>8,.0f} /s  p50 {took.p50_ms:6.2f}  p99 {took.p99_ms:6.2f} ms{processor}"
    )


def _tell_one(what: str, took: Took, aim: str = "") -> None:
    said = f"(aim: {aim})" if aim else ""
    print(f"{what:<46}{took.p50_ms:>8.2f} ms  p99 {took.p99_ms:6.2f} ms  {said}", flush=True)
