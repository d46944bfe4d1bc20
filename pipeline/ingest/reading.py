"""What a reader makes of a file: SQL whose rows are the file's, and how each column is written in it.

The readers are `json_reader`, `csv_reader` and `parquet_reader`; `typed` and `checks` say what the values are worth,
and `load` runs it all. Here is what the readers share, and rows that another source made.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from pipeline.ingest.checks import Fault
from pipeline.ingest.typed import Value, Written


class Source(Protocol):
    """A plain file to be read into one table."""

    @property
    def file_id(self) -> int: ...
    @property
    def path(self) -> Path: ...
    @property
    def format(self) -> str: ...
    @property
    def taken_at(self) -> datetime: ...


@dataclass(frozen=True)
class Reading:
    """SQL that yields rows with `file_id`, `taken_at`, `is_suspect` (may hold characters that need a closer look),
    `extra` (columns the contract does not know, as JSON) and one column per written value, which `values` names.

    With `tells_rows` there are `row_number` and `original`, and rows that are none are in it, for `faults` to find.
    """

    sql: str
    values: dict[str, Value]
    tells_rows: bool
    faults: tuple[Fault, ...] = ()


def literal(text: object) -> str:
    """A name, path or instant of our own as an SQL string."""
    return "'" + str(text).replace("'", "''") + "'"


def path_literal(path: Path) -> str:
    """A path as an SQL string that names this file only, whatever patterns its name resembles."""
    return literal("".join(f"[{c}]" if c in "*?[" else c for c in str(path)))


def relation_rows(relation: str, names: Sequence[str]) -> Reading:
    """Rows that another source has already turned into the contract's columns, as text; when their file was
    first seen stands in the ledger."""
    row = ", ".join(f"'{name}': {name}" for name in names)
    sql = f"""
        SELECT file_id, files.taken_at, row_number, CAST(to_json({{{row}}}) AS VARCHAR) AS original,
               true AS is_suspect, extra, {renamed({name: name for name in names})}
        FROM {relation} JOIN (SELECT file_id, taken_at FROM raw.files) AS files USING (file_id)"""
    return Reading(sql, {name: Value(f"w_{name}", Written.PLAIN) for name in names}, tells_rows=True)


def numbered_columns(width: int) -> str:
    """The columns of a numbered copy, as its reader is told them."""
    columns = {"row_number": "BIGINT"} | dict.fromkeys(("reason", "message", "original"), "VARCHAR")
    columns |= {f"c{i}": "VARCHAR" for i in range(width)}
    return "{" + ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items()) + "}"


def is_suspect(texts: Collection[str]) -> str:
    """SQL that is false where all of `texts` are printable ASCII; quotes and backslashes may make it true, too.

    Bytes that are none are written out longer, which is seen in half the time that a regular expression takes.
    """
    longer = (f"strlen(CAST(encode({text}) AS VARCHAR)) <> strlen({text})" for text in texts)
    return f"coalesce({' OR '.join(longer)}, false)" if texts else "false"


def renamed(columns: Mapping[str, str]) -> str:
    """Written values under names that cannot be confused with the typed ones."""
    return ", ".join(f"{sql} AS w_{name}" for name, sql in columns.items()) or "NULL AS w_nothing"


def instant(instant: datetime) -> str:
    """A time of our own as SQL."""
    return f"TIMESTAMP {literal(instant.strftime('%Y-%m-%d %H:%M:%S.%f'))}"
