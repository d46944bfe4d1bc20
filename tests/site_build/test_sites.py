"""A build of sites: what has not changed is left alone, one portal's fault is its own, nothing half is ever seen."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.portals.definition import Branding, PortalStatus
from core.settings import Settings
from core.site_files import LIST
from core.sites import DoorPage, is_file_name
from site_build import portal_site, sites
from site_build.sites import build_sites, due
from tests.builders import card, portal, publish
from tests.site_build.conftest import NOW, events, everything
from tests.site_build.test_pages import without_instants

Keep = Callable[..., None]
FILES = {"index.html", "definitions.html", "activity.html", "reports.html", "export.csv"}


def _files(settings: Settings, portal_id: str = "portal_A") -> dict[str, bytes]:
    folder = settings.sites_dir / portal_id
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.name != LIST} if folder.is_dir() else {}


def test_every_portal_gets_its_files(settings: Settings, keep: Keep) -> None:
    keep(everything(), everything("cust_b", "portal_B"))
    report = build_sites(settings, now=NOW)
    assert (report.built, report.unchanged, report.failures, report.problem) == (2, 0, (), None)
    for portal_id in ("portal_A", "portal_B"):
        assert _files(settings, portal_id).keys() == FILES
        assert all(is_file_name(name) for name in FILES)
    assert "777" not in without_instants(b"".join(_files(settings).values()).decode())
    linked = {
        part for part in _files(settings)["index.html"].decode().split('"') if part.startswith("/assets/")
    }
    assert linked and all((settings.sites_dir / address[1:]).is_file() for address in linked)


def test_drafts_have_pages_to_preview_and_archived_portals_none(settings: Settings, keep: Keep) -> None:
    keep(everything(), replace(everything(portal_id="portal_D"), status=PortalStatus.DRAFT))
    build_sites(settings, now=NOW)
    assert _files(settings, "portal_D")
    keep(replace(everything(), status=PortalStatus.ARCHIVED))
    report = build_sites(settings, now=NOW)
    assert report.removed == 1
    assert _files(settings) == {} and _files(settings, "portal_D")


def test_what_has_not_changed_is_not_built_again(settings: Settings, keep: Keep) -> None:
    keep(everything(), everything(portal_id="portal_C"))
    build_sites(settings, now=NOW)
    before = (settings.sites_dir / "portal_A").stat().st_ino
    assert build_sites(settings, now=NOW + timedelta(hours=5)).unchanged == 2
    keep(replace(everything(portal_id="portal_C"), branding=Branding("Another title")))
    report = build_sites(settings, now=NOW)
    assert (report.built, report.unchanged) == (1, 1)
    assert (settings.sites_dir / "portal_A").stat().st_ino == before
    assert b"Another title" in _files(settings, "portal_C")["index.html"]


def test_a_new_snapshot_is_a_reason_to_build(tmp_path: Path, keep: Keep, settings: Settings) -> None:
    keep(everything())
    build_sites(settings, now=NOW)
    (tmp_path / "published").unlink()
    publish(tmp_path, events(), number=2)
    report = build_sites(settings, now=NOW)
    assert report.built == 1
    assert b"snap-2-" in _files(settings)["index.html"]


def test_the_same_build_gives_the_same_bytes(settings: Settings, keep: Keep) -> None:
    keep(everything())
    build_sites(settings, now=NOW)
    first = _files(settings)
    (settings.sites_dir / ".manifest.json").unlink()
    assert build_sites(settings, now=NOW).built == 1
    assert _files(settings) == first


def test_one_failing_portal_is_told_and_harms_no_other(
    settings: Settings, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(everything(title="First"), everything(portal_id="portal_C"))
    build_sites(settings, now=NOW)
    keep(everything(title="Second"), everything(portal_id="portal_C", title="Second"))
    whole = portal_site.files

    def faulty(found: object, *rest: object) -> dict[str, str]:
        if found.portal.portal_id == "portal_A":  # type: ignore[attr-defined]
            raise ZeroDivisionError("a fault of one portal")
        return whole(found, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(sites.portal_site, "files", faulty)
    report = build_sites(settings, now=NOW)
    assert [f.portal_id for f in report.failures] == ["portal_A"]
    assert "ZeroDivisionError" in report.failures[0].advice and not report.is_complete
    assert b"First" in _files(settings)["index.html"]
    assert b"Second" in _files(settings, "portal_C")["index.html"]
    monkeypatch.undo()
    assert build_sites(settings, now=NOW).built == 1
    assert b"Second" in _files(settings)["index.html"]


def test_a_portal_whose_metrics_are_gone_is_built_all_the_same(settings: Settings, keep: Keep) -> None:
    keep(portal(card("cm_gone"), card("custom.gone"), card("cost.total"), portal_id="portal_A"))
    assert build_sites(settings, now=NOW).failures == ()
    assert b"not available any more" in _files(settings)["index.html"]


def test_pages_that_are_no_portal_are_always_there(settings: Settings) -> None:
    report = build_sites(settings, now=NOW)
    assert not report.did_anything
    names = {p.name for p in (settings.sites_dir / "_pages").iterdir()}
    assert names == {LIST, *(f"{which.value}.html" for which in DoorPage)}


def test_before_anything_is_published_there_are_pages_to_say_so(tmp_path: Path, published: Path) -> None:
    import shutil

    shutil.copytree(published / "sites", tmp_path / "sites")
    settings = Settings(home=tmp_path)
    report = build_sites(settings, now=NOW)
    assert report.problem is None and report.built == 0
    assert (settings.sites_dir / "_pages" / "preparing.html").is_file()


def test_a_home_without_portals_has_no_sites(tmp_path: Path) -> None:
    assert not build_sites(Settings(home=tmp_path), now=NOW).did_anything
    assert list(tmp_path.iterdir()) == []


def test_a_reader_sees_old_files_or_new_ones(tmp_path: Path) -> None:
    folder = tmp_path / "portal_X"
    portal_site.put(folder, {"index.html": "old", "gone.html": "old"})
    held = os.open(folder, os.O_RDONLY)
    portal_site.put(folder, {"index.html": "new"})
    try:
        assert {p.name: p.read_text() for p in folder.iterdir() if p.name != LIST} == {"index.html": "new"}
    finally:
        os.close(held)
    assert [p.name for p in tmp_path.iterdir()] == ["portal_X"]


def test_reports_in_a_site_s_folder_stay_when_its_pages_are_built(tmp_path: Path) -> None:
    folder = tmp_path / "portal_X"
    portal_site.put(folder, {"index.html": "old"})
    (folder / "reports").mkdir()
    (folder / "reports" / "1.pdf").write_bytes(b"%PDF")
    portal_site.put(folder, {"index.html": "new"})
    assert (folder / "reports" / "1.pdf").read_bytes() == b"%PDF"
    # Nor does anything stay that was replaced.
    assert [*tmp_path.iterdir()] == [folder]


def test_what_a_killed_build_left_is_cleared_away(settings: Settings, keep: Keep) -> None:
    keep(everything())
    left = settings.sites_dir / ".portal_A.99999"
    left.mkdir(parents=True)
    build_sites(settings, now=NOW)
    assert not left.exists()


def test_nothing_that_is_not_a_portals_folder_is_removed(settings: Settings) -> None:
    mine = settings.sites_dir / "notes"
    mine.mkdir(parents=True)
    build_sites(settings, now=NOW)
    assert mine.is_dir()


def test_shared_files_that_nobody_links_go_after_a_week(settings: Settings, keep: Keep) -> None:
    keep(everything())
    assets = settings.sites_dir / "assets"
    fresh, old = assets / "portal.0000000000000000.css", assets / "portal.1111111111111111.css"
    for path in (fresh, old):
        path.write_text("")
    os.utime(old, (0, 0))
    for path in assets.glob("*.js"):
        os.utime(path, (0, 0))
    build_sites(settings, now=NOW)
    assert fresh.exists() and not old.exists()
    assert len(list(assets.glob("*.js"))) == 3


def test_whether_there_is_something_to_do_is_told_once_for_each_change(
    settings: Settings, keep: Keep
) -> None:
    assert due(settings) is None
    keep(everything())
    first = due(settings)
    assert first is not None and due(settings) == first
    build_sites(settings, now=NOW)
    assert due(settings) is None
    keep(replace(everything(), branding=Branding("Another")))
    second = due(settings)
    assert second not in (None, first)
    keep(replace(everything(), status=PortalStatus.ARCHIVED))
    assert due(settings) not in (None, first, second)
