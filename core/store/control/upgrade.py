"""Brings the control store to the schema this program expects, or refuses with a reason.

A file that is there is never replaced: one that cannot be read is somebody's data. A new file appears whole
or not at all. The steps themselves live in `migrations/versions`.
"""

import os
import secrets
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DatabaseError

from core.store.control.engine import WRITES, connect

# The newest step in `migrations/versions`; a test holds the two together. Known here so that a start with
# nothing to do does not import the migration library.
HEAD = "0007"
MIGRATIONS = Path(__file__).parent / "migrations"
_SQLITE_HEADER = b"SQLite format 3\x00"


class ControlStoreDamagedError(Exception):
    """The control store is there, but it is not one that this program can use; nothing was changed."""


def upgrade(engine: Engine) -> None:
    """Every step that is missing, in one transaction; a missing SQLite file is made."""
    path = sqlite_file(engine)
    if path is not None:
        _require_usable(path) if path.exists() else _create(path)
    try:
        with engine.execution_options(**{WRITES: True}).begin() as connection:
            _bring_forward(connection)
    except DatabaseError as problem:
        if path is None or "locked" in str(problem.orig):
            raise
        raise _damaged(path, str(problem.orig)) from problem


def sqlite_file(engine: Engine) -> Path | None:
    """The file of a SQLite store; None for a store that is no file."""
    if engine.dialect.name != "sqlite" or not engine.url.database or engine.url.database == ":memory:":
        return None
    return Path(engine.url.database)


def _require_usable(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(len(_SQLITE_HEADER)) != _SQLITE_HEADER:
            raise _damaged(path, "it does not begin as a SQLite database does")


def _create(path: Path) -> None:
    """A whole new store beside the path, then its name; another process may be faster, which is as good."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}.new")
    try:
        os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        fresh = connect(f"sqlite:///{beside}")
        with fresh.execution_options(**{WRITES: True}).begin() as connection:
            _bring_forward(connection)
        fresh.dispose()
        _name(beside, path)
    finally:
        for leftover in path.parent.glob(f"{beside.name}*"):
            leftover.unlink(missing_ok=True)


def _name(beside: Path, path: Path) -> None:
    try:
        os.link(beside, path)
    except FileExistsError:
        return
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _bring_forward(connection: Connection) -> None:
    names = set(inspect(connection).get_table_names())
    if "alembic_version" in names:
        _require_sound(connection)
        if connection.scalar(text("SELECT version_num FROM alembic_version")) == HEAD:
            return
    elif names:
        raise ControlStoreDamagedError(
            "The control store holds tables, but not Proofline's. It was left as it is;"
            " let PROOFLINE_HOME or PROOFLINE_DATABASE_URL name a place of its own."
        )
    _migrate(connection)


def _require_sound(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    verdict = connection.scalar(text("PRAGMA quick_check(1)"))
    if verdict != "ok":
        raise _damaged(Path(str(connection.engine.url.database)), str(verdict))


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as unknown:
        raise ControlStoreDamagedError(
            "The control store was written by a newer Proofline. It was left as it is; start that version."
        ) from unknown


def _damaged(path: Path, reason: str) -> ControlStoreDamagedError:
    return ControlStoreDamagedError(
        f"The control store {path} cannot be read: {' '.join(reason.split())}. It was left as it is."
        " Put a backup in its place; or, to begin without keys, definitions and rules, move it away."
    )
