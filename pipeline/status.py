"""What the pipeline knows of itself: what is published, complete to when, and what became of every row.

Read from the warehouse's ledger and the published manifest; nothing is counted twice or kept apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from core.contract import TABLES
from core.settings import Settings
from pipeline import publish
from pipeline.home import Home
from pipeline.ingest import tables

_BARS = " ▁▂▃▄▅▆▇█"
_CHART_DAYS = 60


@dataclass(frozen=True)
class TableCounts:
    """Rows of one table: in use, and what happened to the others."""

    files: int
    rows: int
    rejected: int
    duplicates: int
    superseded: int
    late: int


@dataclass(frozen=True)
class RejectCount:
    """Rows rejected for one reason, with one of them as an example."""

    table: str
    reason: str
    message: str
    rows: int
    example: str


@dataclass(frozen=True)
class SetAside:
    """A file that was not loaded, and why."""

    path: str
    state: str
    message: str


@dataclass(frozen=True)
class Unobserved:
    """What some rows do not say: these rows are outside every rate about it, and never count as zero."""

    what: str
    missing: int
    of: int


@dataclass(frozen=True)
class Spans:
    """OpenTelemetry spans and log events that were read, and the rows that came of them by table."""

    spans: int
    log_events: int
    rows: dict[str, int]


@dataclass(frozen=True)
class Status:
    """Everything `proofline status` tells of one warehouse."""

    data_as_of: datetime | None
    complete_to: datetime | None
    tables: dict[str, TableCounts]
    rejects: tuple[RejectCount, ...]
    set_aside: tuple[SetAside, ...]
    incomplete_sessions: int
    test_sessions: int
    unpriced: tuple[tuple[str, int], ...]
    unobserved: tuple[Unobserved, ...]
    spans: Spans
    touched_days: dict[str, int]
    rows_by_day: dict[str, dict[str, int]]


def of_warehouse(settings: Settings) -> Status | None:
    """The status of the last good warehouse; None before the first build."""
    warehouse = Home(settings.home).warehouse
    return of_build(warehouse) if warehouse.exists() else None


def of_build(database: Path) -> Status:
    """The status of one database of the pipeline."""
    with duckdb.connect(str(database), read_only=True) as connection:
        rows_by_day = {name: _by_day(connection, name) for name in tables.EVENT_TABLES}
        return Status(
            data_as_of=_instant(connection, "data_as_of"),
            complete_to=_instant(connection, "complete_to"),
            tables={name: _counts(connection, name) for name in TABLES},
            rejects=_rejects(connection),
            set_aside=_set_aside(connection),
            incomplete_sessions=_number(connection, "raw.merged_sessions WHERE NOT is_complete"),
            test_sessions=_number(connection, "raw.merged_sessions WHERE is_test"),
            unpriced=_unpriced(connection),
            unobserved=_unobserved(connection),
            spans=_spans(connection),
            touched_days=_touched_days(connection, rows_by_day),
            rows_by_day=rows_by_day,
        )


def knows_customer(settings: Settings, customer_id: str) -> bool:
    """Whether any row of the warehouse is this customer's, loaded or late."""
    warehouse = Home(settings.home).warehouse
    if not warehouse.exists():
        return False
    named = [name for name, table in TABLES.items() if "customer_id" in table.column_names]
    rows = " UNION ALL ".join(f"SELECT customer_id FROM {s}.{n}" for n in named for s in ("raw", "late"))
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        found = connection.execute(f"SELECT 1 FROM ({rows}) WHERE customer_id = ? LIMIT 1", [customer_id])
        return found.fetchone() is not None


def age(settings: Settings) -> timedelta | None:
    """How old the newest event of the published data is."""
    warehouse = Home(settings.home).warehouse
    if not warehouse.exists():
        return None
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        newest = _instant(connection, "data_as_of")
    return datetime.now(UTC) - newest if newest else None


