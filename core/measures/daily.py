"""Daily metrics seen as what they are: rows that are days. Their minimum, mean per day, percentiles.

A day of the period without a call is a row too; a day whose calls all lack a price is none.
"""

from collections.abc import Sequence
from decimal import Decimal

from core.catalogue import Aggregation
from core.measures.answer import Figures, Number
from core.measures.parts import QUANTILES, divided


def figures_of_days(aggregation: Aggregation, days: Sequence[Figures]) -> Figures:
    """One figure from those of the days, each of which is a total."""
    values = [day.value for day in days if day.value is not None]
    observed = sum(day.observed for day in days)
    return Figures(
        value=_statistic(aggregation, sorted(values)),
        numerator=sum(values[1:], start=values[0]) if values else None,
        denominator=len(values),
        observations=observed,
        observed=observed,
        total=sum(day.total for day in days),
    )


def _statistic(aggregation: Aggregation, ordered: Sequence[Number]) -> Number | None:
    if aggregation is Aggregation.COUNT:
        return len(ordered)
    if not ordered:
        return None
    if aggregation is Aggregation.AVG:
        return divided(sum(ordered[1:], start=ordered[0]), len(ordered))
    if aggregation in QUANTILES:
        return interpolated(ordered, Decimal(QUANTILES[aggregation]))
    return ordered[0] if aggregation is Aggregation.MIN else ordered[-1]


def interpolated(ordered: Sequence[Number], quantile: Decimal) -> Number:
    """The linearly interpolated quantile of values in order, as `quantile_cont` computes it."""
    position = (len(ordered) - 1) * quantile
    low = int(position)
    share = position - low
    if not share:
        return ordered[low]
    below, above = ordered[low], ordered[low + 1]
    if isinstance(below, Decimal) and isinstance(above, Decimal):
        return below + (above - below) * share
    return float(below) + (float(above) - float(below)) * float(share)
