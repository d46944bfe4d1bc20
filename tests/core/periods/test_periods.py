"""Asking for a period, and what it is compared with."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.errors import InvalidParameter, InvalidTimeRange, MissingParameter
from core.periods import (
    Comparison,
    Period,
    compared_periods,
    day_start,
    default_now,
    named_period,
    period_between,
    point_in_time,
    requested_period,
    requested_point,
    wall_clock,
    zone,
)

UTC_ZONE, BERLIN, KATHMANDU = zone("UTC"), zone("Europe/Berlin"), zone("Asia/Kathmandu")
zones = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Chatham"]
).map(zone)
instants = st.datetimes(datetime(2016, 1, 1), datetime(2035, 1, 1)).map(lambda d: d.replace(tzinfo=UTC))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def days(first: str, last: str, tz: ZoneInfo = BERLIN) -> Period:
    """From the start of one local day to the start of another."""
    return Period(day_start(date.fromisoformat(first), tz), day_start(date.fromisoformat(last), tz), tz)


def before(period: Period, comparison: Comparison = Comparison.PREVIOUS) -> tuple[str, str]:
    previous = compared_periods(period, comparison).previous
    start, end = (wall_clock(edge, period.zone) for edge in (previous.start, previous.end))
    return start.isoformat(timespec="minutes"), end.isoformat(timespec="minutes")


def test_named_days_begin_at_the_local_midnight_that_many_days_before_the_end() -> None:
    period = named_period("30d", utc("2026-11-01T14:30"), BERLIN)
    assert (period.start, period.end) == (utc("2026-10-01T22:00"), utc("2026-11-01T14:30"))
    assert named_period("1d", utc("2026-11-01T00:00"), KATHMANDU).start == utc("2026-10-30T18:15")


def test_24h_is_24_hours_also_when_the_clocks_change() -> None:
    assert named_period("24h", utc("2026-10-25T12:00"), BERLIN).start == utc("2026-10-24T12:00")


def test_year_to_date_begins_at_the_local_new_year_and_may_be_empty() -> None:
    assert named_period("ytd", utc("2026-11-01T14:30"), BERLIN).start == utc("2025-12-31T23:00")
    new_year = named_period("ytd", utc("2026-01-01T00:00"), UTC_ZONE)
    assert new_year.start == new_year.end


@pytest.mark.parametrize(
    "name", ["", "d", "0d", "07d", "-7d", "7", "7D", "24H", "12h", "30days", "99999d", "ytd "]
)
def test_other_names_are_no_periods(name: str) -> None:
    with pytest.raises(InvalidParameter) as refusal:
        named_period(name, utc("2026-11-01"), BERLIN)
    assert refusal.value.param == "period"


def test_a_period_needs_a_start_before_its_end_and_at_most_ten_years() -> None:
    assert period_between(utc("2016-02-29"), utc("2026-02-28"), UTC_ZONE)
    for start, end in [
        ("2026-01-02", "2026-01-01"),
        ("2026-01-01", "2026-01-01"),
        ("2016-02-29", "2026-02-28T00:01"),
        ("1970-01-01", "2026-01-01"),
    ]:
        with pytest.raises(InvalidTimeRange) as refusal:
            period_between(utc(start), utc(end), UTC_ZONE)
        assert refusal.value.param == "start"


def test_ten_years_are_counted_on_the_wall_clock() -> None:
    # The offset of the first and the last day differ by an hour.
    assert days("2016-01-31", "2026-01-31")
    assert period_between(day_start(date(2016, 7, 1), BERLIN), day_start(date(2026, 7, 1), BERLIN), BERLIN)


def ask(**given: str | None) -> Period:
    text: dict[str, str | None] = {"start": None, "end": None, "period": None, **given}
    return requested_period(
        start=text["start"],
        end=text["end"],
        period=text["period"],
        tz=BERLIN,
        now=utc("2026-11-21T12:00"),
        data_as_of=utc("2026-11-20T23:30"),
    )


def test_a_default_end_is_the_newest_event_and_a_future_one_is_cut_to_now() -> None:
    assert ask(start="2026-11-01").end == utc("2026-11-20T23:30")
    assert ask(start="2026-11-01", end="2026-11-21T11:00:00Z").end == utc("2026-11-21T11:00")
    assert ask(start="2026-11-01", end="9999-12-31T00:00:00Z").end == utc("2026-11-21T12:00")
    assert default_now(utc("2026-11-21"), utc("2026-11-22")) == utc("2026-11-21")


def test_a_start_wins_over_a_named_period() -> None:
    assert ask(start="2026-11-01", period="30d") == ask(start="2026-11-01")
    assert ask(period="7d").name == "7d"
    assert wall_clock(ask(period="7d").start, BERLIN) == datetime(2026, 11, 14)


def test_a_start_that_is_not_before_the_end_after_cutting_is_refused() -> None:
    with pytest.raises(InvalidTimeRange):
        ask(start="2027-01-01", end="2028-01-01")
    with pytest.raises(InvalidTimeRange):
        ask(start="2026-11-21T12:00")
    with pytest.raises(InvalidTimeRange):
        ask(start="1970-01-01", end="9999-12-31")
    with pytest.raises(MissingParameter):
        ask()


def test_a_point_in_time_covers_its_local_month_so_far() -> None:
    assert point_in_time(utc("2026-11-20T10:00"), BERLIN).start == utc("2026-10-31T23:00")
    # 23:30 UTC on 31 October is already November in Berlin.
    assert point_in_time(utc("2026-10-31T23:30"), BERLIN).start == utc("2026-10-31T23:00")


def test_on_the_first_instant_of_a_month_it_covers_the_month_before() -> None:
    period = point_in_time(utc("2026-10-31T23:00"), BERLIN)
    assert (period.start, period.end) == (utc("2026-09-30T22:00"), utc("2026-10-31T23:00"))


def test_a_point_in_time_defaults_to_the_newest_event() -> None:
    clocks = {"now": utc("2026-11-21"), "data_as_of": utc("2026-11-20")}
    assert requested_point(None, UTC_ZONE, **clocks).end == utc("2026-11-20")
    assert requested_point("2030-01-01", UTC_ZONE, **clocks).end == utc("2026-11-21")
    with pytest.raises(InvalidParameter) as refusal:
        requested_point("yesterday", UTC_ZONE, **clocks)
    assert refusal.value.param == "at"


def test_a_period_is_complete_when_the_data_reaches_its_end() -> None:
    period = days("2026-10-01", "2026-11-01")
    assert period.is_complete(period.end)
    assert not period.is_complete(period.end - timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2026-10-26", "2026-10-27", ("2026-10-25T00:00", "2026-10-26T00:00")),
        ("2026-10-26", "2026-11-02", ("2026-10-19T00:00", "2026-10-26T00:00")),
        ("2026-03-01", "2026-04-01", ("2026-02-01T00:00", "2026-03-01T00:00")),
        ("2026-01-01", "2026-02-01", ("2025-12-01T00:00", "2026-01-01T00:00")),
        ("2026-04-01", "2026-07-01", ("2026-01-01T00:00", "2026-04-01T00:00")),
        ("2025-01-01", "2026-01-01", ("2024-01-01T00:00", "2025-01-01T00:00")),
    ],
)
def test_a_calendar_unit_is_compared_with_the_one_before(
    first: str, last: str, expected: tuple[str, str]
) -> None:
    assert before(days(first, last)) == expected


def test_other_periods_are_compared_with_the_same_length_just_before() -> None:
    # Ten days over the end of summer time: 241 hours, so the one before starts an hour earlier on the clock.
    assert before(days("2026-10-20", "2026-10-30")) == ("2026-10-09T23:00", "2026-10-20T00:00")
    assert before(days("2026-10-27", "2026-11-03")) == ("2026-10-20T01:00", "2026-10-27T00:00")
    assert before(days("2026-02-01", "2026-05-01")) == ("2025-11-04T01:00", "2026-02-01T00:00")


def test_named_days_are_compared_with_as_many_local_days_ending_at_the_same_local_time() -> None:
    period = named_period("30d", utc("2026-11-01T14:30"), BERLIN)
    assert before(period) == ("2026-09-02T00:00", "2026-10-02T15:30")
    assert compared_periods(period, Comparison.PREVIOUS).label == "vs previous 30d"


def test_24h_is_compared_with_the_24_hours_before() -> None:
    assert before(named_period("24h", utc("2026-10-26T12:00"), BERLIN)) == (
        "2026-10-24T14:00",
        "2026-10-25T13:00",
    )


def test_year_on_year_takes_the_same_dates_and_29_february_becomes_the_28th() -> None:
    assert before(days("2024-02-29", "2024-03-01"), Comparison.YEAR_ON_YEAR) == (
        "2023-02-28T00:00",
        "2023-03-01T00:00",
    )
    compared = compared_periods(days("2026-03-01", "2026-04-01"), Comparison.YEAR_ON_YEAR)
    assert compared.label == "vs last year"
    assert compared.previous == days("2025-03-01", "2025-04-01")


def test_year_to_date_is_compared_with_last_years() -> None:
    period = named_period("ytd", utc("2026-11-01T14:30"), BERLIN)
    for comparison in (Comparison.PREVIOUS, Comparison.YEAR_TO_DATE):
        assert before(period, comparison) == ("2025-01-01T00:00", "2025-11-01T15:30")
        assert compared_periods(period, comparison).label == "vs last year to date"


def test_comparing_the_year_to_date_takes_this_years_for_any_period() -> None:
    period = named_period("30d", utc("2026-11-01T14:30"), BERLIN)
    compared = compared_periods(period, Comparison.YEAR_TO_DATE)
    assert compared.current == named_period("ytd", period.end, BERLIN)


def test_a_period_without_a_name_says_so() -> None:
    assert (
        compared_periods(days("2026-10-20", "2026-10-23"), Comparison.PREVIOUS).label == "vs previous period"
    )


@given(zones, instants, st.integers(1, 400))
def test_the_period_before_named_days_has_the_same_wall_clock_length(
    tz: ZoneInfo, end: datetime, count: int
) -> None:
    period = named_period(f"{count}d", end, tz)
    previous = compared_periods(period, Comparison.PREVIOUS).previous
    shift = wall_clock(period.start, tz) - wall_clock(previous.start, tz)
    assert shift == timedelta(days=count)
    # A time that a zone skips stands for the end of the gap, at most two hours on.
    assert abs(previous.wall_length - period.wall_length) <= timedelta(hours=2)


@given(zones, instants, st.integers(1, 86_400 * 700))
def test_the_period_before_ends_where_the_period_begins(tz: ZoneInfo, start: datetime, seconds: int) -> None:
    period = Period(start, start + timedelta(seconds=seconds), tz)
    previous = compared_periods(period, Comparison.PREVIOUS).previous
    assert previous.end == period.start
    assert previous.start < previous.end


@given(zones, instants)
def test_a_point_in_time_is_never_empty_and_at_most_a_month(tz: ZoneInfo, at: datetime) -> None:
    period = point_in_time(at, tz)
    assert period.start < period.end == at
    assert period.wall_length <= timedelta(days=31)
    assume(wall_clock(period.start, tz).time() == wall_clock(period.start, tz).min.time())
    assert wall_clock(period.start, tz).day == 1
