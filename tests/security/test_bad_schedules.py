"""Hostile schedules: what clocks skip or show twice is due once, what is no schedule is refused by name."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.reports.check import check_report
from core.reports.definition import DeliveryMethod, Frequency, ReportDefinition, ReportDelivery, Schedule
from core.reports.schedule import dues_between, next_due
from tests.security.entries import Entry, entry, taken

_UTC = ZoneInfo("UTC")
DAILY = Schedule(Frequency.DAILY, "09:00")
_DUE = {
    "TIME-030": ("02:30", "America/New_York", "2026-03-08T03:00:00-04:00"),
    "TIME-031": ("01:30", "America/New_York", "2026-11-01T01:30:00-04:00"),
    "TIME-032": ("00:30", "Africa/Cairo", "2026-04-24T01:00:00+03:00"),
    "TIME-033": ("23:30", "Africa/Cairo", "2026-10-29T23:30:00+03:00"),
    "TIME-034": ("02:15", "Australia/Lord_Howe", "2026-10-04T02:30:00+11:00"),
    "TIME-036": ("00:30", "America/Havana", "2026-03-08T01:00:00-04:00"),
}


@pytest.mark.parametrize("one", taken(ids=tuple(_DUE)), ids=str)
def test_on_a_day_when_clocks_change_it_is_due_once(one: Entry) -> None:
    time, zone, expected = _DUE[one.id]
    at = datetime.fromisoformat(expected)
    around = timedelta(hours=22)
    found = dues_between(replace(DAILY, time=time, timezone=zone), at - around, at + around, _UTC)
    assert [due.at for due in found] == [at]
    week = dues_between(
        replace(DAILY, time=time, timezone=zone), at - timedelta(days=3.5), at + timedelta(days=3.5), _UTC
    )
    assert len({due.on for due in week}) == len(week) == 7


def test_the_31st_is_the_last_day_of_every_month() -> None:
    entry("TIME-038")
    monthly = Schedule(Frequency.MONTHLY, "09:00", day_of_month=31, timezone="UTC")
    start = datetime(2026, 1, 1, tzinfo=UTC)
    found = [due.on for due in dues_between(monthly, start, start + timedelta(days=365), _UTC)]
    assert len(found) == 12 and all((day + timedelta(days=1)).day == 1 for day in found)


def _params(schedule: Schedule) -> list[str]:
    definition = ReportDefinition(
        "report_1", "portal_1", "Monthly", schedule, ReportDelivery(DeliveryMethod.EMAIL, ("a@example.com",))
    )
    return [fault.param for fault in check_report(definition).faults]


_ZONES = ("TIME-050", "TIME-052", "TIME-055", "TIME-056", "TIME-059", "TIME-061", "TIME-063", "TIME-065")


@pytest.mark.parametrize("one", taken(ids=_ZONES), ids=str)
def test_a_zone_is_one_of_those_that_are_known_and_named_so(one: Entry) -> None:
    name = one.input["timezone"].replace("\\u0000", "\0")
    assert _params(replace(DAILY, timezone=name)) == ["schedule.timezone"]


_WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "TIME-040": ({"frequency": Frequency.MONTHLY, "day_of_month": 0}, "schedule.day_of_month"),
    "TIME-041": ({"frequency": Frequency.WEEKLY, "day_of_week": 7}, "schedule.day_of_week"),
    "TIME-043": ({"frequency": Frequency.MONTHLY}, "schedule.day_of_month"),
    "TIME-047": ({"time": "09:60"}, "schedule.time"),
    "TIME-048": ({"time": "-1:00"}, "schedule.time"),
}


@pytest.mark.parametrize("one", taken(ids=tuple(_WRONG)), ids=str)
def test_what_is_no_schedule_is_refused_by_name(one: Entry) -> None:
    change, param = _WRONG[one.id]
    assert _params(replace(DAILY, **change)) == [param]


def test_an_edit_never_fires() -> None:
    entry("TIME-067")
    berlin, before = ZoneInfo("Europe/Berlin"), replace(DAILY, timezone="Europe/Berlin")
    edited = datetime(2026, 11, 2, 8, 30, tzinfo=berlin)
    assert next_due(before, edited, berlin).at == datetime(2026, 11, 2, 9, tzinfo=berlin)
    after = next_due(replace(before, time="08:00"), edited, berlin)
    assert after.at == datetime(2026, 11, 3, 8, tzinfo=berlin)


def test_a_day_that_had_its_report_has_no_second_one_whatever_clocks_do() -> None:
    """New rules of a zone move the instant of a date; the date itself is taken."""
    entry("TIME-068")
    schedule, at = replace(DAILY, timezone="Europe/Berlin"), datetime(2026, 11, 2, 7, 59, tzinfo=UTC)
    assert next_due(schedule, at, _UTC).on == date(2026, 11, 2)
    assert next_due(schedule, at, _UTC, taken={date(2026, 11, 2)}).on == date(2026, 11, 3)
