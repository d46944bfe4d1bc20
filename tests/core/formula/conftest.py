from collections.abc import Iterator
from typing import Any

import duckdb
import pytest


@pytest.fixture(scope="module")
def connection() -> Iterator[Any]:
    """Any: hypothesis keeps the types it has seen, and duckdb complains at exit of its own being kept."""
    with duckdb.connect(":memory:") as opened:
        yield opened
