"""The usual two customers, published in memory."""

import pytest

from core.store.snapshot import Snapshot
from tests.builders import snapshot_of
from tests.site_build.conftest import events


@pytest.fixture(scope="session")
def snapshot() -> Snapshot:
    return snapshot_of(events())
