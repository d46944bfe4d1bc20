"""The control store: is it there, whole, of this program's schema, and kept as it must be? It is only read."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, create_engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from core.doctor.case import Case
from core.doctor.finding import Check, Finding, fail, ok, warn
from core.settings import Settings
from core.settings_text import SettingsError
from core.store.control.engine import connect
from core.store.control.upgrade import HEAD, sqlite_file

_SUBJECT = "control store"


def check_store(case: Case) -> Iterator[Finding]:
    try:
        with reading(case.settings) as connection:
            if connection is None:
                yield ok(_SUBJECT, "not there yet; the first key or portal makes it")
                return
            yield _schema(connection)
            yield from _kept(connection)
    except SettingsError as error:
        yield fail(_SUBJECT, f"{error}.", "Mend PROOFLINE_DATABASE_URL.")
    except SQLAlchemyError as problem:
        # Not the driver's words: they repeat the address.
        told = f"It cannot be read ({type(problem).__name__})."
        yield fail(_SUBJECT, told, _way_there(case.settings))


@contextmanager
def reading(settings: Settings) -> Iterator[Connection | None]:
    """The store as it lies there: no file is made, nothing is migrated. None where there is no file."""
    engine = _engine(settings)
    try:
        if engine is None:
            yield None
            return
        with engine.connect() as connection:
            yield connection
    finally:
        if engine is not None:
            engine.dispose()


def _engine(settings: Settings) -> Engine | None:
    engine = connect(settings.control_url)
    file = sqlite_file(engine)
    if file is None:
        return engine
    return create_engine(f"sqlite:///file:{file}?mode=ro&uri=true") if file.exists() else None


def _way_there(settings: Settings) -> str:
    if settings.database_url.startswith("postgres"):
        return "Is PostgreSQL running, and does PROOFLINE_DATABASE_URL name its host, user and password?"
    return f"Put a backup of {settings.control_path} in its place; the damaged file may be moved away."


def _schema(connection: Connection) -> Finding:
    if not inspect(connection).has_table("alembic_version"):
        return fail(_SUBJECT, "It holds no tables of Proofline.", "Let PROOFLINE_DATABASE_URL name another.")
    found = str(connection.scalar(text("SELECT version_num FROM alembic_version")))
    where = "PostgreSQL" if connection.dialect.name != "sqlite" else "SQLite"
    if found < HEAD:
        advice = "It is brought forward when any command or server starts; take a backup first."
        return warn(_SUBJECT, f"{where}, schema {found}; this program's is {HEAD}.", advice)
    if found > HEAD:
        advice = "Start the newer Proofline, or put the backup from before the upgrade in place."
        return fail(_SUBJECT, f"{where}, schema {found} is newer than this program's {HEAD}.", advice)
    return ok(_SUBJECT, f"{where}, schema {found}, the newest")


def _kept(connection: Connection) -> Iterator[Finding]:
    if connection.dialect.name != "sqlite":
        return
    verdict = str(connection.scalar(text("PRAGMA quick_check(1)")))
    if verdict != "ok":
        yield fail(_SUBJECT, f"The file is damaged: {verdict}.", "Put a backup in its place.")
    if str(connection.scalar(text("PRAGMA journal_mode"))) == "wal":
        advice = "Stop all servers, then: sqlite3 control.sqlite 'PRAGMA journal_mode = TRUNCATE'"
        yield warn(_SUBJECT, "The file was set to WAL, which this SQLite may damage.", advice)


CHECKS: tuple[Check, ...] = (check_store,)
