"""Rows to files of a landing directory: which table goes to which file, written all or nothing.

A file is written under a name that ends in `.tmp`, which nobody reads, then renamed.
"""

import csv
import gzip
import io
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from core.contract import TABLES, Table, Type
from pipeline.demo.run import Row

_DUCKDB_TYPES = {
    Type.TEXT: "VARCHAR",
    Type.INT: "BIGINT",
    Type.NUMBER: "DOUBLE",
    Type.DECIMAL: "DECIMAL(28, 9)",
    Type.BOOL: "BOOLEAN",
    Type.TIME: "TIMESTAMP WITH TIME ZONE",
}
# Written only by sources that have several systems, or correct what they have sent.
_LEFT_OUT = ("source_system", "record_version")


@dataclass(frozen=True)
class Format:
    """How a table is written; the first `period` characters of an instant name the file (10: the day)."""

    suffix: str
    period: int


FORMATS = {
    "llm_requests": Format(".jsonl.gz", 10),
    "sessions": Format(".jsonl.gz", 10),
    "tool_calls": Format(".csv.gz", 10),
    "evaluations": Format(".parquet", 7),
    "outcomes": Format(".jsonl", 7),
}

_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass
class Landing:
    """A landing directory being written, and the count of what went into it.

    Rows of events wait until the day or month of their file is over: `close_day` in order of the days.
    """

    root: Path
    rows: Counter[str] = field(default_factory=Counter)
    files: int = 0
    bytes: int = 0
    _waiting: dict[str, dict[str, list[Row]]] = field(
        default_factory=lambda: {table: defaultdict(list) for table in FORMATS}
    )

    def add(self, table: str, rows: Iterable[Row]) -> None:
        """Rows of an events table, each to the file its instant belongs to."""
        at, period = TABLES[table].event_time or "", FORMATS[table].period
        for row in rows:
            self._waiting[table][str(row[at])[:period]].append(row)

    def close_day(self, day: date, *, is_last: bool) -> None:
        """No row of this day will come any more: writes the files that end with it, empty ones too."""
        month_ends = is_last or (day + timedelta(days=1)).month != day.month
        for table, form in FORMATS.items():
            if form.period == len(day.isoformat()) or month_ends:
                name = day.isoformat()[: form.period]
                self.write_table(table, self._waiting[table].pop(name, []), name, form.suffix)

    def write_table(self, table: str, rows: list[Row], name: str, suffix: str = ".csv") -> None:
        """One file of a table, its rows in order of time and key."""
        contract = TABLES[table]
        order = (*([contract.event_time] if contract.event_time else []), contract.key[0])
        rows = sorted(rows, key=lambda row: [str(row[column]) for column in order])
        self.rows[table] += len(rows)
        path = self.root / table / f"{name}{suffix}"
        if suffix == ".parquet":
            self._put(path, lambda beside: _write_parquet(contract, rows, beside))
        else:
            text = _csv(contract, rows) if ".csv" in suffix else json_lines(rows)
            self.write_text(path, text)

    def write_lines(self, table: str, path: Path, lines: list[str]) -> None:
        """A file of ready lines, counted as rows of `table`."""
        self.rows[table] += len(lines)
        self.write_text(self.root / path, "".join(f"{line}\n" for line in lines))

    def write_text(self, path: Path, text: str) -> None:
        """UTF-8, compressed where the name says so: without name and time, so equal text is equal bytes."""
        content = text.encode()
        if path.suffix == ".gz":
            content = gzip.compress(content, 6, mtime=0)
        self._put(path, lambda beside: beside.write_bytes(content))

    def _put(self, path: Path, write: Callable[[Path], Any]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f"{path.name}.tmp")
        write(beside)
        self.files += 1
        self.bytes += beside.stat().st_size
        beside.replace(path)


def json_lines(rows: Iterable[Row]) -> str:
    """One object a line; what was not observed is left out."""
    return "".join(_to_json({k: v for k, v in row.items() if v is not None}) + "\n" for row in rows)


def _columns(table: Table) -> list[str]:
    return [name for name in table.column_names if name not in _LEFT_OUT]


def _csv(table: Table, rows: Iterable[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, _columns(table), lineterminator="\n")
    writer.writeheader()
    writer.writerows(
        {k: str(v).lower() if isinstance(v, bool) else v for k, v in row.items()} for row in rows
    )
    return text.getvalue()


def _write_parquet(table: Table, rows: list[Row], path: Path) -> None:
    """By way of a CSV file beside it: DuckDB reads that far faster than it takes single rows."""
    import duckdb

    beside = path.with_name(f"{path.stem}.csv.tmp")
    beside.write_text(_csv(table, rows), encoding="utf-8")
    types = {name: _DUCKDB_TYPES[table.column(name).type] for name in _columns(table)}
    try:
        # One thread: the order of the rows, and with it every byte, stays the same.
        with duckdb.connect(config={"threads": 1}) as connection:
            read = connection.read_csv(str(beside), header=True, columns=types, sep=",", quotechar='"')
            read.write_parquet(str(path), compression="zstd")
    finally:
        beside.unlink()
