"""Promise: no row is dropped silently. What is not loaded is told with file, line, reason and the original text."""

import csv
import io
import json
import random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.contract import MAX_LINE_BYTES
from tests.pipeline.ingest.rows import call, outcome, session, tool_call
from tests.pipeline.ingest.warehouse import Warehouse

GOOD = json.dumps(call("good"))
LONG = json.dumps(call("long", note="x" * MAX_LINE_BYTES))
# Lines that are no row, with what is told of them.
BROKEN = {
    '{"request_id": "r1"': "The line is not valid JSON",
    "nonsense": "The line is not valid JSON",
    GOOD + GOOD: "The line is not valid JSON",
    GOOD + ",": "The line is not valid JSON",
    "{'request_id': 'r1'}": "The line is not valid JSON",
    '{"request_id": "tab\there"}': "The line is not valid JSON",
    '{"request_id": "nul\x00here"}': "The line is not valid JSON",
    '{"request_id": "\x01"}': "The line is not valid JSON",
    '{"request_id": "return\rhere"}': "The line is not valid JSON",
    "\ufeff" + GOOD: "The line is not valid JSON",
    "\u00a0" + GOOD: "The line is not valid JSON",
    "[]": "The line is JSON but no object",
    "[" + GOOD + "]": "The line is JSON but no object",
    "null": "The line is JSON but no object",
    "5": "The line is JSON but no object",
    '"text"': "The line is JSON but no object",
}


def test_broken_lines_amid_good_ones_are_told_with_their_numbers(warehouse: Warehouse) -> None:
    lines = [part for broken in BROKEN for part in (json.dumps(call(broken[:9])), broken, "", "  \t ")]
    warehouse.land("llm_requests/a.jsonl", lines)
    warehouse.run()
    rows = warehouse.rows("SELECT row_number, reason, message FROM raw.rejects ORDER BY ALL")
    wanted = [(4 * i + 2, "BAD_JSON", message) for i, message in enumerate(BROKEN.values())]
    assert rows == wanted
    assert warehouse.one("SELECT row_count FROM raw.files") == len(BROKEN)


def test_white_space_between_tokens_is_no_matter(warehouse: Warehouse) -> None:
    line = GOOD.replace(", ", ",\r\t ").replace("good", "spaced")
    warehouse.land("llm_requests/a.jsonl", ["broken", f" \t{line}\x0c", GOOD])
    warehouse.run()
    assert warehouse.files() == {"llm_requests/a.jsonl": ("loaded", 2)}


def test_the_original_text_is_kept(warehouse: Warehouse) -> None:
    bad = '{"request_id":  "r1", "customer_id": "客户", "cost_usd": -5, "note": "as \\u00e9 stood"}'
    warehouse.land("llm_requests/a.jsonl", [GOOD, "  " + bad + " ", "broken \x02 é"])
    warehouse.run()
    assert warehouse.rows("SELECT original FROM raw.rejects ORDER BY row_number") == [
        (bad,),
        ("broken \x02 é",),
    ]


def test_a_line_that_is_not_utf_8_costs_only_itself(warehouse: Warehouse) -> None:
    latin = GOOD.replace("cust_a", "Müller").encode("latin-1")
    warehouse.land_bytes("llm_requests/a.jsonl", b"\n".join([GOOD.encode(), latin, b"\xff\xfe", b""]))
    warehouse.run()
    rows = warehouse.rows("SELECT row_number, reason, message, original FROM raw.rejects ORDER BY ALL")
    assert rows == [
        (2, "BAD_JSON", "The line is not UTF-8", latin.decode("utf-8", "replace")),
        (3, "BAD_JSON", "The line is not UTF-8", "��"),
    ]


@pytest.mark.parametrize("size", [MAX_LINE_BYTES + 1, 17 * 1024 * 1024])
def test_a_line_over_a_mebibyte_is_told_by_its_beginning(warehouse: Warehouse, size: int) -> None:
    start = json.dumps(call("long"))[:-1] + ', "note": "'
    lines = [GOOD, start + "x" * (size - len(start) - 2) + '"}', json.dumps(call("r2")), "broken"]
    assert len(lines[1]) == size
    warehouse.land("llm_requests/a.jsonl", lines)
    warehouse.land("llm_requests/b.jsonl", [call("r3")])
    warehouse.land("llm_requests/c.jsonl", [lines[1].replace("long", "only")])
    warehouse.run()
    assert warehouse.rejects() == [
        ("llm_requests/a.jsonl", 2, "TOO_LONG", ""),
        ("llm_requests/a.jsonl", 4, "BAD_JSON", ""),
        ("llm_requests/c.jsonl", 1, "TOO_LONG", ""),
    ]
    assert warehouse.one("SELECT original FROM raw.rejects WHERE row_number = 2") == lines[1][:200] + "…"
    assert warehouse.files() == {
        "llm_requests/a.jsonl": ("loaded", 2),
        "llm_requests/b.jsonl": ("loaded", 1),
        "llm_requests/c.jsonl": ("loaded", 0),
    }


