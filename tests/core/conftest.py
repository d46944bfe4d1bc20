"""Control stores of both kinds: what is promised of the store holds for SQLite and for PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.settings import Settings
from core.store.control import ControlStore, open_control_store
from tests.builders import postgresql


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgresql.Server]:
    programs = postgresql.programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed; `make install` installs it where that takes no password")
    with postgresql.server(programs) as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def store_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of a store that nobody has used."""
    if request.param == "sqlite":
        return Settings(home=tmp_path)
    running: postgresql.Server = request.getfixturevalue("postgres")
    return Settings(home=tmp_path, database_url=running.new_database())


@pytest.fixture
def store(store_settings: Settings) -> Iterator[ControlStore]:
    opened = open_control_store(store_settings)
    yield opened
    opened.close()
