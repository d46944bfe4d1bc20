"""Promise: what was built day by day, in any order and with repeats, is row for row what a full build makes."""

import random
from datetime import UTC, datetime
from pathlib import Path

from pipeline import demo
from tests.pipeline.runs import land, published, run_parsed, settings_in

END = datetime(2026, 11, 20, 9, tzinfo=UTC)


def _rows(landing: Path, table: str) -> list[dict[str, object]]:
    import duckdb

    found = duckdb.execute(
        f"SELECT to_json(t) FROM read_json_auto('{landing}/{table}/*.jsonl.gz', union_by_name = true) AS t"
    )
    import json

    return [{k: v for k, v in json.loads(text).items() if v is not None} for (text,) in found.fetchall()]


def _utc(row: dict[str, object]) -> dict[str, object]:
    return {
        k: f"{v}".replace(" ", "T").replace("+00", "Z") if k.endswith("_at") else v for k, v in row.items()
    }


def test_shuffled_split_repeated_and_late_input_gives_the_same_tables_as_one_full_build(
    tmp_path: Path,
) -> None:
    source = tmp_path / "source"
    demo.write(source, customers=2, days=6, seed=3, end=END)
    shuffled = random.Random(5)
    whole_landing, split_landing = tmp_path / "whole", tmp_path / "split"
    pieces: list[list[tuple[str, list[dict[str, object]]]]] = [[], [], []]
    for table in ("llm_requests", "sessions"):
        rows = [_utc(row) for row in _rows(source, table)]
        land(whole_landing, f"{table}/all.jsonl", rows)
        shuffled.shuffle(rows)
        third = len(rows) // 3
        for i, piece in enumerate((rows[:third], rows[third : 2 * third], rows[2 * third :] + rows[:50])):
            pieces[i].append((f"{table}/piece-{i}.jsonl", piece))
    at_once, piecewise = settings_in(tmp_path / "a"), settings_in(tmp_path / "b")
    once = run_parsed(at_once, whole_landing, "once", now=END).snapshot
    assert once is not None and once.rows["fact_llm_requests"] > 1000 and once.rows["fact_sessions"] > 50
    for i, piece in enumerate(pieces):
        for name, rows in piece:
            land(split_landing, name, rows)
        built = run_parsed(piecewise, split_landing, f"piece{i}", now=END)
        assert built.snapshot is not None
    assert published(piecewise) == published(at_once)

    run_parsed(piecewise, split_landing, "full", now=END, full=True)
    assert published(piecewise) == published(at_once)


def test_nothing_new_publishes_nothing(tmp_path: Path) -> None:
    settings, landing = settings_in(tmp_path / "home"), tmp_path / "landing"
    land(landing, "customers/c.jsonl", [{"customer_id": "cust_a", "name": "A"}])
    assert run_parsed(settings, landing, "first").snapshot is not None
    (landing / "customers" / "c.jsonl").rename(landing / "customers" / "renamed.jsonl")
    assert run_parsed(settings, landing, "second").snapshot is None
