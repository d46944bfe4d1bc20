"""Lines of a file into OTLP documents (one TracesData or LogsData object each), and the lines that are none.

Works on the temporary table `otlp_lines`; leaves `otlp_documents`. What is inside a document is read in
`spans` and `logs`.
"""

import json

import duckdb

from core.contract import OTLP_FOLDER, Reason
from pipeline.ingest.otlp.flatten import ATTRIBUTE
from pipeline.ingest.otlp.lines import MAX_DOCUMENT_BYTES, Batch
from pipeline.ingest.otlp.names import quoted

# What a reject shows of a line: enough to know it again; file and line tell where the rest is.
SHOWN_CHARACTERS = 10_000

_RESOURCE = {"attributes": [ATTRIBUTE]}
_SCOPE = {"name": "VARCHAR", "version": "VARCHAR"}
_DOCUMENT = {
    "resourceSpans": [{"resource": _RESOURCE, "scopeSpans": [{"scope": _SCOPE, "spans": ["JSON"]}]}],
    "resourceLogs": [{"resource": _RESOURCE, "scopeLogs": [{"scope": _SCOPE, "logRecords": ["JSON"]}]}],
}

_FAULTS = (
    ("undecodable", Reason.BAD_JSON, "The line is not UTF-8"),
    (f"strlen(line) > {MAX_DOCUMENT_BYTES}", Reason.TOO_LONG, "The line is longer than 64 MiB"),
    ("NOT json_valid(line)", Reason.BAD_JSON, "The line is not valid JSON"),
    (
        "json_type(line) <> 'OBJECT'",
        Reason.BAD_VALUE,
        "The line is JSON but no object; traces have resourceSpans, logs have resourceLogs",
    ),
    (
        "len(json_keys(line)) > 0 AND NOT json_exists(line, '$.resourceSpans')"
        " AND NOT json_exists(line, '$.resourceLogs')",
        Reason.BAD_VALUE,
        "The line is neither traces (resourceSpans) nor logs (resourceLogs); other signals are not read",
    ),
    (
        "coalesce(json_type(line, '$.resourceSpans'), 'NULL') NOT IN ('ARRAY', 'NULL')"
        " OR coalesce(json_type(line, '$.resourceLogs'), 'NULL') NOT IN ('ARRAY', 'NULL')",
        Reason.BAD_TYPE,
        "resourceSpans or resourceLogs is not a list",
    ),
)


def load(connection: duckdb.DuckDBPyConnection, batch: Batch) -> None:
    """Puts the batch's lines into `otlp_lines`, each with the number of its fault (null: none)."""
    # One CASE, so that nothing looks into a line before it is known to be JSON.
    cases = " ".join(f"WHEN {condition} THEN {i}" for i, (condition, *_) in enumerate(_FAULTS))
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE otlp_lines AS
        SELECT row_number, line, CASE {cases} END AS fault
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
    reasons = ", ".join(quoted(reason.value) for _, reason, _ in _FAULTS)
    messages = ", ".join(quoted(message) for *_, message in _FAULTS)
    row = connection.execute(
        f"""INSERT INTO raw.rejects (file_id, row_number, table_name, reason, column_name, message, original)
        SELECT $file_id, row_number, '{OTLP_FOLDER}', ([{reasons}])[fault + 1], '', ([{messages}])[fault + 1],
               left(line, {SHOWN_CHARACTERS})
        FROM otlp_lines WHERE fault IS NOT NULL""",
        {"file_id": file_id},
    ).fetchone()
    return int(row[0]) if row else 0
