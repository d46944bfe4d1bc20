"""JSON is read strictly: clean JSON comes out as it went in, anything else is refused with a reason."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.json_body import MAX_DEPTH, join, read_json, shown
from core.errors import InvalidParameter

_clean = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**14), 10**14)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(_clean)
def test_clean_json_is_read_as_it_is(value: Any) -> None:
    assert read_json(json.dumps(value).encode()) == value
    assert read_json(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        read_json(body)
    except InvalidParameter as reason:
        assert reason.message and reason.message.encode()


@pytest.mark.parametrize(
    ("body", "param", "reason"),
    [
        (b'{"a": 1, "b": 2, "a": 3}', "a", "given twice"),
        (b'{"x": {"a": 1, "a": 2}}', "x.a", "given twice"),
        (b'{"a": {"b": ["\\ud800"]}}', "a.b[0]", "surrogate"),
        (b'{"a": {"\\ud800": 1}}', "a", "surrogate"),
        (b'{"a": NaN}', "a", "NaN"),
        (b'{"a": [0, {"b": 1e400}]}', "a[1].b", "too large"),
        (b'{"a": 1234567890123456}', "a", "digits"),
        (b"-Infinity", "body", "-Infinity"),
        (b"\xc3\x28", "body", "UTF-8"),
        (b'{"a" 1}', "body", "line 1, column 6"),
        (b"[" * 100_000, "body", "levels"),
    ],
)
def test_a_refusal_says_what_and_where(body: bytes, param: str | None, reason: str) -> None:
    with pytest.raises(InvalidParameter, match=reason) as refusal:
        read_json(body)
    assert refusal.value.param == param


def test_as_many_levels_as_allowed_are_read_and_one_more_is_not() -> None:
    assert read_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    with pytest.raises(InvalidParameter, match="levels"):
        read_json(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1))


def test_many_fields_are_no_more_work_than_their_number() -> None:
    fields = ",".join(f'"f{n}": {n}' for n in range(20_000))
    with pytest.raises(InvalidParameter, match="f19999 is given twice"):
        read_json(f'{{{fields}, "f19999": 1}}'.encode())


@given(st.text())
def test_a_name_is_said_back_short_and_printable(name: str) -> None:
    assert len(shown(name)) <= 61 and all(c.isprintable() for c in shown(name))
    shown(name).encode()


def test_paths_are_joined_as_people_write_them() -> None:
    assert join(join(join("", "metrics"), 2), "size") == "metrics[2].size"
