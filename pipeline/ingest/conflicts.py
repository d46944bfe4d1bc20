"""Rows that lost to another row of their key and version, told with the line they stood on.

`newest` and `sessions` find them and know what they say; where that was written is looked up in the files of the
current run. Of a row from an earlier run, or from a source that is no table, what it says is told instead.
"""

from collections.abc import Iterable

import duckdb

from core.contract import TABLES
from pipeline.ingest import rejects
from pipeline.ingest.by_line import by_line
from pipeline.ingest.canonical import canonical_json, row_key
from pipeline.ingest.load import Loader, OpenFile
from pipeline.ingest.reading import literal
from pipeline.ingest.rows import good_rows


def begin(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the temp table in which the steps note what lost."""
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE conflicts (
               table_name VARCHAR, file_id INTEGER, row_key VARCHAR, column_name VARCHAR, message VARCHAR,
               canonical VARCHAR, sha256 VARCHAR);
           CREATE OR REPLACE TEMP TABLE conflict_lines (
               file_id INTEGER, sha256 VARCHAR, row_number BIGINT, original VARCHAR)"""
    )


def tell(connection: duckdb.DuckDBPyConnection, loader: Loader, files: Iterable[OpenFile]) -> None:
    """Stores what was noted among the rejects."""
    places = connection.execute("SELECT DISTINCT file_id, table_name FROM conflicts").fetchall()
    for file in files:
        if (file.file_id, file.table) in places:
            _find_lines(connection, loader, file)
    rejects.tell_conflicts(
        connection,
        """(SELECT c.* EXCLUDE (canonical), row_number, coalesce(original, canonical) AS original
            FROM conflicts AS c LEFT JOIN conflict_lines USING (file_id, sha256))""",
    )


def _find_lines(connection: duckdb.DuckDBPyConnection, loader: Loader, file: OpenFile) -> None:
    """Only rows of a key in conflict are put into canonical form, which costs more than reading them."""
    table = TABLES[file.table]
    ours = f"FROM conflicts WHERE file_id = {file.file_id} AND table_name = {literal(table.name)}"
    with by_line(connection, table, file, loader.rules.work) as lines:
        rows = good_rows(table, lines.reading, loader.rules.zone, "row_number", "original")
        connection.execute(
            f"""INSERT INTO conflict_lines
                SELECT {file.file_id}, sha256({canonical_json(table)}) AS row_sha256, min(row_number),
                       arg_min(original, row_number)
                FROM ({rows}) WHERE {row_key(table)} IN (SELECT row_key {ours})
                GROUP BY row_sha256 HAVING row_sha256 IN (SELECT sha256 {ours})"""
        )
