"""What holds for every run of the tests: what comes first, what stays together, and how a run ends."""

import gc
from collections.abc import Generator

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from tests.builders.examples import be_patient

# Folders in which one long build or one browser serves all files.
_TOGETHER = ("tests/end_to_end/", "tests/web/", "tests/dbt/")
_LONG = (
    "tests/end_to_end/",
    "tests/pipeline/test_erasure.py",
    "tests/docs/test_readme.py",
    "tests/web/",
    "tests/dagster_project/",
    "tests/pipeline/test_",
    "tests/dbt/",
    "tests/faults/",
)


be_patient()


class _FilesAndFolders(LoadFileScheduling):
    """Gives each process whole files, and whole folders where each process would build the same again."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return next((folder for folder in _TOGETHER if file.startswith(folder)), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    return _FilesAndFolders(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Thousands of tests are made and none goes away: to look for garbage meanwhile takes a fifth of the time, and to
    look through them again and again while they run a tenth."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()
        gc.set_threshold(20_000, 20, 100)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begins with what takes long: at the end of a run one process would work on it while the others wait."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    return next((n for n, start in enumerate(_LONG) if item.nodeid.startswith(start)), len(_LONG))


def pytest_unconfigure() -> None:
    """Takes away the callback that Hypothesis leaves with the garbage collector.

    Through it every module and fixture would outlive the interpreter's last collection, and DuckDB's bindings would
    tell of each of their types as leaked: pages of it, below the summary that people look for.
    """
    gc.unfreeze()
    gc.callbacks[:] = [one for one in gc.callbacks if not one.__module__.startswith("hypothesis.")]
