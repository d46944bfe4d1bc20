"""Promise: the same rows give the same tables, whatever format they arrive in."""

import csv
import gzip
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from tests.pipeline.ingest.rows import call, whole_session
from tests.pipeline.ingest.warehouse import Warehouse

CALLS = [
    call("r1", cost_usd=0.125, latency_ms=1.5, provider="openai", region="eu", note='a "quoted", word'),
    call("r2", status="error", input_tokens=None, output_tokens=None, error_type="timeout", region=None),
    call(
        "r3",
        source_system="crm",
        record_version=3,
        session_id="s é",
        cache_read_tokens=50,
        zz="z",
        region="us",
    ),
    call("r4", operation="embeddings", customer_id="客户", started_at="2026-11-01T10:00:00.123456Z"),
]
NAMES = sorted({name for row in CALLS for name in row})


def json_lines() -> bytes:
    return "".join(json.dumps(row) + "\n" for row in CALLS).encode()


def csv_text() -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, NAMES, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(CALLS)
    return text.getvalue().encode()


def parquet() -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([{name: row.get(name) for name in NAMES} for row in CALLS]), buffer)
    return buffer.getvalue()


FORMATS: dict[str, Callable[[], bytes]] = {
    "a.jsonl": json_lines,
    "a.jsonl.gz": lambda: gzip.compress(json_lines()),
    "a.jsonl.zst": lambda: zstandard.compress(json_lines()),
    "a.csv": csv_text,
    "a.csv.gz": lambda: gzip.compress(csv_text()),
    "a.parquet": parquet,
    "A.JSONL.GZ": lambda: gzip.compress(json_lines()[:300]) + gzip.compress(json_lines()[300:]),
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_rows(warehouse: Warehouse, name: str) -> None:
    warehouse.land_bytes(f"llm_requests/{name}", FORMATS[name]())
    warehouse.run()
    assert warehouse.rejects() == []
    rows = {row["request_id"]: row for row in warehouse.dicts("FROM raw.llm_requests")}
    assert rows["r1"] == {
        "file_id": 1,
        "extra": '{"note":"a \\"quoted\\", word","region":"eu"}',
        "request_id": "r1",
        "started_at": datetime(2026, 11, 1, 10),
        "customer_id": "cust_a",
        "agent_id": "agent_1",
        "session_id": None,
        "operation": "chat",
        "provider": "openai",
        "model": "gpt-4o",
        "status": "ok",
        "error_type": None,
        "input_tokens": 100,
        "cache_read_tokens": 0,
        "cache_write_tokens": 0,
        "output_tokens": 20,
        "reasoning_tokens": None,
        "latency_ms": 1.5,
        "time_to_first_token_ms": None,
        "cost_usd": Decimal("0.125"),
        "source_system": "native",
        "record_version": 0,
    }
    assert (rows["r2"]["input_tokens"], rows["r2"]["extra"]) == (None, None)
    assert (rows["r3"]["source_system"], rows["r3"]["record_version"]) == ("crm", 3)
    assert (rows["r3"]["session_id"], rows["r3"]["extra"]) == ("s é", '{"region":"us","zz":"z"}')
    assert (rows["r4"]["customer_id"], rows["r4"]["operation"]) == ("客户", "embeddings")
    assert rows["r4"]["started_at"] == datetime(2026, 11, 1, 10, 0, 0, 123456)
    assert warehouse.files() == {f"llm_requests/{name}": ("loaded", 4)}


def test_all_formats_at_once_are_one_row_each_and_the_rest_duplicates(warehouse: Warehouse) -> None:
    for name, content in FORMATS.items():
        warehouse.land_bytes(f"llm_requests/{name}", content())
    warehouse.run()
    assert warehouse.one("SELECT count(*) FROM raw.llm_requests") == 4
    assert warehouse.rows("SELECT verdict, count(*) FROM raw.replaced GROUP BY ALL") == [("DUPLICATE", 24)]
    assert warehouse.rejects() == []


def test_unknown_columns_keep_their_types_and_lose_their_order(warehouse: Warehouse) -> None:
    more = {"b": 1, "a": [1, {"y": None, "x": 2}], "é/~": True, "": "empty", "none": None}
    warehouse.land("llm_requests/a.jsonl", [call("r1", **more), call("r2", **dict(reversed(more.items())))])
    warehouse.run()
    wanted = '{"":"empty","a":[1,{"y":null,"x":2}],"b":1,"é/~":true}'
    assert warehouse.rows("SELECT DISTINCT extra FROM raw.llm_requests") == [(wanted,)]


def test_unknown_columns_of_parquet_are_kept_whatever_they_are(warehouse: Warehouse) -> None:
    more = {
        "n": [1, None],
        "s": {"b": 1, "a": None},
        "t": datetime(2026, 1, 1, tzinfo=UTC),
        "file_id": 7,
        "q'\"": 1,
    }
    _land_parquet(warehouse, [call("r1", **more)])
    warehouse.run()
    assert json.loads(warehouse.one("SELECT extra FROM raw.llm_requests")) == {
        "n": [1, None],
        "s": {"b": 1, "a": None},
        "t": "2026-01-01 00:00:00+00",
        "file_id": 7,
        "q'\"": 1,
    }


def test_names_that_differ_in_case_are_other_names(warehouse: Warehouse) -> None:
    warehouse.land("llm_requests/a.jsonl", [call("r1", Customer_ID="someone else")])
    warehouse.run()
    assert warehouse.rows("SELECT customer_id, extra FROM raw.llm_requests") == [
        ("cust_a", '{"Customer_ID":"someone else"}')
    ]


TIME_TYPES = [
    pa.timestamp("us", tz="UTC"),
    pa.timestamp("ns", tz="UTC"),
    pa.timestamp("ms", tz="Asia/Tokyo"),
    pa.timestamp("us"),
    pa.timestamp("ns"),
    pa.timestamp("ms"),
    pa.timestamp("s"),
    pa.string(),
    pa.large_string(),
    pa.dictionary(pa.int32(), pa.string()),
]


def test_times_of_every_parquet_type_are_read(warehouse: Warehouse) -> None:
    for i, type_ in enumerate(TIME_TYPES):
        is_time = pa.types.is_timestamp(type_)
        value = datetime(2026, 11, 1, 10, tzinfo=UTC) if is_time else "2026-11-01T10:00:00Z"
        _land_parquet(warehouse, [call(str(i), started_at=value)], f"{i}.parquet", started_at=type_)
    warehouse.run()
    rows = warehouse.rows("SELECT started_at, count(*) FROM raw.llm_requests GROUP BY ALL")
    assert rows == [(datetime(2026, 11, 1, 10), len(TIME_TYPES))]


def test_a_date_is_its_first_instant(warehouse: Warehouse) -> None:
    _land_parquet(warehouse, [call(started_at=datetime(2026, 11, 1).date())])
    warehouse.run()
    assert warehouse.one("SELECT started_at FROM raw.llm_requests") == datetime(2026, 11, 1)


def test_whole_numbers_may_be_floats_as_data_frames_with_gaps_write_them(warehouse: Warehouse) -> None:
    _land_parquet(warehouse, [call(input_tokens=100.0, record_version=2.0), call("r2", input_tokens=100.5)])
    warehouse.run()
    assert warehouse.rows("SELECT input_tokens, record_version FROM raw.llm_requests") == [(100, 2)]
    assert warehouse.rejects() == [("llm_requests/a.parquet", 2, "BAD_TYPE", "input_tokens")]


MONEY = [
    (pa.float32(), 0.1, "0.1"),
    (pa.float64(), 0.1, "0.1"),
    (pa.float64(), 1e-7, "0.0000001"),
    (pa.decimal128(20, 9), Decimal("123456.123456789"), "123456.123456789"),
    (pa.string(), "123456.123456789012", "123456.123456789012"),
    (pa.int64(), 3, "3"),
    (pa.uint8(), 3, "3"),
]


def test_money_of_every_parquet_type_is_exact(warehouse: Warehouse) -> None:
    for i, (type_, value, _) in enumerate(MONEY):
        _land_parquet(warehouse, [call(str(i), cost_usd=value)], f"{i}.parquet", cost_usd=type_)
    warehouse.run()
    rows = warehouse.rows("SELECT cost_usd FROM raw.llm_requests ORDER BY request_id")
    assert rows == [(Decimal(wanted),) for *_, wanted in MONEY]


def test_ids_of_parquet_may_be_uuids_or_from_a_dictionary(warehouse: Warehouse) -> None:
    table = pa.Table.from_pylist([call()]).set_column(0, "request_id", pa.array([b"\x12" * 16], pa.uuid()))
    table = table.set_column(
        table.column_names.index("status"), "status", pa.array(["ok"]).dictionary_encode()
    )
    _land_table(warehouse, table)
    warehouse.run()
    assert warehouse.one("SELECT request_id FROM raw.llm_requests") == "12121212-1212-1212-1212-121212121212"


def test_a_folder_of_parts_is_read_part_by_part(warehouse: Warehouse) -> None:
    warehouse.land("llm_requests/day=1/part-1.jsonl", [call("r1")])
    warehouse.land("llm_requests/day=1/part-2.jsonl", [call("r2")])
    warehouse.land("llm_requests/day=1/_SUCCESS", [])
    warehouse.run()
    assert warehouse.one("SELECT count(*) FROM raw.llm_requests") == 2


def test_paths_that_look_like_patterns_name_one_file(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "a[bc]*?'s")
    warehouse.land("llm_requests/a.jsonl", [call("r1"), "broken"])
    warehouse.land_bytes("llm_requests/a.csv", csv_text().replace(b"r", b"q", 0))
    warehouse.land_bytes("llm_requests/a.parquet", parquet())
    warehouse.run()
    assert {state for state, _ in warehouse.files().values()} == {"loaded"}


def test_sessions_know_no_default_for_is_test_before_they_are_merged(warehouse: Warehouse) -> None:
    warehouse.land("sessions/a.jsonl", [whole_session()])
    warehouse.run()
    assert warehouse.one("SELECT is_test FROM raw.sessions") is None
    assert warehouse.one("SELECT is_test FROM raw.merged_sessions") is False


def _land_parquet(
    warehouse: Warehouse, rows: list[dict[str, Any]], name: str = "a.parquet", **types: pa.DataType
) -> None:
    table = pa.Table.from_pylist(rows)
    for column, type_ in types.items():
        place = table.column_names.index(column)
        table = table.set_column(place, column, pa.array([row[column] for row in rows], type_))
    _land_table(warehouse, table, name)


def _land_table(warehouse: Warehouse, table: pa.Table, name: str = "a.parquet") -> None:
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    warehouse.land_bytes(f"llm_requests/{name}", buffer.getvalue())
