"""How many sessions begin when: the hours of a day and the days of a week, in the customer's own zone.

Says nothing about what happens in a session; whether business is growing comes in as a factor.
"""

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

_HOUR_MS = 3_600_000
_DAY_NOISE = 0.12


@dataclass(frozen=True)
class Hours:
    """Relative weights: of each local hour (24), and of each local weekday from Monday (7, typical 1)."""

    by_hour: tuple[float, ...]
    by_weekday: tuple[float, ...]

    def weight(self, local: datetime) -> float:
        """The share of an average weekday's sessions that begins in this hour."""
        return self.by_hour[local.hour] / sum(self.by_hour) * self.by_weekday[local.weekday()]


SHOPPERS = Hours(
    (2, 1, 1, 1, 1, 2, 4, 6, 9, 12, 14, 14, 15, 14, 13, 13, 14, 16, 18, 20, 20, 16, 10, 5),
    (1.1, 1.0, 0.98, 1.0, 0.98, 0.78, 0.68),
)
CALLERS = Hours(
    (0, 0, 0, 0, 0, 0, 2, 8, 18, 24, 25, 22, 17, 19, 22, 21, 18, 13, 7, 4, 2, 1, 0, 0),
    (1.2, 1.05, 1.0, 0.98, 0.86, 0.3, 0.14),
)
DESKS = Hours(
    (0, 0, 0, 0, 0, 0, 1, 5, 14, 22, 24, 22, 12, 18, 24, 24, 21, 14, 7, 4, 3, 2, 1, 0),
    (0.98, 1.06, 1.08, 1.04, 0.84, 0.09, 0.07),
)


def starts_on(day: date, zone: ZoneInfo, hours: Hours, per_day: float, rng: Random) -> list[int]:
    """Instants (UTC, ms since 1970, ascending) of one UTC day at which sessions begin.

    `per_day` is the number on an average weekday. A UTC day touches two local days in most zones, so every
    UTC hour takes its weight from the local time in its middle.
    """
    midnight = datetime.combine(day, time(), UTC)
    middles = (midnight + timedelta(minutes=60 * hour + 30) for hour in range(24))
    weights = [hours.weight(middle.astimezone(zone)) for middle in middles]
    expected = per_day * sum(weights) * rng.lognormvariate(0, _DAY_NOISE)
    if expected <= 0:
        return []
    first = int(midnight.timestamp()) * 1000
    chosen = rng.choices(range(24), weights, k=poisson(expected, rng))
    return sorted(first + hour * _HOUR_MS + rng.randrange(_HOUR_MS) for hour in chosen)


def poisson(mean: float, rng: Random) -> int:
    """How often something happened that happens `mean` times on average."""
    if mean > 50:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    floor, count, product = math.exp(-mean), 0, rng.random()
    while product > floor:
        count += 1
        product *= rng.random()
    return count
