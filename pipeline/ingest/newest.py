"""One row per key: among rows of the same key the newest stands, and each of the others has a verdict.

The verdicts depend on the set of rows only, never on the order in which files came: a higher version replaces a
lower one (SUPERSEDED); at equal version identical rows are one (DUPLICATE), and of different ones the row with the
greater SHA-256 of its canonical JSON stands (the others are CONFLICT). Sessions are merged instead, in `sessions`.
"""

import duckdb

from core.contract import Reason, Table
from pipeline.ingest.readers import literal


def canonical_json(table: Table) -> str:
    """SQL for a row as JSON: the contract's columns that are not null, by name, times as ISO 8601 in UTC."""
    times = {c.name for c in table.columns if c.type == "time"}
    parts = (f"{literal(name)}, {_iso(name) if name in times else name}" for name in sorted(_columns(table)))
    return f"CAST(json_merge_patch('{{}}', json_object({', '.join(parts)})) AS VARCHAR)"


def keep_newest(connection: duckdb.DuckDBPyConnection, table: Table, *, first_new: int) -> None:
    """Leaves one row per key in `raw.<table>`, given that rows of files from `first_new` on are new; the others
    are counted in `raw.replaced`, and earlier rows that lost are noted in the temp table `changes`."""
    if not _find_repeated(connection, table, first_new):
        return
    _judge(connection, table)
    _note_lost(connection, table, first_new)
    _tell_conflicts(connection, table)
    connection.execute(
        f"""DELETE FROM raw.{table.name} WHERE rowid IN (
                SELECT row_id FROM judged WHERE verdict IS NOT NULL AND row_id IS NOT NULL);
            DELETE FROM raw.replaced WHERE table_name = {literal(table.name)}
                AND (source_system, row_key) IN (SELECT source_system, row_key FROM judged);
            INSERT INTO raw.replaced SELECT {literal(table.name)}, source_system, row_key, record_version, sha256,
                file_id, verdict FROM judged WHERE verdict IS NOT NULL"""
    )


def row_key(table: Table) -> str:
    """SQL for a row's key as text, `source_system` left out."""
    return f"CAST(json_array({', '.join(table.key)}) AS VARCHAR)"


def _columns(table: Table) -> list[str]:
    return [*table.column_names, "extra"]


def _iso(name: str) -> str:
    return f"rtrim(rtrim(strftime({name}, '%Y-%m-%dT%H:%M:%S.%f'), '0'), '.') || 'Z'"


def _find_repeated(connection: duckdb.DuckDBPyConnection, table: Table, first_new: int) -> bool:
    """Keys of new rows that stand more than once. Hashes are compared first: they are several times faster
    than the keys themselves, and two keys of one hash are told apart afterwards."""
    key = f"hash(source_system, {', '.join(table.key)})"
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE repeated AS
            WITH new_keys AS (SELECT DISTINCT {key} AS key_hash FROM raw.{table.name} WHERE file_id >= {first_new})
            SELECT key_hash FROM (SELECT {key} AS key_hash FROM raw.{table.name})
            SEMI JOIN new_keys USING (key_hash)
            GROUP BY key_hash HAVING count(*) > 1
            UNION
            SELECT {key} FROM raw.{table.name}
            WHERE file_id >= {first_new} AND (source_system, {row_key(table)}) IN (
                SELECT source_system, row_key FROM raw.replaced WHERE table_name = {literal(table.name)})"""
        if first_new > 1
        else f"""CREATE OR REPLACE TEMP TABLE repeated AS SELECT {key} AS key_hash FROM raw.{table.name}
            GROUP BY key_hash HAVING count(*) > 1"""
    )
    row = connection.execute("SELECT count(*) FROM repeated").fetchone()
    return bool(row and row[0])


def _judge(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE judged AS
        WITH standing AS (
            SELECT rowid AS row_id, file_id, source_system, {row_key(table)} AS row_key, record_version,
                   {canonical_json(table)} AS canonical
            FROM raw.{table.name} WHERE hash(source_system, {", ".join(table.key)}) IN (SELECT key_hash FROM repeated)
        ), contenders AS (
            SELECT *, sha256(canonical) AS sha256, CAST(NULL AS VARCHAR) AS before FROM standing
            UNION ALL
            SELECT NULL, file_id, source_system, row_key, record_version, NULL, sha256, verdict
            FROM raw.replaced
            WHERE table_name = {literal(table.name)}
              AND (source_system, row_key) IN (SELECT source_system, row_key FROM standing)
        ), placed AS (
            SELECT *,
                max(record_version) OVER (PARTITION BY source_system, row_key) AS newest_version,
                max(sha256) OVER (PARTITION BY source_system, row_key, record_version) AS greatest,
                row_number() OVER (PARTITION BY source_system, row_key, record_version, sha256
                                   ORDER BY row_id IS NULL, file_id, row_id) AS copy_number
            FROM contenders
        )
        SELECT *, CASE
            WHEN copy_number > 1 THEN 'DUPLICATE'
            WHEN sha256 <> greatest THEN 'CONFLICT'
            WHEN record_version < newest_version THEN 'SUPERSEDED' END AS verdict
        FROM placed"""
    )


def _note_lost(connection: duckdb.DuckDBPyConnection, table: Table, first_new: int) -> None:
    if table.event_time is None:
        return
    connection.execute(
        f"""INSERT INTO changes SELECT customer_id, CAST({table.event_time} AS DATE), session_id
            FROM raw.{table.name} WHERE file_id < {first_new} AND rowid IN (
                SELECT row_id FROM judged WHERE verdict IS NOT NULL AND row_id IS NOT NULL)"""
    )


def _tell_conflicts(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    connection.execute(
        f"""INSERT INTO raw.rejects
            SELECT file_id, NULL, {literal(table.name)}, {literal(Reason.CONFLICT.value)}, {literal(table.key[0])},
                   'Another row of this key and version says otherwise, and its SHA-256 is greater', canonical
            FROM judged WHERE verdict = 'CONFLICT' AND before IS DISTINCT FROM 'CONFLICT' AND canonical IS NOT NULL"""
    )
