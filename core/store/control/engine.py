"""How the control store is connected to: one engine a process, with the durability both databases can give.

SQLite keeps a rollback journal: versions before 3.51.3 can corrupt a database in WAL mode, and a file that is
written a few times a minute gains nothing from WAL. What is asked of the store lives in `store`.
"""

from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from core.settings_text import SettingsError

BUSY_SECONDS = 5
# Long enough for whoever writes as they should: that takes the disk some milliseconds.
HASTY_SECONDS = 0.5
WRITES = "proofline_writes"
HASTY = "proofline_hasty"

_PRAGMAS = ("PRAGMA foreign_keys = ON", "PRAGMA trusted_schema = OFF")
# Not when connecting: they wait for whoever has locked the file, and readers need them not.
_WRITERS_PRAGMAS = (
    "PRAGMA journal_mode = TRUNCATE",
    # An acknowledged write is on the disk, also when the power goes the moment after.
    "PRAGMA synchronous = FULL",
)

# Names the turn of the writers among whatever else the database's advisory locks are used for.
_TURN = 0x70726F6F66
_POSTGRESQL = {
    "connect_timeout": BUSY_SECONDS,
    "options": f"-c lock_timeout={BUSY_SECONDS}s -c idle_in_transaction_session_timeout=60s -c timezone=UTC",
}


def connect(url: str) -> Engine:
    """An engine for this URL; SettingsError when the URL cannot be used. Nothing is opened yet."""
    try:
        parsed = make_url(url)
        return _sqlite(url) if parsed.get_backend_name() == "sqlite" else _postgresql(parsed)
    except (ArgumentError, NoSuchModuleError):
        raise SettingsError("PROOFLINE_DATABASE_URL", "is not a database URL that can be used") from None
    except ModuleNotFoundError as missing:
        raise SettingsError(
            "PROOFLINE_DATABASE_URL", f"needs the Python package {missing.name}, which is not installed"
        ) from None


def _sqlite(url: str) -> Engine:
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _postgresql(url: URL) -> Engine:
    driver = "postgresql+psycopg" if url.drivername == "postgresql" else url.drivername
    engine = create_engine(
        url.set(drivername=driver), hide_parameters=True, pool_pre_ping=True, connect_args=_POSTGRESQL
    )
    event.listen(engine, "begin", _take_turn)
    return engine


def _take_turn(connection: Connection) -> None:
    """Writers wait for one another from their first statement, as SQLite's do; readers see one state and wait for
    nobody. Whoever waits sees what the one before has committed, so a writer must not keep to one state."""
    is_writing = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql(
        f"SELECT pg_advisory_xact_lock({_TURN})"
        if is_writing
        else "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
    )


def _prepare(connection: Any, _record: object) -> None:
    # Python's driver would begin transactions by itself, and not before DDL; `_begin` does it instead.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(pragma).close()


def _begin(connection: Connection) -> None:
    # A write lock that is taken late cannot be waited for, because the reader would deadlock with itself.
    options = connection.get_execution_options()
    seconds = HASTY_SECONDS if options.get(HASTY, False) else BUSY_SECONDS
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {seconds * 1000:.0f}")
    is_writing = options.get(WRITES, False)
    for pragma in _WRITERS_PRAGMAS if is_writing else ():
        connection.exec_driver_sql(pragma)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN DEFERRED")
