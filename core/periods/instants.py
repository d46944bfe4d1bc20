"""ISO 8601 text to UTC instants and back. Which instants make a sensible period is `core.periods.period`."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from core.errors import InvalidParameter, InvalidTimeRange
from core.periods.zones import first_instant

_INSTANT = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
    r"(?:[Tt](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?"
    r"(?P<offset>[Zz]|[+-][0-9]{2}:[0-9]{2})?)?"
)
_FIRST_YEAR = "1970"
_EXPECTED = (
    "expected an ISO 8601 instant such as 2026-01-31, 2026-01-31T14:30:00Z or 2026-01-31T14:30:00+01:00"
)


# Everybody asks about the same days.
@lru_cache(maxsize=1024)
def parse_instant(text: str, tz: ZoneInfo, *, param: str) -> datetime:
    """The instant that `text` names, in UTC. Without an offset it is read in `tz`.

    A date alone is that day's first instant there. 24:00 and :60 are refused.
    """
    match = _INSTANT.fullmatch(text) if len(text) <= 40 else None
    if match is None:
        raise InvalidParameter(_EXPECTED, param=param)
    if match["year"] < _FIRST_YEAR:
        raise InvalidTimeRange(f"there is nothing before {_FIRST_YEAR}", param=param)
    try:
        wall = _wall(match)
    except ValueError as error:
        raise InvalidParameter(f"no such date or time ({error}); {_EXPECTED}", param=param) from None
    try:
        return _to_utc(wall, match["offset"], tz, param)
    except OverflowError:
        raise InvalidTimeRange("the year is outside the calendar", param=param) from None


def _wall(match: re.Match[str]) -> datetime:
    year, month, day, hour, minute, second = (
        int(match[part] or 0) for part in ("year", "month", "day", "hour", "minute", "second")
    )
    microsecond = int((match["fraction"] or "").ljust(6, "0")[:6])
    return datetime(year, month, day, hour, minute, second, microsecond)  # noqa: DTZ001


def _to_utc(wall: datetime, offset: str | None, tz: ZoneInfo, param: str) -> datetime:
    if offset is None:
        return first_instant(wall, tz)
    return wall.replace(tzinfo=UTC) - _offset(offset, param)


def _offset(text: str, param: str) -> timedelta:
    if text in "Zz":
        return timedelta(0)
    hours, minutes = int(text[1:3]), int(text[4:6])
    if hours > 23 or minutes > 59:
        raise InvalidParameter("the offset is more than a day or not hours and minutes", param=param)
    return timedelta(hours=hours, minutes=minutes) * (-1 if text[0] == "-" else 1)


# The same days stand in answers to everybody.
@lru_cache(maxsize=4096)
def format_instant(instant: datetime) -> str:
    """The instant in UTC, ending in Z; fractions of a second only where there are some."""
    in_utc = instant if instant.tzinfo is UTC else instant.astimezone(UTC)
    text = in_utc.isoformat().removesuffix("+00:00")
    return (text.rstrip("0") if "." in text else text) + "Z"
