"""A report says the portal's own numbers, over its own period, and why where there is none."""

import csv
import io
import re
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from core.portal_data.customer import Overrides
from core.portal_data.portal import portal_data
from core.portals.definition import PortalDefinition
from core.reports.built import Headline, ReportBrief
from core.reports.definition import ReportComparison, ReportContent
from core.store.snapshot import Snapshot
from site_build.export import export_csv
from site_build.logos import Logo
from site_build.report import pdf, styles
from site_build.report.document import ReportDocument
from site_build.report.job import Restated
from site_build.report.numbers import ReportNumbers
from site_build.report.views import Block, NumberRow, ReportView
from site_build.words import words_of
from tests.builders import card, portal, reader_of
from tests.site_build.conftest import everything
from tests.site_build.report.papers import FULL, OCTOBER, between, job_of, numbers_of


@pytest.fixture(scope="module")
def numbers(snapshot: Snapshot) -> ReportNumbers:
    return numbers_of(snapshot, job_of())


def view_of(
    snapshot: Snapshot, portal: PortalDefinition, content: ReportContent = FULL, **more: Any
) -> ReportView:
    return ReportDocument(numbers_of(snapshot, job_of(portal, content, **more))).view()


def shown(view: ReportView) -> dict[str, Block | NumberRow]:
    found: dict[str, Block | NumberRow] = {}
    for section in view.sections:
        found.update({row.label: row for row in section.numbers})
        found.update({block.label: block for block in section.blocks})
    return found


def test_the_numbers_are_those_that_the_api_gives_for_the_period(
    snapshot: Snapshot, numbers: ReportNumbers
) -> None:
    with reader_of(snapshot, "cust_a") as reader:
        asked = portal_data(reader, everything(), OCTOBER, {})
    assert [c.value for c in numbers.data.cards] == [c.value for c in asked.cards]
    assert [c.figures for c in numbers.data.cards] == [c.figures for c in asked.cards]
    assert [c.change for c in numbers.data.cards if c.card.comparison] != []
    for ours, theirs in zip(numbers.data.cards, asked.cards, strict=True):
        if theirs.change is not None:
            assert ours.change == theirs.change
    assert [c.baseline for c in numbers.data.comparisons] == [c.baseline for c in asked.comparisons]


def test_every_number_on_paper_is_one_of_them(snapshot: Snapshot, numbers: ReportNumbers) -> None:
    words, found = words_of("de-DE", OCTOBER.zone), shown(ReportDocument(numbers).view())
    for one in numbers.data.cards:
        label, on_paper = one.card.display_name, found[one.card.display_name]
        if one.value is not None and isinstance(on_paper, NumberRow) and one.mean_per_day is None:
            assert on_paper.value == words.exact(one.value, one.unit), label
        if isinstance(on_paper, Block):
            assert on_paper.value == words.amount(one.value, one.unit).text, label


def test_a_card_with_a_range_of_its_own_covers_the_report(numbers: ReportNumbers) -> None:
    assert {one.period for one in numbers.data.cards} == {OCTOBER}


def test_every_card_is_on_paper_once(snapshot: Snapshot) -> None:
    view = view_of(snapshot, everything())
    labels = [row.label for s in view.sections for row in s.numbers]
    labels += [block.label for s in view.sections for block in s.blocks]
    assert sorted(labels) == sorted(f"Card {number}" for number in range(10))
    assert view.sections[0].title == "Overview" and view.sections[1].title == "More numbers"


def test_six_numbers_stand_first_and_single_numbers_before_others(snapshot: Snapshot) -> None:
    view = view_of(snapshot, everything())
    assert [one.label for one in view.headlines] == [f"Card {n}" for n in (0, 1, 2, 3, 4, 5)]


def test_a_report_without_charts_has_rows_in_their_place(snapshot: Snapshot) -> None:
    view = view_of(snapshot, everything(), replace(FULL, include_charts=False))
    assert [block.kind for section in view.sections for block in section.blocks] == ["table"]
    assert len(shown(view)) == 10


