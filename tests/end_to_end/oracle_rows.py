"""Landing files read the plain way, row by row: what stands in them, and whether a row by itself may count.

Left out: OpenTelemetry, and the rules about text (normal forms, lengths).
"""

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet
import zstandard

from tests.end_to_end.oracle_contract import (
    BOOL,
    COLUMNS,
    DEFAULTS,
    EARLIEST,
    EVENT_TIME,
    INT,
    MONEY,
    NUMBER,
    REQUIRED,
    SIGNED,
    TEXT,
    TIME,
    WORDS,
    Row,
)


class RowRefusedError(Exception):
    """Why a row by itself does not count."""


def rows_as_written(landing: Path, table: str, without: Collection[str]) -> Iterator[Row]:
    """Rows as they stand in the files; the same file again is no second file."""
    seen = set()
    for path in sorted((landing / table).glob("*")):
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        if digest not in seen and str(path.relative_to(landing)) not in without:
            seen.add(digest)
            yield from _rows_in(path.name, content)


def _rows_in(name: str, content: bytes) -> Iterable[Row]:
    if name.endswith(".parquet"):
        return pyarrow.parquet.read_table(io.BytesIO(content)).to_pylist()  # type: ignore[no-any-return]
    text = _plain(name, content).decode("utf-8")
    if ".csv" in name:
        return csv.DictReader(io.StringIO(text))
    return (json.loads(line, parse_float=Decimal) for line in text.splitlines() if line.strip())


def _plain(name: str, content: bytes) -> bytes:
    if name.endswith(".gz"):
        return gzip.decompress(content)
    return zstandard.decompress(content) if name.endswith(".zst") else content


def typed_row(table: str, written: Row, now: datetime) -> Row:
    """The row with its columns typed, defaults filled in and unknown columns under `extra`; or RowRefusedError."""
    columns = COLUMNS[table]
    row: Row = {name: _typed(kind, written.get(name)) for name, kind in columns.items()}
    row = {name: _default(table, name) if value is None else value for name, value in row.items()}
    unknown = {name: v for name, v in written.items() if name not in columns and v not in (None, "")}
    row["extra"] = tuple(sorted(unknown.items()))
    if any(row[name] is None for name in REQUIRED[table]):
        raise RowRefusedError("MISSING_VALUE")
    for name, kind in columns.items():
        _check(table, name, kind, row[name], now)
    if table == "llm_requests":
        _check_call(row)
    return row


def _default(table: str, name: str) -> Any:
    return {"source_system": "native", "record_version": 0, **DEFAULTS.get(table, {})}.get(name)


def _typed(kind: str, value: Any) -> Any:
    if value is None or value == "":
        return None
    try:
        return CONVERSIONS[kind](value)
    except (ArithmeticError, ValueError, KeyError) as error:
        raise RowRefusedError("BAD_TIME" if kind == TIME else "BAD_TYPE") from error


def _instant(value: Any) -> datetime:
    instant = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


CONVERSIONS: dict[str, Any] = {
    TEXT: lambda v: v,
    INT: int,
    NUMBER: float,
    # A float stands for the shortest decimal that names it.
    MONEY: lambda v: Decimal(str(v)),
    BOOL: lambda v: v if isinstance(v, bool) else {"true": True, "false": False}[v.lower()],
    TIME: _instant,
}


def _check(table: str, name: str, kind: str, value: Any, now: datetime) -> None:
    if value is None:
        return
    happened = kind == TIME and name in (EVENT_TIME.get(table), "ended_at")
    if happened and not EARLIEST <= value <= now + timedelta(minutes=15):
        raise RowRefusedError("BAD_TIME")
    if kind in (INT, NUMBER, MONEY) and name not in SIGNED and value < 0:
        raise RowRefusedError("NEGATIVE")
    if name.startswith("sentiment_") and not -1 <= value <= 1:
        raise RowRefusedError("OUT_OF_RANGE")
    if (table, name) in WORDS and value not in WORDS[table, name]:
        raise RowRefusedError("BAD_VALUE")


def _check_call(row: Row) -> None:
    if row["status"] == "ok" and None in (row["input_tokens"], row["output_tokens"]):
        raise RowRefusedError("MISSING_VALUE")
    cached = row["cache_read_tokens"] + row["cache_write_tokens"]
    if row["input_tokens"] is not None and cached > row["input_tokens"]:
        raise RowRefusedError("CACHE_ABOVE_INPUT")
