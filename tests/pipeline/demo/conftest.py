"""The demo's events, written once for all tests of this folder."""

import pytest

from tests.pipeline.demo.history import History, write


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    return write(tmp_path_factory.mktemp("landing"))
