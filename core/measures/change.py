"""A metric against the period before: percent, points, whether it may be chance, whether it is good news."""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from core.catalogue import Aggregation, Better, Metric
from core.measures.answer import Answer, Number
from core.measures.noise import (
    Side,
    is_long_enough,
    is_noise_of_means,
    is_noise_of_proportions,
    is_noise_of_totals,
    whole_days,
)
from core.measures.question import EVERYTHING, Asked, Filters, Question, resolved
from core.measures.table import Sought
from core.measures.value import values_and_tables
from core.periods import Compared, Comparison, Granularity, Period, bucket_edges, compared_periods
from core.store.readers import Reader


class Direction(StrEnum):
    """What colours follow: good news, bad news; None where it is neither, or may be chance."""

    BETTER = "better"
    WORSE = "worse"


class Change(NamedTuple):
    """Two answers compared. `change` is in percent of the previous value, `points` for percent metrics only.

    `is_within_noise` is None where it is not judged.
    """

    compared: Compared
    current: Answer
    previous: Answer
    change: float | None
    points: Number | None
    is_within_noise: bool | None
    direction: Direction | None

    @property
    def label(self) -> str:
        return self.compared.label


def change(
    reader: Reader,
    metric_id: str,
    period: Period,
    comparison: Comparison = Comparison.PREVIOUS,
    filters: Filters = EVERYTHING,
    aggregation: str | None = None,
) -> Change:
    """The metric over the period against the one before; refuses as `value` does."""
    return changes(reader, [Question(metric_id, aggregation, filters)], period, comparison)[0]


def changes(
    reader: Reader,
    questions: Sequence[Question],
    period: Period,
    comparison: Comparison = Comparison.PREVIOUS,
) -> list[Change]:
    """A change for every question, in their order, with shared passes over the rows."""
    asked = [resolved(reader, question) for question in questions]
    compared = compared_periods(period, comparison)
    sides = zip(
        _sides(reader, asked, compared.current), _sides(reader, asked, compared.previous), strict=True
    )
    return [change_of(compared, one, *both) for one, both in zip(asked, sides, strict=True)]


class ComparedAnswer(NamedTuple):
    """One of the two answers, and the values of its whole days, where they are needed."""

    answer: Answer
    days: tuple[Number, ...]

    @property
    def side(self) -> Side:
        return Side(self.answer.period, self.answer.figures, self.days)


def _sides(reader: Reader, asked: Sequence[Asked], period: Period) -> list[ComparedAnswer]:
    """The answers over one of the two periods, and their days from the same passes."""
    needed = [a for a in asked if scatters_by_day(a)] if is_long_enough(period) else []
    edges = bucket_edges(period, Granularity.DAY) if needed else ()
    by_day = [Sought(a.as_total(), edges) for a in needed]
    answers, tables = values_and_tables(reader, asked, period, by_day)
    values = ([table.at(day).value for day in range(len(edges) - 1)] for table in tables)
    days = {a: whole_days(period, edges, found) for a, found in zip(needed, values, strict=True)}
    return [ComparedAnswer(answer, days.get(a, ())) for a, answer in zip(asked, answers, strict=True)]


def change_of(compared: Compared, asked: Asked, current: ComparedAnswer, previous: ComparedAnswer) -> Change:
    """The change between two answers to one question, whose days were fetched where `scatters_by_day`."""
    is_noise = _is_noise(asked, current.side, previous.side)
    values = current.answer.value, previous.answer.value
    # Before there was anything at all a counter is 0, and more than nothing yet is no news.
    is_comparable = previous.answer.figures.total > 0
    return Change(
        compared,
        current.answer,
        previous.answer,
        relative_change(*values),
        difference(*values) if asked.metric.is_percent else None,
        is_noise,
        direction(asked.metric, *values, is_within_noise=is_noise) if is_comparable else None,
    )


def difference(value: Number | None, previous: Number | None) -> Number | None:
    """How much more the value is than the previous one; None when one of them is."""
    if value is None or previous is None:
        return None
    # Two values of one metric are of one type, except for the integer 0.
    if isinstance(value, Decimal) or isinstance(previous, Decimal):
        return Decimal(value) - Decimal(previous)
    return value - previous


def relative_change(value: Number | None, previous: Number | None) -> float | None:
    """The difference in percent of the previous value's size; None when that is 0 or one of them is None.

    More is always positive, also when the previous value is below zero.
    """
    by = difference(value, previous)
    return None if by is None or not previous else float(by) * 100 / abs(float(previous))


def direction(
    metric: Metric, value: Number | None, previous: Number | None, *, is_within_noise: bool | None
) -> Direction | None:
    """Good or bad news, by what is better for the metric and never by the sign."""
    by = difference(value, previous)
    if not by or is_within_noise or metric.better is Better.NEUTRAL:
        return None
    return Direction.BETTER if (by > 0) == (metric.better is Better.HIGHER) else Direction.WORSE


def _is_noise(asked: Asked, current: Side, previous: Side) -> bool | None:
    if asked.metric.is_proportion:
        return is_noise_of_proportions(current, previous) if asked.is_natural else None
    if not scatters_by_day(asked):
        return None
    judge = is_noise_of_totals if asked.aggregation is Aggregation.SUM else is_noise_of_means
    return judge(current, previous)


def scatters_by_day(asked: Asked) -> bool:
    """Whether its error comes from its daily values."""
    if asked.metric.is_proportion or asked.is_burn_rate:
        return False
    return asked.is_natural or (asked.reads_days and asked.aggregation is Aggregation.AVG)
