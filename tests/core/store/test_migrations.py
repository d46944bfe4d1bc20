"""Promise: a control store of any earlier version is brought forward with all that is in it, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from core.settings import Settings
from core.store.control import open_control_store
from core.store.control.engine import WRITES, connect
from core.store.control.report_tables import METADATA
from core.store.control.upgrade import HEAD, MIGRATIONS
from tests.builders.postgresql import Server

_KEY = (
    "INSERT INTO api_keys (key_id, name, hint, secret_sha256, role, customer_id, created_at)"
    " VALUES ('key_1', 'kept', 'pl_live_abcd', 'digest', 'read', 'cust_777', '2026-01-01 00:00:00')"
)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


VERSIONS = sorted(step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions())


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    if request.param == "sqlite":
        return Settings(home=tmp_path)
    running: Server = request.getfixturevalue("postgres")
    return Settings(home=tmp_path, database_url=running.new_database(template="template0"))


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    found = connect(settings.control_url)
    yield found
    found.dispose()


def _bring_to(connection: Connection, version: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, version)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_store_of_every_earlier_version_is_brought_forward(
    settings: Settings, engine: Engine, version: str
) -> None:
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        _bring_to(connection, version)
        connection.execute(text(_KEY))
        before = set(inspect(connection).get_table_names())
    open_control_store(settings).close()
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == HEAD
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
        assert before <= set(inspect(connection).get_table_names())
        kept = connection.execute(text("SELECT key_id, name, customer_id FROM api_keys")).fetchall()
    assert [tuple(row) for row in kept] == [("key_1", "kept", "cust_777")]


def test_every_step_has_one_before_it() -> None:
    steps = ScriptDirectory.from_config(_config()).walk_revisions()
    assert {step.revision: step.down_revision for step in steps} == dict(
        zip(VERSIONS, [None, *VERSIONS], strict=False)
    )