def test_a_line_of_a_mebibyte_is_loaded(warehouse: Warehouse) -> None:
    start = GOOD[:-1] + ', "note": "'
    line = start + "x" * (MAX_LINE_BYTES - len(start) - 2) + '"}'
    warehouse.land("llm_requests/a.jsonl", [line, "broken"])
    warehouse.run()
    assert [told for _, *told in warehouse.rejects()] == [[2, "BAD_JSON", ""]]


def test_a_last_overlong_line_without_an_end_is_told(warehouse: Warehouse) -> None:
    content = (GOOD + "\n" + LONG * 5 + "\n" + GOOD + "\n" + LONG * 20).encode()
    warehouse.land_bytes("llm_requests/a.jsonl", content)
    warehouse.run()
    assert [(line, reason) for _, line, reason, _ in warehouse.rejects()] == [
        (2, "TOO_LONG"),
        (4, "TOO_LONG"),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_byte_order_marks_and_line_ends_of_any_system_are_no_matter(
    warehouse: Warehouse, end: str, mark: bytes
) -> None:
    lines = [json.dumps(call("r1")), "broken", json.dumps(call("r2"))]
    warehouse.land_bytes("llm_requests/a.jsonl", mark + end.join(lines).encode())
    header, row = "tool_call_id,started_at,customer_id,agent_id,tool_name,status", "2026-11-01,c,a,t,ok"
    warehouse.land_bytes(
        "tool_calls/a.csv", mark + end.join([header, f"t1,{row}", "bad", f"t2,{row}"]).encode()
    )
    warehouse.run()
    assert warehouse.rejects() == [
        ("llm_requests/a.jsonl", 2, "BAD_JSON", ""),
        ("tool_calls/a.csv", 3, "BAD_VALUE", ""),
    ]
    assert warehouse.files() == {"llm_requests/a.jsonl": ("loaded", 2), "tool_calls/a.csv": ("loaded", 2)}


def test_deep_nesting_is_data_like_any_other(warehouse: Warehouse) -> None:
    deep = '{"a":' * 100_000 + "1" + "}" * 100_000
    warehouse.land("llm_requests/a.jsonl", [GOOD[:-1] + f', "deep": {deep}}}', "broken"])
    warehouse.run()
    assert warehouse.one("SELECT strlen(extra) FROM raw.llm_requests") == len(deep) + len('{"deep":}')


def test_a_call_that_went_well_must_say_its_tokens(warehouse: Warehouse) -> None:
    rows = [call("r1", output_tokens=None), call("r2", status="cancelled", output_tokens=None)]
    warehouse.land("llm_requests/a.jsonl", rows)
    warehouse.run()
    assert [told for _, *told in warehouse.rejects()] == [[1, "MISSING_VALUE", "output_tokens"]]


def test_rows_of_the_smaller_tables_have_rules_of_their_own(warehouse: Warehouse) -> None:
    budget = {
        "budget_id": "b",
        "scope": "global",
        "period": "monthly",
        "limit_usd": 5,
        "valid_from": "2026-01-01",
    }
    rows = [
        budget,
        budget | {"budget_id": "b2", "scope": "agent"},
        budget | {"budget_id": "b3", "period": "once"},
        budget | {"budget_id": "b4", "limit_usd": "-0.01"},
        budget | {"budget_id": "b5", "scope": "team", "scope_id": "x"},
    ]
    warehouse.land("budgets/a.jsonl", rows)
    warehouse.land("sessions/a.jsonl", [session(sentiment_start=-1.01), session(sentiment_end=1)])
    warehouse.land("outcomes/a.jsonl", [outcome(value=-12.5), outcome("o2", value=None)])
    warehouse.run()
    assert warehouse.rejects() == [
        ("budgets/a.jsonl", 2, "MISSING_VALUE", "scope_id"),
        ("budgets/a.jsonl", 3, "MISSING_VALUE", "valid_to"),
        ("budgets/a.jsonl", 4, "NEGATIVE", "limit_usd"),
        ("budgets/a.jsonl", 5, "BAD_VALUE", "scope"),
        ("outcomes/a.jsonl", 2, "MISSING_VALUE", "value"),
        ("sessions/a.jsonl", 1, "OUT_OF_RANGE", "sentiment_start"),
    ]


HEADER = "tool_call_id,started_at,customer_id,agent_id,tool_name,status,cost_usd,note"


def _csv(*rows: str) -> bytes:
    return "\n".join([HEADER, *rows]).encode()


def _row(key: str, cost: str = "", note: str = "") -> str:
    return f"{key},2026-11-01,cust_a,agent_1,search,ok,{cost},{note}"


def test_rows_of_csv_are_told_with_the_line_they_begin_on(warehouse: Warehouse) -> None:
    content = _csv(
        _row("t1", note='"two\nlines"'),
        _row("t2", cost="-1"),
        "",
        "t3,too,few",
        _row("t4") + ",too,many",
        _row("t5", note='"a ""quote"", with\ncomma"'),
        _row("t6", cost='"12,5"'),
        _row("t7") + ",",
        _row("t8", note='5" pipe'),
        _row("t9"),
    )
    warehouse.land_bytes("tool_calls/a.csv", content)
    warehouse.run()
    rows = warehouse.rows("SELECT row_number, reason, message, original FROM raw.rejects ORDER BY ALL")
    assert rows == [
        (4, "NEGATIVE", "cost_usd is negative", _row("t2", cost="-1")),
        (6, "BAD_VALUE", "The line has 3 values and the header names 8 columns", "t3,too,few"),
        (7, "BAD_VALUE", "The line has 10 values and the header names 8 columns", _row("t4") + ",too,many"),
        (10, "BAD_TYPE", "cost_usd is not a decimal number", _row("t6", cost='"12,5"')),
    ]
    assert warehouse.rows("SELECT tool_call_id, extra FROM raw.tool_calls ORDER BY ALL") == [
        ("t1", '{"note":"two\\nlines"}'),
        ("t5", '{"note":"a \\"quote\\", with\\ncomma"}'),
        ("t7", None),
        ("t8", '{"note":"5\\" pipe"}'),
        ("t9", None),
    ]


def test_a_quote_that_is_not_closed_costs_one_line(warehouse: Warehouse) -> None:
    warehouse.land_bytes(
        "tool_calls/a.csv", _csv(_row("t1"), _row("t2", note='"open'), _row("t3"), _row("t4"))
    )
    warehouse.run()
    rows = warehouse.rows("SELECT row_number, message FROM raw.rejects")
    assert rows == [(3, "The line is no CSV row: a quote is not closed")]
    assert warehouse.one("SELECT count(*) FROM raw.tool_calls") == 3


def test_bytes_that_are_no_text_cost_one_row_of_csv(warehouse: Warehouse) -> None:
    content = _csv(_row("t1"), _row("t2", note="M?ller"), _row("t3", note="x" * MAX_LINE_BYTES), _row("t4"))
    warehouse.land_bytes("tool_calls/a.csv", content.replace(b"?", b"\xfc"))
    warehouse.run()
    rows = warehouse.rows("SELECT row_number, reason, message FROM raw.rejects ORDER BY ALL")
    assert rows == [
        (3, "BAD_VALUE", "The line is not UTF-8"),
        (4, "TOO_LONG", "The line is longer than 1 MiB"),
    ]


def test_csv_without_a_required_column_says_so_in_every_row(warehouse: Warehouse) -> None:
    warehouse.land_bytes(
        "tool_calls/a.csv",
        b"tool_call_id,started_at,agent_id,tool_name,status\n" * 1 + b"t1,2026-11-01,a,t,ok\n" * 3,
    )
    warehouse.run()
    assert warehouse.rejects() == [
        ("tool_calls/a.csv", line, "MISSING_VALUE", "customer_id") for line in (2, 3, 4)
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "has no header line; its first line must name the columns"),
        (b"\n\n", "has no header line; its first line must name the columns"),
        (b"a,b,a\n1,2,3\n", "names the column a twice"),
        (b"\xff\xfea,b\n", "has no readable header line"),
        (b'"a,b\n1,2\n', "has no readable header line"),
    ],
)
def test_csv_without_a_usable_header_is_set_aside_whole(
    warehouse: Warehouse, content: bytes, message: str
) -> None:
    warehouse.land_bytes("tool_calls/a.csv", content)
    warehouse.land("tool_calls/b.jsonl", [tool_call()])
    warehouse.run()
    assert warehouse.files()["tool_calls/a.csv"] == ("quarantined", 0)
    assert message in warehouse.one("SELECT message FROM raw.files WHERE state = 'quarantined'")
    assert warehouse.files()["tool_calls/b.jsonl"] == ("loaded", 1)


