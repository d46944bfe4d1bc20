"""A report that replaces an earlier version: which one, and which of its first numbers are others now."""

from core.reports.built import ReportBrief
from site_build.report.job import Restated
from site_build.report.views import RestatedView
from site_build.words import Words


def restated_view(restates: Restated | None, brief: ReportBrief, words: Words) -> RestatedView | None:
    """None for a first version."""
    if restates is None:
        return None
    says = (
        f"This version replaces number {words.number(restates.number, 0)} of {words.moment(restates.built_at)}, "
        "because data came in later or was corrected. The page Reports of the portal names every number that is another"
        " now."
    )
    changes = headline_changes(restates.brief, brief) if restates.brief else ()
    return RestatedView(says, changes)


def headline_changes(earlier: ReportBrief, now: ReportBrief) -> tuple[str, ...]:
    """Which numbers of the first page are others, as "Sessions: 1,234, was 1,200"."""
    before = {headline.label: headline.value for headline in earlier.headlines}
    return tuple(
        f"{headline.label}: {headline.value}, was {before[headline.label]}"
        for headline in now.headlines
        if headline.label in before and before[headline.label] != headline.value
    )
