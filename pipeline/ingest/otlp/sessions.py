"""Sessions: one row per customer, conversation and version, from agent spans and from log events together.

A session is an agent at work for a conversation that has an id. It lasts from the first start to the last end
of the outermost agent spans of that conversation, in whatever trace. How many turns the user took is not
known from spans (an agent may be run by a clock, or twice for one message), so `user_turns` and `agent_steps`
stay null unless an event says them.
"""

from core.contract import SESSIONS
from pipeline.ingest.otlp.events import said
from pipeline.ingest.otlp.flatten import instant
from pipeline.ingest.otlp.names import HANDOFF_EVENT, OUTCOME_EVENT, quoted

# Columns that only events can tell.
_TOLD = tuple(
    name
    for name in SESSIONS.column_names
    if name
    not in (
        "session_id",
        "customer_id",
        "agent_id",
        "started_at",
        "ended_at",
        "source_system",
        "record_version",
    )
)

_FROM_SPANS = f"""
SELECT customer_id, session_id, 0 AS version, {instant("min(started_nanos)")} AS started_at,
       {instant("max(ended_nanos)")} AS ended_at, arg_min(agent_id, place) AS agent_id,
       arg_min(file_id, place) AS file_id, arg_min(row_number, place) AS row_number,
       arg_min(CAST(json_merge_patch('{{}}', json_object('span_name', name, 'scope', scope_name,
                    'scope_version', scope_version)) AS VARCHAR), place) AS extra
FROM (SELECT *, (coalesce(started_nanos, 0), trace_id, span_id) AS place FROM otlp_resolved
      WHERE role = 'agent' AND NOT below_agent AND session_id IS NOT NULL)
GROUP BY customer_id, session_id
"""


def _last(column: str) -> str:
    return f"last({column} ORDER BY event_nanos, content_sha256) FILTER (WHERE {column} IS NOT NULL)"


# An event about a hand-over says by itself that there was one.
_SAID = {name: said(name) for name in (*_TOLD, "started_at", "ended_at")} | {
    "handoff": f"coalesce({said('handoff')}, CASE WHEN event = {quoted(HANDOFF_EVENT)} THEN 'true' END)"
}

# An event without a session is kept by itself (grouped by its hash), to be refused under its own name.
_FROM_EVENTS = f"""
SELECT customer_id, session_id, version, {", ".join(f"{_last(f's_{n}')} AS {n}" for n in _SAID)},
       {_last("said_agent")} AS said_agent, {_last("own_agent")} AS own_agent, {_last("service")} AS service,
       arg_min(file_id, content_sha256) AS file_id, arg_min(row_number, content_sha256) AS row_number,
       min(event_key) AS event_key, min(event) AS event
FROM (SELECT *, {", ".join(f"{sql} AS s_{n}" for n, sql in _SAID.items())} FROM otlp_events
      WHERE event IN ({quoted(OUTCOME_EVENT)}, {quoted(HANDOFF_EVENT)}))
GROUP BY customer_id, session_id, version, CASE WHEN session_id IS NULL THEN content_sha256 END
"""

# Who is named as the agent in an event's column wins; the emitter's service name is a guess that a row may
# make only if the row can begin a session by itself, since it would overrule what another source knows.
_AGENT = """coalesce(e.said_agent, s.agent_id, e.own_agent,
    CASE WHEN e.started_at IS NOT NULL THEN e.service END)"""

SELECT = f"""
SELECT coalesce(s.file_id, e.file_id) AS file_id, coalesce(s.row_number, e.row_number) AS row_number,
       coalesce(s.customer_id, e.customer_id) AS customer_id,
       coalesce(s.session_id, e.session_id) AS session_id,
       {_AGENT} AS agent_id, coalesce(e.started_at, s.started_at) AS started_at,
       coalesce(e.ended_at, s.ended_at) AS ended_at, {", ".join(f"e.{name}" for name in _TOLD)},
       coalesce(s.version, e.version) AS record_version, e.event_key,
       coalesce(s.extra, CAST(json_object('event', e.event) AS VARCHAR)) AS extra
FROM ({_FROM_SPANS}) AS s
FULL JOIN ({_FROM_EVENTS}) AS e
    ON e.session_id = s.session_id AND e.version = s.version
    AND e.customer_id IS NOT DISTINCT FROM s.customer_id
"""
