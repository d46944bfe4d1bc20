"""Files into `raw`: every good row of every file, typed; everything else told with its reason.

One statement loads all JSON lines of a table, and one all Parquet files of the same columns; CSV goes file by file. A
text file of which some line was not loaded is read once more line by line: each of its lines is loaded, told or blank.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import available_timezones

import duckdb

from core.contract import Table
from core.fault import hit
from pipeline.errors import UnreadableError
from pipeline.ingest import csv_reader, csv_records, json_reader, parquet_reader, rejects
from pipeline.ingest.by_line import by_line
from pipeline.ingest.reading import Reading, literal, relation_rows
from pipeline.ingest.rows import faulty_rows, good_rows, judged_rows


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
        results = self._load_together(table, lines) if lines else []
        for file in lines:
            told(file)
        for alike in parquet_reader.alike(self.connection, [f for f in files if f.format == "parquet"]):
            results += self._load_alike(table, alike)
            for file in alike:
                told(file)
        for file in (f for f in files if f.format not in ("jsonl", "parquet")):
            results.append(self._load_one(table, file))
            told(file)
        return results

    def load_relation(self, table: Table, relation: str, columns: Sequence[str]) -> None:
        """Loads rows that already stand in `relation` as text (file_id, row_number, extra and `columns`)."""
        reading = relation_rows(relation, columns)
        self._judge(table, reading)
        self._insert_judged(table)
        rejects.tell(self.connection, table, reading, "judged")

    def _load_together(self, table: Table, files: Sequence[OpenFile]) -> list[Loaded]:
        try:
            self._insert(table, json_reader.lines_in_bulk(self.connection, table, files))
        except duckdb.InvalidInputException:
            # One of them stops the reader; the others need not suffer from it.
            return [self._load_one(table, file) for file in files]
        hit("ingest.after_parse")
        return [self._accounted(table, file) for file in files]

    def _load_alike(self, table: Table, files: Sequence[OpenFile]) -> list[Loaded]:
        """Parquet files of the same columns and types, at once, so that both cores work."""
        if len(files) == 1:
            return [self._load_one(table, files[0])]
        try:
            self._insert(table, parquet_reader.rows(self.connection, table, files))
        except (duckdb.Error, UnreadableError):
            # One of them stops the reader; the others need not suffer from it.
            return [self._load_one(table, file) for file in files]
        hit("ingest.after_parse")
        return [self._accounted_parquet(table, file) for file in files]

    def _load_one(self, table: Table, file: OpenFile) -> Loaded:
        load = self._load_parquet if file.format == "parquet" else self._load_text
        try:
            loaded = load(table, file)
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
        """How many rows of a text file were loaded; where lines are missing, they are found by line."""
        rows = self._loaded(table, file)
        expected = file.lines - (1 if file.format == "csv" else 0)
        return Loaded(file.file_id, rows) if rows == expected else self._load_by_line(table, file, rows)

    def _load_by_line(self, table: Table, file: OpenFile, loaded: int) -> Loaded:
        """Tells the lines that are missing beyond the rows `loaded` in bulk. Where the two do not add up, since that
        reader stopped or took lines together, the rows by line are loaded instead."""
        with by_line(self.connection, table, file, self.rules.work) as lines:
            if loaded == lines.rows:
                return Loaded(file.file_id, loaded)
            faults = self._judge(table, lines.reading, only_faults=loaded > 0)
            rows = lines.rows - lines.refused_count - faults
            if rows != loaded:
                self._load_instead(table, file, lines.reading, is_judged=loaded == 0)
            rejects.tell(self.connection, table, lines.reading, "judged")
            if lines.refused_count:
                rejects.tell_refused(self.connection, table, file.file_id, lines.refused)
        return Loaded(file.file_id, rows)

    def _load_instead(self, table: Table, file: OpenFile, reading: Reading, *, is_judged: bool) -> None:
        if not is_judged:
            self.connection.execute(f"DELETE FROM raw.{table.name} WHERE file_id = {file.file_id}")
            self._judge(table, reading)
        self._insert_judged(table)

    def _load_parquet(self, table: Table, file: OpenFile) -> Loaded:
        with by_line(self.connection, table, file, self.rules.work) as lines:
            try:
                self._insert(table, lines.reading)
            except duckdb.Error as error:
                # Where the file alone can be read, it was not the file: the disk is full, say.
                parquet_reader.read_all(self.connection, file.path)
                raise error
        return self._accounted_parquet(table, file)

    def _accounted_parquet(self, table: Table, file: OpenFile) -> Loaded:
        """How many rows of a Parquet file were loaded; those that were not are told."""
        rows = self._loaded(table, file)
        if rows != parquet_reader.row_count(self.connection, file.path):
            with by_line(self.connection, table, file, self.rules.work) as lines:
                self._judge(table, lines.reading, only_faults=True)
                rejects.tell(self.connection, table, lines.reading, "judged")
        return Loaded(file.file_id, rows)

    def _insert(self, table: Table, reading: Reading) -> None:
        self.connection.execute(f"INSERT INTO raw.{table.name} {good_rows(table, reading, self.rules.zone)}")

    def _judge(self, table: Table, reading: Reading, *, only_faults: bool = False) -> int:
        """Makes the temp table `judged` of a reading's rows, and says how many have a fault."""
        rows = (faulty_rows if only_faults else judged_rows)(table, reading, self.rules.zone)
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE judged AS {rows}")
        return self._count("judged WHERE fault IS NOT NULL")

    def _insert_judged(self, table: Table) -> None:
        columns = ", ".join(("file_id", "extra", *table.column_names))
        self.connection.execute(
            f"INSERT INTO raw.{table.name} SELECT {columns} FROM judged WHERE fault IS NULL"
        )

    def _loaded(self, table: Table, file: OpenFile) -> int:
        return self._count(f"raw.{table.name} WHERE file_id = {file.file_id}")

    def _count(self, relation: str) -> int:
        row = self.connection.execute(f"SELECT count(*) FROM {relation}").fetchone()
        return int(row[0]) if row else 0
