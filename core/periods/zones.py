"""Zones: which names are known, and how wall-clock times and instants belong together.

A local day begins at the first instant whose wall clock has reached its midnight, which is not always
midnight: some zones skip it (Cairo, Havana), and a few have skipped whole days (Samoa in 2011).
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from core.errors import InvalidParameter

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_NOT_A_PLACE = {"localtime", "Factory"}


@cache
def _known_names() -> frozenset[str]:
    names = available_timezones() - _NOT_A_PLACE
    return frozenset(n for n in names if not n.startswith(("posix/", "right/")))


@cache
def _load(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def zone(name: str, *, param: str = "timezone") -> ZoneInfo:
    """The IANA zone of that exact name; InvalidParameter otherwise."""
    # Looked up in a fixed list first: zoneinfo itself would open any file below its folders.
    if name not in _known_names():
        raise InvalidParameter("not a known IANA time zone, such as Europe/Berlin or UTC", param=param)
    return _load(name)


def wall_clock(instant: datetime, tz: ZoneInfo) -> datetime:
    """What a clock on the wall shows at that instant, without a zone."""
    local = instant.astimezone(tz)
    # Put together, as `replace` takes four times as long and many ask.
    wall = datetime.combine(local.date(), local.time())
    return wall.replace(fold=0) if wall.fold else wall


def first_instant(wall: datetime, tz: ZoneInfo) -> datetime:
    """The first instant at which the wall clock has reached `wall`.

    Of a time that comes twice it is the first; for a time that is skipped it is the end of the gap.
    """
    early, late = (wall.replace(tzinfo=tz, fold=f).astimezone(UTC) for f in (0, 1))
    if early <= late:
        return early
    return _first_second(late, early, lambda instant: wall_clock(instant, tz) >= wall)


def day_start(day: date, tz: ZoneInfo) -> datetime:
    """The first instant of a local day."""
    return first_instant(datetime.combine(day, time.min), tz)


def is_midnight(instant: datetime, day: date, tz: ZoneInfo) -> bool:
    """Whether the wall clock shows midnight of that day for the first time; the day begins then."""
    local = instant.astimezone(tz)
    return local.date() == day and local.time() == time.min and not local.fold


def offset_change(after: datetime, until: datetime, tz: ZoneInfo) -> datetime:
    """The instant in (after, until] at which the zone's offset changes; there must be exactly one."""
    new = until.astimezone(tz).utcoffset()
    return _first_second(after, until, lambda instant: instant.astimezone(tz).utcoffset() == new)


def _first_second(low: datetime, high: datetime, holds: Callable[[datetime], bool]) -> datetime:
    """The first whole second in (low, high] for which a condition holds that holds ever after."""
    no, yes = (low - _EPOCH) // _SECOND, -((_EPOCH - high) // _SECOND)
    while yes - no > 1:
        middle = (no + yes) // 2
        no, yes = (no, middle) if holds(_EPOCH + middle * _SECOND) else (middle, yes)
    return _EPOCH + yes * _SECOND
