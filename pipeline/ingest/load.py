"""Files into `raw`: every good row of every file, typed; everything else told with its reason.

One statement loads all JSON lines of a table; other formats go file by file. A file of which some line was not loaded
is read once more line by line, so that rows loaded and rows told are split by one and the same condition.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import available_timezones

import duckdb

from core.contract import Column, Table
from core.fault import hit
from pipeline.errors import UnreadableError
from pipeline.ingest import csv_reader, csv_records, json_reader, parquet_reader, rejects
from pipeline.ingest.by_line import by_line
from pipeline.ingest.reading import Reading, literal, relation_rows
from pipeline.ingest.typed import typed


@dataclass(frozen=True)
class OpenFile:
    """A plain file with its number in the ledger, ready to be read."""

    file_id: int
    path: Path
    relative: str
    table: str
    format: str
    lines: int
    taken_at: datetime


@dataclass(frozen=True)
class Loaded:
    """What became of one file: rows loaded, or the message that tells why it was set aside whole."""

    file_id: int
    rows: int
    quarantined: str | None = None


@dataclass(frozen=True)
class Rules:
    """What an installation may set: the zone of times without offset per source system, and a work folder."""

    source_zones: tuple[tuple[str, str], ...]
    work: Path

    @property
    def zone(self) -> str:
        """SQL for the zone a row's times without offset are read in."""
        if not self.source_zones:
            return "'UTC'"
        cases = " ".join(f"WHEN {literal(s)} THEN {literal(z)}" for s, z in self.source_zones)
        return f"CASE coalesce(source_system, 'native') {cases} ELSE 'UTC' END"


