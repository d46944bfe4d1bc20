"""Promise: one row stands for each key, and which one depends on the rows alone."""

import hashlib
import json
from typing import Any

from core.contract import LLM_REQUESTS
from pipeline.ingest.canonical import canonical_json
from tests.pipeline.ingest.rows import call, price, session, tool_call
from tests.pipeline.ingest.warehouse import Warehouse


def test_the_same_row_twice_counts_once(warehouse: Warehouse) -> None:
    same = dict(reversed(call(cost_usd="0.10", z=1, a=2).items()))
    warehouse.land("llm_requests/a.jsonl", [call(cost_usd=0.1, a=2, z=1, b=None), same])
    warehouse.run()
    assert warehouse.one("SELECT count(*) FROM raw.llm_requests") == 1
    assert _verdicts(warehouse) == {"DUPLICATE": 1}
    warehouse.land("llm_requests/b.jsonl", [same])
    warehouse.run()
    assert warehouse.one("SELECT count(*) FROM raw.llm_requests") == 1
    assert _verdicts(warehouse) == {"DUPLICATE": 2}
    assert warehouse.rejects() == []


def test_of_two_rows_of_one_version_the_greater_hash_stands(warehouse: Warehouse) -> None:
    models = ["gpt-4o", "gpt-4o-mini", "gpt-5"]
    warehouse.land("llm_requests/a.jsonl", [call(model=model) for model in models])
    warehouse.run()
    winner = max(models, key=lambda model: _sha256(call(model=model)))
    assert warehouse.rows("SELECT model FROM raw.llm_requests") == [(winner,)]
    assert _verdicts(warehouse) == {"CONFLICT": 2}
    assert warehouse.rejects() == [
        ("llm_requests/a.jsonl", i + 1, "CONFLICT", "request_id") for i, m in enumerate(models) if m != winner
    ]


def test_conflicts_are_told_with_their_line_and_text_in_every_format(warehouse: Warehouse) -> None:
    line = (
        '{"request_id": "r1",  "customer_id": "cust_a", "agent_id":"é", "started_at": "2026-11-01T10:00:00Z",'
    )
    line += ' "model": "m", "status": "error", "cost_usd": %s}'
    lines = [line % cost for cost in range(4)]
    warehouse.land("llm_requests/a.jsonl", ["", "broken", lines[0], lines[0], lines[1]])
    header = "request_id,customer_id,agent_id,started_at,model,status,cost_usd,note"
    rows = [f'r1,cust_a,é,2026-11-01T10:00:00Z,m,error,{cost},"a\nb"' for cost in (2, 3)]
    warehouse.land_bytes("llm_requests/b.csv", "\n".join([header, *rows]).encode())
    warehouse.run()
    told = warehouse.rows(
        """SELECT path, row_number, original FROM raw.rejects JOIN raw.files USING (file_id)
           WHERE reason = 'CONFLICT' ORDER BY ALL"""
    )
    places = [("llm_requests/a.jsonl", 3, lines[0]), ("llm_requests/a.jsonl", 5, lines[1])]
    places += [("llm_requests/b.csv", 2, rows[0]), ("llm_requests/b.csv", 4, rows[1])]
    standing = int(warehouse.one("SELECT cost_usd FROM raw.llm_requests"))
    assert told == [place for cost, place in enumerate(places) if cost != standing]


def test_a_row_of_an_earlier_run_that_loses_is_told_by_what_it_says(warehouse: Warehouse) -> None:
    low, high = sorted([call(model="a"), call(model="b")], key=_sha256)
    warehouse.land("llm_requests/a.jsonl", [low])
    warehouse.run()
    warehouse.land("llm_requests/b.jsonl", [high])
    warehouse.run()
    assert warehouse.rejects() == [("llm_requests/a.jsonl", None, "CONFLICT", "request_id")]
    told = json.loads(warehouse.one("SELECT original FROM raw.rejects"))
    assert (told["model"], told["started_at"]) == (low["model"], "2026-11-01T10:00:00Z")
    assert warehouse.rows("SELECT model FROM raw.llm_requests") == [(high["model"],)]


def test_a_conflict_is_told_once_however_often_it_comes(warehouse: Warehouse) -> None:
    low, high = sorted([call(model="a"), call(model="b")], key=_sha256)
    for i, rows in enumerate([[high], [low], [low, high], [low]]):
        warehouse.land(f"llm_requests/{i}.jsonl", [*rows, call(f"other {i}")])
        warehouse.run()
    assert [reason for _, _, reason, _ in warehouse.rejects()] == ["CONFLICT"]
    assert _verdicts(warehouse) == {"CONFLICT": 1, "DUPLICATE": 3}


