"""Equal arguments have equal hashes, however they were written; different ones never do."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.ingest.otlp.arguments import arguments_sha256, canonical

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def _text(value: object) -> str | None:
    return arguments_sha256(json.dumps({"stringValue": value}))


def test_a_hash_is_that_of_sorted_compact_json():
    assert _text('{"b": [1, 2.0], "a": "ü"}') == hashlib.sha256('{"a":"ü","b":[1,2]}'.encode()).hexdigest()


def test_text_that_is_no_json_is_hashed_as_a_json_string():
    assert _text("two words") == hashlib.sha256(b'"two words"').hexdigest()


def test_structured_values_hash_as_the_json_they_stand_for():
    pairs = [
        {"key": "a", "value": {"intValue": "1"}},
        {"key": "b", "value": {"arrayValue": {"values": [{"boolValue": True}]}}},
    ]
    assert arguments_sha256(json.dumps({"kvlistValue": {"values": pairs}})) == _text('{"b": [true], "a": 1}')


def test_what_a_run_adds_to_the_arguments_does_not_count():
    wrapped = {"inputs": {"q": 1}, "tags": [], "metadata": {"run": "r1"}}
    assert _text(json.dumps(wrapped)) == _text('{"q": 1}')


@pytest.mark.parametrize("value", ["", None, "[" * 100_000, "NaN"])
def test_arguments_that_cannot_be_told_have_no_hash(value):
    assert _text(value) is None


@given(JSON)
def test_order_and_spacing_do_not_matter(value):
    assert canonical(value) == canonical(json.loads(json.dumps(value, indent=3, ensure_ascii=True)))


@given(JSON, JSON)
def test_canonical_texts_are_equal_only_for_equal_values(a, b):
    assert (canonical(a) == canonical(b)) == (
        json.loads(canonical(a)) == json.loads(canonical(b)) and _kinds(a) == _kinds(b)
    )


def _kinds(value: object) -> object:
    """True is no 1 in JSON, though Python calls them equal."""
    if isinstance(value, dict):
        return {key: _kinds(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_kinds(item) for item in value]
    return "bool" if isinstance(value, bool) else "other"
