"""One time that a report was due, or was asked for by hand, and what became of that."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from core.periods import Period, zone

# Nothing that was due longer ago is sent unless somebody asks for it.
STALE = timedelta(days=7)


class OccurrenceState(StrEnum):
    """due: to be built. waiting: until its period is complete. held: it has waited too long, and is built when the
    data comes within a week after all. skipped_*: never built, unless somebody asks."""

    DUE = "due"
    WAITING = "waiting"
    HELD = "held"
    BUILT = "built"
    FAILED = "failed"
    SKIPPED_MISSED = "skipped_missed"
    SKIPPED_INACTIVE = "skipped_inactive"


OPEN = (OccurrenceState.DUE, OccurrenceState.WAITING, OccurrenceState.HELD)


@dataclass(frozen=True)
class Occurrence:
    """`due_on` is the date on the schedule's clock; None of one that was only ever asked for by hand.

    `reason` says to a person why it is in its state. `archive_n` is what was built.
    """

    occurrence_id: str
    report_id: str
    due_at: datetime
    due_on: date | None
    is_by_hand: bool
    period_start: datetime
    period_end: datetime
    zone: str
    state: OccurrenceState
    waiting_since: datetime
    reason: str | None = None
    attempt: int = 0
    archive_n: int | None = None

    @property
    def period(self) -> Period:
        return Period(self.period_start, self.period_end, zone(self.zone))

    def is_stale(self, now: datetime) -> bool:
        """Whether it is too old to be sent unasked."""
        return not self.is_by_hand and now - self.due_at > STALE
