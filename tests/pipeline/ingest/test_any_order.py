"""Promise: order, splitting and repetition of files change nothing. The oracle is plain Python (`oracle`)."""

import csv
import gzip
import io
import json
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.contract import SESSIONS, TOOL_CALLS
from pipeline.ingest.canonical import canonical_json
from tests.pipeline.ingest.oracle import OF_THE_WHOLE, Expected, Row, expected
from tests.pipeline.ingest.warehouse import Warehouse

COMMON = {
    "source_system": st.sampled_from([None, "native", "crm"]),
    "record_version": st.sampled_from([None, 0, 1, 2]),
}
TIME = st.sampled_from(["2026-11-01T10:00:00Z", "2026-11-02T23:59:59.5Z", "2026-09-01T00:00:00Z"])
CALLS = st.fixed_dictionaries(
    {
        "tool_call_id": st.sampled_from(["r1", "r2", "r3"]),
        "started_at": TIME,
        "customer_id": st.sampled_from(["cust_a", "cust_é"]),
        "agent_id": st.just("agent_1"),
        "session_id": st.sampled_from([None, "s1", "s2"]),
        "tool_name": st.sampled_from(["search", "refund"]),
        "status": st.just("error"),
        "latency_ms": st.sampled_from([None, 1.5]),
        **COMMON,
    }
)
PIECES = st.fixed_dictionaries(
    {
        "session_id": st.sampled_from(["s1", "s2"]),
        "customer_id": st.sampled_from(["cust_a", "cust_é"]),
        "agent_id": st.sampled_from([None, None, "agent_1"]),
        "started_at": st.none() | TIME,
        "outcome": st.sampled_from([None, "goal_met", "abandoned"]),
        "handoff": st.sampled_from([None, True, False]),
        "channel": st.sampled_from([None, "chat", "voice"]),
        "user_turns": st.sampled_from([None, 0, 3]),
        "is_test": st.sampled_from([None, None, True, False]),
        **COMMON,
    }
)


@dataclass(frozen=True)
class File:
    """Rows of one table in one file; `run` says with which run it comes."""

    table: str
    rows: list[Row]
    kind: str
    run: int
    broken: int

    def content(self) -> bytes:
        if self.kind == "parquet":
            return _parquet(self.rows)
        return _csv(self) if self.kind == "csv" else _lines(self)


def _files(table: str, rows: st.SearchStrategy[Row]) -> st.SearchStrategy[list[File]]:
    """Rows dealt into files, with repetitions; the same rows may come again in another file."""
    file = st.builds(
        File,
        st.just(table),
        st.lists(rows, max_size=6),
        st.sampled_from(["jsonl", "jsonl.gz", "csv", "parquet"]),
        st.integers(0, 1),
        st.integers(0, 1),
    )
    return st.lists(file, min_size=1, max_size=4)


@given(_files("tool_calls", CALLS), _files("sessions", PIECES), st.randoms(use_true_random=False))
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_files_in_any_order_come_to_what_the_oracle_says(
    tmp_path_factory: Any, calls: list[File], pieces: list[File], chance: Any
) -> None:
    first = [*calls, *pieces]
    files = first + [
        replace(file, rows=chance.sample(file.rows, len(file.rows)), run=1) for file in first[:2]
    ]
    root = tmp_path_factory.mktemp("any")
    wanted = expected(_rows("tool_calls", files), _rows("sessions", files))
    assert _after_runs(root / "a", files) == wanted
    assert (
        _after_runs(root / "b", [*_dealt("tool_calls", files, chance), *_dealt("sessions", files, chance)])
        == wanted
    )


@given(_files("tool_calls", CALLS), _files("tool_calls", CALLS), st.randoms(use_true_random=False))
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
def test_late_rows_are_the_same_ones_in_any_files_and_wait_to_be_let_in(
    tmp_path_factory: Any, before: list[File], late: list[File], chance: Any
) -> None:
    warehouse = Warehouse(tmp_path_factory.mktemp("late") / "w")
    _land_all(warehouse, before, "before")
    warehouse.run()
    warehouse.publish({"cust_a": date(2026, 11, 2)})
    _land_all(warehouse, chance.sample(late, len(late)), "late")
    warehouse.run()
    rows_before, rows_late = _rows("tool_calls", before), _rows("tool_calls", [*before, *late])
    rows_late = rows_late[len(rows_before) :]
    waiting = [
        row for row in rows_late if row["customer_id"] == "cust_a" and row["started_at"] < "2026-09-27"
    ]
    standing = expected(rows_before + [row for row in rows_late if row not in waiting], [])
    assert _standing(warehouse, "tool_calls") == standing.calls
    assert warehouse.one("SELECT count(*) FROM late.tool_calls") == len(waiting)
    warehouse.run(release=(date(2026, 9, 1), date(2026, 9, 1)))
    assert _found(warehouse) == expected(rows_before + rows_late, [])
    warehouse.connection.close()