class Loader:
    """Loads files of the contract's tables through one connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, rules: Rules) -> None:
        self.connection = connection
        self.rules = rules
        # Only zones that both the warehouse and everything after it know.
        connection.execute(
            """CREATE OR REPLACE TEMP TABLE zone_names AS
                SELECT name FROM pg_timezone_names() WHERE list_contains($1, name)""",
            [sorted(available_timezones())],
        )

    def load(self, table: Table, files: Sequence[OpenFile], told: Callable[[OpenFile], None]) -> list[Loaded]:
        """Loads `files` into `raw.<table>`; `told` hears of each file that is done."""
        lines = [f for f in files if f.format == "jsonl"]
        others = [f for f in files if f.format != "jsonl"]
        results = self._load_together(table, lines) if lines else []
        for file in lines:
            told(file)
        for file in others:
            results.append(self._load_one(table, file))
            told(file)
        return results

    def load_relation(self, table: Table, relation: str, columns: Sequence[str]) -> None:
        """Loads rows that already stand in `relation` as text (file_id, row_number, extra and `columns`)."""
        self._insert_and_tell(table, relation_rows(relation, columns))

    def typed(self, table: Table, reading: Reading) -> str:
        """SQL for the reading with the contract's columns as they stand in the warehouse, defaults aside."""
        zone = self.rules.zone
        columns = [f"{typed(c, reading.values.get(c.name), zone)} AS {c.name}" for c in table.columns]
        if self.rules.source_zones:  # the zone depends on a column that must be typed first
            source = typed(table.column("source_system"), reading.values.get("source_system"), "'UTC'")
            zoned = ", ".join(c for c in columns if not c.endswith(" AS source_system"))
            return f"SELECT *, {zoned} FROM (SELECT *, {source} AS source_system FROM ({reading.sql}))"
        return f"SELECT *, {', '.join(columns)} FROM ({reading.sql})"

    def good_rows(self, table: Table, reading: Reading, *more: str) -> str:
        """SQL for the reading's good rows as they stand in `raw.<table>`, with the columns `more` of the reading."""
        columns = ", ".join((*more, "file_id", "extra", *map(_with_default, table.columns)))
        return f"SELECT {columns} FROM ({self.typed(table, reading)}) WHERE {rejects.fault(table, reading)} IS NULL"

    def _load_together(self, table: Table, files: Sequence[OpenFile]) -> list[Loaded]:
        try:
            self._insert(table, json_reader.lines_in_bulk(self.connection, table, files))
        except (
            duckdb.InvalidInputException
        ):  # one of them stops the reader, the others need not suffer from it
            return [self._load_one(table, file) for file in files]
        hit("ingest.after_parse")
        return [self._accounted(table, file) for file in files]

    def _load_one(self, table: Table, file: OpenFile) -> Loaded:
        try:
            loaded = (
                self._load_parquet(table, file) if file.format == "parquet" else self._load_text(table, file)
            )
        except UnreadableError as error:
            loaded = Loaded(file.file_id, 0, str(error))
        hit("ingest.after_parse")
        return loaded

    def _load_text(self, table: Table, file: OpenFile) -> Loaded:
        try:
            self._insert(table, self._in_bulk(table, file))
        except duckdb.InvalidInputException:
            return self._load_by_line(table, file, 0)
        return self._accounted(table, file)

    def _in_bulk(self, table: Table, file: OpenFile) -> Reading:
        if file.format == "csv":
            return csv_reader.rows_in_bulk(table, file, csv_records.header(file.path))
        return json_reader.lines_in_bulk(self.connection, table, [file])

    def _accounted(self, table: Table, file: OpenFile) -> Loaded:
        """How many rows of a text file were loaded; where lines are missing, all are read again by line."""
        rows = self._count(table, file)
        header = 1 if file.format == "csv" else 0
        return (
            Loaded(file.file_id, rows)
            if rows == file.lines - header
            else self._load_by_line(table, file, rows)
        )

    def _load_by_line(self, table: Table, file: OpenFile, rows: int) -> Loaded:
        """Loads a text file line by line instead, unless the lines beyond the `rows` loaded were only blank."""
        with by_line(self.connection, table, file, self.rules.work) as lines:
            if lines.rows == rows:
                return Loaded(file.file_id, rows)
            self.connection.execute(f"DELETE FROM raw.{table.name} WHERE file_id = {file.file_id}")
            self._insert_and_tell(table, lines.reading)
            if lines.refused:
                rejects.tell_refused(self.connection, table, file.file_id, lines.refused)
        return Loaded(file.file_id, self._count(table, file))

    def _load_parquet(self, table: Table, file: OpenFile) -> Loaded:
        with by_line(self.connection, table, file, self.rules.work) as lines:
            try:
                self._insert(table, lines.reading)
            except duckdb.Error as error:
                # Where the file alone can be read, it was not the file: the disk is full, say.
                parquet_reader.read_all(self.connection, file.path)
                raise error
            rows = self._count(table, file)
            if rows != lines.rows:
                self._judge(table, lines.reading)
                rejects.tell(self.connection, table, lines.reading, "judged_rows")
        return Loaded(file.file_id, rows)

    def _count(self, table: Table, file: OpenFile) -> int:
        sql = f"SELECT count(*) FROM raw.{table.name} WHERE file_id = {file.file_id}"
        row = self.connection.execute(sql).fetchone()
        return int(row[0]) if row else 0

    def _insert_and_tell(self, table: Table, reading: Reading) -> None:
        self._judge(table, reading)
        columns = ", ".join(("file_id", "extra", *table.column_names))
        self.connection.execute(
            f"INSERT INTO raw.{table.name} SELECT {columns} FROM judged_rows WHERE fault IS NULL"
        )
        rejects.tell(self.connection, table, reading, "judged_rows")

    def _judge(self, table: Table, reading: Reading) -> None:
        """Makes the temp table `judged_rows` of a reading that tells rows: the rows, and of each its `fault`."""
        columns = ", ".join(("file_id", "extra", *map(_with_default, table.columns)))
        self.connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE judged_rows AS
                SELECT {columns}, fault, row_number, CASE WHEN fault IS NOT NULL THEN original END AS original
                FROM (SELECT *, {rejects.fault(table, reading)} AS fault FROM ({self.typed(table, reading)}))"""
        )

    def _insert(self, table: Table, reading: Reading) -> None:
        self.connection.execute(f"INSERT INTO raw.{table.name} {self.good_rows(table, reading)}")


def _with_default(column: Column) -> str:
    if column.default is None:
        return column.name
    default = literal(column.default) if isinstance(column.default, str) else str(column.default)
    return f"coalesce({column.name}, {default}) AS {column.name}"
