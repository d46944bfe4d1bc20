"""Dagster's runs, events and schedules where PostgreSQL keeps them: the address as each driver needs it, the schema that
holds the tables, and what others than Dagster ask of them.

The tables and their migrations are Dagster's. Where no address is set they are SQLite files in PROOFLINE_HOME.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import URL, Connection, create_engine, inspect, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from core.settings import Settings
from core.settings_text import SettingsError

SETTING = "PROOFLINE_DAGSTER_DATABASE_URL"
# A schema of its own, because both Dagster and the control store have a table alembic_version.
SCHEMA = "dagster"
OURS, DAGSTERS = "psycopg", "psycopg2"
_CONNECT_SECONDS = 5
# Dagster writes times without a zone, and reads them back as UTC.
_OPTIONS = f"-c search_path={SCHEMA} -c timezone=UTC"
# A refusal while connecting has no code, only the server's words, which another language may have replaced.
_REFUSALS = (
    ("password", "it refuses the user or the password"),
    ('role "', "it does not know the user"),
    ('database "', "it has no database of that name"),
    ("pg_hba", "it does not let this user in from here"),
    ("Connection refused", "nobody answers at that address"),
    ("No such file", "nobody answers at that address"),
    ("translate host name", "its host is not known"),
    ("timeout", "it does not answer in time"),
)
_NOT_ALLOWED = "42501"


def address(settings: Settings, driver: str = DAGSTERS) -> URL:
    """Where the tables are; holds a password, so never log it."""
    try:
        url = make_url(settings.dagster_database_url)
    except ArgumentError:
        raise SettingsError(SETTING, "is not a database URL that can be used") from None
    given = url.query.get("options", "")
    asked = {"options": f"{given} {_OPTIONS}".strip(), "connect_timeout": str(_CONNECT_SECONDS)}
    return url.set(drivername=f"postgresql+{driver}").update_query_dict(asked)


@contextmanager
def connected(settings: Settings) -> Iterator[Connection]:
    """One connection that commits each statement by itself."""
    engine = create_engine(
        address(settings, OURS), poolclass=NullPool, hide_parameters=True, isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        yield connection


def names_storage(dagster_yaml: str) -> bool:
    """Whether this configuration says where runs are kept, instead of leaving them beside itself."""
    places = ("storage:", "run_storage:", "event_log_storage:", "schedule_storage:")
    return any(line.startswith(places) for line in dagster_yaml.splitlines())


def last_heartbeat(connection: Connection) -> datetime | None:
    """When a daemon last said that it lives; None where none ever has."""
    if not inspect(connection).has_table("daemon_heartbeats", SCHEMA):
        return None
    found = connection.exec_driver_sql(f"SELECT max(timestamp) FROM {SCHEMA}.daemon_heartbeats").scalar()
    return found.replace(tzinfo=UTC) if isinstance(found, datetime) else None


def compact(settings: Settings) -> None:
    """Writes the tables anew, so that nothing is left on the disk of rows that are gone. One that is in use keeps it
    until the next time."""
    with connected(settings) as connection:
        connection.exec_driver_sql(f"SET lock_timeout = '{_CONNECT_SECONDS}s'")
        for table in inspect(connection).get_table_names(SCHEMA):
            try:
                connection.exec_driver_sql(f'VACUUM (FULL) {SCHEMA}."{table}"')
            except DBAPIError:
                continue


def why_not(settings: Settings, problem: SQLAlchemyError) -> str:
    """A sentence of our own: the driver's words may repeat the address."""
    told = str(getattr(problem, "orig", problem))
    reason = next((reason for word, reason in _REFUSALS if word in told), "it does not work as it should")
    if getattr(getattr(problem, "orig", None), "sqlstate", None) == _NOT_ALLOWED:
        theirs = f'CREATE SCHEMA {SCHEMA} AUTHORIZATION "{address(settings).username}"'
        reason = f"the user may not make the schema; let an administrator run: {theirs}"
    return f"PostgreSQL, where {SETTING} keeps Dagster's runs, cannot be used: {reason}."
