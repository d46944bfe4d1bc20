"""One running service for all tests of this folder; a second one where requests are counted."""

from collections.abc import Iterator

import pytest

from tests.security.stage import Stage, staged
from tests.security.watch import Seen, watching


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("stage")) as stage:
        yield stage


@pytest.fixture
def seen() -> Iterator[Seen]:
    with watching() as seen:
        yield seen
