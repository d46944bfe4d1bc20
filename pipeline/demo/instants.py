"""Instants of the demo: milliseconds since 1970 while a session is played, text of one width in the rows.

Equal width makes text order time order, and the first ten characters the UTC day.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

DAY_MS = 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def text(instant_ms: int) -> str:
    """As rows carry it: 2026-11-20T08:15:00.123Z."""
    day, rest = divmod(instant_ms, DAY_MS)
    minutes, milliseconds = divmod(rest, 60_000)
    seconds, fraction = divmod(milliseconds, 1000)
    return f"{_day(day)}T{minutes // 60:02}:{minutes % 60:02}:{seconds:02}.{fraction:03}Z"


@lru_cache(maxsize=64)
def _day(days_since_epoch: int) -> str:
    return (_EPOCH + timedelta(days=days_since_epoch)).date().isoformat()


def nanoseconds(row_text: str) -> int:
    """Since 1970, as OpenTelemetry counts."""
    return (datetime.fromisoformat(row_text) - _EPOCH) // timedelta(microseconds=1) * 1000


@dataclass(frozen=True)
class Window:
    """The UTC days of a history; the last one stops at `end`."""

    days: tuple[date, ...]
    end: datetime

    @classmethod
    def before(cls, end: datetime, days: int) -> "Window":
        """So many UTC days, the last of them the one in which the instant just before `end` lies."""
        end = end.astimezone(UTC)
        last = (end - timedelta(microseconds=1)).date()
        return cls(tuple(last - timedelta(days=back) for back in range(days - 1, -1, -1)), end)

    @property
    def end_ms(self) -> int:
        """Rows finish at this millisecond at the latest."""
        return (self.end - _EPOCH) // timedelta(milliseconds=1)

    def days_before_end(self, day: date) -> int:
        return (self.days[-1] - day).days

    def weeks_before_end(self, day: date) -> int:
        """0 in the week (from Monday) of the last day."""
        last = self.days[-1]
        return (last - timedelta(days=last.weekday()) - day + timedelta(days=day.weekday())).days // 7

    def progress(self, day: date) -> float:
        """0 on the first day, 1 on the last; a single day is the last."""
        return 1 - self.days_before_end(day) / max(1, len(self.days) - 1)
