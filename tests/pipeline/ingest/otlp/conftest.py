"""A small warehouse to read OTLP files into, and builders for spans and log events in OTLP/JSON."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from core.contract import TABLES
from pipeline.ingest import otlp

EVENT_TABLES = ("llm_requests", "sessions", "tool_calls", "evaluations", "outcomes")
SECOND = 1_000_000_000
START = 1_790_000_000 * SECOND  # 2026-09-21T14:13:20Z
TRACE = "0af7651916cd43dd8448eb211c80319c"


def any_value(value: Any) -> dict[str, Any]:
    """A Python value as OTLP/JSON writes it."""
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case list():
            return {"arrayValue": {"values": [any_value(v) for v in value]}}
        case dict():
            return {"kvlistValue": {"values": attributes(value)}}
        case _:
            return {"stringValue": value}


def attributes(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": any_value(value)} for key, value in values.items()]


def span(
    span_id: int,
    values: dict[str, Any],
    *,
    parent: int | None = None,
    trace: str = TRACE,
    name: str = "work",
    start: float = 0,
    end: float = 1,
    **fields: Any,
) -> dict[str, Any]:
    """One span; `start` and `end` are seconds after START."""
    return {
        "traceId": trace,
        "spanId": f"{span_id:016x}",
        "parentSpanId": f"{parent:016x}" if parent else "",
        "name": name,
        "startTimeUnixNano": str(START + round(start * SECOND)),
        "endTimeUnixNano": str(START + round(end * SECOND)),
        "attributes": attributes(values),
        **fields,
    }


def event(name: str, values: dict[str, Any], *, at: float = 2, **fields: Any) -> dict[str, Any]:
    """One log event, without trace unless given in `fields`."""
    return {
        "timeUnixNano": str(START + round(at * SECOND)),
        "eventName": name,
        "attributes": attributes(values),
        **fields,
    }


def traces(
    *spans: dict[str, Any], resource: dict[str, Any] | None = None, scope: str = "tests"
) -> dict[str, Any]:
    """One TracesData object."""
    scoped = [{"scope": {"name": scope, "version": "1"}, "spans": list(spans)}]
    return {"resourceSpans": [{"resource": {"attributes": attributes(resource or {})}, "scopeSpans": scoped}]}


def logs(*records: dict[str, Any], resource: dict[str, Any] | None = None) -> dict[str, Any]:
    """One LogsData object."""
    scoped = [{"scope": {"name": "tests"}, "logRecords": list(records)}]
    return {"resourceLogs": [{"resource": {"attributes": attributes(resource or {})}, "scopeLogs": scoped}]}


class Warehouse:
    """Reads files and derives rows as a build does; rows are kept as text, since typing them is not tested
    here."""

    def __init__(self, folder: Path) -> None:
        self.connection = duckdb.connect()
        self.folder = folder
        self.files = 0
        for schema in ("raw", "late"):
            self.connection.execute(f"CREATE SCHEMA {schema}")
            for table in EVENT_TABLES:
                columns = ", ".join(f"{name} VARCHAR" for name in TABLES[table].column_names)
                self.connection.execute(
                    f"CREATE TABLE {schema}.{table} (file_id INTEGER, extra VARCHAR, {columns})"
                )
        self.connection.execute(
            "CREATE TABLE raw.rejects (file_id INTEGER, row_number BIGINT, table_name VARCHAR,"
            " reason VARCHAR, column_name VARCHAR, message VARCHAR, original VARCHAR)"
        )
        otlp.create_tables(self.connection)

    def read(self, *documents: dict[str, Any], customer: str | None = "cust_a") -> otlp.ReadSummary:
        """Reads one file with a document on each line."""
        return self.read_text("\n".join(json.dumps(d) for d in documents), customer=customer)

    def read_text(
        self, text: str | bytes, *, customer: str | None = None, name: str = "spans.jsonl"
    ) -> otlp.ReadSummary:
        """Reads one file that holds `text`."""
        self.files += 1
        path = self.folder / f"{self.files}-{name}"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return otlp.read_file(self.connection, path, file_id=self.files, folder_customer=customer)

    def derive(self, *files: int, customer_attributes: Sequence[str] | None = None) -> None:
        """Derives what these files (left out: all) touch, and loads it in place of what was there."""
        otlp.touch(self.connection, files or range(1, self.files + 1))
        otlp.withdraw(self.connection)
        if customer_attributes is None:
            otlp.contract_rows(self.connection)
        else:
            otlp.contract_rows(self.connection, customer_attributes=customer_attributes)
        for table in EVENT_TABLES:
            self.connection.execute(
                f"INSERT INTO raw.{table} BY NAME SELECT * EXCLUDE row_number FROM otlp_{table}"
            )

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The loaded rows without their file, nulls left out, in the order of their text."""
        result = self.connection.execute(f"SELECT * EXCLUDE file_id FROM raw.{table}")
        names = [name for name, *_ in result.description]
        found = [{n: v for n, v in zip(names, r, strict=True) if v is not None} for r in result.fetchall()]
        return sorted(found, key=lambda row: json.dumps(row, sort_keys=True))

    def row(self, table: str) -> dict[str, Any]:
        """The only row of a table."""
        (row,) = self.rows(table)
        return row

    def everything(self) -> dict[str, list[dict[str, Any]]]:
        """Every loaded row of every table."""
        return {table: self.rows(table) for table in EVENT_TABLES}

    def rejects(self) -> list[tuple[int, str, str, str]]:
        """What was refused: line, table, reason and column."""
        return self.connection.execute(
            "SELECT row_number, table_name, reason, column_name FROM raw.rejects ORDER BY ALL"
        ).fetchall()


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path)


@pytest.fixture
def new_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Warehouse]]:
    """As many warehouses as a test compares."""
    yield lambda: Warehouse(tmp_path_factory.mktemp("warehouse"))


class Build:
    """The builders, for tests to reach without importing this file."""

    span = staticmethod(span)
    event = staticmethod(event)
    traces = staticmethod(traces)
    logs = staticmethod(logs)
    TRACE = TRACE
    START = START
    SECOND = SECOND


@pytest.fixture
def build() -> type[Build]:
    return Build


CALL = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-5",
    "gen_ai.usage.input_tokens": 1777,
    "gen_ai.usage.output_tokens": 777,
}


@pytest.fixture
def call() -> dict[str, Any]:
    """Attributes of a model call in the current conventions."""
    return dict(CALL)
