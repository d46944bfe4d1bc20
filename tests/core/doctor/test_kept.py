"""What is wrong with PROOFLINE_HOME and the control store is found, and left as it is."""

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.doctor import State, home, store
from tests.builders.ports import free_port
from tests.core.doctor.installations import case, the_one


def test_a_home_that_is_a_file_is_none(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    assert the_one(home.check_home(case(tmp_path / "home"))).state is State.FAIL


@pytest.mark.parametrize("name", ["signing_keys.json", "control.sqlite"])
def test_secrets_that_others_can_read_are_found(sound: Path, name: str) -> None:
    (sound / name).chmod(0o640)
    found = the_one(home.check_permissions(case(sound)))
    assert found.advice == f"Run: chmod 600 {sound / name}"


def test_files_of_the_future_betray_a_clock_that_was_put_back(tmp_path: Path) -> None:
    (tmp_path / "landing").mkdir()
    tomorrow = datetime.now(UTC).timestamp() + 86_400
    os.utime(tmp_path / "landing", (tomorrow, tomorrow))
    assert "future" in the_one(home.check_home(case(tmp_path))).told


def test_a_damaged_store_is_left_as_it_is(sound: Path) -> None:
    file = sound / "control.sqlite"
    file.write_bytes(damaged := b"SQLite format 3\0" + b"\xff" * 4000)
    assert the_one(store.check_store(case(sound))).state is State.FAIL
    assert file.read_bytes() == damaged


def test_pages_of_the_store_that_are_torn_are_found(sound: Path) -> None:
    file = sound / "control.sqlite"
    content = bytearray(file.read_bytes())
    content[4096 * 3 : 4096 * 5] = os.urandom(4096 * 2)
    file.write_bytes(content)
    assert any(one.state is State.FAIL for one in store.check_store(case(sound)))


@pytest.mark.parametrize(("version", "state"), [("0001", State.WARN), ("9999", State.FAIL)])
def test_a_store_of_another_schema_is_told_and_not_migrated(sound: Path, version: str, state: State) -> None:
    with closing(sqlite3.connect(sound / "control.sqlite")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", [version])
        connection.commit()
        assert the_one(store.check_store(case(sound))).state is state
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (version,)


def test_somebody_elses_database_is_not_taken_for_ours(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "control.sqlite")) as connection:
        connection.execute("CREATE TABLE accounts (name TEXT)")
    assert "no tables of Proofline" in the_one(store.check_store(case(tmp_path))).told


def test_a_store_in_wal_mode_is_told(sound: Path) -> None:
    with closing(sqlite3.connect(sound / "control.sqlite")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        assert "WAL" in the_one(store.check_store(case(sound))).told


def test_a_database_server_that_is_away_is_told_without_its_password(tmp_path: Path) -> None:
    url = f"postgresql://proofline:hunter2@127.0.0.1:{free_port()}/proofline"
    found = the_one(store.check_store(case(tmp_path, PROOFLINE_DATABASE_URL=url)))
    assert "Is PostgreSQL running" in str(found.advice)
    assert "hunter2" not in repr(found)
