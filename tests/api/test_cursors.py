"""A cursor is opaque, and good only for whoever got it, for the question it came from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.cursors import from_cursor, to_cursor
from core.errors import InvalidParameter

QUESTION = {"list": "portals", "customer_id": "cust_a", "status": None}


@given(st.lists(st.text(max_size=50), min_size=1, max_size=3))
def test_a_place_comes_back(place: list[str]) -> None:
    cursor = to_cursor(place, caller="key_a", question=QUESTION)
    assert from_cursor(cursor, caller="key_a", question=QUESTION) == place
    assert cursor.isascii() and not set(cursor) & set("=&?+/% ")


@pytest.mark.parametrize(
    ("caller", "change"),
    [
        ("key_b", {}),
        ("key_a", {"customer_id": "cust_b"}),
        ("key_a", {"customer_id": None}),
        ("key_a", {"status": "draft"}),
        ("key_a", {"list": "webhooks"}),
    ],
)
def test_it_is_nothing_to_another_caller_or_question(caller: str, change: dict) -> None:
    cursor = to_cursor(["x"], caller="key_a", question=QUESTION)
    with pytest.raises(InvalidParameter, match="cursor"):
        from_cursor(cursor, caller=caller, question={**QUESTION, **change})


@given(st.data())
def test_a_cursor_with_any_character_changed_is_forged(data: st.DataObject) -> None:
    cursor = to_cursor(["2026-11-01T12:00:00+00:00", "portal_1"], caller="key_a", question=QUESTION)
    index = data.draw(st.integers(0, len(cursor) - 1))
    other = data.draw(st.characters().filter(lambda c: c != cursor[index]))
    with pytest.raises(InvalidParameter):
        from_cursor(cursor[:index] + other + cursor[index + 1 :], caller="key_a", question=QUESTION)


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda b: b.hex()))
def test_no_text_that_somebody_made_up_is_one(text: str) -> None:
    with pytest.raises(InvalidParameter):
        from_cursor(text, caller="key_a", question=QUESTION)


def test_a_cursor_may_not_be_longer_than_a_place_can_be() -> None:
    long = to_cursor(["x" * 5000], caller="key_a", question=QUESTION)
    with pytest.raises(InvalidParameter):
        from_cursor(long, caller="key_a", question=QUESTION)


def test_the_longest_id_there_is_has_a_cursor() -> None:
    cursor = to_cursor(["\U0001f511" * 200], caller="key_a", question=QUESTION)
    assert from_cursor(cursor, caller="key_a", question=QUESTION) == ["\U0001f511" * 200]
