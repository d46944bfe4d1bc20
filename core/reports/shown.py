"""What of a portal a report shows: every card over the report's period, compared as the report asks."""

from dataclasses import replace

from core.portals.definition import Comparison, ComparisonPeriod, PortalDefinition, PortalMetric
from core.reports.definition import ReportComparison, ReportContent

_COMPARISONS = {
    ReportComparison.PREVIOUS: ComparisonPeriod.PREVIOUS,
    ReportComparison.YEAR_TO_DATE: ComparisonPeriod.YEAR_TO_DATE,
}


def over_one_period(portal: PortalDefinition, content: ReportContent) -> PortalDefinition:
    """The portal whose cards keep no range of their own."""
    return replace(portal, metrics=tuple(_card(card, content) for card in portal.metrics))


def _card(card: PortalMetric, content: ReportContent) -> PortalMetric:
    """The card compared as the report asks; what is never compared stays so."""
    comparison = card.comparison
    if content.comparison_period is not None and (comparison is None or comparison.enabled):
        comparison = Comparison(enabled=True, period=_COMPARISONS[content.comparison_period])
    return replace(card, time_range=None, comparison=comparison)
