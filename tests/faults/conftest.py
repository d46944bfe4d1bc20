"""What tests of several faults share: stores of both kinds, and an installation with an API over a copy of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders import publish
from tests.builders.api import Api, Installation, api_over, two_customers
from tests.core.conftest import postgres, store, store_settings

__all__ = ["postgres", "store", "store_settings"]


@pytest.fixture
def api(tmp_path: Path, installation: Installation) -> Iterator[Api]:
    with api_over(installation.copy_to(tmp_path), installation) as api:
        yield api


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    home = tmp_path_factory.mktemp("installation")
    publish(home, two_customers())
    return Installation.make(home)
