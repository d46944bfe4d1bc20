"""Which (customer, UTC day)s the new rows touch: exactly these are rebuilt.

A row touches its own day and the start day of its session; a session that became a test, or ceased to be one,
touches every day its rows stand on.
"""

from datetime import date

import duckdb

from core.contract import TABLES
from pipeline.ingest.tables import EVENT_TABLES


def begin(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the temp tables in which the steps note what they change."""
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE changes (customer_id VARCHAR, day DATE, session_id VARCHAR);
           CREATE OR REPLACE TEMP TABLE test_flips (customer_id VARCHAR, session_id VARCHAR);
           CREATE OR REPLACE TEMP TABLE withdrawn_sessions (customer_id VARCHAR, session_id VARCHAR);
           CREATE OR REPLACE TEMP TABLE active_keys (table_name VARCHAR, source_system VARCHAR, row_key VARCHAR)"""
    )


def note_new_rows(connection: duckdb.DuckDBPyConnection, *, first_new: int) -> None:
    """Adds the rows of files from `first_new` on to `changes`."""
    for name in EVENT_TABLES:
        time = TABLES[name].event_time
        connection.execute(
            f"""INSERT INTO changes SELECT DISTINCT customer_id, CAST({time} AS DATE), session_id
                FROM raw.{name} WHERE file_id >= {first_new} AND {time} IS NOT NULL"""
        )


def note_days(connection: duckdb.DuckDBPyConnection, first: date, last: date) -> None:
    """Adds the days `first` to `last` of every customer who has rows there."""
    for name in EVENT_TABLES:
        day = f"CAST({TABLES[name].event_time} AS DATE)"
        connection.execute(
            f"""INSERT INTO changes SELECT DISTINCT customer_id, {day}, NULL FROM raw.{name}
                WHERE {day} BETWEEN DATE '{first}' AND DATE '{last}'"""
        )


def note_repriced(connection: duckdb.DuckDBPyConnection, prices: str) -> None:
    """Adds the days of all calls that a price in the relation `prices` (provider, model, customer_id where it is
    one customer's, valid_from) may concern."""
    connection.execute(
        f"""INSERT INTO changes SELECT DISTINCT customer_id, CAST(started_at AS DATE), NULL
            FROM raw.llm_requests AS r
            WHERE EXISTS (SELECT 1 FROM {prices} AS p
                          WHERE p.model = r.model AND p.provider IS NOT DISTINCT FROM r.provider
                          AND coalesce(p.customer_id, r.customer_id) = r.customer_id
                          AND r.started_at >= p.valid_from)"""
    )


def settle(connection: duckdb.DuckDBPyConnection) -> int:
    """Writes `raw.touched (customer_id, day)` from all that was noted, and says how many there are."""
    rows_of_flips = " UNION ".join(
        f"""SELECT r.customer_id, CAST(r.{TABLES[name].event_time} AS DATE) AS day FROM raw.{name} AS r
            SEMI JOIN test_flips AS f ON r.customer_id = f.customer_id AND r.session_id = f.session_id"""
        for name in EVENT_TABLES
    )
    connection.execute(
        f"""CREATE OR REPLACE TABLE raw.touched AS
            SELECT DISTINCT customer_id, day FROM (
                SELECT customer_id, day FROM changes
                UNION
                SELECT s.customer_id, CAST(s.started_at AS DATE) FROM raw.merged_sessions AS s
                SEMI JOIN changes AS c ON s.customer_id = c.customer_id AND s.session_id = c.session_id
                UNION {rows_of_flips})
            WHERE day IS NOT NULL ORDER BY customer_id, day"""
    )
    row = connection.execute("SELECT count(*) FROM raw.touched").fetchone()
    return int(row[0]) if row else 0


def touch_all(connection: duckdb.DuckDBPyConnection) -> int:
    """Writes every (customer, day) there is to `raw.touched`: the models themselves have changed."""
    for name in EVENT_TABLES:
        time = TABLES[name].event_time
        connection.execute(
            f"INSERT INTO changes SELECT DISTINCT customer_id, CAST({time} AS DATE), NULL FROM raw.{name}"
        )
    connection.execute(
        "INSERT INTO changes SELECT customer_id, CAST(started_at AS DATE), NULL FROM raw.merged_sessions"
    )
    return settle(connection)
