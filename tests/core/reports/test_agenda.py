"""Each due time is one row, once: after downtime, clocks that jump, edits, and whoever looks at the same time."""

import random
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.portals.definition import PortalStatus
from core.reports.agenda import MAX_MISSED, agenda, next_scheduled, note_due
from core.reports.by_hand import ask_again, ask_now
from core.reports.definition import Frequency, ReportDefinition, Schedule
from core.reports.occurrence import Occurrence, OccurrenceState
from core.reports.waits import settle_waits
from core.reports.zones import CustomerZones
from core.settings import Settings
from core.store.control import ControlStore, open_control_store
from core.store.control.portals import change_portal, find_portal
from core.store.control.report_occurrences import claim, in_states, note_built, recent_occurrences
from core.store.control.reports import change_report, find_report
from tests.builders import card, keep_portal, portal
from tests.builders.portals import MADE
from tests.builders.reports import keep_report, report

NINE = datetime(2026, 11, 2, 9, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
UTC_ZONES = CustomerZones({})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ControlStore]:
    store = open_control_store(Settings(home=tmp_path))
    keep_portal(store, portal(card("cost.total")))
    yield store
    store.close()


def rows(store: ControlStore, report_id: str = "report_custa") -> list[Occurrence]:
    with store.reading() as connection:
        return recent_occurrences(connection, report_id, limit=1000)[::-1]


def due(store: ControlStore) -> list[datetime]:
    return [one.due_at for one in rows(store) if one.state is OccurrenceState.DUE]


def build_all(store: ControlStore, now: datetime) -> list[datetime]:
    """Builds everything that is due, as if there were data for all of it."""
    built = []
    with store.writing() as connection:
        while (one := claim(connection, "test", now=now, data_as_of=now + 1000 * DAY)) is not None:
            note_built(connection, one, len(built) + 1, now=now)
            built.append(one.due_at)
    return built


def edit(store: ControlStore, definition: ReportDefinition, now: datetime) -> None:
    with store.writing() as connection:
        before = find_report(connection, definition.report_id, None)
        assert before is not None
        change_report(connection, before, definition, now=now)


def set_status(store: ControlStore, status: PortalStatus) -> None:
    with store.writing() as connection:
        before = find_portal(connection, "portal_custa", None)
        assert before is not None
        change_portal(connection, before, replace(before.definition, status=status), now=NINE)


def test_a_due_time_becomes_one_row_however_often_somebody_looks(store: ControlStore) -> None:
    keep_report(store, report())
    assert note_due(store, None, now=NINE - MINUTE) == 1  # the day it was made
    assert [note_due(store, None, now=NINE + n * MINUTE) for n in range(3)] == [1, 0, 0]
    assert [one.due_at for one in rows(store)] == [NINE - DAY, NINE]
    last = rows(store)[-1]
    assert (last.period_start, last.period_end) == (
        datetime(2026, 11, 1, tzinfo=UTC),
        datetime(2026, 11, 2, tzinfo=UTC),
    )


def test_every_day_of_a_month_has_its_report_once(store: ControlStore) -> None:
    keep_report(store, report())
    now, sent = MADE, list[datetime]()
    while now < MADE + 30 * DAY:
        note_due(store, None, now=now)
        sent += build_all(store, now)
        now += timedelta(minutes=217)
    assert sent == [MADE + n * DAY + 9 * HOUR for n in range(30)]


@pytest.mark.parametrize(
    ("away", "sent", "missed"), [(HOUR, 1, 0), (26 * HOUR, 1, 1), (7 * DAY, 1, 6), (8 * DAY, 1, 7)]
)
def test_after_downtime_the_newest_is_sent_and_the_older_ones_are_kept_as_missed(
    store: ControlStore, away: timedelta, sent: int, missed: int
) -> None:
    keep_report(store, report(), now=NINE - MINUTE)
    note_due(store, None, now=NINE + away - MINUTE)
    states = [one.state for one in rows(store)]
    assert states.count(OccurrenceState.DUE) == sent
    assert states.count(OccurrenceState.SKIPPED_MISSED) == missed
    assert states[-1] is OccurrenceState.DUE
    assert all(one.reason for one in rows(store)[:-1])


def test_nothing_older_than_a_week_is_sent(store: ControlStore) -> None:
    monthly = Schedule(Frequency.MONTHLY, "09:00", day_of_month=2, timezone="UTC")
    keep_report(store, report(schedule=monthly))
    assert note_due(store, None, now=NINE + 8 * DAY) == 0
    (one,) = rows(store)
    assert one.state is OccurrenceState.SKIPPED_MISSED and "week" in str(one.reason)


