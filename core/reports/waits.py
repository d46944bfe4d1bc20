"""Why a report that is due is not built yet: it waits for its data, has waited too long, or is too old."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from core.periods import format_instant
from core.reports.agenda import TOO_OLD
from core.reports.occurrence import OPEN, Occurrence, OccurrenceState
from core.store.control import ControlStore
from core.store.control import report_occurrences as rows


def settle_waits(store: ControlStore, *, now: datetime, data_as_of: datetime | None, limit: timedelta) -> int:
    """Says of what cannot be built yet why that is: it waits for its data, is held, or is too old; how many changed."""
    with store.reading() as connection:
        changes = _changes(connection, now, data_as_of, limit)
    if not changes:
        return 0
    with store.writing() as connection:
        changes = _changes(connection, now, data_as_of, limit)
        for occurrence, state, reason in changes:
            rows.settle(connection, occurrence, state, reason, now=now)
    return len(changes)


def would_settle(
    connection: Connection, *, now: datetime, data_as_of: datetime | None, limit: timedelta
) -> bool:
    """Whether `settle_waits` would change anything."""
    return bool(_changes(connection, now, data_as_of, limit))


_Change = tuple[Occurrence, OccurrenceState, str | None]


def _changes(
    connection: Connection, now: datetime, data_as_of: datetime | None, limit: timedelta
) -> list[_Change]:
    found = rows.in_states(connection, OPEN)
    wanted = ((one, *_standing(one, now, data_as_of, limit)) for one in found)
    return [
        (one, state, reason) for one, state, reason in wanted if (state, reason) != (one.state, one.reason)
    ]


def _standing(
    one: Occurrence, now: datetime, data_as_of: datetime | None, limit: timedelta
) -> tuple[OccurrenceState, str | None]:
    """The state it should be in, and why."""
    is_complete = data_as_of is not None and one.period.is_complete(data_as_of)
    if one.is_stale(now):
        return _too_old(one)
    if is_complete:
        return one.state, one.reason
    if now - one.waiting_since <= limit:
        return OccurrenceState.WAITING, _waits(one, data_as_of)
    hours = round(limit / timedelta(hours=1))
    for_so_long = "an hour" if hours == 1 else f"{hours} hours"
    return OccurrenceState.HELD, f"{_waits(one, data_as_of)}, for more than {for_so_long}"


def _too_old(one: Occurrence) -> tuple[OccurrenceState, str | None]:
    if one.state is OccurrenceState.DUE:
        return OccurrenceState.SKIPPED_MISSED, TOO_OLD
    return OccurrenceState.HELD, "Its data came more than a week late or not at all; send it by hand"


def _waits(one: Occurrence, data_as_of: datetime | None) -> str:
    known = (
        "nothing is published yet" if data_as_of is None else f"data reaches to {format_instant(data_as_of)}"
    )
    return f"It waits for the data of its period, which ends at {format_instant(one.period_end)}; {known}"
