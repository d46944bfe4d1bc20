"""A portal's page lists every report of its own, and their files lie in the site as they were sent."""

from datetime import timedelta
from pathlib import Path

import pytest

from core.reports.archive import PDF, folder_of
from core.sites import site_dir
from site_build.report_runs.due import build_due, note
from site_build.report_runs.restate import restate
from site_build.sites import build_sites, due
from tests.site_build.report_runs.conftest import NINE, Stage, events

LATER = NINE + timedelta(hours=1)


@pytest.fixture
def reported(stage: Stage) -> Stage:
    build_sites(stage.settings, now=NINE)
    note(stage.settings, stage.store, stage.metrics, now=NINE)
    build_due(stage.settings, stage.store, stage.metrics, clock=lambda: NINE, build=stage.build)
    return stage


def site(stage: Stage, portal_id: str = "portal_custa") -> Path:
    return site_dir(stage.settings, portal_id)


def test_a_new_report_is_a_reason_to_build_the_page(reported: Stage) -> None:
    assert "No report has been sent yet" in (site(reported) / "reports.html").read_text()
    assert due(reported.settings) is not None
    build_sites(reported.settings, now=NINE)
    assert due(reported.settings) is None
    page = (site(reported) / "reports.html").read_text()
    assert 'href="reports/1.pdf"' in page and "Sun, Nov 1, 2026" in page
    own = (site(reported) / "reports/1.pdf").read_bytes()
    assert own == (folder_of(reported.settings, "report_custa", 1) / PDF).read_bytes()


def test_a_page_lists_nothing_of_another_portal(reported: Stage) -> None:
    build_sites(reported.settings, now=NINE)
    assert [path.name for path in (site(reported) / "reports").iterdir()] == ["1.pdf"]
    assert "777" not in (site(reported) / "reports.html").read_text()


def test_a_restated_version_and_the_one_it_replaces_name_each_other(reported: Stage) -> None:
    stage = reported
    stage.publish(events("2.5"), 2)
    restate(stage.settings, stage.store, stage.metrics, clock=lambda: LATER, build=stage.build)
    build_sites(stage.settings, now=LATER)
    page = (site(stage) / "reports.html").read_text()
    assert "Replaces number 1; corrected: cost.total" in page and "Replaced by number 2" in page
    assert page.index("reports/2.pdf") < page.index("reports/1.pdf")
    assert {path.name for path in (site(stage) / "reports").iterdir()} == {"1.pdf", "2.pdf"}


def test_what_is_gone_from_the_archive_leaves_the_page_standing(reported: Stage) -> None:
    (folder_of(reported.settings, "report_custa", 1) / PDF).unlink()
    report = build_sites(reported.settings, now=NINE)
    assert report.failures == () and not (site(reported) / "reports/1.pdf").exists()
