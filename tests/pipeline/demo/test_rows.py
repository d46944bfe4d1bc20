"""Promise: demo events conform to the contract and to one another, and nothing happens after the end."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest

from core.contract import TABLES, Column, Table, Type
from pipeline import demo
from tests.pipeline.demo.history import END, History, instant, read


def _fault(column: Column, value: Any) -> str | None:
    """What is wrong with one value by the contract, told independently of the reader of files."""
    if value is None:
        return "is missing" if column.required and column.default is None else None
    if column.choices and value not in column.choices:
        return "is not among the choices"
    if column.type is Type.TEXT:
        return None if isinstance(value, str) and 0 < len(value) <= column.max_characters else "is no text"
    if column.type is Type.BOOL:
        return None if value in (True, False, "true", "false") else "is no bool"
    if column.type is Type.TIME:
        return None if 2015 <= instant(value).year <= END.year else "is no time"
    return _number_fault(column, value)


def _number_fault(column: Column, value: Any) -> str | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return "is no number"
    if isinstance(value, bool) or not number.is_finite():
        return "is no number"
    if column.type is Type.INT and number != number.to_integral_value():
        return "is not whole"
    if column.minimum is not None and number < column.minimum:
        return "is too small"
    if column.maximum is not None and number > column.maximum:
        return "is too large"
    return None


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_row_conforms_to_the_contract(history: History, table: Table) -> None:
    assert history.rows[table.name]
    for row in history.rows[table.name]:
        assert set(row) <= set(table.column_names)
        faults = [(c.name, row.get(c.name), _fault(c, row.get(c.name))) for c in table.columns]
        assert [fault for fault in faults if fault[2]] == []


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_key_is_unique(history: History, table: Table) -> None:
    keys = Counter(tuple(row[column] for column in table.key) for row in history.rows[table.name])
    assert [key for key, times in keys.items() if times > 1] == []


def test_calls_that_went_well_have_tokens_and_those_that_failed_have_none(history: History) -> None:
    for row in history.rows["llm_requests"]:
        observed = {row["input_tokens"] is not None, row["output_tokens"] is not None}
        assert observed == {row["status"] == "ok"}
        assert (row["error_type"] is not None) == (row["status"] in ("error", "blocked"))


def test_cached_tokens_are_never_more_than_the_input(history: History) -> None:
    calls = [row for row in history.rows["llm_requests"] if row["status"] == "ok"]
    for row in calls:
        assert (row["cache_read_tokens"] or 0) + (row["cache_write_tokens"] or 0) <= row["input_tokens"]
        assert (row["reasoning_tokens"] or 0) <= row["output_tokens"]
    assert any(row["cache_read_tokens"] for row in calls)
    assert any(row["cache_write_tokens"] for row in calls)


def test_every_row_belongs_to_a_session_of_the_same_customer_and_agent(history: History) -> None:
    owners = {row["session_id"]: (row["customer_id"], row["agent_id"]) for row in history.rows["sessions"]}
    for table in ("llm_requests", "tool_calls", "evaluations", "outcomes"):
        for row in history.rows[table]:
            assert owners[row["session_id"]] == (row["customer_id"], row["agent_id"])


def test_arguments_hash_is_a_sha256(history: History) -> None:
    assert all(len(bytes.fromhex(row["args_hash"])) == 32 for row in history.rows["tool_calls"])


def test_nothing_happens_after_the_end(history: History) -> None:
    for name, table in TABLES.items():
        at = table.event_time
        assert at is None or max(instant(row[at]) for row in history.rows[name]) < END
    assert max(instant(row["ended_at"]) for row in history.rows["sessions"] if row["ended_at"]) <= END


@pytest.mark.parametrize("table", ["llm_requests", "tool_calls"])
def test_only_calls_that_finished_before_the_end_are_there(history: History, table: str) -> None:
    for row in history.rows[table]:
        if row["latency_ms"] is not None:
            took = timedelta(milliseconds=float(row["latency_ms"]))
            assert instant(row["started_at"]) + took <= END


def test_a_session_still_running_at_the_end_has_no_outcome_yet(history: History, tmp_path: Path) -> None:
    today = [row for row in history.of("sessions", "cust_malabar") if row["started_at"] > "2026-11-20"]
    longest = max(today, key=lambda row: instant(row["ended_at"]) - instant(row["started_at"]))
    started, ended = instant(longest["started_at"]), instant(longest["ended_at"])
    demo.write(tmp_path, customers=4, days=1, end=started + (ended - started) / 2)
    cut = next(row for row in read(tmp_path / "sessions") if row["session_id"] == longest["session_id"])
    only_at_the_end = ("ended_at", "outcome", "handoff", "user_turns", "agent_steps", "sentiment_end")
    assert [cut[column] for column in only_at_the_end] == [None] * 6
    assert (cut["started_at"], cut["intent"]) == (longest["started_at"], longest["intent"])
    calls = [row["started_at"] for row in read(tmp_path / "llm_requests")]
    assert max(calls) < longest["ended_at"]


def test_the_last_day_is_begun_and_not_finished(history: History) -> None:
    hours = Counter(row["started_at"][:13] for row in history.rows["llm_requests"])
    assert hours["2026-11-20T12"] > 0
    assert max(hours) == "2026-11-20T13"