def test_a_report_without_a_summary_has_its_numbers_alone(snapshot: Snapshot) -> None:
    document = ReportDocument(numbers_of(snapshot, job_of(content=replace(FULL, include_summary=False))))
    view, brief = document.view(), document.brief()
    assert view.summary == () and brief.sentences == () and len(brief.headlines) == 6
    assert view.contents[0].title == "Key figures"


def test_what_is_compared_is_as_the_report_asks(snapshot: Snapshot) -> None:
    def labels(content: ReportContent) -> set[str | None]:
        cards = numbers_of(snapshot, job_of(content=content)).data.cards
        return {one.change.label if one.change else None for one in cards}

    assert labels(ReportContent()) == {"vs previous period", None}
    assert labels(FULL) == {"vs previous period"}
    year = replace(FULL, comparison_period=ReportComparison.YEAR_TO_DATE)
    assert labels(year) == {"vs last year to date"}


def test_what_is_never_compared_stays_so(snapshot: Snapshot) -> None:
    from core.portals.definition import Comparison

    one = portal(card("cost.total", comparison=Comparison(enabled=False)))
    assert numbers_of(snapshot, job_of(one)).data.cards[0].change is None


def test_the_csv_beside_it_is_the_portals_own(snapshot: Snapshot) -> None:
    numbers = numbers_of(snapshot, job_of())
    rows = list(csv.DictReader(io.StringIO(export_csv(numbers.exported))))
    totals = {row["name"]: row["value"] for row in rows if row["kind"] == "total"}
    requests = next(c for c in numbers.data.cards if c.card.metric_id == "usage.requests.total")
    assert totals["Card 0"] == str(requests.value)
    assert {row["start"] for row in rows if row["kind"] == "total"} == {"2026-09-30T22:00:00Z"}


def test_why_a_number_is_missing_is_said(snapshot: Snapshot) -> None:
    one = portal(
        card("cost.burn_rate", display_name="Burn"),
        card("cm_gone", display_name="Gone"),
        card("quality.hallucination_rate", display_name="Unseen"),
        card("custom.nothing", display_name="Nothing"),
    )
    found = shown(view_of(snapshot, one))
    assert {label: row.nothing for label, row in found.items() if isinstance(row, NumberRow)} == {
        "Burn": "No budget runs at the moment",
        "Gone": "This metric is not available any more",
        "Unseen": "No data in this period yet",
        "Nothing": "No data in this period yet",
    }


def test_a_period_before_all_data_is_told_and_not_drawn(snapshot: Snapshot) -> None:
    old = between("2020-01-01", "2020-02-01")
    view = view_of(snapshot, everything(), period=old)
    assert [part.sentences for part in view.summary] == [("In Januar 2020, nothing was recorded.",)]
    assert not [b for s in view.sections for b in s.blocks if b.kind == "chart"]


def test_a_preview_of_a_running_period_covers_what_is_known_and_says_so(snapshot: Snapshot) -> None:
    numbers = numbers_of(snapshot, job_of(period=between("2026-11-01", "2026-12-01")))
    assert numbers.data.period.end == numbers.data_as_of
    view = ReportDocument(numbers).view()
    assert view.warning is not None and "Numbers may still change" in view.warning and view.is_tight


def test_tables_show_what_a_reader_reads_and_say_where_the_rest_is(snapshot: Snapshot) -> None:
    one = portal(card("cost.total", "table", display_name="T"))
    spring = between("2026-01-01", "2026-04-20", "UTC")
    found = shown(view_of(snapshot, one, period=spring))["T"]
    assert isinstance(found, Block) and found.table is not None
    assert len(found.table.rows) == 100
    assert found.table.rest == "9 more rows: all of them are in the CSV file that comes with this report"


