"""A warehouse that ingests for tests: files are landed, runs are run, and what came of them is told as plain rows."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from pipeline.ingest import tables
from pipeline.ingest.landing import LandingFile, Unusable, find
from pipeline.ingest.load import Rules
from pipeline.ingest.opened import Bounds
from pipeline.ingest.raw_store import Changing, RawStore, StoredFile
from pipeline.ingest.run import Arrivals, Options, ingest
from pipeline.resources import Resources

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
USUAL_BOUNDS = Bounds(200, 8 << 30)
Row = Mapping[str, Any]


class Warehouse:
    """A database in memory, a landing directory and the stored copies below `root`."""

    def __init__(
        self,
        root: Path,
        *,
        source_zones: tuple[tuple[str, str], ...] = (),
        bounds: Bounds = USUAL_BOUNDS,
        late_days: int = 35,
    ) -> None:
        self.root, self.landing, work = root, root / "landing", root / "work"
        work.mkdir(parents=True)
        self.landing.mkdir()
        self.store = RawStore(root / "raw")
        self.options = Options(
            Rules(source_zones, work),
            bounds,
            late_days,
            ("customer.id",),
            None,
            Resources("1GB", work, "1GB"),
        )
        self.connection = duckdb.connect(config={"preserve_insertion_order": "false", "threads": "2"})
        self.connection.execute("SET TimeZone = 'UTC'")
        tables.create(self.connection)
        self.publish({})
        self.known_late([])

    def land(self, name: str, rows: Iterable[Row | str]) -> Path:
        """Writes JSON lines; a row that is text stands in the file as it is."""
        lines = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
        return self.land_bytes(name, "".join(f"{line}\n" for line in lines).encode())

    def land_bytes(self, name: str, content: bytes) -> Path:
        path = self.landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def publish(self, newest_days: Mapping[str, date]) -> None:
        """Says what was published before: each customer's newest day."""
        self.connection.execute(
            "CREATE OR REPLACE TEMP TABLE published_days (customer_id VARCHAR, newest_day DATE)"
        )
        for customer, day in newest_days.items():
            self.connection.execute("INSERT INTO published_days VALUES (?, ?)", [customer, day])

    def known_late(self, rows: Iterable[tuple[str, str, int]]) -> None:
        self.connection.execute(
            "CREATE OR REPLACE TEMP TABLE known_late (table_name VARCHAR, sha256 VARCHAR, row_hash UBIGINT)"
        )
        for row in rows:
            self.connection.execute("INSERT INTO known_late VALUES (?, ?, ?)", row)

    def run(
        self,
        *,
        now: datetime = NOW,
        release: tuple[date, date] | None = None,
        restoring: bool = False,
        order: Iterable[str] | None = None,
    ) -> int:
        """Ingests the landing files that are not in the ledger, by name or in the `order` given."""
        found = find(self.landing)
        taken = [self.store.take(f, now=now) for f in found if isinstance(f, LandingFile)]
        loaded = {sha256 for (sha256,) in self.rows("SELECT sha256 FROM raw.files")}
        new = {f.sha256: f for f in taken if isinstance(f, StoredFile) and f.sha256 not in loaded}
        files = list(new.values())
        if order is not None:
            places = list(order)
            files = sorted((f for f in files if f.relative in places), key=lambda f: places.index(f.relative))
        unusable = [f for f in [*found, *taken] if isinstance(f, Unusable)]
        self.waiting = [f.relative for f in taken if isinstance(f, Changing)]
        arrivals = Arrivals(files, unusable, release)
        return ingest(
            self.connection, arrivals, self.options, now=now, told=lambda *_: None, restoring=restoring
        )

    def take_all(self) -> list[StoredFile | Changing | Unusable]:
        """Takes every landing file into the store, and ingests none."""
        return [self.store.take(f, now=NOW) for f in find(self.landing) if isinstance(f, LandingFile)]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()

    def one(self, sql: str) -> Any:
        """The only value of the only row."""
        ((value,),) = self.rows(sql)
        return value

    def dicts(self, sql: str) -> list[dict[str, Any]]:
        cursor = self.connection.execute(sql)
        names = [name for name, *_ in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def rejects(self) -> list[tuple[Any, ...]]:
        """File, line, reason and column of every reject, in order."""
        return self.rows(
            """SELECT f.path, r.row_number, r.reason, r.column_name FROM raw.rejects AS r
               JOIN raw.files AS f USING (file_id) ORDER BY ALL"""
        )

    def files(self) -> dict[str, tuple[str, int]]:
        """State and rows loaded of every file, by its path."""
        return {p: (s, n) for p, s, n in self.rows("SELECT path, state, row_count FROM raw.files")}

    def touched(self) -> set[tuple[str, str]]:
        return {(c, str(d)) for c, d in self.rows("SELECT customer_id, day FROM raw.touched")}
