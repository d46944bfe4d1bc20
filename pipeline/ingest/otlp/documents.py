"""Lines of a file into OTLP documents (one TracesData or LogsData object each), and the lines that are none.

Works on the temporary table `otlp_lines`; leaves `otlp_documents`. What is inside a document is read in
`spans` and `logs`.
"""

import json

import duckdb

from core.contract import Reason
from pipeline.ingest.otlp.faults import Fault, first_fault, reject, shown
from pipeline.ingest.otlp.flatten import ATTRIBUTE
from pipeline.ingest.otlp.lines import MAX_DOCUMENT_BYTES, Batch
from pipeline.ingest.otlp.names import quoted

_RESOURCE = {"attributes": [ATTRIBUTE]}
_SCOPE = {"name": "VARCHAR", "version": "VARCHAR"}
_DOCUMENT = {
    "resourceSpans": [{"resource": _RESOURCE, "scopeSpans": [{"scope": _SCOPE, "spans": ["JSON"]}]}],
    "resourceLogs": [{"resource": _RESOURCE, "scopeLogs": [{"scope": _SCOPE, "logRecords": ["JSON"]}]}],
}

_FAULTS = (
    Fault("undecodable", Reason.BAD_JSON, "The line is not UTF-8"),
    Fault(f"strlen(line) > {MAX_DOCUMENT_BYTES}", Reason.TOO_LONG, "The line is longer than 64 MiB"),
    Fault("NOT json_valid(line)", Reason.BAD_JSON, "The line is not valid JSON"),
    Fault(
        "json_type(line) <> 'OBJECT'",
        Reason.BAD_VALUE,
        "The line is JSON but no object; traces have resourceSpans, logs have resourceLogs",
    ),
    Fault(
        "len(json_keys(line)) > 0 AND NOT json_exists(line, '$.resourceSpans')"
        " AND NOT json_exists(line, '$.resourceLogs')",
        Reason.BAD_VALUE,
        "The line is neither traces (resourceSpans) nor logs (resourceLogs); other signals are not read",
    ),
    Fault(
        "coalesce(json_type(line, '$.resourceSpans'), 'NULL') NOT IN ('ARRAY', 'NULL')"
        " OR coalesce(json_type(line, '$.resourceLogs'), 'NULL') NOT IN ('ARRAY', 'NULL')",
        Reason.BAD_TYPE,
        "resourceSpans or resourceLogs is not a list",
    ),
)


def load(connection: duckdb.DuckDBPyConnection, batch: Batch) -> None:
    """Puts the batch's lines into `otlp_lines`, each with the number of its fault (null: none)."""
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE otlp_lines AS
        SELECT row_number, line, {first_fault(_FAULTS)} AS fault,
               CASE WHEN fault IS NOT NULL THEN {shown("line")} END AS shown
        FROM (SELECT *, list_contains($undecodable, row_number) AS undecodable
              FROM (SELECT $first_row + generate_subscripts(lines, 1) - 1 AS row_number, unnest(lines) AS line
                    FROM (SELECT string_split($text, chr(10)) AS lines)))
        WHERE NOT regexp_full_match(line, '\\s*')""",
        {"first_row": batch.first_row, "text": batch.text, "undecodable": list(batch.undecodable)},
    )
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE otlp_documents AS
        SELECT row_number, json_transform(line, {quoted(json.dumps(_DOCUMENT))}) AS document
        FROM otlp_lines WHERE fault IS NULL"""
    )


def reject_lines(connection: duckdb.DuckDBPyConnection, file_id: int) -> int:
    """Tells of every line that is no document; returns how many."""
    return reject(connection, "otlp_lines", _FAULTS, file_id)