def test_a_higher_version_replaces_a_lower_one_and_settles_its_conflicts(warehouse: Warehouse) -> None:
    warehouse.land("llm_requests/a.jsonl", [call(model="a"), call(model="b")])
    warehouse.run()
    assert [reason for _, _, reason, _ in warehouse.rejects()] == ["CONFLICT"]
    warehouse.land("llm_requests/b.jsonl", [call(model="c", record_version=2)])
    warehouse.run()
    assert warehouse.rejects() == []
    assert _verdicts(warehouse) == {"SUPERSEDED": 2}
    warehouse.land("llm_requests/c.jsonl", [call(model="d", record_version=1), call(model="b")])
    warehouse.run()
    assert warehouse.rows("SELECT model FROM raw.llm_requests") == [("c",)]
    assert _verdicts(warehouse) == {"SUPERSEDED": 3, "DUPLICATE": 1}


def test_one_key_in_two_source_systems_is_two_rows(warehouse: Warehouse) -> None:
    warehouse.land("llm_requests/a.jsonl", [call(model="a"), call(model="b", source_system="crm")])
    warehouse.run()
    assert warehouse.one("SELECT count(*) FROM raw.llm_requests") == 2
    assert _verdicts(warehouse) == {}


def test_one_key_in_two_tables_is_two_rows(warehouse: Warehouse) -> None:
    warehouse.land("llm_requests/a.jsonl", [call("same")])
    warehouse.land("tool_calls/a.jsonl", [tool_call("same"), tool_call("same", record_version=1)])
    warehouse.run()
    assert warehouse.one("SELECT count(*) FROM raw.llm_requests") == 1
    assert warehouse.rows("SELECT table_name, verdict FROM raw.replaced") == [("tool_calls", "SUPERSEDED")]


def test_keys_of_several_columns_hold_nulls_apart(warehouse: Warehouse) -> None:
    rows = [
        price(),
        price(customer_id="cust_a"),
        price(tier_from_tokens=1000),
        price(valid_from="2026-02-01"),
        price(input_usd_per_million=3, record_version=1),
        price(valid_from="2026-01-01"),
    ]
    warehouse.land("prices/a.jsonl", rows)
    warehouse.run()
    assert warehouse.one("SELECT count(*) FROM raw.prices") == 4
    assert _verdicts(warehouse) == {"SUPERSEDED": 1, "DUPLICATE": 1}


def test_amounts_that_differ_in_their_last_place_are_different(warehouse: Warehouse) -> None:
    warehouse.land("llm_requests/a.jsonl", [call(cost_usd=f"123456.10000000000{i}") for i in range(3)])
    warehouse.run()
    assert _verdicts(warehouse) == {"CONFLICT": 2}


def test_the_canonical_form_is_json_with_sorted_names_and_utc_times(warehouse: Warehouse) -> None:
    warehouse.land(
        "llm_requests/a.jsonl",
        [call(cost_usd=0.5, latency_ms=1.5, started_at="2026-11-01T12:00:00.50+02:00")],
    )
    warehouse.run()
    (text,) = warehouse.rows(f"SELECT {canonical_json(LLM_REQUESTS)} FROM raw.llm_requests")[0]
    row = json.loads(text)
    assert list(row) == sorted(row)
    assert (row["cost_usd"], row["latency_ms"]) == ("0.500000000000", 1.5)
    assert row["started_at"] == "2026-11-01T10:00:00.5Z"


def test_sessions_of_two_customers_may_have_one_name(warehouse: Warehouse) -> None:
    warehouse.land("sessions/a.jsonl", [session("s"), session("s", customer_id="cust_b")])
    warehouse.run()
    assert warehouse.one("SELECT count(*) FROM raw.merged_sessions") == 2
    assert warehouse.rejects() == []


def _verdicts(warehouse: Warehouse) -> dict[str, int]:
    return dict(warehouse.rows("SELECT verdict, count(*) FROM raw.replaced GROUP BY ALL"))


def _sha256(row: dict[str, Any]) -> str:
    """Of a call's canonical JSON, defaults included."""
    defaults = {
        "operation": "chat",
        "cache_read_tokens": 0,
        "cache_write_tokens": 0,
        "source_system": "native",
    }
    whole = defaults | {"record_version": 0} | row
    text = json.dumps(dict(sorted(whole.items())), separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
