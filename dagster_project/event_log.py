"""Dagster's event log in SQLite files, kept open for as long as a build writes it.

Dagster's own opens a file anew for every event, and with it the engine and all statements, which makes two of every ten
seconds of a small build; more where the disk is slow, since the last to close a file has the disk confirm all of it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine

# A build writes its own file and the one about all runs; who reads all runs need not hold all their files.
_MOST_OPEN = 4


class OpenEventLog(SqliteEventLogStorage):
    """Dagster's own, with few engines instead of one for each question; for a process of one build."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, Engine] = {}
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> Self:
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    def _engine(self, shard: str) -> Engine:
        if shard not in self._engines:
            if len(self._engines) >= _MOST_OPEN:
                self._close_all()
            self._engines[shard] = create_engine(
                self.conn_string_for_shard(shard),
                # The lock above lets one thread at a time in, whichever it is.
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
            )
        return self._engines[shard]

    def _close_all(self) -> None:
        while self._engines:
            self._engines.popitem()[1].dispose()

    def dispose(self) -> None:
        super().dispose()
        self._close_all()


def configuration(home: Path) -> dict[str, Any]:
    """What an instance's configuration says to keep its events so; `home` is DAGSTER_HOME."""
    place = {"base_dir": str(home / "history" / "runs")}
    return {"event_log_storage": {"module": __name__, "class": OpenEventLog.__name__, "config": place}}
