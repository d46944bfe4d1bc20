"""Files of portals' sites: sent once while they do not change, compressed to whoever takes that, and no others ever."""

import asyncio
import os

import pytest

from api.portal_pages.files import MAX_KEPT_BYTES, SiteFiles
from core.sites import ENTRY, INDEX
from tests.builders.doors import PASSWORD, UNKNOWN, A, B, Doors
from tests.builders.tokens import HEADER, bearer, decoded, signed


def test_what_has_not_changed_is_not_sent_again(doors: Doors) -> None:
    text = doors.token()
    first = doors.get(f"/p/{A}", text)
    assert first.headers["cache-control"] == "private, no-cache"
    again = doors.get(f"/p/{A}", text, **{"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    # The session is looked at first all the same.
    assert doors.get(f"/p/{A}", None, **{"If-None-Match": first.headers["etag"]}).status_code == 401


def test_a_replaced_file_is_seen_at_once(doors: Doors) -> None:
    text, page = doors.token(), doors.settings.sites_dir / A / "index.html"
    before = doors.get(f"/p/{A}", text)
    beside = page.with_name("beside.html")
    beside.write_text("<!doctype html><p>index.html of acmE</p>")
    os.utime(beside, ns=(page.stat().st_atime_ns, page.stat().st_mtime_ns))
    beside.replace(page)
    after = doors.get(f"/p/{A}", text)
    assert after.text.endswith("acmE</p>") and after.headers["etag"] != before.headers["etag"]


def test_a_head_is_the_get_without_the_body(doors: Doors) -> None:
    text = doors.token()
    head = doors.browser().head(f"/p/{A}", headers=bearer(text))
    get = doors.get(f"/p/{A}", text)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == get.headers["etag"]
    assert head.headers["content-length"] == get.headers["content-length"]
    assert doors.browser().head(f"/p/{A}?token={text}").status_code == 303


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_other_methods_are_not_answered(doors: Doors, method: str) -> None:
    for path in (f"/p/{A}", f"/p/{UNKNOWN}", f"/embed/{A}", "/assets/x.js"):
        answer = doors.browser().request(method, path)
        assert answer.status_code == 405 and "GET" in answer.headers["allow"]


def test_a_portal_without_a_site_is_being_prepared(doors: Doors) -> None:
    import shutil

    shutil.rmtree(doors.settings.sites_dir / A)
    text = doors.token()
    answer = doors.get(f"/p/{A}", text)
    assert answer.status_code == 503 and int(answer.headers["retry-after"]) > 0
    assert 'http-equiv="refresh"' in answer.text and answer.headers["cache-control"] == "no-store"
    assert doors.get(f"/p/{A}/activity.html", text).status_code == 404


def test_links_of_the_first_page_lead_into_the_folder_from_wherever_it_is_seen(doors: Doors) -> None:
    text, page = doors.token(), doors.settings.sites_dir / A / "index.html"
    said = '<p title="./x">href=&#34;./x&#34;</p><script type="application/json">"src=\\"./x\\""</script>'
    page.write_text(f'<a href="./activity.html">A</a><img alt="" src="./logo.png"><a href="#a">B</a>{said}')
    longer = f'<a href="{A}/activity.html">A</a><img alt="" src="{A}/logo.png"><a href="#a">B</a>{said}'
    for place in ("/p", "/embed"):
        inside = doors.get(f"{place}/{A}/index.html", text)
        beside = doors.get(f"{place}/{A}", text)
        assert (inside.text, beside.text) == (page.read_text(), longer)
        assert inside.headers["etag"] != beside.headers["etag"]
        assert doors.get(f"{place}/{A}/", text).text == inside.text


def test_a_page_that_has_not_changed_is_not_read_again(doors: Doors) -> None:
    files, folder = SiteFiles(), doors.settings.sites_dir / A
    for name in (ENTRY, INDEX, "activity.html"):
        first = asyncio.run(files.find(folder, name))
        assert first is not None and asyncio.run(files.find(folder, name)) is first


def test_a_first_page_too_large_to_be_kept_leads_into_the_folder_too(doors: Doors) -> None:
    page = doors.settings.sites_dir / A / "index.html"
    page.write_text("x" * MAX_KEPT_BYTES + '<a href="./activity.html">A</a>')
    assert doors.get(f"/p/{A}", doors.token()).text.endswith(f'<a href="{A}/activity.html">A</a>')


def test_pages_that_are_no_portal_are_those_that_were_built(doors: Doors) -> None:
    folder = doors.settings.sites_dir / "_pages"
    folder.mkdir()
    for name in ("unauthorized", "expired", "forbidden", "not_found", "password", "error"):
        (folder / f"{name}.html").write_text(f"<p>built {name}</p>")
    text = doors.token()
    claims = decoded(text)
    expired = signed(HEADER, {**claims, "iat": 1, "nbf": 1, "exp": 100})
    assert doors.get(f"/p/{A}").text == "<p>built unauthorized</p>"
    assert doors.get(f"/p/{A}", expired).text == "<p>built expired</p>"
    assert doors.get(f"/p/{A}/export.csv", text).text == "<p>built forbidden</p>"
    assert doors.get(f"/p/{A}/none.html", text).text == "<p>built not_found</p>"
    doors.lock(A, PASSWORD, public=True)
    browser = doors.browser()
    assert browser.get(f"/p/{A}").text == "<p>built password</p>"
    assert browser.post(f"/p/{A}", data={"password": "wrong wrong"}).text == "<p>built password</p>"


def test_a_site_that_is_a_link_is_not_followed(doors: Doors) -> None:
    import shutil

    shutil.rmtree(doors.settings.sites_dir / A)
    (doors.settings.sites_dir / A).symlink_to(doors.settings.sites_dir / B)
    answer = doors.get(f"/p/{A}", doors.token())
    assert answer.status_code == 503 and "777" not in answer.text


@pytest.mark.parametrize(
    "portal_id", ["..", ".", "con", "a/b", "a%2fb", "portal_", "portal_%00", "PORTAL_A", "%2e%2e"]
)
def test_what_can_be_no_portal_s_id_is_not_found(doors: Doors, portal_id: str) -> None:
    for headers in ({}, bearer(doors.token())):
        answer = doors.browser().get(f"/p/{portal_id}", headers=headers)
        assert answer.status_code == 404


def test_shared_files_are_for_everybody_and_for_ever(doors: Doors) -> None:
    folder = doors.settings.sites_dir / "assets"
    folder.mkdir()
    (folder / "chart.1a2b.js").write_text("let x = 1")
    (folder / "inter.9f.woff2").write_bytes(b"wOF2")
    answer = doors.get("/assets/chart.1a2b.js")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "x-ratelimit-limit" not in answer.headers
    assert doors.get("/assets/inter.9f.woff2").headers["content-type"] == "font/woff2"
    for name in (
        "none.js",
        "../portal_a0a0a0/index.html",
        "..%2fportal_a0a0a0%2findex.html",
        "",
        ".",
        "a/../x.js",
    ):
        assert doors.get(f"/assets/{name}").status_code in (401, 404), name
    assert doors.get("/assets/none.js").headers["cache-control"] == "no-store"


def test_a_long_file_is_sent_in_pieces(doors: Doors) -> None:
    body = os.urandom(3 * 1024 * 1024 + 17)
    (doors.settings.sites_dir / A / "reports" / "4.pdf").write_bytes(body)
    text = doors.token()
    answer = doors.get(f"/p/{A}/reports/4.pdf", text)
    assert answer.content == body and int(answer.headers["content-length"]) == len(body)
    again = doors.get(f"/p/{A}/reports/4.pdf", text, **{"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_a_text_is_sent_compressed_to_whoever_takes_that(doors: Doors) -> None:
    page, text = doors.settings.sites_dir / A / "long.html", doors.token()
    page.write_text("<p>acme</p>" * 1000)
    plain = doors.get(f"/p/{A}/long.html", text, **{"Accept-Encoding": "identity"})
    packed = doors.get(f"/p/{A}/long.html", text, **{"Accept-Encoding": "br;q=1, gzip;q=0.5"})
    assert "content-encoding" not in plain.headers and packed.headers["content-encoding"] == "gzip"
    assert plain.text == packed.text == page.read_text()
    assert int(packed.headers["content-length"]) < 200
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"
    assert plain.headers["etag"] != packed.headers["etag"]
    for answer in (plain, packed):
        again = doors.get(f"/p/{A}/long.html", text, **{"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304


@pytest.mark.parametrize("takes", ["gzip;q=0", "gzip;q=0.000, br", "br", "", "xgzip", "*;q=0"])
def test_whoever_does_not_take_that_gets_the_text(doors: Doors, takes: str) -> None:
    (doors.settings.sites_dir / A / "long.html").write_text("<p>acme</p>" * 1000)
    answer = doors.get(f"/p/{A}/long.html", doors.token(), **{"Accept-Encoding": takes})
    assert "content-encoding" not in answer.headers and answer.text.startswith("<p>acme</p>")


@pytest.mark.parametrize(
    "takes", ["gzip", "gzip, deflate, br, zstd", "deflate,gzip", "gzip;q=1.0", "br, gzip ;q=0.1"]
)
def test_whoever_takes_that_gets_it_compressed(doors: Doors, takes: str) -> None:
    (doors.settings.sites_dir / A / "long.html").write_text("<p>acme</p>" * 1000)
    answer = doors.get(f"/p/{A}/long.html", doors.token(), **{"Accept-Encoding": takes})
    assert answer.headers["content-encoding"] == "gzip" and answer.text.startswith("<p>acme</p>")
