"""Buckets against the plainest oracle there is: walk the minutes and ask zoneinfo what the clocks show."""

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.errors import InvalidGranularity, InvalidParameter, InvalidTimeRange
from core.periods import (
    Granularity,
    Period,
    auto_granularity,
    bucket_edges,
    chosen_granularity,
    day_start,
    first_instant,
    wall_clock,
    zone,
)

ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "America/St_Johns", "America/Havana", "Africa/Cairo",
    "America/Sao_Paulo", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Tehran", "Australia/Lord_Howe",
    "Pacific/Chatham", "Pacific/Apia", "Africa/Casablanca", "Antarctica/Troll", "America/Caracas",
)  # fmt: skip
zones = st.sampled_from(ZONES).map(zone)
starts = st.datetimes(datetime(2008, 1, 1), datetime(2036, 1, 1)).map(lambda d: d.replace(tzinfo=UTC))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def shown(instant: datetime, tz: ZoneInfo) -> datetime:
    return instant.astimezone(tz).replace(tzinfo=None, fold=0)


def first_minute_showing(wall: datetime, tz: ZoneInfo) -> datetime:
    """The first minute whose clock shows `wall` or later, found by walking."""
    instant = wall.replace(tzinfo=UTC) - timedelta(hours=26)
    while shown(instant, tz) < wall:
        instant += timedelta(minutes=1)
    return instant


@settings(max_examples=40, deadline=None)
@given(zones, st.dates(date(2008, 1, 1), date(2036, 1, 1)), st.integers(0, 24 * 60 - 1))
@example(zone("America/Havana"), date(2026, 3, 8), 0)
@example(zone("Africa/Cairo"), date(2026, 4, 24), 0)
@example(zone("America/St_Johns"), date(2009, 11, 1), 0)
@example(zone("Pacific/Apia"), date(2011, 12, 30), 0)
@example(zone("Australia/Lord_Howe"), date(2026, 10, 4), 2 * 60 + 15)
@example(zone("Antarctica/Troll"), date(2026, 3, 29), 2 * 60)
def test_a_wall_clock_time_is_the_first_instant_that_has_reached_it(
    tz: ZoneInfo, day: date, minute: int
) -> None:
    wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)
    assert first_instant(wall, tz) == first_minute_showing(wall, tz)


def truncated(wall: datetime, granularity: Granularity) -> datetime:
    day = wall.replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        Granularity.DAY: day,
        Granularity.WEEK: day - timedelta(days=day.weekday()),
        Granularity.MONTH: day.replace(day=1),
    }[granularity]


@settings(max_examples=60, deadline=None)
@given(
    zones,
    starts,
    st.integers(1, 86_400 * 90),
    st.sampled_from([Granularity.DAY, Granularity.WEEK, Granularity.MONTH]),
    st.data(),
)
def test_every_instant_lies_in_the_bucket_its_calendar_says(
    tz: ZoneInfo, start: datetime, seconds: int, granularity: Granularity, data: st.DataObject
) -> None:
    period = Period(start, start + timedelta(seconds=seconds), tz)
    edges = bucket_edges(period, granularity)
    assert edges[0] <= period.start < edges[1]
    assert edges[-2] < period.end <= edges[-1]
    assert all(a < b for a, b in itertools.pairwise(edges))
    instant = start + timedelta(seconds=data.draw(st.integers(0, seconds - 1)))
    bucket = max(edge for edge in edges if edge <= instant)
    # Where clocks go back over midnight the day before shows up again; it stays in the day that has begun.
    latest = max(shown(instant - timedelta(minutes=m), tz) for m in range(0, 25 * 60, 5))
    assert bucket == first_instant(truncated(latest, granularity), tz)


@settings(max_examples=60, deadline=None)
@given(zones, starts, st.integers(1, 86_400 * 5))
def test_hours_begin_where_the_clock_shows_a_full_hour_or_changes_by_less(
    tz: ZoneInfo, start: datetime, seconds: int
) -> None:
    edges = bucket_edges(Period(start, start + timedelta(seconds=seconds), tz), Granularity.HOUR)
    for edge, following in itertools.pairwise(edges):
        before = shown(edge - timedelta(minutes=1), tz)
        is_change = shown(edge, tz) - before != timedelta(minutes=1)
        assert shown(edge, tz).minute == 0 or is_change
        assert following - edge <= timedelta(hours=1)
        assert following - edge == timedelta(hours=1) or tz.key in ("Australia/Lord_Howe", "America/Caracas")


@given(zones, starts, st.integers(1, 86_400))
def test_minutes_are_the_same_in_every_zone(tz: ZoneInfo, start: datetime, seconds: int) -> None:
    edges = bucket_edges(Period(start, start + timedelta(seconds=seconds), tz), Granularity.MINUTE)
    assert edges[0] == start.replace(second=0, microsecond=0)
    assert {b - a for a, b in itertools.pairwise(edges)} == {timedelta(minutes=1)}
    assert edges[-2] < start + timedelta(seconds=seconds) <= edges[-1]


