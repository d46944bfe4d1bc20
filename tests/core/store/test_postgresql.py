"""The control store on PostgreSQL: the same schema, the same turns of writers, the same words when it is away."""

import os
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select, update

from core import keys
from core.settings import Settings
from core.store.control import (
    ControlStore,
    ControlStoreDamagedError,
    StoreUnavailable,
    existing_control_store,
    open_control_store,
)
from core.store.control.engine import WRITES, connect
from core.store.control.tables import API_KEYS, METADATA
from tests.builders.postgresql import Server

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def settings(postgres: Server, tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, database_url=postgres.new_database())


def _key(store: ControlStore, name: str) -> str:
    key, _ = keys.create_key(store, name=name, role=keys.Role.READ, customer_id=None, now=NOW)
    return key.key_id


def _names(store: ControlStore) -> list[str]:
    return sorted(key.name for key in keys.list_keys(store))


def test_an_empty_database_gets_the_tables_of_today(postgres: Server, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url=postgres.new_database(template="template0"))
    open_control_store(settings).close()
    engine = connect(settings.control_url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    engine.dispose()
    assert list(tmp_path.iterdir()) == []


def test_starts_at_the_same_time_agree_on_one_schema(postgres: Server, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url=postgres.new_database(template="template0"))
    failures: list[BaseException] = []

    def start() -> None:
        try:
            open_control_store(settings).close()
        except BaseException as problem:
            failures.append(problem)

    starts = [threading.Thread(target=start) for _ in range(5)]
    for thread in starts:
        thread.start()
    for thread in starts:
        thread.join()
    assert failures == []


def test_what_a_writer_has_read_is_still_true_when_it_writes(settings: Settings) -> None:
    store = open_control_store(settings)
    key_id = _key(store, "x")
    is_key = API_KEYS.c.key_id == key_id

    def add_a_letter() -> None:
        for _ in range(20):
            with store.writing() as connection:
                name = connection.scalar(select(API_KEYS.c.name).where(is_key))
                connection.execute(update(API_KEYS).where(is_key).values(name=f"{name}x"))

    writers = [threading.Thread(target=add_a_letter) for _ in range(4)]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    assert keys.list_keys(store)[0].name == "x" * 81
    store.close()


def test_a_reader_sees_one_state_and_changes_nothing(settings: Settings) -> None:
    store = open_control_store(settings)
    _key(store, "first")
    names = select(API_KEYS.c.name)
    with store.reading() as connection:
        assert connection.scalars(names).all() == ["first"]
        _key(store, "second")
        assert connection.scalars(names).all() == ["first"]
    with pytest.raises(StoreUnavailable), store.reading() as connection:
        connection.execute(update(API_KEYS).values(name="changed"))
    assert _names(store) == ["first", "second"]
    store.close()


def test_a_writer_waits_its_turn_and_then_says_that_it_cannot(settings: Settings) -> None:
    store, other = open_control_store(settings), open_control_store(settings)
    with other.writing(), pytest.raises(StoreUnavailable):
        _key(store, "late")
    _key(store, "in time")
    assert _names(store) == ["in time"]
    store.close()
    other.close()


def test_connections_that_were_cut_are_made_anew(settings: Settings) -> None:
    store = open_control_store(settings)
    _key(store, "before")
    other = connect(settings.control_url)
    with other.connect() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    other.dispose()
    _key(store, "after")
    assert _names(store) == ["after", "before"]
    store.close()


def test_another_programs_database_is_refused(postgres: Server, tmp_path: Path) -> None:
    url = postgres.new_database(template="template0")
    engine = connect(url)
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        connection.exec_driver_sql("CREATE TABLE songs (title TEXT)")
    engine.dispose()
    with pytest.raises(ControlStoreDamagedError, match="not Proofline's"):
        open_control_store(Settings(home=tmp_path, database_url=url))


def test_a_server_that_is_not_there_is_told_without_its_password(tmp_path: Path) -> None:
    url = "postgresql://proofline:hunter2@127.0.0.1:1/none"
    with pytest.raises(StoreUnavailable) as refusal:
        existing_control_store(Settings(home=tmp_path, database_url=url))
    assert "hunter2" not in str(refusal.value)


def test_the_command_line_keeps_its_keys_there(settings: Settings) -> None:
    program = Path(sys.executable).with_name("proofline")
    environment = os.environ | {
        "PROOFLINE_HOME": str(settings.home),
        "PROOFLINE_DATABASE_URL": settings.database_url,
    }
    told = subprocess.run(
        [str(program), "keys", "create", "--role", "read"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    store = open_control_store(settings)
    assert keys.find_key(store, told.stdout.strip()) is not None
    store.close()
    assert not (settings.home / "control.sqlite").exists()
