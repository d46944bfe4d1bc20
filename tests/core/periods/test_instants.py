"""Reading and writing instants: what is understood, and what is refused with which code."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidParameter, InvalidTimeRange
from core.periods import format_instant, parse_instant, zone

BERLIN = zone("Europe/Berlin")
KATHMANDU = zone("Asia/Kathmandu")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31", "2026-01-30T23:00:00Z"),
        ("2024-02-29", "2024-02-28T23:00:00Z"),
        ("2026-01-31T14:30", "2026-01-31T13:30:00Z"),
        ("2026-01-31T14:30:05", "2026-01-31T13:30:05Z"),
        ("2026-07-31T14:30:05", "2026-07-31T12:30:05Z"),
        ("2026-01-31t14:30:05z", "2026-01-31T14:30:05Z"),
        ("2026-01-31T14:30:05.25Z", "2026-01-31T14:30:05.25Z"),
        ("2026-01-31T14:30:05.123456789Z", "2026-01-31T14:30:05.123456Z"),
        ("2026-01-01T00:00:00+14:00", "2025-12-31T10:00:00Z"),
        ("2026-01-01T00:00:00-03:30", "2026-01-01T03:30:00Z"),
        ("2026-03-29T02:30:00", "2026-03-29T01:00:00Z"),
        ("2026-10-25T02:30:00", "2026-10-25T00:30:00Z"),
    ],
)
def test_an_instant_without_offset_is_read_in_the_zone_and_answers_end_in_z(text: str, expected: str) -> None:
    assert format_instant(parse_instant(text, BERLIN, param="start")) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2026-13-01T00:00:00Z",
        "2025-02-29",
        "2026-01-01T24:00:00Z",
        "2026-12-31T23:59:60Z",
        "2026-01-01T00:00:00+25:00",
        "2026-01-01T00:00:00+01:60",
        "2026-01-01T00:00:00 01:00",
        "99999999999999",
        "٢٠٢٦-01-01",
        "2026-1-1",
        "20260101",
        "2026-W01-1",
        "2026-01-01T00",
        "2026-01-01\n",
        " 2026-01-01",
        "now",
        "",
        "2026-01-01T00:00:00" + "0" * 10_000,
    ],
)
def test_what_is_no_instant_is_refused_and_names_its_parameter(text: str) -> None:
    with pytest.raises(InvalidParameter) as refusal:
        parse_instant(text, BERLIN, param="end")
    assert (refusal.value.code, refusal.value.status, refusal.value.param) == (
        "INVALID_PARAMETER",
        400,
        "end",
    )


@pytest.mark.parametrize("text", ["0001-01-01", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00"])
def test_years_outside_the_calendar_are_a_time_range_error(text: str) -> None:
    with pytest.raises(InvalidTimeRange):
        parse_instant(text, BERLIN, param="start")


INSTANTS = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1))


@given(INSTANTS)
def test_what_is_written_is_read_back(wall: datetime) -> None:
    instant = wall.replace(tzinfo=UTC)
    assert parse_instant(format_instant(instant), BERLIN, param="at") == instant


@given(INSTANTS, st.integers(-23 * 60, 23 * 60))
def test_an_offset_wins_over_the_zone(wall: datetime, minutes: int) -> None:
    sign, size = "-" if minutes < 0 else "+", abs(minutes)
    text = f"{wall.isoformat()}{sign}{size // 60:02}:{size % 60:02}"
    expected = wall.replace(tzinfo=UTC) - timedelta(minutes=minutes)
    assert parse_instant(text, KATHMANDU, param="at") == expected
