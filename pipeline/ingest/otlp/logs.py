"""Log records of the documents at hand into `raw.otlp_logs`: evaluations, outcomes, hand-overs, business
results.

Other log records say nothing to us and are counted, not kept. A record without a trace is its own
`touch_key`, made of its content, so that it can be found again.
"""

import json

import duckdb

from core.contract import MAX_LINE_BYTES, Reason
from pipeline.ingest.otlp.faults import Fault, first_fault, reject, shown, times
from pipeline.ingest.otlp.flatten import (
    ATTRIBUTE,
    attribute,
    identifier,
    kept_object,
    kept_pairs,
    meaning,
    name_of,
    nanos,
    structure,
)
from pipeline.ingest.otlp.names import BUSINESS_EVENT, EVALUATION_EVENT, EVENTS, MEANINGS, listed, quoted

TABLE = """
CREATE TABLE IF NOT EXISTS raw.otlp_logs (
    file_id INTEGER, row_number BIGINT, folder_customer VARCHAR,
    touch_key VARCHAR, event VARCHAR, trace_id VARCHAR, span_id VARCHAR, event_nanos BIGINT,
    scope_name VARCHAR, scope_version VARCHAR, conversation_id VARCHAR, event_id VARCHAR,
    attributes VARCHAR, resource VARCHAR, content_sha256 VARCHAR)
"""

_RECORD = {
    "timeUnixNano": "VARCHAR",
    "observedTimeUnixNano": "VARCHAR",
    "eventName": "VARCHAR",
    "traceId": "VARCHAR",
    "spanId": "VARCHAR",
    "attributes": [ATTRIBUTE],
}

_FAULTS = (
    Fault(f"strlen(text) > {MAX_LINE_BYTES}", Reason.TOO_LONG, "The log record is longer than 1 MiB"),
    *times("record", "timeUnixNano"),
)

# The resource belongs to an event's identity: without ids, where it comes from is part of what it says.
_CONTENT = ("event", "trace_id", "span_id", "event_nanos", "attributes", "resource")


def store(
    connection: duckdb.DuckDBPyConnection, file_id: int, folder_customer: str | None
) -> tuple[int, int, int]:
    """Appends the events of `otlp_documents`; returns how many were stored, rejected, and none of our
    events."""
    _explode(connection)
    stored = connection.execute(
        _INSERT_EVENTS, {"file_id": file_id, "folder_customer": folder_customer}
    ).fetchone()
    other = connection.execute("SELECT count(*) FROM otlp_read_logs WHERE NOT is_ours").fetchone()
    rejected = reject(connection, "otlp_read_logs", _FAULTS, file_id)
    return int(stored[0]) if stored else 0, rejected, int(other[0]) if other else 0


def _explode(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE otlp_read_logs AS
        WITH resources AS (
            SELECT row_number, unnest(document.resourceLogs) AS r FROM otlp_documents),
        scopes AS (
            SELECT row_number, {kept_object("pairs")} AS resource, unnest(r.scopeLogs) AS s
            FROM (SELECT *, {kept_pairs("r.resource.attributes")} AS pairs FROM resources)),
        texts AS (
            SELECT row_number, resource, s.scope.name AS scope_name, s.scope.version AS scope_version,
                   CAST(unnest(s.logRecords) AS VARCHAR) AS text
            FROM scopes),
        parsed AS (
            SELECT *, json_transform(text, {quoted(json.dumps(_RECORD))}) AS record FROM texts),
        named AS (
            SELECT *, {_EVENT} AS event,
                   {kept_pairs("record.attributes")} AS pairs
            FROM parsed)
        SELECT row_number, resource, scope_name, scope_version, event,
               coalesce(event IN ({listed(EVENTS)}), false) AS is_ours,
               {identifier("record.traceId", 32)} AS trace_id, {identifier("record.spanId", 16)} AS span_id,
               {_EVENT_NANOS} AS event_nanos,
               {kept_object("pairs")} AS attributes,
               CASE WHEN is_ours THEN {first_fault(_FAULTS)} END AS fault,
               CASE WHEN fault IS NOT NULL THEN {shown("text")} END AS shown
        FROM named"""
    )


# Older libraries say an event's name in an attribute.
_EVENT = f"""coalesce(nullif(record.eventName, ''), {attribute("record.attributes", "event.name")})"""
_EVENT_NANOS = f"""coalesce({nanos("record.timeUnixNano")}, {nanos("record.observedTimeUnixNano")})"""
_CONTENT_SHA256 = "sha256(CAST(to_json({" + ", ".join(f"'{c}': {c}" for c in _CONTENT) + "}) AS VARCHAR))"

_NAMES = (*MEANINGS["conversation"], "session_id", "evaluation_id", "outcome_id")

_INSERT_EVENTS = f"""
INSERT INTO raw.otlp_logs
SELECT $file_id, row_number, $folder_customer, coalesce(trace_id, 'log:' || content_sha256), event, trace_id,
       span_id, event_nanos, scope_name, scope_version,
       {name_of(f"coalesce(nullif(trim(a.session_id), ''), {meaning('conversation')})")} AS conversation_id,
       CASE event WHEN {quoted(EVALUATION_EVENT)} THEN {name_of("a.evaluation_id")}
                  WHEN {quoted(BUSINESS_EVENT)} THEN {name_of("a.outcome_id")} END AS event_id,
       attributes, resource, content_sha256
FROM (SELECT *, json_transform(attributes, {structure(_NAMES)}) AS a,
             {_CONTENT_SHA256} AS content_sha256
      FROM otlp_read_logs WHERE is_ours AND fault IS NULL)
"""
