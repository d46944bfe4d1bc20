"""Rows that were not loaded: which they are, where they stood, what stood there, and why they were refused."""

from collections.abc import Sequence

import duckdb

from core.contract import Reason, Table
from pipeline.ingest.reading import Reading, literal
from pipeline.ingest.rows import all_faults

COLUMNS = "file_id, row_number, table_name, reason, column_name, message, original"


def tell(connection: duckdb.DuckDBPyConnection, table: Table, reading: Reading, judged: str) -> None:
    """Stores the rows of the table `judged` that have a `fault`, as rows of `reading` are judged."""
    told = all_faults(table, reading)
    connection.execute(
        f"""INSERT INTO raw.rejects ({COLUMNS})
            SELECT file_id, row_number, {literal(table.name)}, {_of_each([f.reason.value for f in told])},
                   {_of_each([f.column for f in told])}, {_of_each([f.message for f in told])}, original
            FROM {judged} WHERE fault IS NOT NULL"""
    )


def tell_refused(connection: duckdb.DuckDBPyConnection, table: Table, file_id: int, rows: str) -> None:
    """Stores the rows of a numbered copy that have a reason instead of values."""
    connection.execute(
        f"""INSERT INTO raw.rejects ({COLUMNS})
            SELECT {file_id}, row_number, {literal(table.name)}, reason, '', message, original
            FROM {rows} WHERE reason IS NOT NULL"""
    )


def tell_erased(connection: duckdb.DuckDBPyConnection, file_id: int, table: str, rows: int) -> None:
    """Counts rows of erased customers that a file was delivered with; what they said is nowhere."""
    if rows:
        connection.execute(
            f"""INSERT INTO raw.rejects ({COLUMNS})
                SELECT {file_id}, NULL, {literal(table)}, {literal(Reason.ERASED.value)}, 'customer_id',
                       'The customer was erased', NULL FROM range({rows})"""
        )


def tell_conflicts(connection: duckdb.DuckDBPyConnection, found: str) -> None:
    """Stores what the relation `found` holds: rows that lost to another of their key, with `sha256`."""
    connection.execute(
        f"""INSERT INTO raw.rejects ({COLUMNS}, row_sha256)
            SELECT file_id, row_number, table_name, {literal(Reason.CONFLICT.value)}, column_name, message,
                   original, sha256 FROM {found}"""
    )


def _of_each(texts: Sequence[str]) -> str:
    return f"([{', '.join(map(literal, texts))}])[fault]"
