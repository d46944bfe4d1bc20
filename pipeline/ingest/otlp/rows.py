"""Rows of the events contract from the spans and log events that `otlp_touched` names.

Each table's rows stand in a temporary table `otlp_<table>` as the text a JSON-lines file would carry; typing
and checking them is the business of the loader. What cannot be a row because it names no customer, and
versions of a span that lost to another, are told in `raw.rejects`.
"""

from collections.abc import Mapping, Sequence

import duckdb

from core.contract import OTLP_FOLDER, TABLES, Reason
from pipeline.ingest.otlp import calls, events, sessions
from pipeline.ingest.otlp.names import DEFAULT_CUSTOMER_ATTRIBUTES, EVALUATION_EVENT, quoted
from pipeline.ingest.otlp.touched import withdraw_rejects
from pipeline.ingest.otlp.tree import resolve


def contract_rows(
    connection: duckdb.DuckDBPyConnection, *, customer_attributes: Sequence[str] = DEFAULT_CUSTOMER_ATTRIBUTES
) -> None:
    """Makes the temporary tables otlp_llm_requests, otlp_sessions, otlp_tool_calls, otlp_evaluations and
    otlp_outcomes, each with file_id, row_number, extra and the contract's columns as text. Doing it again
    changes nothing: rejects told before are withdrawn first."""
    withdraw_rejects(connection)
    resolve(connection, customer_attributes)
    events.collect(connection, customer_attributes)
    for table, select in _SELECTS.items():
        connection.execute(f"CREATE OR REPLACE TEMP TABLE otlp_{table} AS {select}")
        _refuse(connection, table, "customer_id", Reason.NO_CUSTOMER, _no_customer(customer_attributes))
    _refuse(connection, "sessions", "session_id", Reason.MISSING_VALUE, "session_id is missing")
    connection.execute("ALTER TABLE otlp_sessions DROP COLUMN event_key")
    connection.execute(_LOST_SPANS)
    connection.execute(_LOST_EVENTS)
    for step in _STEPS:
        connection.execute(f"DROP TABLE {step}")


_STEPS = (
    "otlp_versions",
    "otlp_own",
    "otlp_inherited",
    "otlp_resolved",
    "otlp_event_versions",
    "otlp_events",
)


def _select(table: str, values: Mapping[str, str], extra: str, source: str, *more: str) -> str:
    given = {"source_system": quoted(OTLP_FOLDER)} | dict(values)
    columns = [f"CAST({given.get(name, 'NULL')} AS VARCHAR) AS {name}" for name in TABLES[table].column_names]
    return f"SELECT file_id, row_number, {extra} AS extra, {', '.join([*columns, *more])} FROM {source}"


_SESSION_COLUMNS = {name: name for name in TABLES["sessions"].column_names if name != "source_system"}
_SELECTS = {
    "llm_requests": _select("llm_requests", calls.LLM_REQUESTS, calls.EXTRA, calls.LLM_REQUESTS_FROM),
    "tool_calls": _select("tool_calls", calls.TOOL_CALLS, calls.EXTRA, calls.TOOL_CALLS_FROM),
    "sessions": _select("sessions", _SESSION_COLUMNS, "extra", f"({sessions.SELECT})", "event_key"),
    "evaluations": _select("evaluations", events.EVALUATIONS, events.EXTRA, events.EVALUATIONS_FROM),
    "outcomes": _select("outcomes", events.OUTCOMES, events.EXTRA, events.OUTCOMES_FROM),
}


def _refuse(
    connection: duckdb.DuckDBPyConnection, table: str, column: str, reason: Reason, message: str
) -> None:
    """Rows whose `column` is null leave the table and are told; their key goes with them into `original`."""
    key = TABLES[table].key[0]
    known = f"'{key}', {key}" + (", 'event_key', event_key" if table == "sessions" else "")
    connection.execute(
        f"""INSERT INTO raw.rejects (file_id, row_number, table_name, reason, column_name, message, original)
        SELECT file_id, row_number, '{table}', '{reason}', '{column}', $message,
               CAST(json_merge_patch(json_object({known}), CAST(extra AS JSON)) AS VARCHAR)
        FROM otlp_{table} WHERE {column} IS NULL""",
        {"message": message},
    )
    connection.execute(f"DELETE FROM otlp_{table} WHERE {column} IS NULL")


def _no_customer(attributes: Sequence[str]) -> str:
    return (
        f"No customer is named. Set one of {', '.join(attributes)} on the span or its resource, put the file"
        f" under {OTLP_FOLDER}/<customer_id>/, or name the customer of its folder in the settings"
    )


_LOST_SPANS = f"""
INSERT INTO raw.rejects (file_id, row_number, table_name, reason, column_name, message, original)
SELECT lost.file_id, lost.row_number, '{OTLP_FOLDER}', '{Reason.CONFLICT}', '',
       'Another version of this span counts: of two, the one with the greater SHA-256',
       CAST(json_object('trace_id', lost.trace_id, 'span_id', lost.span_id, 'span_name', lost.name,
                        'attributes', CAST(lost.attributes AS JSON)) AS VARCHAR)
FROM otlp_versions AS lost JOIN otlp_resolved AS won USING (trace_id, span_id)
WHERE lost.content_sha256 <> lost.winning_sha256 AND won.role <> 'other'
QUALIFY row_number() OVER (PARTITION BY trace_id, span_id, lost.content_sha256
                           ORDER BY lost.file_id, lost.row_number) = 1
"""

_LOST_EVENTS = f"""
INSERT INTO raw.rejects (file_id, row_number, table_name, reason, column_name, message, original)
SELECT file_id, row_number, CASE event WHEN {quoted(EVALUATION_EVENT)} THEN 'evaluations' ELSE 'outcomes' END,
       '{Reason.CONFLICT}', '', 'Another event with this id counts: of two, the one with the greater SHA-256',
       CAST(json_object(CASE event WHEN {quoted(EVALUATION_EVENT)} THEN 'evaluation_id' ELSE 'outcome_id' END,
                        event_id, 'attributes', CAST(attributes AS JSON)) AS VARCHAR)
FROM otlp_event_versions
WHERE event_id IS NOT NULL AND version = winning_version AND content_sha256 <> winning_sha256
QUALIFY row_number() OVER (PARTITION BY event, event_id, content_sha256 ORDER BY file_id, row_number) = 1
"""
