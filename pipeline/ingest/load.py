"""Files into `raw`: every good row of every file, typed; everything else told with its reason.

One statement loads all JSON lines of a table; other formats go file by file. A row is rejected by the same
conditions that let the others through, so none can fall between.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb

from core.contract import Column, Table
from core.fault import hit
from pipeline.errors import UnreadableError
from pipeline.ingest import checks, mend, readers, rejects
from pipeline.ingest.readers import Reading, literal


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
        connection.execute("CREATE OR REPLACE TEMP TABLE zone_names AS SELECT name FROM pg_timezone_names()")

    def load(self, table: Table, files: Sequence[OpenFile], told: Callable[[OpenFile], None]) -> list[Loaded]:
        """Loads `files` into `raw.<table>`; `told` hears of each file that is done."""
        lines = [f for f in files if f.format == "jsonl"]
        results = self._load_json(table, lines) if lines else []
        results += [self._load_one(table, f) for f in files if f.format != "jsonl"]
        for file in files:
            told(file)
        return results

    def load_relation(self, table: Table, relation: str, columns: Sequence[str], taken_at: datetime) -> None:
        """Loads rows that already stand in `relation` as text (file_id, row_number, extra and `columns`)."""
        reading = readers.relation_rows(relation, columns, taken_at)
        self._insert(table, reading)
        found = rejects.of_relation(self.connection, self._typed(table, reading), table, reading)
        for file_id, reject in found:
            rejects.store(self.connection, table.name, file_id, [reject])

    def _load_json(self, table: Table, files: Sequence[OpenFile]) -> list[Loaded]:
        try:
            self._insert(table, readers.json_lines(self.connection, table, files))
        except duckdb.Error:
            return [self._load_one(table, file) for file in files]
        return [self._accounted(table, file) for file in files]

    def _load_one(self, table: Table, file: OpenFile) -> Loaded:
        try:
            self._insert(table, self._reading(table, file))
        except UnreadableError as error:
            return Loaded(file.file_id, 0, str(error))
        except duckdb.Error as error:
            if file.format != "jsonl":
                return Loaded(file.file_id, 0, f"cannot be read ({str(error).splitlines()[0][:200]})")
            return self._load_mended(table, file)
        hit("ingest.after_parse")
        return self._accounted(table, file)

    def _load_mended(self, table: Table, file: OpenFile) -> Loaded:
        """Lines the reader stumbles over are blanked, which keeps the numbers of the others."""
        plain, dropped = mend.without_overlong_lines(file.path, self.rules.work)
        mended = replace(file, path=plain)
        try:
            self._insert(table, self._reading(table, mended))
        except duckdb.Error as error:
            return Loaded(file.file_id, 0, f"cannot be read ({str(error).splitlines()[0][:200]})")
        rejects.store(self.connection, table.name, file.file_id, dropped)
        return self._accounted(table, mended)

    def _accounted(self, table: Table, file: OpenFile) -> Loaded:
        """How many rows were loaded; where that is fewer than the file has, the rest is found and told."""
        rows = self._count(table, file)
        if rows != self._expected(file):
            reading = self._reading(table, file)
            found = rejects.find(self.connection, table, file, self._typed(table, reading), reading)
            rejects.store(self.connection, table.name, file.file_id, found)
        return Loaded(file.file_id, rows)

    def _expected(self, file: OpenFile) -> int:
        if file.format == "parquet":
            sql = f"SELECT sum(num_rows) FROM parquet_file_metadata({literal(file.path)})"
            row = self.connection.execute(sql).fetchone()
            return int(row[0]) if row else 0
        return file.lines - (file.format == "csv")

    def _count(self, table: Table, file: OpenFile) -> int:
        sql = f"SELECT count(*) FROM raw.{table.name} WHERE file_id = {file.file_id}"
        row = self.connection.execute(sql).fetchone()
        return int(row[0]) if row else 0

    def _reading(self, table: Table, file: OpenFile) -> Reading:
        if file.format == "jsonl":
            return readers.json_lines(self.connection, table, [file])
        if file.format == "csv":
            return readers.csv_rows(table, file)
        return readers.parquet_rows(self.connection, table, file)

    def _insert(self, table: Table, reading: Reading) -> None:
        columns = ", ".join(map(_with_default, table.columns))
        self.connection.execute(
            f"INSERT INTO raw.{table.name} SELECT file_id, extra, {columns}"
            f" FROM ({self._typed(table, reading)}) WHERE NOT coalesce({checks.any_fault(table, reading.values)}, false)"
        )

    def _typed(self, table: Table, reading: Reading) -> str:
        zone = self.rules.zone
        columns = [f"{checks.typed(c, reading.values.get(c.name), zone)} AS {c.name}" for c in table.columns]
        if self.rules.source_zones:  # the zone depends on a column that must be typed first
            source = checks.typed(
                table.column("source_system"), reading.values.get("source_system"), "'UTC'"
            )
            zoned = ", ".join(c for c in columns if not c.endswith(" AS source_system"))
            return f"SELECT *, {zoned} FROM (SELECT *, {source} AS source_system FROM ({reading.sql}))"
        return f"SELECT *, {', '.join(columns)} FROM ({reading.sql})"


def _with_default(column: Column) -> str:
    if column.default is None:
        return column.name
    default = literal(column.default) if isinstance(column.default, str) else str(column.default)
    return f"coalesce({column.name}, {default}) AS {column.name}"
