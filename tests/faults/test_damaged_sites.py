"""Promise: a page that is not as it was built is shown to nobody, is told, and is mended by the next build."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core.doctor import Case, State
from core.doctor.published import check_sites
from core.settings import Settings
from core.site_files import LIST
from core.sites import assets_dir, door_pages_dir, site_dir
from core.store.control import open_control_store
from site_build.sites import Report, build_sites
from tests.builders import card, keep_portal, portal, publish
from tests.builders.api import NOW, Api, Installation, api_over, two_customers

PORTAL = "portal_ofA"
CUT = b"<!doctype html><p>half of the pa"


@dataclass(frozen=True)
class Site:
    """A portal with pages, and somebody who may see them."""

    api: Api
    shown: dict[str, str]

    @property
    def folder(self) -> Path:
        return site_dir(self.api.services.settings, PORTAL)

    def get(self, address: str) -> Any:
        return self.api.client.get(address, headers=self.shown)

    def build(self) -> Report:
        return build_sites(self.api.services.settings, now=NOW)

    def findings(self) -> list[tuple[State, str]]:
        case = Case(settings=self.api.services.settings, now=NOW)
        return [(one.state, one.told) for one in check_sites(case)]


@pytest.fixture
def site(tmp_path: Path, installation: Installation) -> Iterator[Site]:
    settings = installation.copy_to(tmp_path)
    shutil.copytree(installation.home / "sites", settings.sites_dir)
    with api_over(settings, installation) as api:
        token = api.post(f"/v1/portal/configs/{PORTAL}/tokens", {}, "all").json()["token"]
        yield Site(api, {"Authorization": f"Bearer {token}"})


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    home = tmp_path_factory.mktemp("installation")
    publish(home, two_customers())
    made = Installation.make(home)
    store = open_control_store(Settings(home=home))
    keep_portal(store, portal(card("cost.total"), portal_id=PORTAL, name="of a"))
    store.close()
    # Once: the shared files alone take seconds.
    build_sites(Settings(home=home), now=NOW)
    return made


def _damage(path: Path, how: str) -> None:
    whole = path.read_bytes()
    if how == "gone":
        path.unlink()
    elif how == "half":
        path.write_bytes(whole[: len(whole) // 2])
    else:
        middle = len(whole) // 2
        path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])


@pytest.mark.parametrize("how", ["gone", "half", "one bit"])
@pytest.mark.parametrize("name", ["activity.html", "definitions.html"])
def test_a_damaged_page_is_not_shown_and_the_next_build_makes_it_anew(
    site: Site, name: str, how: str
) -> None:
    before = site.get(f"/p/{PORTAL}/{name}")
    assert before.status_code == 200
    assert site.build().built == 0, "nothing was to be done"
    _damage(site.folder / name, how)
    away = site.get(f"/p/{PORTAL}/{name}")
    assert away.status_code in (404, 503)
    assert before.text[:2000] not in away.text
    assert site.findings() == [
        (State.WARN, f"Files of 1 portals are not as they were built: {PORTAL}."),
    ]
    assert site.build().built == 1
    assert site.get(f"/p/{PORTAL}/{name}").content == before.content
    assert site.findings() == [(State.OK, "all 1 active portals have pages")]


def test_a_damaged_first_page_is_being_prepared_wherever_it_is_seen(site: Site) -> None:
    whole = site.get(f"/p/{PORTAL}")
    assert whole.status_code == 200
    _damage(site.folder / "index.html", "half")
    assert "being prepared" in site.get(f"/p/{PORTAL}").text
    assert "being prepared" in site.get(f"/p/{PORTAL}/").text
    site.build()
    assert site.get(f"/p/{PORTAL}").content == whole.content


def test_a_page_that_rots_while_it_is_remembered_is_read_anew(site: Site) -> None:
    address = f"/p/{PORTAL}/activity.html"
    assert site.get(address).status_code == 200
    (site.folder / "activity.html").write_bytes(CUT)
    assert CUT.decode() not in site.get(address).text
    assert "being prepared" in site.get(address).text


@pytest.mark.parametrize("text", [b"", b"\x00\xff", b"[]", b'{"index.html": 3}'])
def test_a_damaged_list_of_files_stops_no_page_and_is_made_anew(site: Site, text: bytes) -> None:
    (site.folder / LIST).write_bytes(text)
    assert site.get(f"/p/{PORTAL}/activity.html").status_code in (200, 503)
    assert site.build().built == 1
    assert site.get(f"/p/{PORTAL}/activity.html").status_code == 200


def test_a_file_that_no_build_made_is_none_of_the_list_s_business(site: Site) -> None:
    (site.folder / "reports").mkdir()
    (site.folder / "reports" / "3.pdf").write_bytes(b"%PDF-1.7")
    assert site.get(f"/p/{PORTAL}/reports/3.pdf").status_code == 200
    assert site.build().built == 0


def test_damaged_shared_files_are_not_sent_and_the_next_build_makes_them_anew(site: Site) -> None:
    files = sorted(assets_dir(site.api.services.settings).iterdir())
    whole = {path: path.read_bytes() for path in files}
    for number, path in enumerate(files):
        assert site.get(f"/assets/{path.name}").content == whole[path]
        _damage(path, ("gone", "half", "one bit")[number % 3])
        assert site.get(f"/assets/{path.name}").status_code == 404
    site.build()
    assert {path: path.read_bytes() for path in files} == whole
    assert all(site.get(f"/assets/{path.name}").content == whole[path] for path in files)


@pytest.mark.parametrize("text", [CUT, b"\xff\xfe no text"])
def test_a_damaged_page_of_the_door_is_replaced_by_one_that_is_built_in(site: Site, text: bytes) -> None:
    page = door_pages_dir(site.api.services.settings) / "unauthorized.html"
    whole = page.read_bytes()
    page.write_bytes(text)
    away = site.api.client.get(f"/p/{PORTAL}")
    assert away.status_code == 401
    assert "This page needs a link" in away.text
    site.build()
    assert page.read_bytes() == whole
