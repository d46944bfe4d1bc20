"""When reports are due, against the plainest oracle there is: walk the minutes and look at the clock."""

import calendar
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.periods import zone
from core.reports.definition import Frequency, Schedule
from core.reports.schedule import Due, dues, dues_between, next_due

# Gaps at midnight, at one and at two; of an hour, of half an hour and of two; none; a zone of each quarter of an hour.
ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "Africa/Cairo", "America/Havana", "Australia/Lord_Howe",
    "America/St_Johns", "Asia/Kathmandu", "Pacific/Chatham", "Antarctica/Troll", "Africa/Casablanca",
    "America/Santiago",
)  # fmt: skip
TIMES = ("00:00", "00:30", "01:30", "02:00", "02:30", "09:00", "23:30", "23:59")
MONTH_DAYS = (1, 28, 29, 30, 31)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@dataclass
class Walk:
    """What a zone's clock showed, minute by minute: the first time of each wanted time of each date."""

    zone: str
    start: datetime
    end: datetime
    first: dict[tuple[date, str], datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        minutes = {int(t[:2]) * 60 + int(t[3:]): t for t in TIMES}
        tz, at, before = ZoneInfo(self.zone), self.start, None
        while at < self.end:
            wall = at.astimezone(tz).replace(tzinfo=None, fold=0)
            wanted = minutes.get(wall.hour * 60 + wall.minute)
            if wanted:
                self.first.setdefault((wall.date(), wanted), at)
            if before is not None and wall - before > MINUTE:
                self._skipped(before + MINUTE, wall, minutes, at)
            before, at = wall, at + MINUTE

    def _skipped(self, wall: datetime, until: datetime, minutes: dict[int, str], at: datetime) -> None:
        while wall < until:
            wanted = minutes.get(wall.hour * 60 + wall.minute)
            if wanted:
                self.first[(wall.date(), wanted)] = at
            wall += MINUTE

    def dues(self, schedule: Schedule) -> list[datetime]:
        found = {
            at for (day, time), at in self.first.items() if time == schedule.time and named(schedule, day)
        }
        return sorted(found)


def named(schedule: Schedule, day: date) -> bool:
    """Whether the schedule names that date, as its fields are described."""
    if schedule.frequency is Frequency.DAILY:
        return True
    if schedule.frequency is Frequency.WEEKLY:
        return day.strftime("%w") == str(schedule.day_of_week)
    last = calendar.monthrange(day.year, day.month)[1]
    assert schedule.day_of_month is not None
    return day.day == min(schedule.day_of_month, last)


def schedules(timezone: str) -> Iterator[Schedule]:
    for time in TIMES:
        yield Schedule(Frequency.DAILY, time, timezone=timezone)
        for weekday in (0, 1, 6):
            yield Schedule(Frequency.WEEKLY, time, day_of_week=weekday, timezone=timezone)
        for day in MONTH_DAYS:
            yield Schedule(Frequency.MONTHLY, time, day_of_month=day, timezone=timezone)


def agrees(name: str, first: date, last: date) -> int:
    start, end = (datetime(d.year, d.month, d.day, 12, tzinfo=UTC) for d in (first, last))
    # Two days more, so that what lies at the edges is complete.
    walk, count = Walk(name, start - 2 * DAY, end + 2 * DAY), 0
    for schedule in schedules(name):
        expected = [at for at in walk.dues(schedule) if start < at <= end]
        found = [due.at for due in dues_between(schedule, start, end, zone("UTC"))]
        assert found == expected, schedule
        count += len(found)
    return count


@pytest.mark.parametrize("name", ["Africa/Cairo", "Australia/Lord_Howe", "America/New_York"])
def test_every_due_time_of_a_year_is_there_once_and_at_its_place(name: str) -> None:
    assert agrees(name, date(2026, 2, 20), date(2027, 3, 20)) > 3000


@pytest.mark.nightly
@pytest.mark.parametrize("name", ZONES)
def test_every_due_time_of_ten_years_is_there_once_and_at_its_place(name: str) -> None:
    assert agrees(name, date(2020, 6, 15), date(2030, 6, 15)) > 30_000


@pytest.mark.parametrize(
    ("time", "name", "day", "expected"),
    [
        ("02:30", "America/New_York", "2026-03-08", "2026-03-08T03:00:00-04:00"),
        ("01:30", "America/New_York", "2026-11-01", "2026-11-01T01:30:00-04:00"),
        ("00:30", "Africa/Cairo", "2026-04-24", "2026-04-24T01:00:00+03:00"),
        ("23:30", "Africa/Cairo", "2026-10-29", "2026-10-29T23:30:00+03:00"),
        ("02:15", "Australia/Lord_Howe", "2026-10-04", "2026-10-04T02:30:00+11:00"),
        ("00:30", "America/Havana", "2026-03-08", "2026-03-08T01:00:00-04:00"),
    ],
)
def test_a_clock_change_moves_a_report_and_never_drops_or_doubles_it(
    time: str, name: str, day: str, expected: str
) -> None:
    schedule, wanted = Schedule(Frequency.DAILY, time, timezone=name), date.fromisoformat(day)
    start = datetime.combine(wanted, datetime.min.time(), UTC) - 2 * DAY
    found = [
        due.at for due in dues_between(schedule, start, start + 5 * DAY, zone("UTC")) if due.on == wanted
    ]
    assert found == [datetime.fromisoformat(expected)]


def test_day_31_is_the_last_day_of_every_month() -> None:
    schedule = Schedule(Frequency.MONTHLY, "09:00", day_of_month=31, timezone="Europe/Berlin")
    found = dues_between(schedule, at("2028-01-01"), at("2029-01-01"), zone("UTC"))
    assert [due.on.day for due in found] == [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]


def test_the_first_of_a_month_in_new_york_is_due_at_nine_there() -> None:
    schedule = Schedule(Frequency.MONTHLY, "09:00", day_of_month=1, timezone="America/New_York")
    due = next_due(schedule, datetime(2025, 1, 6, 10, tzinfo=UTC), zone("UTC"))
    assert due == Due(datetime(2025, 2, 1, 14, tzinfo=UTC), date(2025, 2, 1))


def test_a_report_due_now_is_due_next_time() -> None:
    schedule = Schedule(Frequency.WEEKLY, "10:00", day_of_week=1)
    assert next_due(schedule, datetime(2025, 1, 6, 10, tzinfo=UTC), zone("UTC")).on == date(2025, 1, 13)


def test_sunday_is_day_0_of_the_week() -> None:
    schedule = Schedule(Frequency.WEEKLY, "08:00", day_of_week=0)
    assert next_due(schedule, at("2026-11-20"), zone("UTC")).on == date(2026, 11, 22)


def test_a_date_that_has_had_its_report_is_passed_over() -> None:
    schedule = Schedule(Frequency.DAILY, "10:00", timezone="Europe/Berlin")
    after = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
    assert next_due(schedule, after, zone("UTC")).on == date(2026, 11, 22)
    assert next_due(schedule, after, zone("UTC"), taken={date(2026, 11, 22)}).on == date(2026, 11, 23)


@pytest.mark.parametrize(
    ("customers", "expected"),
    [
        # In Tokyo the first has begun at 15:00 UTC of the day before.
        ("Asia/Tokyo", "2026-09-30T23:00:00+00:00"),
        ("UTC", "2026-10-01T23:00:00+00:00"),
        ("America/New_York", "2026-10-01T23:00:00+00:00"),
    ],
)
def test_without_a_zone_the_time_is_utc_and_the_day_the_customers(customers: str, expected: str) -> None:
    schedule = Schedule(Frequency.MONTHLY, "23:00", day_of_month=1)
    assert next_due(schedule, at("2026-09-15"), zone(customers)).at == datetime.fromisoformat(expected)


@pytest.mark.parametrize("name", ["Europe/Berlin", "Asia/Tokyo", "America/St_Johns"])
def test_without_a_zone_a_daily_report_is_due_at_that_time_of_every_day_in_utc(name: str) -> None:
    found = dues_between(Schedule(Frequency.DAILY, "22:30"), at("2026-03-01"), at("2026-12-01"), zone(name))
    assert [due.at for due in found] == [
        at("2026-03-01") + timedelta(days=n, hours=22, minutes=30) for n in range(275)
    ]


any_schedule = st.one_of(
    st.builds(
        Schedule, st.just(Frequency.DAILY), st.sampled_from(TIMES), timezone=st.sampled_from([None, *ZONES])
    ),
    st.builds(
        Schedule,
        st.just(Frequency.WEEKLY),
        st.sampled_from(TIMES),
        day_of_week=st.integers(0, 6),
        timezone=st.sampled_from([None, *ZONES]),
    ),
    st.builds(
        Schedule,
        st.just(Frequency.MONTHLY),
        st.sampled_from(TIMES),
        day_of_month=st.integers(1, 31),
        timezone=st.sampled_from([None, *ZONES]),
    ),
)
instants = st.datetimes(datetime(2015, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC))


@settings(max_examples=150, deadline=None)
@given(any_schedule, instants, st.sampled_from(ZONES))
def test_the_next_time_from_anywhere_before_it_is_the_same(
    schedule: Schedule, after: datetime, name: str
) -> None:
    customers = zone(name)
    due = next_due(schedule, after, customers)
    assert due.at > after
    assert next_due(schedule, due.at - timedelta(seconds=1), customers) == due
    assert next_due(schedule, after + (due.at - after) / 2, customers) == due


@settings(max_examples=80, deadline=None)
@given(any_schedule, instants, st.sampled_from(ZONES))
def test_due_times_come_one_after_another_and_at_most_one_a_date(
    schedule: Schedule, after: datetime, name: str
) -> None:
    found = list(itertools.islice(dues(schedule, after, zone(name)), 20))
    assert all(one.at < other.at for one, other in itertools.pairwise(found))
    assert len({due.on for due in found}) == len(found)


def at(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)