def test_a_very_long_pause_leaves_a_bounded_trace(store: ControlStore) -> None:
    keep_report(store, report())
    note_due(store, None, now=NINE + 400 * DAY)
    assert len(rows(store)) == MAX_MISSED and len(due(store)) == 1
    assert note_due(store, None, now=NINE + 400 * DAY + MINUTE) == 0


@pytest.mark.parametrize("jump", [-HOUR, HOUR, 400 * DAY, -400 * DAY])
@pytest.mark.parametrize("is_data_there", [False, True])
def test_a_clock_that_jumps_and_comes_back_doubles_and_loses_nothing(
    store: ControlStore, jump: timedelta, is_data_there: bool
) -> None:
    keep_report(store, report())
    now, sent = NINE - 30 * MINUTE, list[datetime]()
    for n in range(5 * 48):
        # Five days, of which the clock is wrong for two hours around nine on the second.
        at = now + n * 30 * MINUTE
        is_wrong = NINE + DAY - HOUR < at < NINE + DAY + HOUR
        seen = at + jump if is_wrong else at
        note_due(store, None, now=seen)
        if is_data_there or not is_wrong:
            sent += build_all(store, seen)
    expected = [NINE - DAY, *(NINE + n * DAY for n in range(5))]
    catch_up = [one for one in sent if one not in expected]
    assert len(sent) == len(set(sent))
    assert [one for one in sent if one in expected] == expected
    # One to catch up, and the one that is due while the clock is wrong.
    assert len(catch_up) <= (2 if is_data_there else 0)
    assert len(rows(store)) < 2 * MAX_MISSED + 10


def test_editing_never_fires_and_the_next_time_is_ahead(store: ControlStore) -> None:
    keep_report(store, report())
    chance, now = random.Random(6), NINE
    note_due(store, None, now=now)
    build_all(store, now)
    for _ in range(200):
        now += timedelta(seconds=chance.randrange(1, 40_000))
        note_due(store, None, now=now)
        frequency = chance.choice([*Frequency])
        schedule = Schedule(
            frequency,
            f"{chance.randrange(24):02d}:{chance.randrange(60):02d}",
            day_of_week=chance.randrange(7) if frequency is Frequency.WEEKLY else None,
            day_of_month=chance.randrange(1, 32) if frequency is Frequency.MONTHLY else None,
            timezone=chance.choice(["UTC", "Asia/Tokyo", "America/New_York", None]),
        )
        edit(store, report(schedule=schedule), now)
        assert note_due(store, None, now=now) == 0 and agenda(store, None, now=now).is_empty
        with store.reading() as connection:
            found = find_report(connection, "report_custa", None)
            assert found is not None
            assert next_scheduled(connection, found, UTC_ZONES, now=now).at > now
    dates = [one.due_on for one in rows(store)]
    assert len(dates) == len(set(dates))


def test_a_later_time_on_a_day_that_has_had_its_report_begins_the_day_after(store: ControlStore) -> None:
    keep_report(store, report())
    note_due(store, None, now=NINE)
    later = Schedule(Frequency.DAILY, "10:00", timezone="UTC")
    edit(store, report(schedule=later), NINE + 30 * MINUTE)
    with store.reading() as connection:
        found = find_report(connection, "report_custa", None)
        assert found is not None
        assert next_scheduled(connection, found, UTC_ZONES, now=NINE + 31 * MINUTE).at == NINE + DAY + HOUR
    assert note_due(store, None, now=NINE + HOUR + MINUTE) == 0
    assert note_due(store, None, now=NINE + DAY + HOUR) == 1


def test_a_paused_report_misses_nothing_that_it_would_send_afterwards(store: ControlStore) -> None:
    keep_report(store, report(is_active=False))
    assert note_due(store, None, now=NINE + 3 * DAY) == 0
    edit(store, report(), NINE + 3 * DAY + HOUR)
    assert note_due(store, None, now=NINE + 3 * DAY + 2 * HOUR) == 0 and rows(store) == []
    assert note_due(store, None, now=NINE + 4 * DAY) == 1