def test_a_brief_says_what_the_first_page_says(snapshot: Snapshot) -> None:
    document = ReportDocument(numbers_of(snapshot, job_of(name="For the board")))
    brief, view = document.brief(), document.view()
    assert (brief.title, brief.customer_name, brief.period_words) == (
        "For the board", "Acme & Sons", "Oktober 2026",
    )  # fmt: skip
    assert brief.sentences == tuple(s for part in view.summary for s in part.sentences)
    assert [h.label for h in brief.headlines] == [h.label for h in view.headlines]
    assert ReportBrief.from_json(brief.to_json()) == brief


def test_a_restated_version_says_which_numbers_are_others(snapshot: Snapshot) -> None:
    first = ReportDocument(numbers_of(snapshot, job_of())).brief()
    label, value = first.headlines[0].label, first.headlines[0].value
    earlier = replace(first, headlines=(Headline(label, "1"), *first.headlines[1:]))
    job = job_of(restates=Restated(2, datetime(2026, 11, 1, 8, tzinfo=UTC), earlier))
    found = ReportDocument(numbers_of(snapshot, job)).view().restated
    assert found is not None
    assert found.says.startswith("This version replaces number 2 of 1. Nov. 2026, 09:00")
    assert found.changes == (f"{label}: {value}, was 1",)


def test_definitions_are_the_portals_and_each_metric_has_one(snapshot: Snapshot) -> None:
    view = view_of(snapshot, everything())
    ids = [one.metric_id for one in view.definitions]
    assert len(ids) == len(set(ids)) and "perf.latency.avg" in ids and len(ids) == 11
    assert all(one.says.endswith(".") and not one.says.endswith("..") for one in view.definitions)


@pytest.mark.parametrize(
    ("locale", "expected"),
    [("en-US", "Letter"), ("en_US", "Letter"), ("en-GB", "A4"), ("de", "A4"), ("ja-JP", "A4")],
)
def test_paper_is_what_people_have(locale: str, expected: str) -> None:
    assert styles.paper(locale) == expected


@pytest.mark.parametrize("colour", ["#eaff00", "#0a0a12", "#ffffff", "#000", "#2563EB", None, "red;}*{x:y"])
def test_words_on_the_band_can_be_read_whatever_the_brand_is(colour: str | None) -> None:
    from site_build.colour import contrast

    band, ink = styles.band_colours(colour)
    assert contrast(band, ink) >= 4.5 and contrast(band, "#ffffff") >= 1.05


def test_a_colour_that_is_none_gets_into_no_style() -> None:
    from core.portals.definition import Branding

    assert "}*{" not in styles.own(Branding("T", primary_color="red;}*{x:y"), "en-US")


def test_a_logo_is_a_picture_made_of_points() -> None:
    def address(name: str) -> str | None:
        from site_build.report.document import _address

        return _address(Logo(name, b"x"))

    assert address("logo.1.png") == "data:image/png;base64,eA==" and address("logo.1.svg") is None


def test_links_lead_where_a_browser_goes_safely(snapshot: Snapshot) -> None:
    def link(url: str) -> str | None:
        return view_of(snapshot, portal(card("cost.total")), portal_url=url).portal_url

    assert link("https://portal.example/p/1") == "https://portal.example/p/1"
    assert link("javascript:alert(1)") is None and link("file:///etc/passwd") is None


def test_another_customers_canary_is_nowhere(snapshot: Snapshot) -> None:
    numbers = numbers_of(snapshot, job_of())
    document = pdf.html(ReportDocument(numbers).view())
    assert "777" not in re.sub(r"base64,[A-Za-z0-9+/=]*", "", document)
    assert all("777" not in drawn for drawn in drawings(document))
    assert "777" not in export_csv(numbers.exported)


def drawings(document: str) -> list[str]:
    """The words of every drawing; places of marks may hold any digits."""
    found = re.findall(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]*)", document)
    return ["".join(re.findall(r">([^<]+)<", b64decode(one).decode())) for one in found]


def test_a_customer_is_called_as_the_api_has_set(snapshot: Snapshot) -> None:
    job = job_of(portal(card("cost.total")), overrides=Overrides("Renamed", None, "en-GB"))
    view = ReportDocument(numbers_of(snapshot, job)).view()
    assert view.customer == "Renamed" and view.period == "October 2026"
