"""Two years of two customers in one snapshot, for all tests of this folder."""

from collections.abc import Iterator

import duckdb
import pytest

from core.store.readers import Reader
from core.store.snapshot import Snapshot
from tests.builders import Events, reader_of, snapshot_of
from tests.core.portal_data.two_years import two_years


@pytest.fixture(scope="session")
def events() -> Events:
    return two_years()


@pytest.fixture(scope="session")
def snapshot(events: Events) -> Iterator[Snapshot]:
    with duckdb.connect(":memory:") as connection:
        yield snapshot_of(events, into=connection)


@pytest.fixture
def reader(snapshot: Snapshot) -> Iterator[Reader]:
    with reader_of(snapshot, "cust_a") as reader:
        yield reader
