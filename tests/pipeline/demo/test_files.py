"""Promise: the same arguments give the same files, whoever else is a customer; others' files are left alone."""

import gzip
import hashlib
import json
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.contract import TABLES
from pipeline import demo
from pipeline.demo import crowd
from pipeline.demo.instants import Window
from tests.pipeline.demo.history import DAYS, END, History, read


def _digests(root: Path) -> dict[str, str]:
    files = (path for path in root.rglob("*") if path.is_file())
    return {str(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_a_file_holds_the_rows_of_its_day(history: History) -> None:
    names = sorted(path.name for path in (history.root / "llm_requests").iterdir())
    assert names == [f"{date(2026, 10, 22) + timedelta(days=n)}.jsonl.gz" for n in range(DAYS)]
    lines = gzip.decompress((history.root / "llm_requests" / names[4]).read_bytes()).splitlines()
    assert {json.loads(line)["started_at"][:10] for line in lines} == {"2026-10-26"}


def test_an_end_at_midnight_belongs_to_the_day_before() -> None:
    assert Window.before(datetime(2026, 3, 1, tzinfo=UTC), 2).days == (date(2026, 2, 27), date(2026, 2, 28))


def test_the_end_stands_beside_the_tables(history: History) -> None:
    assert datetime.fromisoformat((history.root / "_complete_to").read_text()) == END


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    ends = (END, END.astimezone(timezone(timedelta(hours=5, minutes=45))))
    for place, end in zip("ab", ends, strict=True):
        demo.write(tmp_path / place, customers=6, days=3, end=end)
    assert _digests(tmp_path / "a") == _digests(tmp_path / "b")


def test_another_seed_gives_other_events(tmp_path: Path) -> None:
    for seed in (1, 2):
        demo.write(tmp_path / str(seed), customers=1, days=2, seed=seed, end=END)
    first, second = (_digests(tmp_path / str(seed)) for seed in (1, 2))
    same = {name for name in first if first[name] == second[name]}
    assert not any(name.startswith(("llm_requests", "sessions")) for name in same)


def test_a_customers_history_does_not_change_when_others_join(history: History, tmp_path: Path) -> None:
    demo.write(tmp_path, customers=1, days=DAYS, end=END)
    for table in ("llm_requests", "sessions", "tool_calls", "evaluations", "outcomes", "baselines"):
        alone = list(read(tmp_path / table))
        assert alone == history.of(table, "cust_northwind")
    budgets = {row["budget_id"]: row for row in history.rows["budgets"]}
    mine = [row for row in read(tmp_path / "budgets") if row["scope"] != "global"]
    assert mine == [budgets["budget-cust_northwind"]]


def test_thousands_of_customers_each_have_a_name_of_their_own() -> None:
    cast = crowd.customers(demo.MAX_CUSTOMERS, 7)
    agents = [agent.agent_id for customer in cast for agent in customer.agents]
    assert len({customer.customer_id for customer in cast}) == demo.MAX_CUSTOMERS
    assert len({customer.name for customer in cast}) == demo.MAX_CUSTOMERS
    assert len(set(agents)) == len(agents)
    assert crowd.customers(40, 7) == cast[:40]


def test_half_hour_and_quarter_hour_zones_are_among_the_first_six() -> None:
    at = datetime(2026, 6, 1, tzinfo=UTC)
    minutes = {at.astimezone(ZoneInfo(c.timezone)).minute for c in crowd.customers(6, 7)}
    assert {0, 30, 45} <= minutes


def test_own_files_are_written_anew_and_others_left_alone(tmp_path: Path) -> None:
    demo.write(tmp_path, customers=1, days=2, end=END)
    clean = _digests(tmp_path)
    (tmp_path / "sessions" / "mine.jsonl").write_text("{}\n")
    (tmp_path / "sessions" / "2026-11-20.jsonl.gz").write_text("broken")
    demo.write(tmp_path, customers=1, days=2, end=END)
    assert (tmp_path / "sessions" / "mine.jsonl").read_text() == "{}\n"
    (tmp_path / "sessions" / "mine.jsonl").unlink()
    assert _digests(tmp_path) == clean


def test_no_unfinished_file_stays_behind(history: History) -> None:
    assert list(history.root.rglob("*.tmp")) == []


def test_the_summary_counts_what_is_in_the_files(history: History) -> None:
    files = [path for path in history.root.rglob("*") if path.is_file()]
    assert history.summary.files == len(files)
    assert history.summary.bytes == sum(path.stat().st_size for path in files)
    assert {t: history.summary.rows[t] for t in TABLES} == {t: len(rows) for t, rows in history.rows.items()}


def test_progress_is_told_after_every_day(history: History) -> None:
    assert history.progress[0] == ("2026-10-22", 1, DAYS)
    assert history.progress[-1] == ("2026-11-20", DAYS, DAYS)
    assert len(history.progress) == DAYS


def test_importing_the_demo_loads_no_database() -> None:
    code = "import sys, pipeline.demo; sys.exit(bool({'duckdb', 'dagster', 'pyarrow'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"customers": 0}, "customers must be from 1 to 5000, not 0"),
        ({"customers": 5_001}, "customers must be from 1 to 5000, not 5001"),
        ({"days": 0}, "days must be from 1 to 1100, not 0"),
        ({"days": 1_101}, "days must be from 1 to 1100, not 1101"),
        ({"days": -3}, "days must be from 1 to 1100, not -3"),
        ({"end": datetime(2026, 11, 20)}, "end needs a time zone"),
        ({"end": datetime(1999, 1, 1, tzinfo=UTC)}, "end must lie in the years 2019 to 2099"),
        ({"end": datetime.max.replace(tzinfo=UTC)}, "end must lie in the years 2019 to 2099"),
    ],
)
def test_what_cannot_be_made_is_refused_in_a_sentence_and_nothing_is_written(
    tmp_path: Path, arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        demo.write(tmp_path / "out", **({"end": END} | arguments))
    assert not (tmp_path / "out").exists()