@pytest.mark.parametrize(
    ("name", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("America/Havana", date(2026, 3, 8), 23),
        ("Pacific/Apia", date(2011, 12, 30), 0),
    ],
)
def test_days_have_the_length_their_clocks_give_them(name: str, day: date, hours: float) -> None:
    tz = zone(name)
    assert day_start(day + timedelta(days=1), tz) - day_start(day, tz) == timedelta(hours=hours)


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("year", [2009, 2011, 2026])
def test_days_of_a_year_are_found_one_from_another_as_each_alone(name: str, year: int) -> None:
    tz = zone(name)
    edges = bucket_edges(Period(utc(f"{year}-01-01"), utc(f"{year + 1}-01-01"), tz), Granularity.DAY)
    first, last = shown(edges[0], tz).date(), shown(edges[-1], tz).date()
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    # One that was skipped begins where the next does.
    assert [*edges] == [*dict.fromkeys(day_start(day, tz) for day in days)]


def test_a_wall_clock_does_not_say_that_it_shows_a_time_again() -> None:
    wall = wall_clock(utc("2026-10-25T01:30"), zone("Europe/Berlin"))
    assert (wall, wall.fold, wall.tzinfo) == (datetime(2026, 10, 25, 2, 30), 0, None)


def test_a_day_that_a_zone_skipped_is_no_bucket() -> None:
    tz = zone("Pacific/Apia")
    edges = bucket_edges(Period(utc("2011-12-29T12:00"), utc("2012-01-01T00:00"), tz), Granularity.DAY)
    assert [shown(edge, tz).day for edge in edges] == [29, 31, 1, 2]


def test_an_empty_period_has_no_buckets() -> None:
    now = utc("2026-01-01")
    assert bucket_edges(Period(now, now, zone("UTC"), "ytd"), Granularity.DAY) == ()


@pytest.mark.parametrize(
    ("start", "end", "granularity"),
    [
        ("2026-01-01T00:00", "2026-01-01T06:00", "minute"),
        ("2026-01-01T00:00", "2026-01-01T06:01", "hour"),
        ("2026-01-01T00:00", "2026-01-15T00:00", "hour"),
        ("2026-01-01T00:00", "2026-01-15T00:01", "day"),
        ("2025-01-01T00:00", "2026-02-05T00:00", "day"),
        ("2025-01-01T00:00", "2026-02-05T00:01", "week"),
        ("2016-01-01T00:00", "2026-01-01T00:00", "week"),
        ("2000-01-01T00:00", "2026-01-01T00:00", "month"),
    ],
)
def test_auto_granularity_grows_with_the_period(start: str, end: str, granularity: str) -> None:
    assert auto_granularity(Period(utc(start), utc(end), zone("UTC"))) == granularity


def test_fourteen_local_days_are_hours_although_one_of_them_has_twenty_five() -> None:
    tz = zone("Europe/Berlin")
    period = Period(day_start(date(2026, 10, 20), tz), day_start(date(2026, 11, 3), tz), tz)
    assert period.seconds > 14 * 86_400
    assert auto_granularity(period) is Granularity.HOUR


@pytest.mark.parametrize(("name", "days"), [("minute", 7), ("hour", 92)])
def test_fine_buckets_of_a_long_period_are_refused(name: str, days: int) -> None:
    start = utc("2026-01-01")
    assert chosen_granularity(name, Period(start, start + timedelta(days=days), zone("UTC"))) == name
    with pytest.raises(InvalidTimeRange):
        chosen_granularity(name, Period(start, start + timedelta(days=days, seconds=1), zone("UTC")))


@pytest.mark.parametrize("name", ["", "second", "DAY", "days", "quarter"])
def test_an_unknown_granularity_is_refused_and_the_known_ones_are_named(name: str) -> None:
    with pytest.raises(InvalidGranularity, match="auto, minute, hour, day, week, month"):
        chosen_granularity(name, Period(utc("2026-01-01"), utc("2026-01-02"), zone("UTC")))


@pytest.mark.parametrize(
    "name",
    ["europe/berlin", "Europe", "/etc/localtime", "Europe/Berlin\0", "right/UTC", "posix/UTC", "GMT+1",
     "leapseconds", "US/Pacific-New", "localtime", "Factory", "../UTC", "", "x" * 5000],
)  # fmt: skip
def test_only_known_zone_names_are_zones(name: str) -> None:
    with pytest.raises(InvalidParameter) as refusal:
        zone(name)
    assert refusal.value.param == "timezone"
