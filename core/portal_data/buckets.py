"""The buckets of a series and those of the period before that stand in their places."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache, partial
from itertools import repeat

from core.measures import Number
from core.periods import Compared, Granularity, Period, bucket_edges, first_instant, wall_clock
from core.periods.period import years_away
from core.portal_data.answer import SeriesPoint

_A_YEAR_BACK = "vs last year"
_EXACT = (Granularity.HOUR, Granularity.DAY, Granularity.MONTH)


@lru_cache(maxsize=256)
def previous_places(compared: Compared, granularity: Granularity) -> tuple[int | None, ...]:
    """For every bucket of the current period the number of the one before that stands in its place.

    A year back it is the bucket of the same date, so that a leap day shifts nothing; else the one as far from
    the start.
    """
    before = bucket_edges(compared.previous, granularity)[:-1]
    starts = bucket_edges(compared.current, granularity)[:-1]
    if not compared.label.startswith(_A_YEAR_BACK) or granularity not in _EXACT:
        return tuple(number if number < len(before) else None for number in range(len(starts)))
    places = {start: number for number, start in enumerate(before)}
    return tuple(places.get(_year_before(start, compared.current)) for start in starts)


def _year_before(start: datetime, period: Period) -> datetime:
    return first_instant(years_away(wall_clock(start, period.zone), -1), period.zone)


def points(
    starts: Sequence[datetime],
    values: Sequence[Number | None],
    before: Sequence[Number | None] = (),
    places: Sequence[int | None] = (),
) -> tuple[SeriesPoint, ...]:
    """A point for every bucket, beside the one before in its place where there is one."""
    previous: Iterable[Number | None] = repeat(None)
    if before:
        previous = [None if place is None else before[place] for place in places]
    # Made from tuples as they are, a point takes a third of the time.
    return tuple(map(partial(tuple.__new__, SeriesPoint), zip(starts, values, previous, strict=False)))
