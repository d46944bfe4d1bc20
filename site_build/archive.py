"""The page of a portal that lists its reports, every version as it was sent, and where their PDFs lie in the site."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from core.reports.archive import PDF, folder_of
from core.reports.listed import ListedReport
from core.settings import Settings
from site_build.gather import Gathered
from site_build.pages import frame
from site_build.report.period_names import period_name
from site_build.views import AssetLinks, ReportRowView, ReportsPage
from site_build.words import Words, words_of

if TYPE_CHECKING:
    from core.store.control.report_archives import Archived

_MOST_NAMES = 3


def listed(archived: "Archived") -> ListedReport:
    """What the page says of a version."""
    return ListedReport(
        report_id=archived.report_id,
        n=archived.n,
        name=archived.name,
        period_start=archived.period_start,
        period_end=archived.period_end,
        zone=archived.zone,
        built_at=archived.built_at,
        pages=archived.pages,
        restates=archived.restates,
        corrected=tuple(dict.fromkeys(change.name for change in archived.changes)),
    )


def reports(gathered: Gathered, assets: AssetLinks) -> ReportsPage:
    """The archive of reports, the newest first."""
    found = gathered.inputs.reports
    replaced = {one.restates: one.n for one in found if one.restates is not None}
    rows = tuple(_row(one, replaced.get(one.n), gathered.customer.locale) for one in found)
    return ReportsPage(frame(gathered, assets, "reports.html"), rows)


def files(settings: Settings, found: Iterable[ListedReport]) -> dict[str, Path]:
    """Names in the site → the files of the archive that they are."""
    return {_href(one.n): folder_of(settings, one.report_id, one.n) / PDF for one in found}


def _row(one: ListedReport, replaced_by: int | None, locale: str) -> ReportRowView:
    words = words_of(locale, one.period.zone)
    return ReportRowView(
        period=period_name(one.period, words).name,
        href=_href(one.n),
        name=one.name,
        number=words.number(one.n, 0),
        made=words.moment(one.built_at),
        pages=words.number(one.pages, 0),
        note=_note(one, replaced_by, words),
    )


def _note(one: ListedReport, replaced_by: int | None, words: Words) -> str:
    if replaced_by is not None:
        return f"Replaced by number {words.number(replaced_by, 0)}"
    if one.restates is None:
        return ""
    more = len(one.corrected) - _MOST_NAMES
    names = ", ".join(one.corrected[:_MOST_NAMES]) + (
        f" and {words.number(more, 0)} more" if more > 0 else ""
    )
    return f"Replaces number {words.number(one.restates, 0)}; corrected: {names}"


def _href(n: int) -> str:
    return f"reports/{n}.pdf"
