"""One row per key: among rows of the same key the newest stands, and each of the others has a verdict.

The verdicts depend on the set of rows only, never on the order in which files came: identical rows are one
(DUPLICATE); a lower version gives way to a higher (SUPERSEDED); at the highest version the row with the greater
SHA-256 of its canonical JSON stands (the others are CONFLICT, until a higher version settles it). Sessions are merged
instead, in `sessions`.
"""

import duckdb

from core.contract import Table
from pipeline.ingest.canonical import canonical_json, row_key
from pipeline.ingest.reading import literal


def keep_newest(connection: duckdb.DuckDBPyConnection, table: Table, *, first_new: int) -> None:
    """Leaves one row per key in `raw.<table>`, given that rows of files from `first_new` on are new; the others
    are counted in `raw.replaced`, and earlier rows that lost are noted in the temp table `changes`."""
    if not _find_repeated(connection, table, first_new):
        return
    _judge(connection, table)
    _note_lost(connection, table, first_new)
    _note_conflicts(connection, table)
    connection.execute(
        f"""DELETE FROM raw.{table.name} WHERE rowid IN (
                SELECT row_id FROM judged WHERE verdict IS NOT NULL AND row_id IS NOT NULL);
            DELETE FROM raw.replaced WHERE table_name = {literal(table.name)}
                AND (source_system, row_key) IN (SELECT (source_system, row_key) FROM judged);
            INSERT INTO raw.replaced SELECT {literal(table.name)}, source_system, row_key, record_version, sha256,
                file_id, verdict FROM judged WHERE verdict IS NOT NULL"""
    )


def _find_repeated(connection: duckdb.DuckDBPyConnection, table: Table, first_new: int) -> bool:
    """Keys of new rows that stand more than once, or did. Hashes are compared first: they are several times faster
    than the keys themselves, and two keys of one hash are told apart afterwards."""
    key = _key_hash(table)
    again = f"SELECT {key} AS key_hash FROM raw.{table.name} GROUP BY key_hash HAVING count(*) > 1"
    if first_new > 1:
        new_rows = f"raw.{table.name} WHERE file_id >= {first_new}"
        again = f"""
            WITH new_keys AS (SELECT DISTINCT {key} AS key_hash FROM {new_rows})
            SELECT key_hash FROM (SELECT {key} AS key_hash FROM raw.{table.name}) SEMI JOIN new_keys USING (key_hash)
            GROUP BY key_hash HAVING count(*) > 1
            UNION
            SELECT {key} FROM {new_rows} AND (source_system, {row_key(table)}) IN (
                SELECT (source_system, row_key) FROM raw.replaced WHERE table_name = {literal(table.name)})"""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE repeated AS {again}")
    row = connection.execute("SELECT count(*) FROM repeated").fetchone()
    return bool(row and row[0])


def _key_hash(table: Table) -> str:
    return f"hash(source_system, {', '.join(table.key)})"


def _judge(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Rows that stand are judged together with those that lost before, which have no `row_id`."""
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE judged AS
        WITH standing AS (
            SELECT rowid AS row_id, file_id, source_system, {row_key(table)} AS row_key, record_version,
                   {canonical_json(table)} AS canonical
            FROM raw.{table.name} WHERE {_key_hash(table)} IN (SELECT key_hash FROM repeated)
        ), contenders AS (
            SELECT *, sha256(canonical) AS sha256 FROM standing
            UNION ALL
            SELECT NULL, file_id, source_system, row_key, record_version, NULL, sha256 FROM raw.replaced
            WHERE table_name = {literal(table.name)}
              AND (source_system, row_key) IN (SELECT (source_system, row_key) FROM standing)
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
            WHEN record_version < newest_version THEN 'SUPERSEDED'
            WHEN sha256 <> greatest THEN 'CONFLICT' END AS verdict
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


def _note_conflicts(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """New conflicts are noted; those that a higher version has settled are no longer told."""
    told = f"reason = 'CONFLICT' AND table_name = {literal(table.name)}"
    connection.execute(
        f"""DELETE FROM raw.rejects WHERE {told} AND row_sha256 IN (
                SELECT sha256 FROM judged WHERE verdict = 'SUPERSEDED');
            INSERT INTO conflicts
                SELECT {literal(table.name)}, file_id, row_key, {literal(table.key[0])},
                       'Another row of this key and version says otherwise, and its SHA-256 is greater',
                       canonical, sha256
                FROM judged
                WHERE verdict = 'CONFLICT' AND canonical IS NOT NULL AND sha256 NOT IN (
                    SELECT row_sha256 FROM raw.rejects WHERE {told} AND row_sha256 IS NOT NULL)"""
    )
