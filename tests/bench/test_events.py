"""Bulk events are events: what the benchmarks read obeys the contract and is the same each time."""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from bench.events import CALLS_PER_SESSION, MODELS, Format, write
from bench.floor import FLOOR_TABLES, floor
from core.contract import TABLES, Column, Type
from pipeline.prices import list_prices

CALLS = 4_003
DUCKDB_TYPES = {
    Type.TEXT: "VARCHAR",
    Type.INT: "BIGINT",
    Type.NUMBER: "DOUBLE",
    Type.DECIMAL: "DECIMAL(22, 12)",
    Type.BOOL: "BOOLEAN",
    Type.TIME: "TIMESTAMPTZ",
}


def landing(out: Path, fmt: Format = "jsonl", *, seed: int = 1) -> Path:
    write(out, calls=CALLS, customers=7, days=3, seed=seed, fmt=fmt, end=date(2026, 11, 1))
    return out


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return landing(tmp_path_factory.mktemp("landing"))


def ask(events: Path, table: str, question: str) -> Any:
    """The one value that answers the question, asked of the table's files read with the contract's types."""
    types = {column.name: DUCKDB_TYPES[column.type] for column in TABLES[table].columns}
    read = f"read_json('{events / table}/*.jsonl', format = 'newline_delimited', columns = {types})"
    row = duckdb.connect().execute(f"SELECT {question} FROM {read} AS {table}").fetchone()
    assert row is not None
    return row[0]


def broken(column: Column) -> list[str]:
    """What no row may be, as SQL, from the contract's words about the column."""
    wrong = [f"{column.name} IS NULL"] if column.required else []
    if column.choices:
        wrong.append(f"{column.name} NOT IN {column.choices}")
    if column.minimum is not None:
        wrong.append(f"{column.name} < {column.minimum}")
    if column.maximum is not None:
        wrong.append(f"{column.name} > {column.maximum}")
    return wrong


@pytest.mark.parametrize("table", FLOOR_TABLES)
def test_every_row_obeys_the_contract(events: Path, table: str) -> None:
    [key] = TABLES[table].key
    for column in TABLES[table].columns:
        for wrong in broken(column):
            assert ask(events, table, f"count(*) FILTER ({wrong})") == 0, wrong
    assert ask(events, table, f"count(*) - count(DISTINCT {key})") == 0


@pytest.mark.parametrize("table", FLOOR_TABLES)
def test_no_column_is_unknown_to_the_contract(events: Path, table: str) -> None:
    read = duckdb.connect().execute(f"DESCRIBE FROM '{events / table}/*.jsonl'").fetchall()
    assert {row[0] for row in read} <= set(TABLES[table].column_names)


def test_calls_have_tokens_when_they_are_ok_and_no_more_cached_than_read(events: Path) -> None:
    silent = "status = 'ok' AND (input_tokens IS NULL OR output_tokens IS NULL)"
    assert ask(events, "llm_requests", f"count(*) FILTER ({silent})") == 0
    above = "cache_read_tokens + cache_write_tokens > coalesce(input_tokens, 0)"
    assert ask(events, "llm_requests", f"count(*) FILTER ({above})") == 0


def test_there_are_as_many_rows_as_asked_for_in_one_file_per_day(events: Path) -> None:
    days = ["2026-10-29.jsonl", "2026-10-30.jsonl", "2026-10-31.jsonl"]
    for table in FLOOR_TABLES:
        assert sorted(path.name for path in (events / table).iterdir()) == days
        assert ask(events, table, "count(DISTINCT started_at::DATE)") == 3
    assert ask(events, "llm_requests", "count(*)") == CALLS
    assert ask(events, "sessions", "count(*)") == -(-CALLS // CALLS_PER_SESSION)
    assert 0.75 < ask(events, "tool_calls", "count(*)") / CALLS < 0.85
    assert ask(events, "llm_requests", "count(DISTINCT customer_id)") == 7


def test_rows_of_a_file_stand_on_its_day(events: Path) -> None:
    for table in FLOOR_TABLES:
        for file in (events / table).iterdir():
            query = "SELECT DISTINCT started_at::TIMESTAMP::DATE::VARCHAR FROM read_json(?)"
            assert duckdb.connect().execute(query, [str(file)]).fetchall() == [(file.stem,)]


def test_calls_and_tool_calls_belong_to_sessions_that_exist(events: Path) -> None:
    known = f"(SELECT session_id || customer_id || agent_id FROM '{events}/sessions/*.jsonl')"
    for table in ("llm_requests", "tool_calls"):
        orphans = f"count(*) FILTER (session_id || customer_id || agent_id NOT IN {known})"
        assert ask(events, table, orphans) == 0


def test_every_model_is_in_the_price_list_and_some_calls_reach_a_dearer_tier(events: Path) -> None:
    assert {(price.provider, price.model) for price in list_prices(MODELS)} == set(MODELS)
    assert ask(events, "llm_requests", "count(*) FILTER (input_tokens > 200000)") > 0


def test_something_is_unobserved_in_every_way_a_source_may_be_silent(events: Path) -> None:
    for column in ("outcome", "handoff", "user_turns", "sentiment_end"):
        assert 0 < ask(events, "sessions", f"count({column})") < ask(events, "sessions", "count(*)")
    for column in ("cost_usd", "latency_ms", "input_tokens", "error_type"):
        assert 0 < ask(events, "llm_requests", f"count({column})") < CALLS


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(events: Path, tmp_path: Path) -> None:
    same, other = landing(tmp_path / "same"), landing(tmp_path / "other", seed=2)
    for file in (path.relative_to(events) for path in events.rglob("*.jsonl")):
        assert (same / file).read_bytes() == (events / file).read_bytes()
        assert (other / file).read_bytes() != (events / file).read_bytes()


def test_the_floor_stores_the_same_rows_from_either_format(events: Path, tmp_path: Path) -> None:
    parquet = landing(tmp_path / "parquet", "parquet")
    assert list(floor(events, tmp_path / "a.duckdb")) == list(FLOOR_TABLES)
    floor(parquet, tmp_path / "b.duckdb")
    connection = duckdb.connect(tmp_path / "a.duckdb")
    connection.execute(f"ATTACH '{tmp_path / 'b.duckdb'}' AS other (READ_ONLY)")
    for table in FLOOR_TABLES:
        differ = (
            f"(FROM {table} EXCEPT FROM other.{table}) UNION ALL (FROM other.{table} EXCEPT FROM {table})"
        )
        assert connection.execute(differ).fetchall() == []
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() != (0,)


def test_the_floor_keeps_the_newest_row_of_a_key_that_comes_again(events: Path, tmp_path: Path) -> None:
    again = landing(tmp_path / "again")
    query = "SELECT * REPLACE (1 AS record_version, 'blocked' AS status) FROM read_json(?) LIMIT 5"
    first = again / "llm_requests" / "2026-10-29.jsonl"
    duckdb.connect().execute(f"COPY ({query}) TO '{again}/llm_requests/later.jsonl'", [str(first)])
    floor(again, tmp_path / "a.duckdb")
    kept = "SELECT count(*), count(*) FILTER (record_version = 1 AND status = 'blocked') FROM llm_requests"
    assert duckdb.connect(tmp_path / "a.duckdb").execute(kept).fetchone() == (CALLS, 5)


def test_the_floor_refuses_a_database_that_exists(events: Path, tmp_path: Path) -> None:
    (tmp_path / "a.duckdb").touch()
    with pytest.raises(FileExistsError, match="fresh database"):
        floor(events, tmp_path / "a.duckdb")
