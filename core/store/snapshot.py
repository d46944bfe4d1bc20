"""One published snapshot, open until the last of its holders lets go: the store, then its readers.

Which snapshot is the current one is `core.store.metric_store`; who may read what is `core.store.readers`.
"""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from weakref import WeakValueDictionary

import duckdb

from core.store.query import PUBLISHED

_Config = dict[str, str | bool | int | float | list[str]]
# A reader has no business outside the file it reads.
_SAFE: _Config = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_persistent_secrets": "false",
    "python_enable_replacements": "false",
    "python_scan_all_frames": "false",
    "lock_configuration": "true",
    # What does not fit in memory is refused: spilled, it would lie beside what is published, where many may read.
    "temp_directory": "",
}
# Of all snapshots, as a build opens the same one again and again.
_PARSED: dict[str, duckdb.Statement] = {}
_MAX_PARSED = 256
_MAX_IDLE = 64


@dataclass(frozen=True)
class Limits:
    """What one question may take; None is without a limit, as builds read."""

    seconds: float | None = None
    memory: str | None = None

    @property
    def config(self) -> _Config:
        """As DuckDB takes them, for each statement."""
        config: _Config = {}
        if self.seconds is not None:
            config["max_execution_time"] = round(self.seconds * 1000)
        if self.memory is not None:
            config["memory_limit"] = self.memory
        return config


UNLIMITED = Limits()


@dataclass(frozen=True)
class SnapshotInfo:
    """What the build wrote about itself; with nothing but dimension rows its data reaches to the build."""

    data_as_of: datetime
    run_id: str
    built_at: datetime
    price_list_version: str


class Snapshot:
    """A connection to one snapshot and the count of those who hold it, its opener first; ValueError when it lacks
    anything."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, name: str, *, seconds: float | None = None
    ) -> None:
        self.name = name
        # How many rows each table has.
        self.table_sizes = _table_sizes(connection)
        if missing := sorted(PUBLISHED - self.table_sizes.keys()):
            raise ValueError(f"tables are missing: {', '.join(missing)}")
        self.info = _read_info(connection)
        self.seconds = seconds
        # What a reader met that could not be read, where one did: this one must answer nobody any more.
        self.damage: str | None = None
        self._connection = connection
        self._idle: list[duckdb.DuckDBPyConnection] = []
        self._lock = threading.Lock()
        self._holders = 1

    def pin(self) -> bool:
        """One more holder; False when the last one has gone and it is closed."""
        with self._lock:
            is_open = self._holders > 0
            self._holders += int(is_open)
            return is_open

    def unpin(self) -> None:
        """One holder less; the last one closes it."""
        with self._lock:
            self._holders -= 1
            if self._holders == 0:
                for cursor in self._idle:
                    cursor.close()
                self._connection.close()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A cursor of its own for one reader; DuckDB's are not used by several threads at once."""
        try:
            return self._idle.pop()
        except IndexError:
            return self._connection.cursor()

    def take_back(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """A cursor that a reader needs no more, before it lets go of the snapshot."""
        if len(self._idle) < _MAX_IDLE:
            self._idle.append(cursor)
        else:
            cursor.close()

    @property
    def knows_customers(self) -> bool:
        """Whether `customer_ids` were read before."""
        return "customer_ids" in self.__dict__

    @cached_property
    def customer_ids(self) -> frozenset[str]:
        """Everybody in it; asked for with every request, so read once."""
        with self.cursor() as cursor:
            rows = cursor.execute("SELECT customer_id FROM dim_customers").fetchall()
        return frozenset(customer_id for (customer_id,) in rows)


def parsed(cursor: duckdb.DuckDBPyConnection, text: str) -> duckdb.Statement:
    """The statement of that text, parsed once: parsing takes as long as reading a few thousand rows."""
    statement = _PARSED.get(text)
    if statement is None:
        (statement,) = cursor.extract_statements(text)
        if len(_PARSED) >= _MAX_PARSED:
            _PARSED.clear()
        _PARSED[text] = statement
    return statement


# DuckDB refuses to open a file twice in one process with other settings; a second store shares the first's.
_OPEN: WeakValueDictionary[Path, Snapshot] = WeakValueDictionary()


def open_snapshot(path: Path, *, threads: int, limits: Limits = UNLIMITED) -> Snapshot:
    """The snapshot, held once for the caller; `duckdb.Error` or ValueError when it is not a whole one."""
    path = path.resolve()
    known = _OPEN.get(path)
    if known is not None and known.pin():
        return known
    config = {**_SAFE, "threads": threads, **limits.config}
    connection = duckdb.connect(path, read_only=True, config=config)
    try:
        snapshot = Snapshot(connection, path.name, seconds=limits.seconds)
    except Exception:
        connection.close()
        raise
    _OPEN[path] = snapshot
    return snapshot


def _table_sizes(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    return dict(connection.execute("SELECT table_name, estimated_size FROM duckdb_tables()").fetchall())


def _read_info(connection: duckdb.DuckDBPyConnection) -> SnapshotInfo:
    columns = "data_as_of, run_id, built_at, price_list_version"
    row = connection.execute(f"SELECT {columns} FROM snapshot_info").fetchone()
    if row is None or (row[0] is None and row[2] is None):
        raise ValueError("it does not say what it holds")
    data_as_of, run_id, built_at, prices = row
    return SnapshotInfo(
        _utc(data_as_of or built_at), str(run_id or ""), _utc(built_at or data_as_of), str(prices or "")
    )


def _utc(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC)
