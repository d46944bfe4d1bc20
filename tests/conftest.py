"""What holds for every run of the tests."""

import gc


def pytest_unconfigure() -> None:
    """Takes away the callback that Hypothesis leaves with the garbage collector.

    Through it every module and fixture would outlive the interpreter's last collection, and DuckDB's bindings would
    tell of each of their types as leaked: pages of it, below the summary that people look for.
    """
    gc.callbacks[:] = [one for one in gc.callbacks if not one.__module__.startswith("hypothesis.")]