def rejected(database: Path) -> dict[str, int]:
    """How many rows of each table of the contract were rejected."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return {name: _rejected(connection, name) for name in TABLES}


def served(settings: Settings) -> dict[str, object] | None:
    """The manifest of the snapshot that is being served, with its file name."""
    path = publish.current(Home(settings.home))
    return {"snapshot": path.name, **publish.manifest(path)} if path else None


def day_chart(status: Status, table: str) -> str:
    """The last days as a row of bars, for places that show text."""
    days = list(status.rows_by_day.get(table, {}).items())[-_CHART_DAYS:]
    if not days:
        return "No rows yet."
    most = max(rows for _, rows in days)
    bars = "".join(_BARS[max(1, round(rows / most * 8))] for _, rows in days)
    return f"`{bars}`\n\n{days[0][0]} to {days[-1][0]}; the highest bar is {most:,} rows"


def row_table(rows: dict[str, int]) -> str:
    """Row counts as a Markdown table."""
    lines = (f"| {name} | {count:,} |" for name, count in rows.items())
    return "\n".join(["| table | rows |", "|---|---:|", *lines])


def _counts(connection: duckdb.DuckDBPyConnection, name: str) -> TableCounts:
    def verdict(word: str) -> int:
        return _number(connection, f"raw.replaced WHERE table_name = '{name}' AND verdict = '{word}'")

    return TableCounts(
        files=_number(connection, f"raw.files WHERE table_name = '{name}' AND state = 'loaded'"),
        rows=_number(connection, f"raw.{name}"),
        rejected=_rejected(connection, name),
        duplicates=verdict("DUPLICATE"),
        superseded=verdict("SUPERSEDED"),
        late=_number(connection, f"late.{name}"),
    )


def _rejected(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    return _number(connection, f"raw.rejects WHERE table_name = '{name}'")


def _rejects(connection: duckdb.DuckDBPyConnection) -> tuple[RejectCount, ...]:
    rows = connection.execute(
        """SELECT r.table_name, r.reason, r.message, count(*) AS row_count,
               min(coalesce(f.path, '') || coalesce(':' || r.row_number, '')) AS example
           FROM raw.rejects AS r LEFT JOIN raw.files AS f USING (file_id)
           GROUP BY ALL ORDER BY row_count DESC, r.table_name, r.reason, r.message"""
    ).fetchall()
    return tuple(RejectCount(*row) for row in rows)


def _set_aside(connection: duckdb.DuckDBPyConnection) -> tuple[SetAside, ...]:
    """Files not loaded, unless a later file of the same name was."""
    rows = connection.execute(
        """SELECT path, state, message FROM raw.files AS f WHERE state IN ('quarantined', 'unusable')
           AND NOT EXISTS (SELECT 1 FROM raw.files AS g WHERE g.path = f.path AND g.state = 'loaded'
                           AND g.file_id > f.file_id) ORDER BY path"""
    ).fetchall()
    return tuple(SetAside(*row) for row in rows)


def _unpriced(connection: duckdb.DuckDBPyConnection) -> tuple[tuple[str, int], ...]:
    if not _has_models(connection):
        return ()
    rows = connection.execute(
        """SELECT coalesce(provider || ' ', '') || model AS name, count(*) AS row_count FROM fact_llm_requests
           WHERE priced_count = 0 GROUP BY name ORDER BY row_count DESC, name"""
    ).fetchall()
    return tuple((name, count) for name, count in rows)


_UNOBSERVED = (
    ("the outcome of sessions", "raw.merged_sessions WHERE is_complete", "outcome IS NULL"),
    ("whether a human took over", "raw.merged_sessions WHERE is_complete", "handoff IS NULL"),
    ("the latency of calls that went well", "raw.llm_requests WHERE status = 'ok'", "latency_ms IS NULL"),
    ("how calls ended (status unknown)", "raw.llm_requests", "status = 'unknown'"),
    ("how tool calls ended (status unknown)", "raw.tool_calls", "status = 'unknown'"),
    ("the arguments of tool calls", "raw.tool_calls", "args_hash IS NULL"),
)


def _unobserved(connection: duckdb.DuckDBPyConnection) -> tuple[Unobserved, ...]:
    found = []
    for what, rows, condition in _UNOBSERVED:
        row = connection.execute(f"SELECT count(*) FILTER ({condition}), count(*) FROM {rows}").fetchone()
        if row and row[0]:
            found.append(Unobserved(what, *row))
    return tuple(found)


def _spans(connection: duckdb.DuckDBPyConnection) -> Spans:
    came = {
        name: _number(connection, f"raw.{name} WHERE source_system = 'otlp'") for name in tables.EVENT_TABLES
    }
    return Spans(_number(connection, "raw.otlp_spans"), _number(connection, "raw.otlp_logs"), came)


def _touched_days(
    connection: duckdb.DuckDBPyConnection, rows_by_day: Mapping[str, Mapping[str, int]]
) -> dict[str, int]:
    days = connection.execute(
        "SELECT DISTINCT CAST(day AS VARCHAR) AS day FROM raw.touched ORDER BY day"
    ).fetchall()
    rows = {day: sum(of_table.get(day, 0) for of_table in rows_by_day.values()) for (day,) in days}
    return {day: count for day, count in rows.items() if count}


def _by_day(connection: duckdb.DuckDBPyConnection, name: str) -> dict[str, int]:
    time = TABLES[name].event_time
    rows = connection.execute(
        f"""SELECT CAST(CAST({time} AS DATE) AS VARCHAR), count(*) FROM raw.{name}
            WHERE {time} IS NOT NULL GROUP BY 1 ORDER BY 1"""
    ).fetchall()
    return dict(rows)


def _has_models(connection: duckdb.DuckDBPyConnection) -> bool:
    return bool(_number(connection, "duckdb_tables() WHERE table_name = 'fact_llm_requests'"))


def _instant(connection: duckdb.DuckDBPyConnection, name: str) -> datetime | None:
    text = tables.get_state(connection, name)
    return datetime.fromisoformat(text) if text else None


def _number(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {relation}").fetchone()
    return int(row[0]) if row else 0
