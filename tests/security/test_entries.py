"""No hostile input is forgotten: each is run by a test, here or where its part is tested, or has its reason."""

import importlib
from collections.abc import Callable
from pathlib import Path

from tests.security.entries import TAKEN, entries
from tests.security.not_applicable import ELSEWHERE, REASONS
from tests.security.references import is_test

_HERE = Path(__file__).parent


def _taken() -> set[str]:
    """What the tests of this folder take, also when only this one was asked for."""
    for path in sorted(_HERE.glob("test_*.py")):
        module = importlib.import_module(f"tests.security.{path.stem}")
        assert module.__doc__, path
    return {*TAKEN, *_named()}


def _named() -> set[str]:
    """Those that a test takes while it runs, by their ids."""
    return {
        one.id
        for one in entries()
        for path in _HERE.glob("test_bad_*.py")
        if f'"{one.id}"' in path.read_text()
    }


def test_every_entry_is_run_or_has_its_reason(reached: Callable[[str, str], None]) -> None:
    taken, known = _taken(), {one.id for one in entries()}
    assert len(known) == len(entries()) == 431
    assert taken | ELSEWHERE.keys() | REASONS.keys() == known
    reached(
        "P31",
        f"{len(taken | ELSEWHERE.keys())} of {len(known)} hostile inputs run, {len(REASONS)} with a reason why not",
    )
    assert not taken & REASONS.keys() and not ELSEWHERE.keys() & REASONS.keys()


def test_what_is_tested_elsewhere_is_a_test() -> None:
    for entry_id, place in ELSEWHERE.items():
        assert is_test(place), (entry_id, place)


def test_a_reason_is_a_sentence() -> None:
    assert all(len(reason) > 30 and reason[0].isupper() for reason in REASONS.values())
