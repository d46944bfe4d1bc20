"""Whether a difference may be chance: under two standard errors of it.

Proportions know their own error; amounts, counts and means take it from how their daily values scatter. Under
a week, or from fewer than 30 observations, nothing is judged (None).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from math import fsum, sqrt
from typing import NamedTuple

from core.measures.answer import SMALL_SAMPLE, Figures, Number
from core.periods import Period

SHORTEST = timedelta(days=7)
_DAY = timedelta(days=1)


class Side(NamedTuple):
    """One of the two that are compared; `days` are the values of its whole days, where they are needed."""

    period: Period
    figures: Figures
    days: tuple[Number, ...] = ()

    @property
    def can_be_judged(self) -> bool:
        return is_long_enough(self.period) and self.figures.observations >= SMALL_SAMPLE


def is_long_enough(period: Period) -> bool:
    """Whether anything is judged over it; of a shorter one no days are needed."""
    return period.wall_length >= SHORTEST


def is_noise_of_proportions(current: Side, previous: Side) -> bool | None:
    """For rates: the standard error of the difference of two proportions."""
    if not (current.can_be_judged and previous.can_be_judged):
        return None
    shares = [_proportion(side.figures) for side in (current, previous)]
    squares = (p * (1 - p) / n for p, n in shares)
    return _is_noise(shares[0][0] - shares[1][0], sqrt(sum(squares)))


def is_noise_of_totals(current: Side, previous: Side) -> bool | None:
    """For amounts and counts: a total of n days scatters √n times as much as a day."""
    return _is_noise_of_days(
        current, previous, lambda side, scatter: scatter * (side.period.wall_length / _DAY)
    )


def is_noise_of_means(current: Side, previous: Side) -> bool | None:
    """For means and percentiles: a mean over n days scatters √n times less than a day."""
    return _is_noise_of_days(current, previous, lambda side, scatter: scatter / len(side.days))


def _is_noise_of_days(current: Side, previous: Side, error: Callable[[Side, float], float]) -> bool | None:
    sides = (current, previous)
    if not all(side.can_be_judged and len(side.days) > 1 for side in sides):
        return None
    values = [side.figures.value for side in sides]
    if values[0] is None or values[1] is None:
        return None
    squares = (error(side, _variance([float(day) for day in side.days])) for side in sides)
    return _is_noise(float(values[0]) - float(values[1]), sqrt(sum(squares)))


def _variance(values: Sequence[float]) -> float:
    """Of a sample. The library's own is exact to the last digit and thirty times slower."""
    mean = fsum(values) / len(values)
    return fsum((value - mean) ** 2 for value in values) / (len(values) - 1)


def _proportion(figures: Figures) -> tuple[float, int]:
    return float(figures.numerator or 0) / (figures.denominator or 1), figures.denominator or 1


def _is_noise(difference: float, error: float) -> bool:
    # No difference at all is chance too, also where nothing scatters.
    return difference == 0 or abs(difference) < 2 * error


def whole_days(
    period: Period, edges: Sequence[datetime], values: Sequence[Number | None]
) -> tuple[Number, ...]:
    """The values of those days that lie in the period as a whole; a part of a day scatters differently."""
    # Edges are in order, so a day that is cut is one of the outer ones.
    first = bisect_left(edges, period.start)
    after = bisect_right(edges, period.end) - 1
    return tuple([value for value in values[first : max(first, after)] if value is not None])
