"""Events to published tables, in a file with CURRENT beside it or in memory."""

import hashlib
import json
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from core.store.readers import Reader
from core.store.snapshot import Snapshot
from tests.builders.columns import COLUMNS
from tests.builders.events import NOON, Events, Row
from tests.builders.parts import evaluation_row, outcome_row, request_row, session_rows, tool_row


def publish(home: Path, events: Events, *, number: int = 1, data_as_of: datetime | None = None) -> Path:
    """Writes a snapshot and points CURRENT at it; the published directory below `home`."""
    directory = home / "published"
    directory.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(str(number).encode()).hexdigest()[:12]
    path = directory / f"snap-{number}-{digest}.duckdb"
    with duckdb.connect(str(path)) as connection:
        fill(connection, events, run_id=f"run-{number}", data_as_of=data_as_of)
        connection.execute("CHECKPOINT")
    pointer = directory / "CURRENT.tmp"
    pointer.write_text(path.name + "\n")
    pointer.replace(directory / "CURRENT")
    return directory


def snapshot_of(
    events: Events,
    *,
    data_as_of: datetime | None = None,
    into: duckdb.DuckDBPyConnection | None = None,
) -> Snapshot:
    """The published tables in memory; `into` replaces what a connection held, which is quicker."""
    connection = into or duckdb.connect(":memory:")
    fill(connection, events, run_id="run-memory", data_as_of=data_as_of)
    return Snapshot(connection, "snap-0-memory.duckdb")


def reader_of(snapshot: Snapshot, customer_id: str | None = None) -> Reader:
    """A reader of that customer's rows, or of everybody's."""
    assert snapshot.pin()
    return Reader(snapshot, customer_id)


def fill(
    connection: duckdb.DuckDBPyConnection, events: Events, *, run_id: str, data_as_of: datetime | None = None
) -> None:
    """Writes every published table into the connection's database, replacing what was there."""
    tables = published_tables(events)
    newest = data_as_of or _newest(tables)
    tables["snapshot_info"] = [
        {"data_as_of": newest, "run_id": run_id, "built_at": newest, "price_list_version": "0"}
    ]
    _make_empty(connection)
    for name, rows in tables.items():
        if rows:
            _insert(connection, name, rows)


def published_tables(events: Events) -> dict[str, list[Row]]:
    """Every published table but snapshot_info, as rows."""
    tests = {(s["customer_id"], s["session_id"]) for s in events.sessions if s["is_test"]}
    calls, tools, evaluations, outcomes = (
        [row for row in rows if (row["customer_id"], row["session_id"]) not in tests]
        for rows in (events.llm_requests, events.tool_calls, events.evaluations, events.outcomes)
    )
    requests = [request_row(row, events.prices) for row in calls]
    sessions = [s for s in events.sessions if not s["is_test"]]
    facts = {
        "llm_requests": (requests, "started_at", ("customer_id", "agent_id", "model")),
        "sessions": (session_rows(sessions, requests, tools), "started_at", ("customer_id", "agent_id")),
        "tool_calls": ([tool_row(row) for row in tools], "started_at", ("customer_id", "agent_id")),
        "evaluations": (
            [evaluation_row(r) for r in evaluations],
            "evaluated_at",
            ("customer_id", "agent_id"),
        ),
        "outcomes": (
            [outcome_row(row) for row in outcomes],
            "occurred_at",
            ("customer_id", "agent_id", "name", "unit"),
        ),
    }
    tables: dict[str, list[Row]] = {}
    for name, (rows, time, keys) in facts.items():
        ordered = sorted(rows, key=lambda row: (row["customer_id"], row[time]))
        tables[f"fact_{name}"] = [{**row, "day": row[time].date()} for row in ordered]
        tables[f"measure_{name}_hourly"] = _hourly(ordered, time, keys, f"measure_{name}_hourly")
    return {**tables, **_dimensions(events, tables)}


def _hourly(rows: list[Row], time: str, keys: tuple[str, ...], table: str) -> list[Row]:
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        hour = row[time].replace(minute=0, second=0, microsecond=0)
        groups[(*(row[k] for k in keys), hour)].append(row)
    parts = [column for column in COLUMNS[table] if column not in (*keys, "hour", "day")]
    return [
        {**dict(zip((*keys, "hour"), key, strict=True)), "day": key[-1].date(), **_sums(group, parts)}
        for key, group in sorted(groups.items(), key=lambda item: (item[0][0], item[0][-1]))
    ]


def _sums(rows: list[Row], parts: list[str]) -> Row:
    observed = {part: [row[part] for row in rows if row[part] is not None] for part in parts}
    return {part: sum(values) if values else None for part, values in observed.items()}


def _dimensions(events: Events, facts: dict[str, list[Row]]) -> dict[str, list[Row]]:
    rows = [row for name, found in facts.items() if name.startswith("fact_") for row in found]
    customers = {c["customer_id"]: c for c in events.customers}
    agents = {a["agent_id"]: a for a in events.agents}
    for row in rows:
        customers.setdefault(
            row["customer_id"], {"customer_id": row["customer_id"], "name": row["customer_id"]}
        )
        if row["agent_id"] != "(none)":
            agents.setdefault(row["agent_id"], {"agent_id": row["agent_id"], "name": row["agent_id"]})
    known = {"timezone": "UTC", "locale": "en-US", "plan": None}
    return {
        "dim_customers": [{**known, **customers[c]} for c in sorted(customers)],
        "dim_agents": [{"version": None, **agents[a]} for a in sorted(agents)],
        "dim_budgets": events.budgets,
        "dim_baselines": events.baselines,
        "dim_prices": events.prices,
    }


def _newest(tables: dict[str, list[Row]]) -> datetime:
    times = {"llm_requests": "started_at", "sessions": "started_at", "tool_calls": "started_at",
             "evaluations": "evaluated_at", "outcomes": "occurred_at"}  # fmt: skip
    seen = [row[time] for name, time in times.items() for row in tables[f"fact_{name}"]]
    return max(seen, default=NOON)


def _make_empty(connection: duckdb.DuckDBPyConnection) -> None:
    is_new = not connection.execute("SELECT 1 FROM duckdb_tables()").fetchall()
    for_each = "CREATE TABLE {} ({})" if is_new else "TRUNCATE {}"
    statements = (
        for_each.format(table, ", ".join(f"{name} {kind}" for name, kind in columns.items()))
        for table, columns in COLUMNS.items()
    )
    connection.execute("; ".join(statements))


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[Row]) -> None:
    columns = COLUMNS[table]
    kept = [{name: row.get(name) for name in columns} for row in rows]
    connection.execute(
        f"INSERT INTO {table} SELECT unnest(from_json($rows, $shape), recursive := true)",
        {"rows": json.dumps(kept, default=_as_text), "shape": json.dumps([columns])},
    )


def _as_text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")
    return str(value)
