"""In a browser that keeps no cookies of third parties, a portal works in the frame of somebody else's page."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Frame, Page, sync_playwright

from tests.web.embedder import COOKIE_PAGE
from tests.web.home import CHROMIUM, FULL, PortalHome
from tests.web.watching import PATIENCE, Watched

_NO_THIRD_PARTIES = {"profile": {"cookie_controls_mode": 1, "block_third_party_cookies": True}}


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """A browser whose owner has said no to cookies of third parties."""
    profile: Path = tmp_path_factory.mktemp("profile")
    (profile / "Default").mkdir()
    (profile / "Default" / "Preferences").write_text(json.dumps(_NO_THIRD_PARTIES))
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=CHROMIUM,
            args=["--no-sandbox"],
            viewport={"width": 1200, "height": 900},
            timeout=PATIENCE,
        )
        context.set_default_timeout(PATIENCE)
        yield context
        context.close()


def _framed(context: BrowserContext, host: str, source: str) -> tuple[Page, Frame]:
    page = context.new_page()
    page.goto(f"http://{host}/?{source}", wait_until="load")
    return page, page.frames[1]


def _chart_is_drawn(frame: Frame, shown: str = "") -> None:
    frame.locator(f"#shown{shown} [data-chart]").first.scroll_into_view_if_needed()
    frame.wait_for_selector(f"#shown{shown} [data-chart] svg.marks")


def _source(home: PortalHome, place: str = "embed") -> str:
    return f"{home.address}/{place}/{FULL}?token={home.token()}"


def test_the_browser_does_refuse_cookies_of_third_parties(strict: BrowserContext, home: PortalHome) -> None:
    port = home.embedder.partition(":")[2]
    page, frame = _framed(strict, home.embedder, f"http://127.0.0.1:{port}{COOKIE_PAGE}")
    assert frame.locator("p").inner_text() == "no cookie"
    page.close()


def test_a_portal_works_in_the_frame_of_a_page_that_may_show_it(
    strict: BrowserContext, home: PortalHome
) -> None:
    page = strict.new_page()
    watched = Watched(page, home)
    page.goto(f"http://{home.embedder}/?{_source(home)}", wait_until="load")
    frame = page.frames[1]
    assert frame.url == f"{home.address}/embed/{FULL}"
    _chart_is_drawn(frame)
    before = frame.locator(".value data").first.inner_text()
    frame.locator('fieldset.ranges label:has(input[value="7d"])').click()
    _chart_is_drawn(frame, '[data-range="7d"]')
    assert frame.locator(".value data").first.inner_text() != before
    # The session is kept in the frame: the next page opens without a token.
    frame.get_by_role("link", name="Definitions").click()
    frame.wait_for_url(f"**/embed/{FULL}/definitions.html")
    assert frame.locator("article.definition").count() > 5
    told = [c for c in watched.complaints if not c.startswith(f"left the host: http://{home.embedder}/")]
    assert told == []
    assert frame.evaluate("window.refused") == []
    page.close()


@pytest.mark.parametrize(
    ("host", "place"), [("127.0.0.1", "embed"), ("127.0.0.1", "p"), ("localhost", "p"), ("evil", "embed")]
)
def test_elsewhere_and_by_its_own_address_no_frame_shows_it(
    strict: BrowserContext, home: PortalHome, host: str, place: str
) -> None:
    port = home.embedder.partition(":")[2]
    name = "evil.localhost" if host == "evil" else host
    page, frame = _framed(strict, f"{name}:{port}", _source(home, place))
    assert frame.locator("#shown").count() == 0
    assert FULL not in frame.url
    page.close()
