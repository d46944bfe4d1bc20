"""What the doctor says of the daemon where Dagster keeps its tables in PostgreSQL."""

from datetime import timedelta
from pathlib import Path

import pytest

from core.doctor import Case, Finding, State, work
from core.settings import Settings
from core.store import dagster_storage
from core.store.dagster_storage import SETTING
from tests.builders import NOON
from tests.builders.postgresql import Server


def _told(home: Path, **environ: str) -> Finding:
    (found,) = work.check_daemon(Case.of({"PROOFLINE_HOME": str(home), **environ}, now=NOON))
    return found


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.new_database()


def test_a_daemon_that_has_never_run_is_told_and_nothing_is_made(tmp_path: Path, url: str) -> None:
    told = _told(tmp_path, **{SETTING: url})
    assert told.state is State.WARN and told.told.startswith("It has never run here.")
    with dagster_storage.connected(Settings(dagster_database_url=url)) as connection:
        schemas = connection.exec_driver_sql("SELECT nspname FROM pg_namespace").scalars().all()
    assert "dagster" not in schemas
    assert list(tmp_path.iterdir()) == []


def test_the_daemons_last_word_is_read_from_its_table(tmp_path: Path, url: str) -> None:
    with dagster_storage.connected(Settings(dagster_database_url=url)) as connection:
        connection.exec_driver_sql("CREATE SCHEMA dagster")
        connection.exec_driver_sql("CREATE TABLE daemon_heartbeats (timestamp TIMESTAMP)")
        assert _told(tmp_path, **{SETTING: url}).state is State.WARN
        at = NOON - timedelta(minutes=1)
        connection.exec_driver_sql(f"INSERT INTO daemon_heartbeats VALUES ('{at.replace(tzinfo=None)}')")
    told = _told(tmp_path, **{SETTING: url})
    assert (told.state, told.told) == (State.OK, "last heard of at 11:59:00 UTC")


def test_a_server_that_is_away_is_told_without_its_password(tmp_path: Path) -> None:
    told = _told(tmp_path, **{SETTING: "postgresql://proofline:hunter2@127.0.0.1:1/none"})
    assert told.state is State.FAIL
    assert "nobody answers at that address" in told.told
    assert "hunter2" not in repr(told)


def test_a_url_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    told = _told(tmp_path, **{SETTING: "postgresql:hunter2"})
    assert told.state is State.FAIL and "is not a database URL" in told.told and "hunter2" not in repr(told)


def test_a_setting_that_was_lost_is_missed(tmp_path: Path) -> None:
    configuration = tmp_path / "dagster" / "dagster.yaml"
    configuration.parent.mkdir()
    configuration.write_text(f"# {SETTING} says where.\nstorage:\n  custom: {{}}\n")
    told = _told(tmp_path)
    assert told.state is State.FAIL and told.told.endswith(f"{SETTING} is not set.")


def test_a_storage_that_somebody_else_chose_is_left_to_them(tmp_path: Path) -> None:
    configuration = tmp_path / "dagster" / "dagster.yaml"
    configuration.parent.mkdir()
    configuration.write_text("run_storage:\n  module: theirs\n")
    assert _told(tmp_path).state is State.OK