def test_rows_of_parquet_are_told_by_their_place(warehouse: Warehouse) -> None:
    rows = [
        call("r1"),
        call("r2", cost_usd=-5.0, note="n"),
        call("r3", status="fine"),
        call("r4", status=None),
    ]
    _land_parquet(warehouse, pa.Table.from_pylist([{"cost_usd": None, "note": None} | row for row in rows]))
    assert [told for _, *told in warehouse.rejects()] == [
        [2, "NEGATIVE", "cost_usd"],
        [3, "BAD_VALUE", "status"],
        [4, "MISSING_VALUE", "status"],
    ]
    original = json.loads(warehouse.one("SELECT original FROM raw.rejects WHERE row_number = 2"))
    assert (original["request_id"], original["cost_usd"], original["note"]) == ("r2", -5.0, "n")


def test_parquet_with_a_column_of_the_wrong_type_rejects_the_rows_that_have_it(warehouse: Warehouse) -> None:
    rows = [call(f"r{i}", session_id=i if i else None, cost_usd=[1] if i == 1 else None) for i in range(3)]
    _land_parquet(warehouse, pa.Table.from_pylist(rows))
    assert [told for _, *told in warehouse.rejects()] == [
        [2, "BAD_TYPE", "session_id"],
        [3, "BAD_TYPE", "session_id"],
    ]
    assert warehouse.files() == {"llm_requests/a.parquet": ("loaded", 1)}


