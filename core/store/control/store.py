"""Reading from and writing to the control store, each as one transaction.

A writer holds the store's write lock from its first statement, so what it reads is still true when it
commits. Which rows mean what lives in the modules named for them (`core.keys`, `core.alerts`, …).
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from core.errors import Unavailable
from core.settings import Settings
from core.store.control.engine import HASTY, WRITES, connect
from core.store.control.upgrade import sqlite_file, upgrade


class StoreUnavailable(Unavailable):
    """The control store cannot be reached, or is locked or full; nothing was changed."""

    def __init__(self) -> None:
        super().__init__("The control store cannot be used right now and nothing was changed; try again")


class ControlStore:
    """One process's door to the control store; safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self._readers = engine
        self._hasty_readers = engine.execution_options(**{HASTY: True})
        self._writers = engine.execution_options(**{WRITES: True})
        # When somebody last waited for it in vain, by the monotonic clock: the next one need not wait as well.
        self.unavailable_at = float("-inf")

    @property
    def changes_only_while_readable(self) -> bool:
        """Whether a store that cannot be read cannot be changed by anybody either: one file, and whoever locks it locks
        all. A server may be out of reach for us alone."""
        return self._readers.dialect.name == "sqlite"

    @contextmanager
    def reading(self, *, hasty: bool = False) -> Iterator[Connection]:
        """A transaction that sees one state; StoreUnavailable when the store cannot be read in time. `hasty` is who
        can go on without: a lock is then waited for as long as an ordinary writer holds it, and no longer."""
        readers = self._hasty_readers if hasty else self._readers
        try:
            with _as_unavailable(), readers.begin() as connection:
                yield connection
        except StoreUnavailable:
            self.unavailable_at = time.monotonic()
            raise

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is on the disk when this returns, or has not happened."""
        with _as_unavailable(), self._writers.begin() as connection:
            yield connection

    def compact(self) -> None:
        """Writes the tables anew, so that nothing is left on the disk of rows that are gone. Waits for writers, and
        they for it."""
        statement = "VACUUM" if self._readers.dialect.name == "sqlite" else "VACUUM (FULL)"
        with _as_unavailable(), self._readers.connect() as connection:
            # Outside any transaction, where alone it can be done.
            connection.rollback()
            raw = connection.connection.dbapi_connection
            assert raw is not None
            if self._readers.dialect.name != "sqlite":
                raw.autocommit = True
            raw.cursor().execute(statement)
            connection.invalidate()

    def close(self) -> None:
        self._readers.dispose()


def open_control_store(settings: Settings) -> ControlStore:
    """The store of this installation, brought to the current schema first."""
    engine = connect(settings.control_url)
    try:
        with _as_unavailable():
            upgrade(engine)
    except BaseException:
        engine.dispose()
        raise
    return ControlStore(engine)


def existing_control_store(settings: Settings) -> ControlStore | None:
    """The store, brought to the current schema; None where nobody has needed its file yet. Makes no file."""
    file = sqlite_file(connect(settings.control_url))
    return open_control_store(settings) if file is None or file.exists() else None


@contextmanager
def _as_unavailable() -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        # A broken constraint is an answer, not an outage; the caller knows which.
        raise
    except SQLAlchemyError as problem:
        raise StoreUnavailable() from problem
