"""Spans of the touched traces, one version each, with what they inherit from the spans above them.

Leaves the temporary table `otlp_resolved`. A span whose parent is not (yet) known is the top of its part of
the trace. Which rows of the contract come of this is said in `calls`, `sessions` and `events`.
"""

from collections.abc import Sequence

import duckdb

from pipeline.ingest.otlp import kinds, usage
from pipeline.ingest.otlp.flatten import meaning, name_of, structure
from pipeline.ingest.otlp.names import ASSOCIATION, MEANINGS
from pipeline.ingest.otlp.providers import PROVIDER

# Deeper than any program nests; spans below that, and spans that are each other's parents, stand for
# themselves.
_MAX_DEPTH = 500
UNKNOWN_AGENT = "unknown_service"


def resolve(connection: duckdb.DuckDBPyConnection, customer_attributes: Sequence[str]) -> None:
    """Makes `otlp_resolved` from `raw.otlp_spans` for the traces in `otlp_touched`."""
    pointers = customer_pointers(customer_attributes)
    connection.execute(_VERSIONS)
    connection.execute(_own(customer_named(pointers)), {"pointers": pointers})
    connection.execute(_INHERITED)
    connection.execute(_RESOLVED)


def customer_pointers(customer_attributes: Sequence[str]) -> list[str]:
    """Where a customer may be named, best first, as JSON pointers into kept attributes."""
    return [_pointer(spelling) for name in customer_attributes for spelling in _spellings(name)]


def customer_named(pointers: Sequence[str]) -> str:
    """SQL for the customer named by `on_span` or `on_resource`, lists of what stands at the pointers.

    The order of the attributes comes first: `customer.id` on the resource wins over `user.id` on the span.
    """
    places = (f"{place}[{i}]" for i in range(1, len(pointers) + 1) for place in ("on_span", "on_resource"))
    return f"coalesce({', '.join([*map(name_of, places), 'NULL'])})"


def _spellings(name: str) -> tuple[str, ...]:
    """OpenLLMetry carries what an application says about its trace under a prefix, mostly with
    underscores."""
    return name, ASSOCIATION + name, ASSOCIATION + name.replace(".", "_")


def _pointer(name: str) -> str:
    return "/" + name.replace("~", "~0").replace("/", "~1")


# The same span again: once if alike, else the version with the greater hash, whatever the order of the files.
_VERSIONS = """
CREATE OR REPLACE TEMP TABLE otlp_versions AS
SELECT *, row_number() OVER (PARTITION BY trace_id, span_id
                             ORDER BY content_sha256 DESC, folder_customer, file_id, row_number) AS rank,
       first_value(content_sha256) OVER (PARTITION BY trace_id, span_id
                                         ORDER BY content_sha256 DESC) AS winning_sha256
FROM raw.otlp_spans WHERE trace_id IN (SELECT trace_id FROM otlp_touched)
"""


_NAMES = tuple(sorted({name for names in MEANINGS.values() for name in names}))
_MEANINGS = ", ".join(f"{meaning(name)} AS {name}" for name in MEANINGS)


def _own(customer: str) -> str:
    return f"""
    CREATE OR REPLACE TEMP TABLE otlp_own AS
    WITH read AS (
        SELECT * EXCLUDE (rank, winning_sha256), json_transform(attributes, {structure(_NAMES)}) AS a,
               json_extract_string(attributes, $pointers::VARCHAR[]) AS on_span,
               json_extract_string(resource, $pointers::VARCHAR[]) AS on_resource
        FROM otlp_versions WHERE rank = 1),
    said AS (
        SELECT * EXCLUDE (a, on_span, on_resource), {_MEANINGS}, {customer} AS own_customer,
               {name_of("json_extract_string(resource, '/service.name')")} AS service,
               row_number() OVER () AS number
        FROM read),
    kinds AS (
        SELECT *, {kinds.ROLE} AS role, {kinds.OPERATION} AS operation, {kinds.HAS_TOKENS} AS has_tokens,
               {PROVIDER} AS provider, {usage.CONVENTION} AS convention,
               {name_of("coalesce(agent_id, agent_name)")} AS own_agent
        FROM said)
    SELECT * EXCLUDE (attributes, resource, agent_id), {usage.COUNTS} FROM kinds
    """


_INHERITED = f"""
CREATE OR REPLACE TEMP TABLE otlp_inherited AS
WITH RECURSIVE links AS (
    SELECT child.number, parent.number AS parent, child.role, child.own_agent AS agent,
           child.conversation_id AS conversation, child.own_customer AS customer
    FROM otlp_own AS child
    LEFT JOIN otlp_own AS parent
        ON parent.trace_id = child.trace_id AND parent.span_id = child.parent_span_id
        AND parent.number <> child.number),
tree AS (
    SELECT number, role, agent, conversation, customer, false AS below_model, false AS below_agent, 0 AS depth
    FROM links WHERE parent IS NULL
    UNION ALL
    SELECT child.number, child.role, coalesce(child.agent, above.agent),
           coalesce(child.conversation, above.conversation), coalesce(child.customer, above.customer),
           above.below_model OR above.role = 'model', above.below_agent OR above.role = 'agent',
           above.depth + 1
    FROM tree AS above JOIN links AS child ON child.parent = above.number
    WHERE above.depth < {_MAX_DEPTH})
SELECT * EXCLUDE role FROM tree
UNION ALL
SELECT number, agent, conversation, customer, false, false, 0
FROM links WHERE number NOT IN (SELECT number FROM tree)
"""

_RESOLVED = f"""
CREATE OR REPLACE TEMP TABLE otlp_resolved AS
SELECT own.*, i.below_model, i.below_agent, i.depth, i.conversation AS session_id,
       coalesce(i.agent, own.service, '{UNKNOWN_AGENT}') AS agent_id,
       coalesce(i.customer, nullif(own.folder_customer, '')) AS customer_id
FROM otlp_own AS own JOIN otlp_inherited AS i USING (number)
"""
