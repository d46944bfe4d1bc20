"""Numbers leave as exactly what they are."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.answers import etag_of, has_tag, to_json


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=12))
def test_a_decimal_is_written_digit_by_digit(number: Decimal) -> None:
    written = to_json({"value": number})
    assert json.loads(written, parse_float=Decimal, parse_int=Decimal)["value"] == number
    assert b"e" not in written[9:] and b"E" not in written


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Decimal("1547.82"), b"1547.82"),
        (Decimal("0.000000001"), b"0.000000001"),
        (Decimal("12345678901234567.123456789"), b"12345678901234567.123456789"),
        (Decimal("5.500000000000"), b"5.5"),
        (Decimal("-0.00"), b"0"),
        (Decimal("1E+3"), b"1000"),
        (45_230, b"45230"),
        (0.1, b"0.1"),
        (None, b"null"),
    ],
)
def test_a_number_has_its_own_digits(number: object, text: bytes) -> None:
    assert to_json(number) == text


@pytest.mark.parametrize("number", [Decimal("NaN"), Decimal("Infinity")])
def test_a_decimal_that_is_no_number_is_not_written(number: Decimal) -> None:
    with pytest.raises(TypeError):
        to_json(number)


def test_an_instant_is_written_in_utc() -> None:
    local = datetime(2025, 1, 6, 15, 30, tzinfo=timezone(timedelta(hours=1)))
    assert to_json(local) == b'"2025-01-06T14:30:00Z"'
    assert to_json(datetime(2025, 1, 6, 14, 30, 0, 5000, tzinfo=UTC)) == b'"2025-01-06T14:30:00.005Z"'


def test_tags_tell_answers_apart() -> None:
    one, other = etag_of(b"1"), etag_of(b"2")
    assert one != other and one == etag_of(b"1")
    assert has_tag(one, one) and has_tag(f"W/{one}, {other}", one) and has_tag("*", one)
    assert not has_tag(other, one) and not has_tag(None, one) and not has_tag("", one)
