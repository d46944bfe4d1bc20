"""Writes rows to landing files the ways people do: several formats, compressed or not, times in many spellings,
nulls written or left out. What the rows say is the caller's."""

import csv
import gzip
import io
import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import zstandard

from tests.end_to_end.oracle_contract import BOOL, COLUMNS, INT, MONEY, NUMBER, TEXT, TIME, Row

OFFSETS = (timezone(timedelta(hours=5, minutes=45)), timezone(timedelta(hours=-9, minutes=-30)))


def write(landing: Path, table: str, name: str, rows: list[Row], chance: random.Random) -> Path:
    """Writes the rows to a new file of that table, in a format that chance picks."""
    # What breaks its column's type cannot stand in a typed file.
    is_typed = all(_fits(COLUMNS[table].get(key), value) for row in rows for key, value in row.items())
    formats = [*TEXT_FORMATS, *([".parquet"] * 3 if is_typed else [])]
    suffix = chance.choice(formats)
    path = landing / table / f"{name}{suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    content = _parquet(table, rows, chance) if suffix == ".parquet" else TEXT_FORMATS[suffix](rows, chance)
    path.write_bytes(content)
    return path


def _fits(kind: str | None, value: Any) -> bool:
    return value is None or kind in (TEXT, None) or not isinstance(value, str)


def _lines(rows: list[Row], chance: random.Random) -> bytes:
    return "".join(json.dumps(_as_json(row, chance)) + "\n" for row in rows).encode()


def _as_json(row: Row, chance: random.Random) -> Row:
    names = list(row)
    chance.shuffle(names)
    written = {name: _json_value(row[name], chance) for name in names}
    return {name: v for name, v in written.items() if v is not None or chance.random() < 0.5}


def _json_value(value: Any, chance: random.Random) -> Any:
    if isinstance(value, datetime):
        return _spelled(value, chance)
    if isinstance(value, Decimal):
        number = float(value)
        is_same = Decimal(str(number)) == value
        return number if is_same and chance.random() < 0.5 else str(value)
    return value


def _spelled(instant: datetime, chance: random.Random) -> str:
    """One of the ways to write an instant."""
    utc = instant.astimezone(UTC)
    ways = (
        utc.isoformat().replace("+00:00", "Z"),
        utc.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        utc.replace(tzinfo=None).isoformat(),
        utc.replace(tzinfo=None).isoformat(sep=" "),
        *(utc.astimezone(offset).isoformat() for offset in OFFSETS),
    )
    return chance.choice(ways)


def _csv(rows: list[Row], chance: random.Random) -> bytes:
    names = sorted({name for row in rows for name, value in row.items() if value is not None})
    chance.shuffle(names)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(names)
    writer.writerows([_csv_value(row.get(name), chance) for name in names] for row in rows)
    return text.getvalue().encode()


def _csv_value(value: Any, chance: random.Random) -> Any:
    if isinstance(value, bool):
        return chance.choice((str(value), str(value).lower()))
    return _spelled(value, chance) if isinstance(value, datetime) else value


def _parquet(table: str, rows: list[Row], chance: random.Random) -> bytes:
    names = sorted({name for row in rows for name, value in row.items() if value is not None})
    is_zoned = chance.random() < 0.5
    types = {
        TEXT: pyarrow.string(),
        INT: pyarrow.int64(),
        NUMBER: pyarrow.float64(),
        MONEY: pyarrow.decimal128(24, 9),
        BOOL: pyarrow.bool_(),
        TIME: pyarrow.timestamp("us", tz="UTC" if is_zoned else None),
    }
    schema = pyarrow.schema([(name, types[COLUMNS[table].get(name, TEXT)]) for name in names])
    plain = [{name: _parquet_value(row.get(name), is_zoned=is_zoned) for name in names} for row in rows]
    sink = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(plain, schema=schema), sink)
    return sink.getvalue()


def _parquet_value(value: Any, *, is_zoned: bool) -> Any:
    if isinstance(value, datetime) and not is_zoned:
        return value.astimezone(UTC).replace(tzinfo=None)
    return value


TEXT_FORMATS: dict[str, Callable[[list[Row], random.Random], bytes]] = {
    ".jsonl": _lines,
    ".jsonl.gz": lambda rows, chance: gzip.compress(_lines(rows, chance)),
    ".jsonl.zst": lambda rows, chance: zstandard.compress(_lines(rows, chance)),
    ".csv": _csv,
    ".csv.gz": lambda rows, chance: gzip.compress(_csv(rows, chance)),
}
