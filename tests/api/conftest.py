"""Fixtures of the API's tests; what they hand out is described in `tests.builders.api`."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.settings import Settings
from tests.builders import publish, token_portals
from tests.builders.api import Api, Installation, api_over, two_customers
from tests.builders.doors import Doors
from tests.builders.tokens import KEYS


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    home = tmp_path_factory.mktemp("installation")
    publish(home, two_customers())
    return Installation.make(home)


@pytest.fixture(scope="session")
def new_installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return Installation.make(tmp_path_factory.mktemp("new"))


@pytest.fixture
def settings(tmp_path: Path, installation: Installation) -> Settings:
    return installation.copy_to(tmp_path)


@pytest.fixture
def api(settings: Settings, installation: Installation) -> Iterator[Api]:
    with api_over(settings, installation) as api:
        yield api


@pytest.fixture(scope="session")
def shared_api(tmp_path_factory: pytest.TempPathFactory, installation: Installation) -> Iterator[Api]:
    """For tests that change nothing; without rate limits, because they share the keys."""
    settings = replace(installation.copy_to(tmp_path_factory.mktemp("shared")), rate_limits=False)
    with api_over(settings, installation) as api:
        yield api


@pytest.fixture
def empty_api(tmp_path: Path, new_installation: Installation) -> Iterator[Api]:
    """Before anything was published."""
    with api_over(new_installation.copy_to(tmp_path), new_installation) as api:
        yield api


@pytest.fixture
def doors(settings: Settings, installation: Installation) -> Iterator[Doors]:
    with api_over(replace(settings, signing_keys=KEYS), installation) as api:
        yield Doors.over(api)


@pytest.fixture
def door(settings: Settings, installation: Installation) -> Iterator[Api]:
    """Portals to have tokens for, and signing keys that the test knows."""
    with api_over(replace(settings, signing_keys=KEYS), installation) as api:
        token_portals.keep_portals(api.services.store)
        yield api
