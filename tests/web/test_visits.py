"""A visit from the link to the last page: what stays in the address, what may be taken along, what is printed."""

import re
from pathlib import Path

from playwright.sync_api import Browser

from core.tokens import Permission
from tests.web.home import FULL, LITTLE, PAGES, PortalHome
from tests.web.watching import visit


def test_a_link_becomes_a_cookie_and_a_clean_address(browser: Browser, home: PortalHome) -> None:
    token = home.token()
    with visit(browser, home, link=f"{home.page()}?token={token}") as visitor:
        page = visitor.page
        assert page.url == home.page()
        (cookie,) = page.context.cookies()
        assert (cookie["name"], cookie["path"]) == ("portal_session", f"/p/{FULL}")
        assert cookie["httpOnly"] and cookie["secure"] and cookie["sameSite"] == "Lax"
        assert token not in page.content() + str(cookie)
        assert page.evaluate("document.cookie + document.referrer") == ""
        page.reload()
        assert page.locator("#shown article.card").count() > 5
        # The session opens this portal and no other.
        page.goto(home.page(LITTLE))
        assert page.locator("#shown").count() == 0


def test_who_may_export_gets_the_file(browser: Browser, home: PortalHome, tmp_path: Path) -> None:
    with visit(browser, home) as visitor:
        page = visitor.page
        with page.expect_download() as begun:
            page.get_by_role("link", name="Export CSV").click()
        begun.value.save_as(tmp_path / "got.csv")
        kept = home.settings.sites_dir / FULL / "export.csv"
        assert (tmp_path / "got.csv").read_bytes() == kept.read_bytes()
        assert begun.value.suggested_filename == "export.csv"


def test_who_may_not_export_finds_no_way_to(browser: Browser, home: PortalHome) -> None:
    with visit(browser, home, link=home.link(FULL, Permission.READ_METRICS)) as visitor:
        page = visitor.page
        assert page.request.get(home.page(FULL, "/export.csv")).status == 403
        assert page.locator("#shown article.card").count() > 5
        for name in PAGES:
            visitor.open(name)
            assert "export.csv" not in page.content()


def test_printed_there_are_numbers_and_no_controls(browser: Browser, home: PortalHome) -> None:
    with visit(browser, home, color_scheme="dark") as visitor:
        page = visitor.drawn()
        page.emulate_media(media="print")
        controls = ("fieldset.ranges", "nav.pages", "a.skip", "details.more", "details.data", "footer a")
        for control in controls:
            assert not page.locator(control).first.is_visible(), control
        assert page.locator(".value data").first.is_visible()
        assert page.locator("[data-chart] svg").first.is_visible()
        assert page.locator("h1").is_visible()
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert paper == "rgb(255, 255, 255)"
        for selector, ink in ((".value data", "color"), ("[data-chart] svg.marks text", "fill")):
            colour = page.locator(selector).first.evaluate(f"e => getComputedStyle(e).{ink}")
            assert sum(int(part) for part in re.findall(r"\d+", colour)) < 400, (selector, colour)
        assert page.pdf().startswith(b"%PDF")
