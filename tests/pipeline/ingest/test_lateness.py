"""Promise: rows of days long since published are stored and counted, and change no number until they are let in."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pipeline.ingest import lateness, tables
from tests.pipeline.ingest.rows import call, outcome, session, tool_call, whole_session
from tests.pipeline.ingest.warehouse import Warehouse

NEWEST = date(2026, 11, 10)
# Its last instant is more than 35 days before the newest day; that of the day after is exactly 35 days before.
LAST_LATE_DAY = NEWEST - timedelta(days=37)
FIRST_DAY_IN_TIME = NEWEST - timedelta(days=36)
OLD = f"{LAST_LATE_DAY}T10:00:00Z"


def test_a_row_is_late_when_its_day_ended_more_than_35_days_before_the_newest(warehouse: Warehouse) -> None:
    warehouse.publish({"cust_a": NEWEST})
    times = [f"{LAST_LATE_DAY}T23:59:59.999999Z", f"{FIRST_DAY_IN_TIME}T00:00:00Z", "2026-11-19T00:00:00Z"]
    warehouse.land("llm_requests/a.jsonl", [call(t, started_at=t) for t in times])
    warehouse.run()
    assert _ids(warehouse, "late") == times[:1]
    assert _ids(warehouse, "raw") == times[1:]
    assert warehouse.touched() == {("cust_a", str(FIRST_DAY_IN_TIME)), ("cust_a", "2026-11-19")}
    assert warehouse.files() == {"llm_requests/a.jsonl": ("loaded", 3)}


def test_how_many_days_is_a_setting(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "w", late_days=0)
    warehouse.publish({"cust_a": NEWEST})
    days = [NEWEST - timedelta(days=n) for n in range(4)]
    warehouse.land("llm_requests/a.jsonl", [call(str(d), started_at=f"{d}T10:00:00Z") for d in days])
    warehouse.run()
    assert _ids(warehouse, "late") == sorted(map(str, days[2:]))
    warehouse.connection.close()


def test_lateness_is_each_customers_own_and_no_business_of_new_ones(warehouse: Warehouse) -> None:
    warehouse.publish({"cust_a": NEWEST, "cust_c": date(2026, 1, 1)})
    rows = [call(c, customer_id=c, started_at=OLD) for c in ("cust_a", "cust_b", "cust_c")]
    warehouse.land("llm_requests/a.jsonl", [*rows, call("new", customer_id="cust_b")])
    warehouse.run()
    assert _ids(warehouse, "late") == ["cust_a"]
    assert _ids(warehouse, "raw") == ["cust_b", "cust_c", "new"]


def test_rows_of_every_table_may_be_late(warehouse: Warehouse) -> None:
    warehouse.publish({"cust_a": NEWEST})
    evaluation = {
        "evaluation_id": "e",
        "evaluated_at": OLD,
        "customer_id": "cust_a",
        "agent_id": "a",
        "name": "n",
    }
    rows: dict[str, dict[str, Any]] = {
        "llm_requests": call(started_at=OLD),
        "sessions": whole_session(started_at=OLD),
        "tool_calls": tool_call(started_at=OLD),
        "evaluations": evaluation,
        "outcomes": outcome(occurred_at=OLD),
    }
    for table, row in rows.items():
        warehouse.land(f"{table}/a.jsonl", [row])
    assert warehouse.run() == 0
    for table in tables.EVENT_TABLES:
        assert warehouse.one(f"SELECT count(*) FROM late.{table}") == 1
        assert warehouse.one(f"SELECT count(*) FROM raw.{table}") == 0


def test_a_partial_session_row_is_as_late_as_its_session(warehouse: Warehouse) -> None:
    warehouse.land("sessions/a.jsonl", [whole_session("known", started_at=OLD), whole_session("recent")])
    warehouse.run()
    warehouse.publish({"cust_a": NEWEST})
    rows = [
        session("known", outcome="goal_met"),
        session("recent", outcome="goal_met"),
        session("unknown", outcome="goal_met"),
        session("together", outcome="goal_met"),
        session("together", started_at=OLD, agent_id="a"),
    ]
    warehouse.land("sessions/b.jsonl", rows)
    warehouse.run()
    assert _ids(warehouse, "late", "sessions") == ["known", "together", "together"]
    assert _ids(warehouse, "raw", "sessions") == ["known", "recent", "recent", "unknown"]


def test_a_late_version_does_not_replace_what_stands(warehouse: Warehouse) -> None:
    warehouse.land("llm_requests/a.jsonl", [call(started_at=OLD, model="a")])
    warehouse.run()
    warehouse.publish({"cust_a": NEWEST})
    warehouse.land("llm_requests/b.jsonl", [call(started_at=OLD, model="b", record_version=1)])
    assert warehouse.run() == 0
    assert warehouse.rows("SELECT model FROM raw.llm_requests") == [("a",)]
    warehouse.run(release=(LAST_LATE_DAY, LAST_LATE_DAY))
    assert warehouse.rows("SELECT model FROM raw.llm_requests") == [("b",)]
    assert warehouse.rows("SELECT verdict FROM raw.replaced") == [("SUPERSEDED",)]


def test_a_range_lets_in_what_waits_for_its_days_and_rebuilds_them_all(warehouse: Warehouse) -> None:
    warehouse.land("llm_requests/a.jsonl", [call("there", customer_id="cust_b", started_at=OLD)])
    warehouse.run()
    warehouse.publish({"cust_a": NEWEST, "cust_b": NEWEST})
    earlier = f"{LAST_LATE_DAY - timedelta(days=1)}T10:00:00Z"
    rows = [call("r1", started_at=OLD, session_id="s"), call("r2", started_at=earlier)]
    warehouse.land("llm_requests/b.jsonl", rows)
    warehouse.land("sessions/b.jsonl", [whole_session("s", started_at=OLD), session("s", outcome="goal_met")])
    assert warehouse.run() == 0
    assert warehouse.run(release=(LAST_LATE_DAY, LAST_LATE_DAY)) == 2
    assert warehouse.touched() == {("cust_a", str(LAST_LATE_DAY)), ("cust_b", str(LAST_LATE_DAY))}
    assert (_ids(warehouse, "raw"), _ids(warehouse, "late")) == (["r1", "there"], ["r2"])
    assert warehouse.rows("SELECT outcome, is_complete FROM raw.merged_sessions") == [("goal_met", True)]
    state = warehouse.rows("SELECT state, message FROM raw.files WHERE state = 'backfill'")
    assert state == [("backfill", f"late rows of {LAST_LATE_DAY} to {LAST_LATE_DAY} let in")]
    assert warehouse.run() == 0
    assert _ids(warehouse, "raw") == ["r1", "there"]


def test_rows_that_come_with_the_backfill_of_their_day_are_let_in(warehouse: Warehouse) -> None:
    warehouse.publish({"cust_a": NEWEST})
    warehouse.land("llm_requests/a.jsonl", [call(started_at=OLD)])
    assert warehouse.run(release=(LAST_LATE_DAY, LAST_LATE_DAY)) == 1
    assert _ids(warehouse, "raw") == ["r1"]


def test_late_rows_that_are_let_in_twice_are_one(warehouse: Warehouse) -> None:
    warehouse.publish({"cust_a": NEWEST})
    for i in range(2):
        warehouse.land(f"llm_requests/{i}.jsonl", [call(started_at=OLD), call(f"other {i}")])
        warehouse.run()
    assert warehouse.one("SELECT count(*) FROM late.llm_requests") == 2
    warehouse.run(release=(LAST_LATE_DAY, NEWEST))
    assert _ids(warehouse, "raw") == ["other 0", "other 1", "r1"]
    assert warehouse.rows("SELECT verdict FROM raw.replaced") == [("DUPLICATE",)]


def test_a_rebuild_from_the_files_decides_nothing_anew(tmp_path: Path, warehouse: Warehouse) -> None:
    warehouse.land("llm_requests/a.jsonl", [call("first", started_at=OLD), call("r2")])
    warehouse.run()
    warehouse.publish({"cust_a": NEWEST})
    late = [
        call("late", started_at=OLD),
        call("late", started_at=OLD),
        call("good"),
        "broken",
        "",
        call("first", started_at=OLD),
    ]
    warehouse.land("llm_requests/b.jsonl", late)
    warehouse.land("sessions/b.jsonl", [whole_session(started_at=OLD, x=1), session(outcome="goal_met")])
    warehouse.run()
    before = {schema: _contents(warehouse, schema) for schema in ("raw", "late")}
    assert len(before["late"]) == 5
    again = _rebuilt(warehouse)
    assert {schema: _contents(again, schema) for schema in ("raw", "late")} == before
    again.connection.close()


def test_what_was_let_in_stays_in_when_all_is_rebuilt(warehouse: Warehouse) -> None:
    warehouse.publish({"cust_a": NEWEST})
    old = (LAST_LATE_DAY - timedelta(days=1)).isoformat()
    warehouse.land("llm_requests/a.jsonl", [call("in", started_at=OLD), call("out", started_at=old)])
    warehouse.run()
    warehouse.run(release=(LAST_LATE_DAY, LAST_LATE_DAY))
    again = _rebuilt(warehouse)
    assert (_ids(again, "raw"), _ids(again, "late")) == (["in"], ["out"])
    again.connection.close()


def _rebuilt(warehouse: Warehouse) -> Warehouse:
    """A new warehouse from the stored files, as a full rebuild makes it beside the old one."""
    again = Warehouse(warehouse.root / "again")
    again.landing, again.store = warehouse.landing, warehouse.store
    copy = warehouse.root / "copy.duckdb"
    warehouse.connection.execute(f"ATTACH '{copy}' AS copy; COPY FROM DATABASE memory TO copy; DETACH copy")
    again.connection.execute(f"ATTACH '{copy}' AS earlier (READ_ONLY)")
    lateness.remember(again.connection, "earlier")
    again.publish({"cust_a": NEWEST})
    again.run(restoring=True)
    assert again.run() == 0
    return again


def _contents(warehouse: Warehouse, schema: str) -> list[tuple[Any, ...]]:
    found = [
        (table, *row)
        for table in tables.EVENT_TABLES
        for row in warehouse.rows(f"SELECT * EXCLUDE (file_id) FROM {schema}.{table}")
    ]
    return sorted(found, key=repr)


def _ids(warehouse: Warehouse, schema: str, table: str = "llm_requests") -> list[str]:
    key = "request_id" if table == "llm_requests" else "session_id"
    return [name for (name,) in warehouse.rows(f"SELECT {key} FROM {schema}.{table} ORDER BY ALL")]