def _after_runs(root: Path, files: list[File]) -> Expected:
    warehouse = Warehouse(root)
    for run in sorted({file.run for file in files}):
        _land_all(warehouse, [file for file in files if file.run == run], f"run{run}")
        warehouse.run()
    # The same files once more under other names.
    _land_all(warehouse, files, "again")
    assert warehouse.run() == 0
    broken = sum(file.broken for file in _different(files) if file.kind != "parquet")
    assert warehouse.one("SELECT count(*) FROM raw.rejects WHERE reason <> 'CONFLICT'") == broken
    found = _found(warehouse)
    warehouse.connection.close()
    return found


def _different(files: list[File]) -> list[File]:
    """A file of the same content is the same file, so its rows count once."""
    return list({(file.table, file.kind, file.content()): file for file in files}.values())


def _rows(table: str, files: list[File]) -> list[Row]:
    return [row for file in _different(files) for row in file.rows if file.table == table]


def _dealt(table: str, files: list[File], chance: Any) -> list[File]:
    """All rows in another order and in other files, no two of one content."""
    hands: list[list[Row]] = [[] for _ in range(chance.randint(1, 4))]
    rows = _rows(table, files)
    for row in chance.sample(rows, len(rows)):
        chance.choice(hands).append(row)
    return [File(table, hand, "jsonl", chance.randrange(2), broken=i) for i, hand in enumerate(hands)]


def _land_all(warehouse: Warehouse, files: list[File], prefix: str) -> None:
    for i, file in enumerate(files):
        warehouse.land_bytes(f"{file.table}/{prefix}-{i}.{file.kind}", file.content())


def _found(warehouse: Warehouse) -> Expected:
    names = ", ".join((*OF_THE_WHOLE, "is_complete"))
    merged = warehouse.dicts(f"SELECT customer_id, session_id, {names} FROM raw.merged_sessions")
    return Expected(
        _standing(warehouse, "tool_calls"),
        _standing(warehouse, "sessions"),
        {(row.pop("customer_id"), row.pop("session_id")): _told(row) for row in merged},
        Counter(
            {
                (t, v): n
                for t, v, n in warehouse.rows(
                    "SELECT table_name, verdict, count(*) FROM raw.replaced GROUP BY ALL"
                )
            }
        ),
        Counter(
            dict(
                warehouse.rows(
                    "SELECT table_name, count(*) FROM raw.rejects WHERE reason = 'CONFLICT' GROUP BY ALL"
                )
            )
        ),
    )


def _standing(warehouse: Warehouse, table: str) -> set[str]:
    form = canonical_json(TOOL_CALLS if table == "tool_calls" else SESSIONS)
    return {text for (text,) in warehouse.rows(f"SELECT {form} FROM raw.{table}")}


def _told(row: Row) -> Row:
    started: datetime | None = row["started_at"]
    row["started_at"] = started and started.isoformat().replace(".500000", ".5") + "Z"
    return {name: value for name, value in row.items() if value is not None}


def _lines(file: File) -> bytes:
    lines = [json.dumps(row) for row in file.rows] + ["broken"] * file.broken
    content = "\n".join(lines).encode()
    return gzip.compress(content, mtime=0) if file.kind == "jsonl.gz" else content


def _csv(file: File) -> bytes:
    text = io.StringIO()
    names = sorted(file.rows[0]) if file.rows else ["tool_call_id", "session_id"]
    writer = csv.DictWriter(text, names)
    writer.writeheader()
    writer.writerows(file.rows)
    return (text.getvalue() + "broken\n" * file.broken).encode()


def _parquet(rows: list[Row]) -> bytes:
    types = {"latency_ms": pa.float64(), "record_version": pa.int32(), "user_turns": pa.int64()}
    types |= {"handoff": pa.bool_(), "is_test": pa.bool_()}
    names = sorted(rows[0]) if rows else ["tool_call_id"]
    columns = {n: pa.array([row[n] for row in rows], types.get(n, pa.string())) for n in names}
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()
