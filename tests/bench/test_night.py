"""The measured night would notice what is lost, and sees all processes of a command."""

from pathlib import Path

import pytest

from bench import night, watch
from core.settings import Settings
from core.sites import INDEX, site_dir
from core.store.control import open_control_store
from core.store.control.reports import list_reports


def test_a_command_is_watched_with_what_it_said(tmp_path: Path) -> None:
    took = watch.proofline(["status"], {"PROOFLINE_HOME": str(tmp_path)})
    assert "Nothing" in took.told
    assert took.cpu > 0 and took.seconds > 0


def test_a_command_that_fails_ends_the_measurement_with_its_words(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="landing directory"):
        watch.proofline(["build"], {"PROOFLINE_HOME": str(tmp_path)})


def test_processes_are_found_below_their_parents_and_no_others() -> None:
    parents = {10: 1, 11: 10, 12: 11, 20: 1}
    assert [pid for pid in (10, 11, 12, 20, 99) if watch._is_below(pid, 10, parents)] == [10, 11, 12]


def test_each_customer_has_a_portal_and_some_a_report_that_is_due_once(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    night._agree(settings, 5, 2)
    store = open_control_store(settings)
    with store.reading() as connection:
        reports, total = list_reports(connection, None)
    store.close()
    assert total == 2
    assert {one.customer_id for one in reports} == {"cust-00000", "cust-00001"}


def test_a_portal_that_shows_an_older_day_is_noticed(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    settings.published_dir.mkdir()
    for portal_id in ("portal_bench00000", "portal_bench00001"):
        first_page = site_dir(settings, portal_id) / INDEX
        first_page.parent.mkdir(parents=True)
        first_page.write_text("page")
    (settings.published_dir / "CURRENT").write_text("snap")
    with pytest.raises(SystemExit, match="3 portals do not show the new day"):
        night._require_portals(settings, 3)


def test_reports_that_were_not_built_are_noticed(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    night._agree(settings, 1, 1)
    with pytest.raises(SystemExit, match="lost or comes twice"):
        night._require_reports(settings, 1)
