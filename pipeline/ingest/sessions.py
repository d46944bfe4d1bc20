"""Partial session rows become one row per (customer, session), whatever source they come from.

For each column the last non-null value by record_version stands (at equal version that of the row with the greater
SHA-256). A session without agent or start is incomplete and waits.
"""

import duckdb

from core.contract import SESSIONS
from pipeline.ingest.canonical import canonical_json, row_key

_MERGED = (
    "agent_id",
    "started_at",
    "ended_at",
    "outcome",
    "handoff",
    "handoff_reason",
    "channel",
    "intent",
    "user_turns",
    "agent_steps",
    "sentiment_start",
    "sentiment_end",
    "is_test",
)
_IDENTITY = ("customer_id", "session_id")


def merge(connection: duckdb.DuckDBPyConnection, *, first_new: int) -> None:
    """Brings `raw.merged_sessions` up to date with the rows of files from `first_new` on and with the sessions
    in the temp table `withdrawn_sessions`; what changed is noted in `changes` and `test_flips`."""
    if not _find_affected(connection, first_new):
        return
    _take_apart(connection)
    _drop_duplicates(connection)
    _find_affected(connection, first_new)  # rows that only repeat what is known change nothing
    _note_conflicts(connection)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE merged AS {_merged_sql()}")
    _note_changes(connection)
    connection.execute(
        """DELETE FROM raw.merged_sessions WHERE (customer_id, session_id) IN (
               SELECT (customer_id, session_id) FROM affected);
           INSERT INTO raw.merged_sessions SELECT * FROM merged"""
    )


def _find_affected(connection: duckdb.DuckDBPyConnection, first_new: int) -> bool:
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE affected AS
            SELECT DISTINCT customer_id, session_id FROM raw.sessions WHERE file_id >= {first_new}
            UNION SELECT customer_id, session_id FROM withdrawn_sessions"""
    )
    return connection.execute("SELECT 1 FROM affected LIMIT 1").fetchone() is not None


def _take_apart(connection: duckdb.DuckDBPyConnection) -> None:
    """Most sessions have one row; only of the others the order of the rows must be known."""
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE several AS
            SELECT customer_id, session_id FROM raw.sessions SEMI JOIN affected USING (customer_id, session_id)
            GROUP BY ALL HAVING count(*) > 1;
            CREATE OR REPLACE TEMP TABLE pieces AS
            SELECT rowid AS row_id, *, {canonical_json(SESSIONS)} AS canonical, sha256(canonical) AS sha256
            FROM raw.sessions SEMI JOIN several USING (customer_id, session_id)"""
    )


def _drop_duplicates(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE copies AS
            SELECT row_id FROM pieces
            QUALIFY row_number() OVER (PARTITION BY customer_id, session_id, sha256 ORDER BY file_id, row_id) > 1;
            INSERT INTO raw.replaced SELECT 'sessions', source_system, {row_key(SESSIONS)}, record_version, sha256,
                file_id, 'DUPLICATE' FROM pieces WHERE row_id IN (FROM copies);
            DELETE FROM raw.sessions WHERE rowid IN (FROM copies);
            DELETE FROM pieces WHERE row_id IN (FROM copies)"""
    )


def _note_conflicts(connection: duckdb.DuckDBPyConnection) -> None:
    """A row that says otherwise than the one whose word stands, of the same source and version, is told; when a
    higher version or a greater hash settles that, it is no longer told."""
    told = "reason = 'CONFLICT' AND table_name = 'sessions' AND row_sha256 IS NOT NULL"
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE losers AS SELECT *, CASE {_lost_columns()} END AS lost_column FROM pieces
            WINDOW whole AS (PARTITION BY customer_id, session_id),
                   of_version AS (PARTITION BY customer_id, session_id, source_system, record_version)
            QUALIFY lost_column IS NOT NULL;
            DELETE FROM raw.rejects WHERE {told} AND row_sha256 IN (SELECT sha256 FROM pieces)
                AND row_sha256 NOT IN (SELECT sha256 FROM losers);
            INSERT INTO conflicts
            SELECT 'sessions', file_id, {row_key(SESSIONS)}, lost_column,
                'Another row of this session and version says otherwise, and its SHA-256 is greater;'
                || ' what only this row says stands', canonical, sha256
            FROM losers WHERE sha256 NOT IN (SELECT row_sha256 FROM raw.rejects WHERE {told})"""
    )


def _lost_columns() -> str:
    """The first column in which a row's word is of the highest version that says anything, and does not stand."""
    return " ".join(
        f"WHEN {name} <> arg_max({name}, sha256) OVER of_version"
        f" AND record_version = max(record_version) FILTER (WHERE {name} IS NOT NULL) OVER whole THEN '{name}'"
        for name in _MERGED
    )


def _merged_sql() -> str:
    single = ", ".join("coalesce(is_test, false)" if name == "is_test" else name for name in _MERGED)
    last = ", ".join(
        f"coalesce(arg_max({name}, place), false)" if name == "is_test" else f"arg_max({name}, place)"
        for name in _MERGED
    )
    columns = ", ".join((*_IDENTITY, *_MERGED))
    return f"""
        WITH all_merged ({columns}) AS (
            SELECT customer_id, session_id, {single} FROM raw.sessions
            SEMI JOIN affected USING (customer_id, session_id)
            ANTI JOIN several USING (customer_id, session_id)
            UNION ALL
            SELECT customer_id, session_id, {last} FROM (
                SELECT *, row_number() OVER (
                    PARTITION BY customer_id, session_id ORDER BY record_version, sha256) AS place
                FROM pieces SEMI JOIN affected USING (customer_id, session_id))
            GROUP BY customer_id, session_id
        )
        SELECT *, agent_id IS NOT NULL AND started_at IS NOT NULL AS is_complete FROM all_merged"""


def _note_changes(connection: duckdb.DuckDBPyConnection) -> None:
    """Start days before and after; and sessions that became a test, or ceased to be one."""
    connection.execute(
        """INSERT INTO changes
            SELECT customer_id, CAST(started_at AS DATE), NULL FROM merged WHERE started_at IS NOT NULL
            UNION
            SELECT customer_id, CAST(started_at AS DATE), NULL FROM raw.merged_sessions
            SEMI JOIN affected USING (customer_id, session_id) WHERE started_at IS NOT NULL;
           INSERT INTO test_flips
            SELECT customer_id, session_id
            FROM affected LEFT JOIN merged USING (customer_id, session_id)
            LEFT JOIN raw.merged_sessions AS earlier USING (customer_id, session_id)
            WHERE coalesce(merged.is_test, false) <> coalesce(earlier.is_test, false)"""
    )
