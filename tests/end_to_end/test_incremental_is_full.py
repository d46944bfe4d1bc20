"""Promise: what was built day by day, in any order and with repeats, is row for row what a full build makes."""

import json
import random
import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from pipeline import demo
from tests.pipeline.runs import land, published, run_parsed, settings_in

END = datetime(2026, 11, 20, 9, tzinfo=UTC)
_EVENTS = {
    "llm_requests": "read_json_auto('{}/*.jsonl.gz', union_by_name = true)",
    "sessions": "read_json_auto('{}/*.jsonl.gz', union_by_name = true)",
    "tool_calls": "read_csv('{}/*.csv.gz', union_by_name = true)",
    "evaluations": "read_parquet('{}/*.parquet')",
    "outcomes": "read_json_auto('{}/*.jsonl')",
}


def _rows(landing: Path, table: str) -> list[dict[str, object]]:
    files = _EVENTS[table].format(landing / table)
    found = duckdb.execute(f"SELECT to_json(t) FROM {files} AS t").fetchall()
    return [_utc({k: v for k, v in json.loads(text).items() if v is not None}) for (text,) in found]


def _utc(row: dict[str, object]) -> dict[str, object]:
    return {
        k: f"{v}".replace(" ", "T").replace("+00", "Z") if k.endswith("_at") else v for k, v in row.items()
    }


def test_shuffled_split_repeated_and_late_input_gives_the_same_tables_as_one_full_build(
    tmp_path: Path,
) -> None:
    source, at_once_landing, split_landing = (tmp_path / name for name in ("source", "at_once", "split"))
    demo.write(source, customers=2, days=6, seed=3, end=END)
    for landing in (at_once_landing, split_landing):
        shutil.copytree(source, landing, ignore=lambda _, names: _EVENTS.keys() & set(names))
    shuffled = random.Random(5)
    halves: list[dict[str, list[dict[str, object]]]] = [{}, {}]
    for table in _EVENTS:
        rows = _rows(source, table)
        land(at_once_landing, f"{table}/all.jsonl", rows)
        shuffled.shuffle(rows)
        middle = len(rows) // 2
        halves[0][table], halves[1][table] = rows[:middle], rows[middle:] + rows[:50]
    at_once, piecewise = settings_in(tmp_path / "a"), settings_in(tmp_path / "b")
    once = run_parsed(at_once, at_once_landing, "once", now=END).snapshot
    assert once is not None
    facts = ("llm_requests", "sessions", "tool_calls", "evaluations", "outcomes")
    assert all(once.rows[f"fact_{fact}"] > 100 for fact in facts), once.rows
    for number, half in enumerate(halves):
        for table, rows in half.items():
            land(split_landing, f"{table}/half-{number}.jsonl", rows)
        assert run_parsed(piecewise, split_landing, f"half{number}", now=END).snapshot is not None
    assert published(piecewise) == published(at_once)

    run_parsed(piecewise, split_landing, "full", now=END, full=True)
    assert published(piecewise) == published(at_once)

    (split_landing / "sessions" / "half-0.jsonl").rename(split_landing / "sessions" / "renamed.jsonl")
    assert run_parsed(piecewise, split_landing, "again", now=END).snapshot is None, "nothing is new"
