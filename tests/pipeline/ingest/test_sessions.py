"""Promise: what several rows say of one session is put together, whatever order and source they come from."""

import hashlib
import json
from datetime import datetime
from typing import Any

import pytest

from tests.pipeline.ingest.rows import call, session, whole_session
from tests.pipeline.ingest.warehouse import Warehouse

NINE = datetime(2026, 11, 1, 9)


def test_partial_rows_are_merged_column_by_column(warehouse: Warehouse) -> None:
    rows = [
        session(agent_id="agent_1", channel="chat", user_turns=3),
        session(started_at="2026-11-01T09:00:00Z", source_system="crm", outcome="goal_met"),
        session(handoff=True, user_turns=5, record_version=2),
        session(handoff=None, channel="voice", record_version=1),
    ]
    warehouse.land("sessions/a.jsonl", rows)
    warehouse.run()
    (merged,) = warehouse.dicts("FROM raw.merged_sessions")
    assert merged == {
        "customer_id": "cust_a",
        "session_id": "s1",
        "agent_id": "agent_1",
        "started_at": NINE,
        "ended_at": None,
        "outcome": "goal_met",
        "handoff": True,
        "handoff_reason": None,
        "channel": "voice",
        "intent": None,
        "user_turns": 5,
        "agent_steps": None,
        "sentiment_start": None,
        "sentiment_end": None,
        "is_test": False,
        "is_complete": True,
    }
    assert warehouse.rejects() == []


def test_null_says_nothing_and_false_says_something(warehouse: Warehouse) -> None:
    rows = [
        whole_session(handoff=True, is_test=True),
        session(record_version=1),
        session(record_version=2, handoff=False),
    ]
    warehouse.land("sessions/a.jsonl", rows)
    warehouse.run()
    assert warehouse.rows("SELECT handoff, is_test FROM raw.merged_sessions") == [(False, True)]


@pytest.mark.parametrize("turn", [0, 1, 2])
def test_at_one_version_the_row_of_the_greater_hash_is_last_and_the_other_is_told(
    warehouse: Warehouse, turn: int
) -> None:
    channels = ["chat", "voice", "mail"][turn:] + ["chat", "voice", "mail"][:turn]
    rows = [whole_session(channel=channel) for channel in channels] + [whole_session(intent="x")]
    warehouse.land("sessions/a.jsonl", rows)
    warehouse.run()
    stands = max(channels, key=lambda channel: _sha256(whole_session(channel=channel)))
    assert warehouse.rows("SELECT channel, intent FROM raw.merged_sessions") == [(stands, "x")]
    lost = [line for line, channel in enumerate(channels, start=1) if channel != stands]
    assert warehouse.rejects() == [("sessions/a.jsonl", line, "CONFLICT", "channel") for line in lost]


def test_a_conflict_between_sessions_is_told_once(warehouse: Warehouse) -> None:
    for i, channels in enumerate([("chat",), ("voice",), ("chat", "voice")]):
        rows = [whole_session(channel=channel) for channel in channels]
        warehouse.land(f"sessions/{i}.jsonl", [*rows, whole_session(f"other {i}")])
        warehouse.run()
    assert [reason for _, _, reason, _ in warehouse.rejects()] == ["CONFLICT"]
    assert warehouse.rows("SELECT verdict, count(*) FROM raw.replaced GROUP BY ALL") == [("DUPLICATE", 2)]


def test_a_higher_version_settles_a_conflict_of_what_it_says(warehouse: Warehouse) -> None:
    rows = [whole_session(channel=channel, intent=channel) for channel in ("chat", "voice")]
    warehouse.land("sessions/a.jsonl", rows)
    warehouse.run()
    warehouse.land("sessions/b.jsonl", [session(channel="mail", record_version=1, source_system="crm")])
    warehouse.run()
    assert [column for *_, column in warehouse.rejects()] == ["channel"]
    warehouse.land("sessions/c.jsonl", [session(intent="x", record_version=1)])
    warehouse.run()
    assert warehouse.rejects() == []


def test_a_session_without_agent_or_start_waits_and_completes_later(warehouse: Warehouse) -> None:
    warehouse.land("sessions/a.jsonl", [session(outcome="goal_met")])
    assert warehouse.run() == 0
    assert _completeness(warehouse) == [("s1", False)]
    warehouse.land("sessions/b.jsonl", [session(agent_id="agent_1", record_version=1)])
    assert warehouse.run() == 0
    assert _completeness(warehouse) == [("s1", False)]
    warehouse.land("sessions/c.jsonl", [session(started_at="2026-11-01T09:00:00Z", source_system="crm")])
    assert warehouse.run() == 1
    assert _completeness(warehouse) == [("s1", True)]
    assert warehouse.touched() == {("cust_a", "2026-11-01")}
    assert warehouse.one("SELECT outcome FROM raw.merged_sessions") == "goal_met"


def test_a_session_that_becomes_a_test_touches_every_day_of_its_rows(warehouse: Warehouse) -> None:
    warehouse.land("sessions/a.jsonl", [whole_session(), whole_session("s2")])
    rows = [
        call("r1", session_id="s1", started_at="2026-11-02T10:00:00Z"),
        call("r2", session_id="s1", started_at="2026-11-05T10:00:00Z"),
        call("r3", session_id="s2", started_at="2026-11-06T10:00:00Z"),
        call("r4", session_id="s1", customer_id="cust_b", started_at="2026-11-07T10:00:00Z"),
    ]
    warehouse.land("llm_requests/a.jsonl", rows)
    warehouse.run()
    for version, is_test in enumerate([True, False, True], start=1):
        warehouse.land(f"sessions/{version}.jsonl", [session(is_test=is_test, record_version=version)])
        warehouse.run()
        assert warehouse.one("SELECT is_test FROM raw.merged_sessions WHERE session_id = 's1'") is is_test
        assert warehouse.touched() == {("cust_a", f"2026-11-0{day}") for day in (1, 2, 5)}
    warehouse.land("sessions/9.jsonl", [session(is_test=True, record_version=9)])
    warehouse.run()
    assert warehouse.touched() == {("cust_a", "2026-11-01")}


def test_a_test_session_without_a_start_touches_the_days_of_its_rows(warehouse: Warehouse) -> None:
    warehouse.land("llm_requests/a.jsonl", [call("r1", session_id="s1")])
    warehouse.run()
    warehouse.land("sessions/a.jsonl", [session(is_test=True)])
    warehouse.run()
    assert warehouse.touched() == {("cust_a", "2026-11-01")}


def test_a_session_that_starts_on_another_day_touches_both(warehouse: Warehouse) -> None:
    warehouse.land("sessions/a.jsonl", [whole_session()])
    warehouse.run()
    warehouse.land("sessions/b.jsonl", [session(started_at="2026-11-03T09:00:00Z", record_version=1)])
    warehouse.run()
    assert warehouse.touched() == {("cust_a", "2026-11-01"), ("cust_a", "2026-11-03")}


def _sha256(row: dict[str, Any]) -> str:
    """Of a session row's canonical JSON, defaults included."""
    whole = {"source_system": "native", "record_version": 0} | row
    text = json.dumps(dict(sorted(whole.items())), separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _completeness(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    return warehouse.rows("SELECT session_id, is_complete FROM raw.merged_sessions ORDER BY ALL")
