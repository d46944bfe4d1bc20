"""Promise: a value is read as its author meant it, or refused; never as something else."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import text
from pipeline.ingest.reading import is_suspect
from tests.pipeline.ingest.rows import call, outcome, price
from tests.pipeline.ingest.warehouse import NOW, Warehouse

TEN = datetime(2026, 11, 1, 10)
TIMES = {
    "2026-11-01T10:00:00Z": TEN,
    "2026-11-01t10:00:00z": TEN,
    "2026-11-01 10:00:00": TEN,
    "2026-11-01T10:00": TEN,
    "2026-11-01T10:00Z": TEN,
    "2026-11-01T10:00:00+00:00": TEN,
    "2026-11-01T10:00:00-00:00": TEN,
    "2026-11-01T15:30:00+05:30": TEN,
    "2026-11-01T15:30:00+0530": TEN,
    "2026-11-01 12:00:00+02": TEN,
    "2026-11-02T00:45:00+14:45": TEN,
    "2026-11-01T02:00:00-08:00": TEN,
    "2026-11-01": datetime(2026, 11, 1),
    "2026-11-01T10:00:00.5Z": TEN.replace(microsecond=500_000),
    "2026-11-01T10:00:00.123Z": TEN.replace(microsecond=123_000),
    "2026-11-01T10:00:00,123Z": TEN.replace(microsecond=123_000),
    "2026-11-01T12:00:00,123456+02:00": TEN.replace(microsecond=123_456),
    "2026-11-01T10:00:00.123456789Z": TEN.replace(microsecond=123_456),
    "2026-11-01T10:00:00.999999999": TEN.replace(microsecond=999_999),
}
NO_TIMES = [
    "2026-11-01T24:00:00Z",
    "2026-11-01T24:00:00.000Z",
    "2026-11-01T24:00",
    "2026-11-01T23:59:60Z",
    "2026-11-01T23:59:60.5+00:00",
    "2026-11-01T23:60:00Z",
    "2026-02-30T00:00:00Z",
    "2026-02-29",
    "2026-13-01T00:00:00Z",
    "2026-11-01T10Z",
    "2026-11-1T10:00:00Z",
    "26-11-01T10:00:00Z",
    "2026-11-01T1:00:00Z",
    "2026-11-01T10:00:00ZZ",
    "2026-11-01T10:00:00 Z",
    " 2026-11-01T10:00:00Z",
    "2026-11-01T10:00:00+99:00",
    "2026-11-01T10:00:00+15:00",
    "2026-11-01T10:00:00+02:60",
    "2026-11-01T10:00:00 UTC",
    "2026/11/01 10:00:00",
    "01.11.2026 10:00",
    "1793527200",
    "now",
    "infinity",
    "２０２６-11-01",
]


def test_times_are_utc_whatever_their_offset(warehouse: Warehouse) -> None:
    rows = [call(written, started_at=written) for written in TIMES]
    warehouse.land("llm_requests/a.jsonl", rows)
    _land_csv(warehouse, [row | {"source_system": "csv"} for row in rows])
    warehouse.run()
    for source in ("native", "csv"):
        sql = f"SELECT request_id, started_at FROM raw.llm_requests WHERE source_system = '{source}'"
        assert dict(warehouse.rows(sql)) == TIMES


def test_what_is_no_time_is_refused_in_every_format(warehouse: Warehouse) -> None:
    warehouse.land("llm_requests/a.jsonl", [call(f"j{i}", started_at=t) for i, t in enumerate(NO_TIMES)])
    _land_csv(warehouse, [call(f"c{i}", started_at=t) for i, t in enumerate(NO_TIMES)])
    warehouse.run()
    assert warehouse.rows("SELECT request_id, started_at FROM raw.llm_requests") == []
    told = warehouse.rows("SELECT reason, message, count(*) FROM raw.rejects GROUP BY ALL")
    assert told == [("BAD_TIME", "started_at is not an ISO 8601 time", 2 * len(NO_TIMES))]


def test_a_number_is_no_time(warehouse: Warehouse) -> None:
    warehouse.land("llm_requests/a.jsonl", [call(started_at=1793527200), call(started_at=True)])
    warehouse.run()
    assert [reason for _, _, reason, _ in warehouse.rejects()] == ["BAD_TIME", "BAD_TIME"]


def test_events_lie_between_2015_and_a_quarter_of_an_hour_from_now(warehouse: Warehouse) -> None:
    good = ["2015-01-01T00:00:00Z", "2026-11-20T12:15:00Z"]
    bad = ["2014-12-31T23:59:59.999999Z", "2015-01-01T00:30:00+01:00", "2026-11-20T12:15:00.000001Z"]
    warehouse.land("llm_requests/a.jsonl", [call(t, started_at=t) for t in good + bad])
    warehouse.run()
    assert warehouse.rows("SELECT request_id FROM raw.llm_requests ORDER BY ALL") == [(t,) for t in good]
    assert warehouse.rejects() == [
        ("llm_requests/a.jsonl", line, "BAD_TIME", "started_at") for line in (3, 4, 5)
    ]


def test_agreed_dates_may_lie_in_the_future_but_in_the_calendar(warehouse: Warehouse) -> None:
    late, never = price(valid_from="2200-01-01"), price(valid_from="0000-01-01")
    warehouse.land(
        "prices/a.jsonl", [late, never, price("m", valid_from="2026-02-01", valid_to="2026-01-01")]
    )
    warehouse.run()
    assert warehouse.rows("SELECT valid_from FROM raw.prices") == [(datetime(2200, 1, 1),)]
    assert warehouse.rejects() == [
        ("prices/a.jsonl", 2, "BAD_TIME", "valid_from"),
        ("prices/a.jsonl", 3, "BAD_VALUE", "valid_to"),
    ]


def test_times_without_offset_are_read_in_the_zone_of_their_source(tmp_path: Path) -> None:
    zones = (("crm", "Asia/Kathmandu"), ("native", "America/New_York"))
    warehouse = Warehouse(tmp_path, source_zones=zones)
    rows = [
        call("r1", started_at="2026-11-01T10:00:00", source_system="crm"),
        call("r2", started_at="2026-11-01T10:00:00"),
        call("r3", started_at="2026-11-01T10:00:00", source_system="other"),
        call("r4", started_at="2026-11-01T10:00:00Z", source_system="crm"),
        call("r5", started_at="2026-07-01T10:00:00"),
    ]
    warehouse.land("llm_requests/a.jsonl", rows)
    _land_csv(warehouse, [row | {"request_id": row["request_id"] + "c"} for row in rows])
    warehouse.run()
    hours = warehouse.rows(
        "SELECT request_id, hour(started_at) * 100 + minute(started_at) FROM raw.llm_requests ORDER BY ALL"
    )
    wanted = {"r1": 415, "r2": 1500, "r3": 1000, "r4": 1000, "r5": 1400}
    assert dict(hours) == wanted | {f"{key}c": hour for key, hour in wanted.items()}


AMOUNTS = {
    "123456.123456789012": "123456.123456789012",
    "123456.100000000001": "123456.100000000001",
    "999999.999999999999": "999999.999999999999",
    "1000000": "1000000",
    "1e-7": "0.0000001",
    "1.5E+2": "150",
    "0.1": "0.1",
    "0.000000000001": "0.000000000001",
    "0.30000000000000004": "0.3",
    "-0": "0",
    '"0.10"': "0.1",
    '".5"': "0.5",
}


def test_money_is_exact_as_a_number_and_as_text(warehouse: Warehouse) -> None:
    more = '"nested": {{"cost_usd": 123456}}, "cost_usd": {}}}'
    rows = [call(str(i)) for i in range(len(AMOUNTS))]
    lines = [_line(row) + more.format(written) for row, written in zip(rows, AMOUNTS, strict=True)]
    warehouse.land("llm_requests/a.jsonl", lines)
    texts = [written.strip('"') for written in AMOUNTS]
    warehouse.land("llm_requests/b.jsonl", [call(f"b{i}", cost_usd=t) for i, t in enumerate(texts)])
    _land_csv(warehouse, [call(f"c{i}", cost_usd=t) for i, t in enumerate(texts)])
    warehouse.run()
    found = dict(warehouse.rows("SELECT request_id, cost_usd FROM raw.llm_requests"))
    wanted = {str(i): Decimal(amount) for i, amount in enumerate(AMOUNTS.values())}
    assert found == {f"{kind}{i}": amount for kind in ("", "b", "c") for i, amount in wanted.items()}


def test_large_amounts_keep_their_places_even_beside_others_of_the_same_name(warehouse: Warehouse) -> None:
    more = (
        '"nested": {"value": 98765.123456789013}, "value": 98765432.123456789012, "text": "\\"value\\": 1"}'
    )
    warehouse.land("outcomes/a.jsonl", [_line(outcome(value=None)).replace('"value": null, ', "") + more])
    warehouse.run()
    assert warehouse.one("SELECT value FROM raw.outcomes") == Decimal("98765432.123456789012")


NO_AMOUNTS = ['"12,5"', '"1.5 USD"', "true", "[]", "{}", '"0x1F"', '"1_000"', '"--1"', '"$5"', '"a"']
NOT_FINITE = ["NaN", "Infinity", "-Infinity", '"NaN"', '"inf"', '"-Infinity"']


def test_what_is_no_amount_is_a_bad_type(warehouse: Warehouse) -> None:
    warehouse.land("llm_requests/a.jsonl", [_changed("cost_usd", cost) for cost in NO_AMOUNTS + NOT_FINITE])
    warehouse.land("llm_requests/b.jsonl", [_changed("latency_ms", value) for value in NOT_FINITE])
    warehouse.run()
    assert warehouse.one("SELECT count(*) FROM raw.llm_requests") == 0
    told = warehouse.rows("SELECT reason, message, count(*) FROM raw.rejects GROUP BY ALL ORDER BY ALL")
    assert told == [
        ("BAD_TYPE", "cost_usd is not a decimal number", len(NO_AMOUNTS + NOT_FINITE)),
        ("BAD_TYPE", "latency_ms is not a number", len(NOT_FINITE)),
    ]


FAULTS = [
    ("cost_usd", "-5", "NEGATIVE"),
    ("cost_usd", "1000000.000000000001", "OUT_OF_RANGE"),
    ("cost_usd", "1e30", "OUT_OF_RANGE"),
    ("cost_usd", '"1e30"', "OUT_OF_RANGE"),
    ("input_tokens", "-1", "NEGATIVE"),
    ("input_tokens", "1000000001", "OUT_OF_RANGE"),
    ("input_tokens", "1e300", "OUT_OF_RANGE"),
    ("input_tokens", "99999999999999999999", "OUT_OF_RANGE"),
    ("latency_ms", "86400000.5", "OUT_OF_RANGE"),
    ("latency_ms", "1e400", "OUT_OF_RANGE"),
    ("input_tokens", "1.5", "BAD_TYPE"),
    ("input_tokens", '"12 tokens"', "BAD_TYPE"),
    ("input_tokens", "true", "BAD_TYPE"),
    ("customer_id", "5", "BAD_TYPE"),
    ("customer_id", "true", "BAD_TYPE"),
    ("customer_id", "[1]", "BAD_TYPE"),
    ("customer_id", '{"id": "x"}', "BAD_TYPE"),
    ("customer_id", "null", "MISSING_VALUE"),
    ("status", '"OK"', "BAD_VALUE"),
    ("cache_read_tokens", "101", "CACHE_ABOVE_INPUT"),
]


def test_every_fault_is_told_as_what_it_is(warehouse: Warehouse) -> None:
    warehouse.land("llm_requests/a.jsonl", [_changed(column, value) for column, value, _ in FAULTS])
    warehouse.run()
    wanted = [(line, reason, column) for line, (column, _, reason) in enumerate(FAULTS, start=1)]
    assert [told for _, *told in warehouse.rejects()] == [list(told) for told in wanted]


def test_whole_numbers_may_have_a_point_and_a_sign(warehouse: Warehouse) -> None:
    warehouse.land("llm_requests/a.jsonl", [call("r1", input_tokens="100"), call("r2", input_tokens=100.0)])
    _land_csv(warehouse, [call("r3", input_tokens="100.0"), call("r4", input_tokens="+100")])
    warehouse.run()
    assert warehouse.rows("SELECT input_tokens FROM raw.llm_requests") == [(100,)] * 4


def test_truth_is_true_false_or_not_observed(warehouse: Warehouse) -> None:
    written = {"true": True, "false": False, '"true"': True, '"FALSE"': False, "null": None, '""': None}
    lines = (f'{{"session_id": "{i}", "customer_id": "c", "handoff": {w}}}' for i, w in enumerate(written))
    warehouse.land("sessions/a.jsonl", lines)
    warehouse.run()
    rows = warehouse.rows("SELECT handoff FROM raw.sessions ORDER BY session_id")
    assert rows == [(wanted,) for wanted in written.values()]


def test_truth_of_csv_may_be_one_or_zero_and_of_json_may_not(warehouse: Warehouse) -> None:
    warehouse.land_bytes(
        "sessions/a.csv", b"session_id,customer_id,handoff\ns1,c,1\ns2,c,0\ns3,c,\ns4,c,yes\n"
    )
    warehouse.land("sessions/a.jsonl", ['{"session_id": "s5", "customer_id": "c", "handoff": 1}'])
    warehouse.run()
    rows = warehouse.rows("SELECT session_id, handoff FROM raw.sessions ORDER BY ALL")
    assert rows == [("s1", True), ("s2", False), ("s3", None)]
    assert warehouse.rejects() == [
        ("sessions/a.csv", 5, "BAD_TYPE", "handoff"),
        ("sessions/a.jsonl", 1, "BAD_TYPE", "handoff"),
    ]


def test_empty_text_is_null(warehouse: Warehouse) -> None:
    empty = call("r1", session_id="", provider="  ", cost_usd="", latency_ms=" ", error_type=None)
    warehouse.land("llm_requests/a.jsonl", [empty, call("r2", customer_id=""), call("r3", agent_id="   ")])
    _land_csv(warehouse, [empty | {"request_id": "r4"}, call("r5", session_id="", customer_id=" ")])
    warehouse.run()
    assert warehouse.rows(
        "SELECT DISTINCT session_id, provider, cost_usd, latency_ms, error_type FROM raw.llm_requests"
    ) == [(None, None, None, None, None)]
    assert [(line, reason, column) for _, line, reason, column in warehouse.rejects()] == [
        (3, "MISSING_VALUE", "customer_id"),
        (2, "MISSING_VALUE", "customer_id"),
        (3, "MISSING_VALUE", "agent_id"),
    ]


def test_text_is_kept_in_normal_form_c_without_a_byte_order_mark(warehouse: Warehouse) -> None:
    spellings = ["caf\u0065\u0301", "caf\u00e9", "\ufeffcaf\u00e9", "\\ufeffcafe\\u0301"]
    rows = [call(f"r{i}", customer_id=name) for i, name in enumerate(spellings)]
    warehouse.land(
        "llm_requests/a.jsonl", [json.dumps(row, ensure_ascii=False).replace("\\\\u", "\\u") for row in rows]
    )
    _land_csv(warehouse, [call("c", customer_id=spellings[0])])
    warehouse.run()
    assert warehouse.rows("SELECT customer_id, count(*) FROM raw.llm_requests GROUP BY ALL") == [("café", 5)]


def test_characters_that_are_none_are_refused_wherever_they_stand(warehouse: Warehouse) -> None:
    bad = ["\x00", "\x1b[31m", "\n", "\t", "\x7f", "\x85", "\u202e", "\u2066", "\ufdd0", "\U0010ffff"]
    customers = [form.format(c) for c in bad for form in ("{}", "acme{}", "{}é", "acme{}é")]
    rows = [call(str(i), customer_id=customer) for i, customer in enumerate(customers)]
    warehouse.land("llm_requests/a.jsonl", [json.dumps(row) for row in rows])
    _land_csv(warehouse, [row for row in rows if "\n" not in row["customer_id"]])
    warehouse.run()
    assert warehouse.rows("SELECT customer_id FROM raw.llm_requests") == []
    told = warehouse.rows("SELECT reason, column_name, count(*) FROM raw.rejects GROUP BY ALL")
    assert told == [("BAD_VALUE", "customer_id", len(rows) * 2 - 4)]


def test_half_of_a_surrogate_pair_is_no_json(warehouse: Warehouse) -> None:
    warehouse.land("llm_requests/a.jsonl", [json.dumps(call(customer_id="a\ud800")), call("r2")])
    warehouse.run()
    assert warehouse.rejects() == [("llm_requests/a.jsonl", 1, "BAD_JSON", "")]


def test_text_has_at_most_200_characters_after_normalisation(warehouse: Warehouse) -> None:
    rows = [
        call("r1", customer_id="x" * 200),
        call("r2", customer_id="客" * 200),
        call("r3", customer_id="e\u0301" * 200),
        call("r4", customer_id="x" * 201),
        call("r5", customer_id="客" * 201),
    ]
    warehouse.land("llm_requests/a.jsonl", rows)
    warehouse.run()
    assert warehouse.one("SELECT count(*) FROM raw.llm_requests") == 3
    assert warehouse.rejects() == [
        ("llm_requests/a.jsonl", 4, "OUT_OF_RANGE", "customer_id"),
        ("llm_requests/a.jsonl", 5, "OUT_OF_RANGE", "customer_id"),
    ]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), min_size=100, max_size=150))
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_text_is_accepted_as_everywhere_in_the_product(tmp_path_factory: Any, names: list[str]) -> None:
    warehouse = Warehouse(tmp_path_factory.mktemp("w") / "w")
    rows = [call(f"r{i}", customer_id=name) for i, name in enumerate(names)]
    warehouse.land(
        "llm_requests/a.jsonl", [json.dumps(row, ensure_ascii=i % 2 == 0) for i, row in enumerate(rows)]
    )
    warehouse.run()
    loaded = dict(warehouse.rows("SELECT request_id, customer_id FROM raw.llm_requests"))
    warehouse.connection.close()
    assert loaded == {f"r{i}": kept for i, name in enumerate(names) if (kept := _line_of(name)) is not None}


def test_the_customers_zone_and_locale_are_known_ones(warehouse: Warehouse) -> None:
    zones = ["Europe/Berlin", "UTC", "Mars/Base", "BST", "localtime", "EST5EDT"]
    rows = [{"customer_id": zone, "name": "n", "timezone": zone, "locale": "de"} for zone in zones]
    warehouse.land("customers/a.jsonl", [*rows, {"customer_id": "l", "name": "n", "locale": "deutsch!"}])
    warehouse.land("customers/b.jsonl", [{"customer_id": "d", "name": "n"}])
    warehouse.run()
    assert [column for _, _, _, column in warehouse.rejects()] == ["timezone"] * 3 + ["locale"]
    assert warehouse.rows("SELECT timezone, locale FROM raw.customers WHERE customer_id = 'd'") == [
        ("UTC", "en-US")
    ]


def test_now_is_when_the_file_was_first_seen(warehouse: Warehouse) -> None:
    warehouse.land("llm_requests/a.jsonl", [call(started_at="2026-11-20T13:00:00Z")])
    warehouse.run(now=NOW)
    warehouse.connection.execute("DELETE FROM raw.files; DELETE FROM raw.rejects")
    warehouse.run(now=NOW.replace(year=2027), restoring=True)
    assert [reason for _, _, reason, _ in warehouse.rejects()] == ["BAD_TIME"]


def _line_of(name: str) -> str | None:
    try:
        return text.line(name)
    except ValueError:
        return None


def _line(row: dict[str, Any]) -> str:
    """The JSON line of `row` up to where another key may follow."""
    return json.dumps(row)[:-1] + ", "


def _changed(column: str, value: str) -> str:
    """The JSON line of a call in which `column` is written as `value`."""
    row = {name: given for name, given in call().items() if name != column}
    return f'{_line(row)}"{column}": {value}}}'


def _land_csv(warehouse: Warehouse, rows: list[dict[str, Any]]) -> None:
    out = io.StringIO()
    writer = csv.DictWriter(out, sorted({name for row in rows for name in row}), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    warehouse.land_bytes("llm_requests/a.csv", out.getvalue().encode())


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(st.characters(codec="utf-8"))), min_size=1, max_size=3))
def test_text_that_is_not_suspect_is_printable_ascii(
    database: duckdb.DuckDBPyConnection, texts: list[str | None]
) -> None:
    values = {f"t{n}": text for n, text in enumerate(texts)}
    row = database.execute(f"SELECT {is_suspect([f'${name}' for name in values])}", values).fetchone()
    written = "".join(text for text in texts if text)
    is_odd = any(not " " <= c <= "~" or c in "\\'\"" for c in written)
    assert row == (is_odd,)
