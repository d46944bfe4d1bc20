"""What a report covers is over when it is due, and the report before it covers what came before."""

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.periods import Granularity, Period, bucket_edges, zone
from core.reports.definition import Frequency, Schedule
from core.reports.period import covered_period
from core.reports.schedule import dues_between

UNITS = {
    Frequency.DAILY: Granularity.DAY,
    Frequency.WEEKLY: Granularity.WEEK,
    Frequency.MONTHLY: Granularity.MONTH,
}


def shown(period: Period) -> tuple[str, str]:
    start, end = (edge.astimezone(period.zone).isoformat() for edge in (period.start, period.end))
    return start, end


@pytest.mark.parametrize(
    ("frequency", "expected"),
    [
        (Frequency.DAILY, ("2026-11-21T00:00:00+01:00", "2026-11-22T00:00:00+01:00")),
        (Frequency.WEEKLY, ("2026-11-09T00:00:00+01:00", "2026-11-16T00:00:00+01:00")),
        (Frequency.MONTHLY, ("2026-10-01T00:00:00+02:00", "2026-11-01T00:00:00+01:00")),
    ],
)
def test_a_report_covers_its_last_complete_day_week_or_month(
    frequency: Frequency, expected: tuple[str, str]
) -> None:
    sunday = datetime(2026, 11, 22, 22, 59, tzinfo=UTC)
    assert shown(covered_period(frequency, sunday, ZoneInfo("Europe/Berlin"))) == expected


def test_at_the_first_instant_of_a_day_the_day_before_is_complete() -> None:
    midnight = datetime(2026, 11, 22, 23, tzinfo=UTC)
    period = covered_period(Frequency.DAILY, midnight, ZoneInfo("Europe/Berlin"))
    assert period.end == midnight
    earlier = covered_period(Frequency.DAILY, midnight - timedelta(microseconds=1), ZoneInfo("Europe/Berlin"))
    assert earlier.end == period.start


def test_a_day_that_a_zone_skipped_is_no_day_to_report() -> None:
    period = covered_period(Frequency.DAILY, datetime(2011, 12, 30, 12, tzinfo=UTC), ZoneInfo("Pacific/Apia"))
    assert shown(period) == ("2011-12-29T00:00:00-10:00", "2011-12-31T00:00:00+14:00")


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(Frequency),
    st.datetimes(datetime(2012, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(["UTC", "Africa/Cairo", "America/Havana", "Asia/Kathmandu", "Australia/Lord_Howe"]),
)
def test_a_covered_period_is_one_calendar_unit_that_is_over(
    frequency: Frequency, at: datetime, name: str
) -> None:
    period = covered_period(frequency, at, zone(name))
    assert period.end <= at
    assert bucket_edges(period, UNITS[frequency]) == (period.start, period.end)
    longest = {Frequency.DAILY: 1, Frequency.WEEKLY: 7, Frequency.MONTHLY: 31}[frequency]
    assert at - period.end <= timedelta(days=longest, hours=3)


def test_reports_one_after_another_leave_out_no_day_and_cover_none_twice() -> None:
    schedule = Schedule(Frequency.DAILY, "00:30", timezone="Africa/Cairo")
    start, cairo = datetime(2026, 1, 1, tzinfo=UTC), zone("Africa/Cairo")
    covered = [
        covered_period(Frequency.DAILY, due.at, cairo)
        for due in dues_between(schedule, start, start + timedelta(days=400), cairo)
    ]
    assert all(one.end == other.start for one, other in itertools.pairwise(covered))
