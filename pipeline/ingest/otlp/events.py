"""Log events of the touched traces: evaluations, business results, and what they add to sessions.

Leaves the temporary table `otlp_events`: each event once, joined to the span it was written in. The columns
of the contract are attributes of the event under their own names; what it does not say is taken from that
span.
"""

from collections.abc import Sequence

import duckdb

from pipeline.ingest.otlp.calls import IS_CALL
from pipeline.ingest.otlp.flatten import instant, meaning, name_of, structure
from pipeline.ingest.otlp.names import BUSINESS_EVENT, EVALUATION_EVENT, KNOWN, quoted
from pipeline.ingest.otlp.tree import UNKNOWN_AGENT, customer_named, customer_pointers


def collect(connection: duckdb.DuckDBPyConnection, customer_attributes: Sequence[str]) -> None:
    """Makes `otlp_events` from `raw.otlp_logs` for what `otlp_touched` names; `otlp_resolved` is there."""
    pointers = customer_pointers(customer_attributes)
    connection.execute(_VERSIONS)
    connection.execute(_events(customer_named(pointers)), {"pointers": pointers})


# The same event again: once if alike. Evaluations and results may carry an id of their own; then a higher
# record_version wins, and between two of one version the greater hash.
_VERSIONS = f"""
CREATE OR REPLACE TEMP TABLE otlp_event_versions AS
SELECT *, row_number() OVER identity AS rank,
       first_value(content_sha256) OVER identity AS winning_sha256,
       first_value(version) OVER identity AS winning_version
FROM (SELECT *, coalesce(event_id, content_sha256) AS event_key,
             coalesce(try_cast(a.record_version AS BIGINT), 0) AS version
      FROM (SELECT *, json_transform(attributes, {structure(KNOWN)}) AS a FROM raw.otlp_logs
            WHERE touch_key IN (SELECT trace_id FROM otlp_touched)))
WINDOW identity AS (PARTITION BY event, event_key
                    ORDER BY version DESC, content_sha256 DESC, folder_customer, file_id, row_number)
"""


def _events(customer: str) -> str:
    return f"""
    CREATE OR REPLACE TEMP TABLE otlp_events AS
    WITH spans AS (
        SELECT trace_id, span_id, started_nanos, depth, customer_id AS span_customer, agent_id AS span_agent,
               session_id AS span_session,
               CASE WHEN {IS_CALL} THEN trace_id || ':' || span_id END AS span_request
        FROM otlp_resolved),
    tops AS (
        SELECT trace_id, arg_min({{'customer': span_customer, 'agent': span_agent, 'session': span_session}},
                                 (coalesce(started_nanos, 0), span_id)) AS top
        FROM spans WHERE depth = 0 GROUP BY trace_id),
    said AS (
        SELECT * EXCLUDE (conversation_id), conversation_id AS own_session,
               coalesce({name_of("a.customer_id")}, {customer}) AS own_customer,
               {name_of("a.agent_id")} AS said_agent,
               {name_of(f"coalesce({meaning('agent_id')}, {meaning('agent_name')})")} AS own_agent,
               json_extract_string(resource, '/service.name') AS service
        FROM (SELECT *, json_extract_string(attributes, $pointers::VARCHAR[]) AS on_span,
                     json_extract_string(resource, $pointers::VARCHAR[]) AS on_resource
              FROM otlp_event_versions WHERE rank = 1))
    SELECT * EXCLUDE (top, depth, started_nanos),
           coalesce(own_customer, span_customer, top.customer, nullif(folder_customer, '')) AS customer_id,
           coalesce(span_agent, top.agent) AS near_agent,
           coalesce(own_session, span_session, top.session) AS session_id
    FROM said LEFT JOIN spans USING (trace_id, span_id) LEFT JOIN tops USING (trace_id)
    """


def said(column: str) -> str:
    """What the event says of a column of the contract; null where it says nothing."""
    return f"nullif(trim(a.{column}), '')"


_AGENT = "coalesce(said_agent, own_agent, near_agent, service)"
_TIME = instant("event_nanos")

EXTRA = """CAST(json_merge_patch('{}', json_object(
    'event', event, 'trace_id', trace_id, 'span_id', span_id, 'scope', scope_name,
    'scope_version', scope_version, 'response_id', a."gen_ai.response.id")) AS VARCHAR)"""

EVALUATIONS = {
    "evaluation_id": "event_key",
    "evaluated_at": f"coalesce({said('evaluated_at')}, {_TIME})",
    "customer_id": "customer_id",
    "agent_id": f"coalesce({_AGENT}, '{UNKNOWN_AGENT}')",
    "session_id": "session_id",
    "request_id": f"coalesce({said('request_id')}, span_request)",
    "name": meaning("evaluation_name"),
    "score": meaning("evaluation_score"),
    "label": meaning("evaluation_label"),
    "passed": said("passed"),
    "evaluator_type": said("evaluator_type"),
    "evaluator": said("evaluator"),
    "record_version": said("record_version"),
}
EVALUATIONS_FROM = f"otlp_events WHERE event = {quoted(EVALUATION_EVENT)}"

OUTCOMES = {
    "outcome_id": "event_key",
    "occurred_at": f"coalesce({said('occurred_at')}, {_TIME})",
    "customer_id": "customer_id",
    "agent_id": _AGENT,
    "session_id": "session_id",
    "name": said("name"),
    "value": said("value"),
    "unit": said("unit"),
    "attribution_weight": said("attribution_weight"),
    "record_version": said("record_version"),
}
OUTCOMES_FROM = f"otlp_events WHERE event = {quoted(BUSINESS_EVENT)}"
