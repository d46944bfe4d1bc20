"""SECURITY.md says what the tests say: every promise has tests that exist, and its table is that of now."""

from core.settings import SETTINGS
from tests.security.promises import PAGE, PROMISES, page_with_table
from tests.security.references import is_test


def test_every_promise_is_kept_by_tests_that_exist() -> None:
    assert [one.id for one in PROMISES] == [f"P{number}" for number in range(1, 41)]
    assert [(one.id, place) for one in PROMISES for place in one.tests if not is_test(place)] == []


def test_the_table_is_that_of_now() -> None:
    """`python -m tests.security.promises` writes it anew."""
    page = PAGE.read_text(encoding="utf-8")
    assert page_with_table(page) == page


def test_settings_that_are_named_there_are_settings() -> None:
    import re

    page = PAGE.read_text(encoding="utf-8")
    assert set(re.findall(r"PROOFLINE_[A-Z_]+", page)) <= {setting.env for setting in SETTINGS.values()}
