"""A PostgreSQL server of the test run's own: made in a new folder, reached by its socket, gone afterwards."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from core.settings import Settings
from core.store.control import open_control_store
from core.store.control.engine import connect

_MIGRATED = "migrated"
# Of pg_ctl: waits until it is done, on a busy machine too.
PATIENTLY = ("-w", "-t", "600", "-s")


@dataclass(frozen=True)
class Server:
    """Databases of one server; every one that is asked for is new, and has the schema of today."""

    folder: Path
    numbers: Iterator[int]

    def url(self, database: str) -> str:
        return f"postgresql://proofline@/{database}?host={self.folder}"

    def new_database(self, *, template: str = _MIGRATED) -> str:
        """The URL of a database that nobody has used yet."""
        name = f"test_{next(self.numbers)}"
        engine = connect(self.url("postgres")).execution_options(isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        engine.dispose()
        return self.url(name)


def programs() -> Path | None:
    """Where PostgreSQL's programs are, the newest version first; None where it is not installed."""
    found = shutil.which("initdb")
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: -int(p.parts[-3]))
    return next((path.parent for path in [*([Path(found)] if found else []), *versions]), None)


@contextmanager
def server(bin_folder: Path) -> Iterator[Server]:
    """The server while it is used. It refuses to run as root, who lets somebody else run it."""
    # A socket's path may have about a hundred characters, so it is not pytest's folder.
    with tempfile.TemporaryDirectory(prefix="pg-") as place:
        folder = Path(place)
        owner = _owner()
        if owner is not None:
            shutil.chown(folder, owner, owner)
        _run(
            owner,
            [bin_folder / "initdb", "-U", "proofline", "-A", "trust", "--no-sync", "-D", folder / "data"],
        )
        options = f"-k {folder} -c listen_addresses= -c fsync=off -c max_connections=50"
        control = [bin_folder / "pg_ctl", "-D", folder / "data", *PATIENTLY]
        _run(owner, [*control, "-o", options, "-l", folder / "log", "start"])
        try:
            made = Server(folder, count(1))
            _make_template(made)
            yield made
        finally:
            _run(owner, [*control, "-m", "immediate", "stop"])


def _make_template(made: Server) -> None:
    """The steps of the schema are taken once; every other database is a copy."""
    url = made.new_database(template="template0")  # test_1
    open_control_store(Settings(home=made.folder, database_url=url)).close()
    engine = connect(made.url("postgres")).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE test_1 RENAME TO {_MIGRATED}")
    engine.dispose()


def _owner() -> str | None:
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _run(owner: str | None, command: Sequence[str | Path]) -> None:
    ended = subprocess.run(
        [str(part) for part in command], user=owner, cwd="/", capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise RuntimeError(f"{command[0]} ended with {ended.returncode}: {ended.stderr}{ended.stdout}")
