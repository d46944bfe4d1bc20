"""What holds for every run of the tests."""

import gc

import pytest

# Files of few and long tests.
_LONG = (
    "tests/docs/test_readme.py",
    "tests/end_to_end/",
    "tests/dagster_project/",
    "tests/pipeline/test_",
    "tests/web/",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begins with what takes long: at the end of a run one process would work on it while the others wait."""
    items.sort(key=lambda item: not item.nodeid.startswith(_LONG))


def pytest_unconfigure() -> None:
    """Takes away the callback that Hypothesis leaves with the garbage collector.

    Through it every module and fixture would outlive the interpreter's last collection, and DuckDB's bindings would
    tell of each of their types as leaked: pages of it, below the summary that people look for.
    """
    gc.callbacks[:] = [one for one in gc.callbacks if not one.__module__.startswith("hypothesis.")]
