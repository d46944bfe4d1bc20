"""Which stretch of time each card covers, and what it is compared with."""

from collections import Counter
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from core.measures.series import AUTO
from core.periods import Compared, Comparison, Granularity, Period, compared_periods, named_period
from core.portals.definition import ComparisonPeriod, PortalDefinition, PortalMetric, RangeName, TimeRange

DEFAULT_RANGE = RangeName.MONTH
_COMPARISONS = {
    ComparisonPeriod.PREVIOUS: Comparison.PREVIOUS,
    ComparisonPeriod.YEAR_TO_DATE: Comparison.YEAR_TO_DATE,
    ComparisonPeriod.YEAR_OVER_YEAR: Comparison.YEAR_ON_YEAR,
}


def may_choose(card: PortalMetric) -> bool:
    """Whether the visitor's range is this card's."""
    return (card.time_range or TimeRange()).allow_user_selection


def default_range(portal: PortalDefinition) -> RangeName:
    """The range that a page opens with: what most of the cards that follow the visitor name, else 30 days."""
    named = [card.time_range.default for card in portal.metrics if card.time_range and may_choose(card)]
    return Counter(named).most_common(1)[0][0] if named else DEFAULT_RANGE


@lru_cache(maxsize=512)
def range_period(name: RangeName, end: datetime, tz: ZoneInfo) -> Period:
    """The range of that name up to `end`, in the customer's zone."""
    return named_period(name.value, end, tz)


def card_period(card: PortalMetric, period: Period, *, keeps_own_range: bool) -> Period:
    """The period, or for a card that keeps its own range that one up to the same end."""
    if not keeps_own_range or may_choose(card) or card.time_range is None:
        return period
    return range_period(card.time_range.default, period.end, period.zone)


def page_buckets(period: Period) -> str:
    """How a page cuts a period: into as many buckets as an eye can tell apart, and as hold enough to mean something."""
    if period.wall_length <= timedelta(days=2):
        return AUTO
    return (Granularity.DAY if period.wall_length <= timedelta(days=120) else Granularity.WEEK).value


def card_comparison(card: PortalMetric, period: Period) -> Compared | None:
    """What the card compares; None where it does not."""
    if card.comparison is None or not card.comparison.enabled:
        return None
    return compared_periods(period, _COMPARISONS[card.comparison.period])
