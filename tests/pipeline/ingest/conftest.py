"""A fresh warehouse for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipeline.ingest.warehouse import Warehouse


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    made = Warehouse(tmp_path)
    yield made
    made.connection.close()
