"""What somebody should look at: reports that wait, are held, have failed, or should have been built long ago."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from core.periods import format_instant
from core.reports.occurrence import Occurrence, OccurrenceState
from core.store.control.report_occurrences import in_states
from core.store.control.reports import reports_of

# A queue of a thousand reports takes that long; what is due for longer is held up by something.
PATIENCE = timedelta(minutes=30)
# What failed longer ago is history, told by the report itself.
_RECENT = timedelta(days=7)
_STATES = (OccurrenceState.DUE, OccurrenceState.WAITING, OccurrenceState.HELD, OccurrenceState.FAILED)


@dataclass(frozen=True)
class Pending:
    """An occurrence that is not built, of which report, and whether it is overdue."""

    occurrence: Occurrence
    name: str
    is_overdue: bool

    @property
    def in_words(self) -> str:
        one = self.occurrence
        why = f": {one.reason}" if one.reason else ""
        return f"{one.report_id} ({self.name}), due {format_instant(one.due_at)}, {one.state}{why}"


def pending(connection: Connection, *, now: datetime) -> list[Pending]:
    """Everything that is due and not built, the longest due first."""
    found = in_states(connection, _STATES)
    names = {
        key: one.definition.name for key, one in reports_of(connection, {o.report_id for o in found}).items()
    }
    return list(_judged(found, names, now))


def _judged(found: list[Occurrence], names: dict[str, str], now: datetime) -> Iterator[Pending]:
    for one in found:
        if one.state is OccurrenceState.FAILED and now - one.due_at > _RECENT:
            continue
        needs_somebody = one.state in (OccurrenceState.HELD, OccurrenceState.FAILED)
        is_stuck = one.state is OccurrenceState.DUE and now - one.waiting_since > PATIENCE
        yield Pending(one, names.get(one.report_id, ""), is_overdue=needs_somebody or is_stuck)