def test_not_a_number_of_parquet_is_refused(warehouse: Warehouse) -> None:
    values = [float("nan"), float("inf"), -float("inf"), 1.0, None]
    table = pa.table({name: [value] * 5 for name, value in call().items() if name != "request_id"})
    table = table.append_column("request_id", pa.array([f"r{i}" for i in range(5)]))
    _land_parquet(warehouse, table.append_column("cost_usd", pa.array(values, pa.float64())))
    assert [line for _, line, _, _ in warehouse.rejects()] == [1, 2, 3]


def test_many_rejects_of_parquet_take_no_longer_than_many_rows(warehouse: Warehouse) -> None:
    table = pa.table({name: [value] * 50_000 for name, value in call(customer_id=None).items()})
    _land_parquet(warehouse, table)
    assert warehouse.one("SELECT count(DISTINCT row_number) FROM raw.rejects") == 50_000


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_a_file_cut_off_anywhere_is_loaded_up_to_there(warehouse: Warehouse, kind: str) -> None:
    content = _content(kind)
    for i in range(51):
        warehouse.land_bytes(f"customers/{i:02}.{kind}", content[: len(content) * i // 50])
    warehouse.run()
    for lines, state, rows, told in _accounts(warehouse):
        if kind == "jsonl" or state == "loaded":
            assert (state, rows + told) == ("loaded", lines - (kind == "csv"))
        else:  # not even the header was there
            assert lines < 2


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_rows_loaded_and_rows_told_are_all_rows_whatever_is_damaged(warehouse: Warehouse, kind: str) -> None:
    chance, good = random.Random(7), _content(kind)
    start = good.index(b"\n") + 1 if kind == "csv" else 0
    for i in range(30):
        damaged = bytearray(good)
        for _ in range(chance.randint(1, 12)):
            damaged[chance.randrange(start, len(good))] = chance.choice(b'"\n\r\x00\xff{}[],:\\ 9a\x01')
        warehouse.land_bytes(f"customers/{i:02}.{kind}", bytes(damaged))
    warehouse.run()
    for lines, _, rows, told in _accounts(warehouse):
        if kind == "csv":  # a record of several lines is one row
            assert lines - 1 - 12 <= rows + told <= lines - 1
        else:
            assert rows + told == lines


def _accounts(warehouse: Warehouse) -> list[tuple[int, str, int, int]]:
    """Of every file its lines that are not blank, its state, the rows loaded and the rows told."""
    files = warehouse.rows(
        """SELECT path, state, row_count, count(reason) FROM raw.files
           LEFT JOIN (FROM raw.rejects WHERE reason <> 'CONFLICT') USING (file_id) GROUP BY ALL"""
    )
    contents = {path: (warehouse.landing / path).read_bytes() for path, *_ in files}
    lines = {path: [line for line in c.split(b"\n") if line.strip()] for path, c in contents.items()}
    return [(len(lines[path]), *facts) for path, *facts in files]


def _content(kind: str) -> bytes:
    rows = [
        {
            "customer_id": f"cust_{i}",
            "name": 'a "b", c' if i % 5 == 0 else "é",
            "timezone": "Mars/Base" if i % 7 == 0 else "UTC",
            "note": "more",
        }
        for i in range(60)
    ]
    if kind == "jsonl":
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _land_parquet(warehouse: Warehouse, table: Any) -> None:
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    warehouse.land_bytes("llm_requests/a.parquet", buffer.getvalue())
    warehouse.run()
