"""Whether a place such as `tests/api/test_x.py::test_y` is a test that exists."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


def is_test(place: str) -> bool:
    """Whether the file has a test of this name; without a name, any at all."""
    path, _, name = place.partition("::")
    found = _tests(path)
    return bool(found) if not name else name in found


@cache
def _tests(path: str) -> frozenset[str]:
    try:
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    except OSError:
        return frozenset()
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    )
