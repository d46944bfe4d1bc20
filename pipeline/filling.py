"""Fills a run's database up to `raw`: what was stored, what is new, and what the run notes of itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from core.contract import TABLES
from core.settings import Settings
from pipeline.home import Home
from pipeline.ingest import lateness, pricing, tables
from pipeline.ingest.load import Rules
from pipeline.ingest.opened import Bounds
from pipeline.ingest.reading import literal
from pipeline.ingest.run import Arrivals, Options, Told, ingest
from pipeline.planning import Plan, Request, as_text
from pipeline.resources import Resources
from pipeline.transform import fingerprint

FACTS = ("fact_llm_requests", "fact_sessions", "fact_tool_calls", "fact_evaluations", "fact_outcomes")


@dataclass(frozen=True)
class Ingested:
    """What ingest left in the build: how much is to be rebuilt, and whether models start from nothing."""

    database: Path
    touched_days: int
    rebuild_all: bool
    data_as_of: datetime | None


def fill(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    request: Request,
    plan: Plan,
    run_id: str,
    told: Told,
) -> Ingested:
    home = Home(settings.home)
    options = options_of(settings, home.work(run_id))
    tables.create(connection)
    _recall(connection, home, request)
    if request.full:
        restored = Arrivals(files=plan.known_files)
        ingest(connection, restored, options, now=request.now, told=told, restoring=True)
    arrivals = Arrivals(plan.new_files, plan.unusable, request.days)
    rebuild_all = request.full or tables.get_state(connection, "fingerprint") != fingerprint(settings)
    touched_days = ingest(connection, arrivals, options, now=request.now, told=told, rebuild_all=rebuild_all)
    tables.set_state(connection, "rebuild_all", "yes" if rebuild_all else "no")
    as_of = _data_as_of(connection, plan, request.now)
    tables.set_state(connection, "fingerprint", fingerprint(settings))
    tables.set_state(connection, "complete_to", as_text(plan.complete_to))
    tables.set_state(connection, "data_as_of", as_text(as_of))
    tables.set_state(connection, "run_started_at", as_text(request.now))
    tables.set_state(connection, "run_id", run_id)
    tables.set_state(connection, "price_list_version", pricing.version())
    connection.execute("CHECKPOINT")
    return Ingested(home.build(run_id), touched_days, rebuild_all, as_of)


def _recall(connection: duckdb.DuckDBPyConnection, home: Home, request: Request) -> None:
    """What was published before decides what is late now; a full rebuild asks the warehouse it replaces."""
    connection.execute("CREATE OR REPLACE TEMP TABLE published_days (customer_id VARCHAR, newest_day DATE)")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE known_late (table_name VARCHAR, sha256 VARCHAR, row_hash UBIGINT)"
    )
    if not request.full:
        _note_published(connection, "")
    elif home.warehouse.exists():
        connection.execute(f"ATTACH {literal(home.warehouse)} AS earlier (READ_ONLY)")
        _note_published(connection, "earlier.")
        lateness.remember(connection, "earlier")
        connection.execute("DETACH earlier")


def _note_published(connection: duckdb.DuckDBPyConnection, prefix: str) -> None:
    catalog = prefix.removesuffix(".") or connection.execute("SELECT current_catalog()").fetchall()[0][0]
    found = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = ? AND schema_name = 'main'", [catalog]
    ).fetchall()
    facts = [name for name in FACTS if (name,) in found]
    if facts:
        days = " UNION ALL ".join(f"SELECT customer_id, day FROM {prefix}main.{name}" for name in facts)
        connection.execute(
            f"INSERT INTO published_days SELECT customer_id, max(day) FROM ({days}) GROUP BY customer_id"
        )


def _data_as_of(connection: duckdb.DuckDBPyConnection, plan: Plan, now: datetime) -> datetime | None:
    """The newest event time loaded, not after the run's start; what the source says of itself wins."""
    if plan.complete_to:
        return plan.complete_to
    times = " UNION ALL ".join(
        f"SELECT max({TABLES[name].event_time}) AS t FROM raw.{name}" for name in tables.EVENT_TABLES
    )
    row = connection.execute(f"SELECT max(t) FROM ({times})").fetchone()
    newest: datetime | None = row[0] if row else None
    return min(newest.replace(tzinfo=UTC), now) if newest else None


def options_of(settings: Settings, work: Path) -> Options:
    return Options(
        rules=Rules(settings.source_zones, work),
        bounds=Bounds(settings.max_decompression_ratio, settings.max_decompressed_bytes),
        late_days=settings.late_days,
        otlp_customer_attributes=settings.otlp_customer_attributes,
        otlp_customer=settings.otlp_customer or None,
        resources=Resources.of(settings, work),
    )


@contextmanager
def connected(database: Path, settings: Settings, work: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = Resources.of(settings, work).connect(
        database,
        autoinstall_known_extensions="false",
        autoload_known_extensions="false",
        # Rows are told apart by their keys; keeping their order costs memory and half the speed.
        preserve_insertion_order="false",
    )
    connection.execute("SET TimeZone = 'UTC'")
    try:
        yield connection
    finally:
        connection.close()
