"""Late rows: stored, counted, and kept out of every number until somebody asks for their days.

A row is late when its day ended more than so many days before the newest day already published for its customer.
Rows of one run are never late to each other, and a customer with nothing published has no late rows.
"""

from datetime import date

import duckdb

from core.contract import TABLES, Table
from pipeline.ingest.tables import EVENT_TABLES, with_new_rows


def hold_back(connection: duckdb.DuckDBPyConnection, *, first_new: int, late_days: int) -> None:
    """Moves late rows of files from `first_new` on to `late.<table>`, judged by the temp table
    `published_days (customer_id, newest_day)`; rows in `active_keys` were in the numbers before and stay."""
    for table in with_new_rows(connection, first_new=first_new):
        if table.name not in EVENT_TABLES:
            continue
        connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE held AS
                SELECT t.rowid AS row_id FROM raw.{table.name} AS t JOIN published_days USING (customer_id)
                WHERE t.file_id >= {first_new}
                  AND date_diff('day', {_day(table, "raw")} + 1, newest_day) > {late_days}
                  AND NOT EXISTS (SELECT 1 FROM active_keys AS a
                                  WHERE a.table_name = '{table.name}' AND a.row_key = t.{table.key[0]}
                                    AND a.source_system = t.source_system)"""
        )
        move(connection, table, "raw", "late", "rowid IN (SELECT row_id FROM held)")


def hold_back_known(connection: duckdb.DuckDBPyConnection) -> None:
    """Moves again what an earlier run held back, as the temp table `known_late (table_name, sha256, row_hash)`
    remembers it: a rebuild from the files must not decide anew."""
    for name in EVENT_TABLES:
        table = TABLES[name]
        known = f"""SELECT t.rowid FROM raw.{name} AS t JOIN raw.files AS f USING (file_id)
            JOIN known_late AS k ON k.table_name = '{name}' AND k.sha256 = f.sha256
             AND k.row_hash = {row_hash(table, "t")}"""
        move(connection, table, "raw", "late", f"rowid IN ({known})")


def remember(connection: duckdb.DuckDBPyConnection, warehouse: str) -> None:
    """Fills `known_late` from the late rows of the attached database `warehouse`."""
    parts = " UNION ALL ".join(
        f"""SELECT '{name}' AS table_name, f.sha256, {row_hash(TABLES[name], "t")} AS row_hash
            FROM {warehouse}.late.{name} AS t JOIN {warehouse}.raw.files AS f USING (file_id)"""
        for name in EVENT_TABLES
    )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE known_late AS {parts}")


def release(connection: duckdb.DuckDBPyConnection, first: date, last: date, *, as_file: int) -> None:
    """Lets in the late rows of the days `first` to `last` as if they came with the new file `as_file`."""
    for name in EVENT_TABLES:
        table = TABLES[name]
        within = f"{_day(table, 'late')} BETWEEN DATE '{first}' AND DATE '{last}'"
        rows = f"(SELECT rowid FROM late.{name} AS t WHERE {within})"
        columns = ", ".join(("extra", *table.column_names))
        connection.execute(
            f"""INSERT INTO raw.{name} (file_id, {columns})
                    SELECT {as_file}, {columns} FROM late.{name} WHERE rowid IN {rows};
                DELETE FROM late.{name} WHERE rowid IN {rows}"""
        )


def move(connection: duckdb.DuckDBPyConnection, table: Table, source: str, target: str, rows: str) -> None:
    """Moves the rows that meet the condition `rows` from one schema to the other."""
    connection.execute(
        f"""INSERT INTO {target}.{table.name} SELECT * FROM {source}.{table.name} WHERE {rows};
            DELETE FROM {source}.{table.name} WHERE {rows}"""
    )


def row_hash(table: Table, alias: str) -> str:
    """SQL for a number that tells a row from the others of its file."""
    return f"hash({', '.join(f'{alias}.{name}' for name in ('extra', *table.column_names))})"


def _day(table: Table, schema: str) -> str:
    """SQL for a row's day; a partial session row without a start has that of its session, which may be known from
    before or from the other rows in `schema`."""
    if table.name != "sessions":
        return f"CAST(t.{table.event_time} AS DATE)"
    return f"""CAST(coalesce(t.started_at, (
        SELECT m.started_at FROM raw.merged_sessions AS m
        WHERE m.customer_id = t.customer_id AND m.session_id = t.session_id), (
        SELECT min(s.started_at) FROM {schema}.sessions AS s
        WHERE s.customer_id = t.customer_id AND s.session_id = t.session_id)) AS DATE)"""