@pytest.mark.parametrize("status", [PortalStatus.DRAFT, PortalStatus.ARCHIVED])
def test_a_portal_that_is_not_active_has_its_reports_skipped(
    store: ControlStore, status: PortalStatus
) -> None:
    keep_report(store, report(), now=NINE - MINUTE)
    set_status(store, status)
    assert note_due(store, None, now=NINE) == 0
    (one,) = rows(store)
    assert one.state is OccurrenceState.SKIPPED_INACTIVE and "not active" in str(one.reason)


def test_two_who_look_at_once_note_it_once(store: ControlStore) -> None:
    keep_report(store, report(), now=NINE - MINUTE)
    barrier, counts = threading.Barrier(4), list[int]()

    def look() -> None:
        barrier.wait()
        counts.append(note_due(store, None, now=NINE))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 1 and len(rows(store)) == 1


def test_what_lacks_data_waits_then_is_held_and_is_built_when_the_data_comes(store: ControlStore) -> None:
    keep_report(store, report(), now=NINE - MINUTE)
    note_due(store, None, now=NINE)
    data, limit = NINE - 12 * HOUR, 48 * HOUR

    def settled(now: datetime, until: datetime = data) -> tuple[OccurrenceState, str]:
        settle_waits(store, now=now, data_as_of=until, limit=limit)
        (one,) = rows(store)
        return one.state, str(one.reason)

    state, reason = settled(NINE + MINUTE)
    assert state is OccurrenceState.WAITING and "2026-11-02T00:00:00Z" in reason
    assert settle_waits(store, now=NINE + HOUR, data_as_of=data, limit=limit) == 0
    state, reason = settled(NINE + 49 * HOUR)
    assert state is OccurrenceState.HELD and "48 hours" in reason
    with store.writing() as connection:
        assert claim(connection, "me", now=NINE + 50 * HOUR, data_as_of=data) is None
        found = claim(connection, "me", now=NINE + 50 * HOUR, data_as_of=NINE)
    assert found is not None and found.due_at == NINE


def test_what_is_held_for_more_than_a_week_waits_for_a_person(store: ControlStore) -> None:
    keep_report(store, report(), now=NINE - MINUTE)
    note_due(store, None, now=NINE)
    settle_waits(store, now=NINE + HOUR, data_as_of=None, limit=HOUR)
    now = NINE + 8 * DAY
    settle_waits(store, now=now, data_as_of=now, limit=HOUR)
    (one,) = rows(store)
    assert one.state is OccurrenceState.HELD and "by hand" in str(one.reason)
    with store.writing() as connection:
        assert claim(connection, "me", now=now, data_as_of=now) is None
        found = find_report(connection, "report_custa", None)
        assert found is not None
        again = ask_again(connection, found, NINE, now=now)
        assert again is not None and again.state is OccurrenceState.DUE
        assert claim(connection, "me", now=now, data_as_of=now) is not None


def test_a_lease_that_has_ended_is_anybodys_and_one_from_the_future_binds_nobody(store: ControlStore) -> None:
    keep_report(store, report(), now=NINE - MINUTE)
    note_due(store, None, now=NINE)
    with store.writing() as connection:
        first = claim(connection, "one", now=NINE, data_as_of=NINE)
        assert first is not None and first.attempt == 1
        assert claim(connection, "two", now=NINE + timedelta(seconds=44), data_as_of=NINE) is None
        second = claim(connection, "two", now=NINE + timedelta(seconds=46), data_as_of=NINE)
        assert second is not None and second.attempt == 2
    with store.writing() as connection:
        assert claim(connection, "three", now=NINE - HOUR + DAY - DAY, data_as_of=NINE) is None


def test_asked_for_by_hand_it_covers_what_is_complete(store: ControlStore) -> None:
    stored = keep_report(store, report())
    with store.writing() as connection:
        one = ask_now(connection, stored, UTC_ZONES, now=NINE, until=NINE - 10 * HOUR)
        same = ask_now(connection, stored, UTC_ZONES, now=NINE + timedelta(milliseconds=999), until=NINE)
        other = ask_now(connection, stored, UTC_ZONES, now=NINE + timedelta(seconds=1), until=NINE)
    assert one.occurrence_id == same.occurrence_id != other.occurrence_id
    assert one.period_end == datetime(2026, 11, 1, tzinfo=UTC) and one.is_by_hand
    assert other.period_end == datetime(2026, 11, 2, tzinfo=UTC)
    with store.reading() as connection:
        assert len(in_states(connection, [OccurrenceState.DUE])) == 2
