"""Axes are written as the customer's locale writes them, in the metric's unit, with few and round marks."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.periods import Granularity, zone
from site_build.axes import time_ticks, value_ticks
from site_build.words import words_of

UTC = zone("UTC")
US, GERMAN, FRENCH = words_of("en-US", UTC), words_of("de-DE", UTC), words_of("fr-FR", UTC)


def _edges(first: datetime, step: timedelta, count: int) -> list[datetime]:
    return [first + step * number for number in range(count + 1)]


MONTH = _edges(datetime(2026, 10, 23), timedelta(days=1), 31)


def test_weeks_of_a_month_are_written_in_the_order_of_the_language() -> None:
    written = {
        words.locale.language: [text for _, text in time_ticks(MONTH, Granularity.DAY, words)]
        for words in (US, GERMAN, FRENCH)
    }
    assert written["en"] == ["Oct 26", "Nov 2", "Nov 9", "Nov 16"]
    assert written["de"] == ["26. Okt.", "2. Nov.", "9. Nov.", "16. Nov."]
    assert written["fr"] == ["26 oct.", "2 nov.", "9 nov.", "16 nov."]


def test_longer_stretches_name_months_where_they_begin() -> None:
    edges = _edges(datetime(2025, 11, 24), timedelta(days=1), 90)
    assert [text for _, text in time_ticks(edges, Granularity.DAY, GERMAN)] == ["Dez", "Jan. 2026", "Feb"]
    weeks = _edges(datetime(2025, 12, 29), timedelta(days=7), 20)
    assert [at.day for at, _ in time_ticks(weeks, Granularity.WEEK, US)] == [1] * 5


def test_a_day_has_hours_and_names_the_day_at_midnight() -> None:
    edges = _edges(datetime(2026, 11, 20, 14), timedelta(hours=1), 24)
    told = [text for _, text in time_ticks(edges, Granularity.HOUR, GERMAN)]
    assert told == ["18:00", "21. Nov.", "06:00", "12:00"]


@pytest.mark.parametrize(
    ("high", "unit", "written"),
    [
        (0.043, "usd", ["0,00 $", "0,01 $", "0,02 $", "0,03 $", "0,04 $"]),
        (4300, "ms", ["0\u202fms", "1.000\u202fms", "2.000\u202fms", "3.000\u202fms", "4.000\u202fms"]),
        (16_000, "ms", ["0\u202fs", "5\u202fs", "10\u202fs", "15\u202fs"]),
        (100, "percent", ["0\xa0%", "20\xa0%", "40\xa0%", "60\xa0%", "80\xa0%", "100\xa0%"]),
        (2.2, "count", ["0", "1", "2"]),
        (21_000, "count", ["0", "5.000", "10.000", "15.000", "20.000"]),
    ],
)
def test_numbers_have_their_unit_and_the_signs_of_the_locale(
    high: float, unit: str, written: list[str]
) -> None:
    texts = [text.replace("\xa0", " ") for _, text in value_ticks(0, high, unit, GERMAN)]
    assert texts == [text.replace("\xa0", " ") for text in written]


@given(
    low=st.floats(-1e9, 0),
    size=st.floats(1e-5, 1e9),
    unit=st.sampled_from(["usd", "ms", "count", "percent", "score", "tokens"]),
)
def test_marks_lie_inside_in_order_and_have_different_words(low: float, size: float, unit: str) -> None:
    high = low + size
    if high - low < size / 2 or high - low < abs(low) * 1e-3:
        return
    found = value_ticks(low, high, unit, US)
    values = [value for value, _ in found]
    assert len(values) <= 6
    assert values == sorted(set(values))
    assert all(low - size * 1e-3 <= value <= high + size * 1e-3 for value in values)
