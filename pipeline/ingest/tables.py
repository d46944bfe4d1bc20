"""The tables of the warehouse's schemas `raw` and `late`: rows as the contract has them, and the ledger.

`raw.<table>` holds one row per key (sessions: every partial row), `late.<table>` the rows that wait for a
backfill. `raw.rejects` tells what was not loaded (`row_sha256`: of rows that lost to another of their key), and
`raw.replaced` counts what another row of the same key replaced. What happens to rows between files and these tables
is in `load`, `newest`, `sessions` and `lateness`.
"""

import duckdb

from core.contract import TABLES, Column, Table, Type
from pipeline.ingest.typed import sql_type

EVENT_TABLES = ("llm_requests", "sessions", "tool_calls", "evaluations", "outcomes")

_LEDGER = """
CREATE TABLE IF NOT EXISTS raw.files (
    file_id INTEGER, sha256 VARCHAR, path VARCHAR, table_name VARCHAR, format VARCHAR, bytes BIGINT,
    taken_at TIMESTAMP, state VARCHAR, message VARCHAR, row_count BIGINT);
CREATE TABLE IF NOT EXISTS raw.rejects (
    file_id INTEGER, row_number BIGINT, table_name VARCHAR, reason VARCHAR, column_name VARCHAR,
    message VARCHAR, original VARCHAR, row_sha256 VARCHAR);
CREATE TABLE IF NOT EXISTS raw.replaced (
    table_name VARCHAR, source_system VARCHAR, row_key VARCHAR, record_version BIGINT, sha256 VARCHAR,
    file_id INTEGER, verdict VARCHAR);
CREATE TABLE IF NOT EXISTS raw.state (name VARCHAR, value VARCHAR);
CREATE TABLE IF NOT EXISTS raw.merged_sessions (
    customer_id VARCHAR, session_id VARCHAR, agent_id VARCHAR, started_at TIMESTAMP, ended_at TIMESTAMP,
    outcome VARCHAR, handoff BOOLEAN, handoff_reason VARCHAR, channel VARCHAR, intent VARCHAR,
    user_turns BIGINT, agent_steps BIGINT, sentiment_start DOUBLE, sentiment_end DOUBLE, is_test BOOLEAN,
    is_complete BOOLEAN);
CREATE TABLE IF NOT EXISTS raw.list_prices (
    provider VARCHAR, model VARCHAR, valid_from TIMESTAMP, valid_to TIMESTAMP, daily_from TIME, daily_to TIME,
    tier_from_tokens BIGINT, input_usd_per_million DECIMAL(18,9), output_usd_per_million DECIMAL(18,9),
    cache_read_usd_per_million DECIMAL(18,9), cache_write_usd_per_million DECIMAL(18,9));
"""


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes every table that is not there yet."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS raw; CREATE SCHEMA IF NOT EXISTS late")
    for table in TABLES.values():
        connection.execute(_definition("raw", table))
        connection.execute(_definition("late", table))
    connection.execute(_LEDGER)


def _definition(schema: str, table: Table) -> str:
    columns = ", ".join(f"{c.name} {sql_type(c)}{_stored(c, table)}" for c in table.columns)
    return f"CREATE TABLE IF NOT EXISTS {schema}.{table.name} (file_id INTEGER, extra VARCHAR, {columns})"


def _stored(column: Column, table: Table) -> str:
    """How text is stored that another row hardly ever repeats. Left to itself the database looks for what repeats,
    which takes longer than all else that is done to a row; keys end as small, and a digest is as long as before."""
    if column.name == "args_hash":
        return " USING COMPRESSION uncompressed"
    is_own = column.name in (*table.key, "request_id") and column.name != "session_id"
    return " USING COMPRESSION zstd" if is_own and column.type is Type.TEXT and table.event_time else ""


def with_new_rows(connection: duckdb.DuckDBPyConnection, *, first_new: int) -> list[Table]:
    """The tables that have rows of files from `first_new` on."""
    asked = " UNION ALL ".join(
        f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM raw.{name} WHERE file_id >= {first_new})"
        for name in TABLES
    )
    names = {name for (name,) in connection.execute(asked).fetchall()}
    return [table for table in TABLES.values() if table.name in names]


def get_state(connection: duckdb.DuckDBPyConnection, name: str) -> str | None:
    """What an earlier run noted under `name`."""
    row = connection.execute("SELECT value FROM raw.state WHERE name = ?", [name]).fetchone()
    return row[0] if row else None


def set_state(connection: duckdb.DuckDBPyConnection, name: str, value: str) -> None:
    """Notes `value` under `name` for the next run."""
    connection.execute("DELETE FROM raw.state WHERE name = ?", [name])
    connection.execute("INSERT INTO raw.state VALUES (?, ?)", [name, value])
