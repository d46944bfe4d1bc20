"""A month of the demo's customers, as plain rows."""

import csv
import gzip
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from core.contract import TABLES
from pipeline import demo

END = datetime(2026, 11, 20, 13, 37, 42, 250_000, tzinfo=UTC)
DAYS = 30
CUSTOMERS = 8

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class History:
    """Where the files are, what was told while they were written, and what they hold."""

    root: Path
    summary: demo.DemoSummary
    rows: dict[str, Rows]
    progress: list[tuple[str, int, int]]

    def of(self, table: str, customer_id: str) -> Rows:
        return [row for row in self.rows[table] if row["customer_id"] == customer_id]


def write(root: Path) -> History:
    """Writes the month to `root` and reads it back."""
    heard: list[tuple[str, int, int]] = []
    summary = demo.write(
        root, customers=CUSTOMERS, days=DAYS, end=END, progress=lambda *step: heard.append(step)
    )
    return History(root, summary, {table: list(read(root / table)) for table in TABLES}, heard)


def read(folder: Path) -> Iterator[dict[str, Any]]:
    """Rows as the files hold them; an empty CSV field, like a missing JSON one, is None."""
    for path in sorted(folder.iterdir()):
        if path.suffix == ".parquet":
            yield from _read_parquet(path)
            continue
        text = (gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()).decode()
        if ".csv" in path.suffixes:
            yield from ({k: v or None for k, v in row.items()} for row in csv.DictReader(io.StringIO(text)))
        else:
            columns: dict[str, Any] = dict.fromkeys(TABLES[folder.name].column_names)
            yield from (columns | json.loads(line, parse_float=Decimal) for line in text.splitlines())


def _read_parquet(path: Path) -> Iterator[dict[str, Any]]:
    with duckdb.connect() as connection:
        query = "SELECT * REPLACE (epoch_ms(evaluated_at) AS evaluated_at) FROM read_parquet(?)"
        answer = connection.execute(query, [str(path)])
        names = [column[0] for column in answer.description]
        for values in answer.fetchall():
            row = dict(zip(names, values, strict=True))
            yield row | {"evaluated_at": datetime.fromtimestamp(row["evaluated_at"] / 1000, UTC).isoformat()}


def instant(text: str) -> datetime:
    """An instant that says that it is in UTC."""
    instant = datetime.fromisoformat(text)
    assert instant.utcoffset() == timedelta(0)
    return instant
