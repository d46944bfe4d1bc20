"""Spans of the documents at hand into `raw.otlp_spans`; spans that cannot be used are rejected one by one.

A span keeps its short attributes and those we know, never what people or models wrote; of a tool call's
arguments it keeps the hash. What the spans mean is derived later, since a parent may arrive in a later file.
"""

import json

import duckdb

from core.contract import MAX_LINE_BYTES, Reason
from pipeline.ingest.otlp.arguments import arguments_sha256
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
from pipeline.ingest.otlp.names import ARGUMENTS, MEANINGS, listed, quoted

TABLE = """
CREATE TABLE IF NOT EXISTS raw.otlp_spans (
    file_id INTEGER, row_number BIGINT, folder_customer VARCHAR,
    trace_id VARCHAR, span_id VARCHAR, parent_span_id VARCHAR, name VARCHAR,
    started_nanos BIGINT, ended_nanos BIGINT, is_error BOOLEAN, exception_type VARCHAR,
    scope_name VARCHAR, scope_version VARCHAR, conversation_id VARCHAR, arguments_sha256 VARCHAR,
    attributes VARCHAR, resource VARCHAR, content_sha256 VARCHAR)
"""

_SPAN = {
    "traceId": "VARCHAR",
    "spanId": "VARCHAR",
    "parentSpanId": "VARCHAR",
    "name": "VARCHAR",
    "startTimeUnixNano": "VARCHAR",
    "endTimeUnixNano": "VARCHAR",
    "status": {"code": "VARCHAR"},
    "attributes": [ATTRIBUTE],
    "events": [{"name": "VARCHAR", "attributes": [ATTRIBUTE]}],
}

_CONTENT = (
    "trace_id",
    "span_id",
    "parent_span_id",
    "name",
    "started_nanos",
    "ended_nanos",
    "is_error",
    "exception_type",
    "scope_name",
    "scope_version",
    "arguments_sha256",
    "attributes",
    "resource",
)

_FAULTS = (
    Fault(f"strlen(text) > {MAX_LINE_BYTES}", Reason.TOO_LONG, "The span is longer than 1 MiB"),
    Fault("json_type(text) <> 'OBJECT'", Reason.BAD_TYPE, "The span is no JSON object"),
    Fault("coalesce(span.traceId, '') = ''", Reason.MISSING_VALUE, "traceId is missing", "traceId"),
    Fault(
        "trace_id IS NULL", Reason.BAD_VALUE, "traceId is not 16 bytes in hexadecimal or base64", "traceId"
    ),
    Fault("coalesce(span.spanId, '') = ''", Reason.MISSING_VALUE, "spanId is missing", "spanId"),
    Fault("span_id IS NULL", Reason.BAD_VALUE, "spanId is not 8 bytes in hexadecimal or base64", "spanId"),
    *times("span", "startTimeUnixNano", "endTimeUnixNano"),
)


def store(
    connection: duckdb.DuckDBPyConnection, file_id: int, folder_customer: str | None
) -> tuple[int, int]:
    """Appends the spans of `otlp_documents`; returns how many were stored and how many rejected."""
    _explode(connection)
    _hash_arguments(connection)
    stored = connection.execute(
        _INSERT_SPANS, {"file_id": file_id, "folder_customer": folder_customer}
    ).fetchone()
    return int(stored[0]) if stored else 0, reject(connection, "otlp_read_spans", _FAULTS, file_id)


def _explode(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE otlp_read_spans AS
        WITH resources AS (
            SELECT row_number, unnest(document.resourceSpans) AS r FROM otlp_documents),
        scopes AS (
            SELECT row_number, {kept_object("pairs")} AS resource, unnest(r.scopeSpans) AS s
            FROM (SELECT *, {kept_pairs("r.resource.attributes")} AS pairs FROM resources)),
        texts AS (
            SELECT row_number, resource, s.scope.name AS scope_name, s.scope.version AS scope_version,
                   CAST(unnest(s.spans) AS VARCHAR) AS text
            FROM scopes),
        parsed AS (
            SELECT *, json_transform(text, {quoted(json.dumps(_SPAN))}) AS span FROM texts),
        named AS (
            SELECT *, {identifier("span.traceId", 32)} AS trace_id,
                   {identifier("span.spanId", 16)} AS span_id,
                   {kept_pairs("span.attributes")} AS pairs
            FROM parsed)
        SELECT row_number, resource, scope_name, scope_version, trace_id, span_id,
               {identifier("span.parentSpanId", 16)} AS parent_span_id, left(span.name, 200) AS name,
               {nanos("span.startTimeUnixNano")} AS started_nanos,
               {nanos("span.endTimeUnixNano")} AS ended_nanos,
               coalesce(upper(span.status.code) IN ('2', 'STATUS_CODE_ERROR'), false) AS is_error,
               {_EXCEPTION_TYPE} AS exception_type, {_ARGUMENTS} AS arguments,
               {kept_object("pairs")} AS attributes,
               {first_fault(_FAULTS)} AS fault, CASE WHEN fault IS NOT NULL THEN {shown("text")} END AS shown
        FROM named"""
    )


_EXCEPTION_TYPE = f"""list_filter(list_transform(list_filter(span.events, lambda e: e.name = 'exception'),
    lambda e: {attribute("e.attributes", "exception.type")}), lambda t: t IS NOT NULL)[-1]"""

# Only spans that look like a tool call are asked for arguments: those of a model call are what people wrote.
_IS_TOOL = """len(list_filter(span.attributes, lambda a: a.key IN ('gen_ai.tool.name', 'tool.name')
    OR a.key = 'gen_ai.operation.name' AND a.value.stringValue = 'execute_tool'
    OR a.key IN ('openinference.span.kind', 'traceloop.span.kind')
        AND lower(a.value.stringValue) = 'tool')) > 0"""

_ARGUMENTS = f"""CASE WHEN {_IS_TOOL} THEN list_sort(list_transform(
    list_filter(span.attributes, lambda a: a.key IN ({listed(ARGUMENTS)}) AND a.value IS NOT NULL),
    lambda a: {{'rank': list_position([{listed(ARGUMENTS)}], a.key),
                'value': CAST(to_json(a.value) AS VARCHAR)}}))[1].value END"""


def _hash_arguments(connection: duckdb.DuckDBPyConnection) -> None:
    """Hashes each different text once: sorting the keys of nested JSON is beyond SQL."""
    rows = connection.execute(
        "SELECT DISTINCT arguments FROM otlp_read_spans WHERE arguments IS NOT NULL"
    ).fetchall()
    texts = [text for (text,) in rows]
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE otlp_read_arguments AS"
        " SELECT unnest($texts::VARCHAR[]) AS arguments, unnest($hashes::VARCHAR[]) AS arguments_sha256",
        {"texts": texts, "hashes": [arguments_sha256(text) for text in texts]},
    )


_INSERT_SPANS = f"""
INSERT INTO raw.otlp_spans
SELECT $file_id, row_number, $folder_customer, trace_id, span_id, parent_span_id, name, started_nanos,
       ended_nanos, is_error, exception_type, scope_name, scope_version,
       {name_of(meaning("conversation"))} AS conversation_id, arguments_sha256, attributes, resource,
       sha256(CAST(to_json({{{", ".join(f"'{c}': {c}" for c in _CONTENT)}}}) AS VARCHAR)) AS content_sha256
FROM (SELECT s.*, h.arguments_sha256, json_transform(attributes, {structure(MEANINGS["conversation"])}) AS a
      FROM otlp_read_spans AS s LEFT JOIN otlp_read_arguments AS h USING (arguments) WHERE fault IS NULL)
"""
