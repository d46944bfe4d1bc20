"""Which traces new files touch, and what was derived from them before.

A trace is derived anew as a whole whenever a file adds to it, and with it every trace of the same
conversation, since they share one session; likewise events with the same id of their own.
"""

from collections.abc import Sequence

import duckdb

from core.contract import OTLP_FOLDER, Reason

# Rows as loaded, and rows that wait for a backfill.
_SCHEMAS = ("raw", "late")

_START = """
CREATE OR REPLACE TEMP TABLE otlp_touched AS
SELECT DISTINCT trace_id FROM raw.otlp_spans WHERE list_contains($files, file_id)
UNION SELECT DISTINCT touch_key FROM raw.otlp_logs WHERE list_contains($files, file_id)
"""

# What ties traces together. Conversations are compared without their customer, which is only known once
# traces are put together: some traces may be derived anew without need, and come out as they were.
_TIES = """
CREATE OR REPLACE TEMP TABLE otlp_ties AS
SELECT DISTINCT trace_id, 'conversation ' || conversation_id AS tie
FROM raw.otlp_spans WHERE conversation_id IS NOT NULL
UNION SELECT touch_key, 'conversation ' || conversation_id
FROM raw.otlp_logs WHERE conversation_id IS NOT NULL
UNION SELECT touch_key, event || ' ' || event_id FROM raw.otlp_logs WHERE event_id IS NOT NULL
"""

_CLOSE = """
CREATE OR REPLACE TEMP TABLE otlp_touched AS
WITH RECURSIVE reached AS (
    SELECT trace_id FROM otlp_touched
    UNION
    SELECT there.trace_id FROM reached
    JOIN otlp_ties AS here ON here.trace_id = reached.trace_id
    JOIN otlp_ties AS there ON there.tie = here.tie)
SELECT trace_id FROM reached
"""

_TRACE = "split_part({}, ':', 1) IN (SELECT trace_id FROM otlp_touched)"
_SESSION = """{} IN (
    SELECT conversation_id FROM raw.otlp_spans WHERE trace_id IN (SELECT trace_id FROM otlp_touched)
    UNION ALL
    SELECT conversation_id FROM raw.otlp_logs WHERE touch_key IN (SELECT trace_id FROM otlp_touched))"""
_EVENT = """{} IN (
    SELECT coalesce(event_id, content_sha256) FROM raw.otlp_logs
    WHERE touch_key IN (SELECT trace_id FROM otlp_touched))"""

# Each table's key, and the condition under which a key was derived from something touched.
_KEYS = {
    "llm_requests": ("request_id", _TRACE),
    "tool_calls": ("tool_call_id", _TRACE),
    "sessions": ("session_id", _SESSION),
    "evaluations": ("evaluation_id", _EVENT),
    "outcomes": ("outcome_id", _EVENT),
}
_OURS = "file_id IN (SELECT file_id FROM raw.otlp_spans UNION SELECT file_id FROM raw.otlp_logs)"


def touch(connection: duckdb.DuckDBPyConnection, file_ids: Sequence[int]) -> None:
    """Fills the temporary table `otlp_touched(trace_id)` with what these files bring or change."""
    connection.execute(_START, {"files": list(file_ids)})
    connection.execute(_TIES)
    connection.execute(_CLOSE)
    connection.execute("DROP TABLE otlp_ties")


def withdraw(connection: duckdb.DuckDBPyConnection) -> None:
    """Deletes the rows formerly derived from what is in `otlp_touched`, and the rejects of such rows."""
    for table, (key, condition) in _KEYS.items():
        for schema in _existing(connection, table):
            connection.execute(
                f"DELETE FROM {schema}.{table}"
                f" WHERE source_system = '{OTLP_FOLDER}' AND {_OURS} AND {condition.format(key)}"
            )
    withdraw_rejects(connection)


def withdraw_rejects(connection: duckdb.DuckDBPyConnection) -> None:
    """Deletes what was told of such rows. Their `original` is JSON that holds the row's key; a session
    without one is known by its event."""
    for table, (key, condition) in _KEYS.items():
        told = _from_original(key)
        by_event = f"OR {_EVENT.format(_from_original('event_key'))}" if table == "sessions" else ""
        connection.execute(
            f"DELETE FROM raw.rejects WHERE table_name = '{table}' AND {_OURS}"
            f" AND ({condition.format(told)} {by_event})"
        )
    connection.execute(
        f"DELETE FROM raw.rejects WHERE table_name = '{OTLP_FOLDER}' AND reason = '{Reason.CONFLICT}'"
        f" AND {_OURS} AND {_TRACE.format(_from_original('trace_id'))}"
    )


def _from_original(key: str) -> str:
    return f"CASE WHEN json_valid(original) THEN json_extract_string(original, '$.{key}') END"


def _existing(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    rows = connection.execute(
        "SELECT schema_name FROM duckdb_tables() WHERE table_name = $table"
        " AND list_contains($schemas, schema_name) AND database_name = current_database()",
        {"table": table, "schemas": list(_SCHEMAS)},
    ).fetchall()
    return [schema for (schema,) in rows]
