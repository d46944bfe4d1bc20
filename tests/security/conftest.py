"""One running service for all tests of this folder, and a place for the figures that they reach."""

import json
import os
from collections.abc import Callable, Iterator

import pytest

from tests.security.promises import FIGURES
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


@pytest.fixture(scope="session")
def reached() -> Iterator[Callable[[str, str], None]]:
    """Notes the figure that was reached for a promise; PROOFLINE_RECORD_FIGURES=1 keeps what was noted."""
    noted: dict[str, str] = {}
    yield noted.__setitem__
    if os.environ.get("PROOFLINE_RECORD_FIGURES") and noted:
        kept = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
        FIGURES.write_text(json.dumps(dict(sorted({**kept, **noted}.items())), indent=1) + "\n")
