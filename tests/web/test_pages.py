"""Every page of a portal, in both themes and on both ends of screens, stands without a complaint of the browser."""

import re

import pytest
from playwright.sync_api import Browser, Page

from tests.web.home import FULL, LITTLE, NONE, PAGES, PortalHome
from tests.web.watching import visit

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def _lightness(page: Page) -> float:
    """Of the page's own colour, 0 to 255."""
    colour = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    red, green, blue = (float(part) for part in re.findall(r"[\d.]+", colour)[:3])
    return (red + green + blue) / 3


@pytest.mark.parametrize("screen", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_loads_without_a_complaint(
    browser: Browser, home: PortalHome, screen: dict[str, int], scheme: str
) -> None:
    with visit(browser, home, viewport=screen, color_scheme=scheme) as visitor:
        for name in PAGES:
            page = visitor.open(name)
            assert visitor.all_complaints() == [], name
            assert page.evaluate(OVERFLOW) <= 0, name
            assert (_lightness(page) > 128) == (scheme == "light"), name


@pytest.mark.parametrize("screen", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize(("portal_id", "scheme"), [(LITTLE, "light"), (NONE, "dark")])
def test_a_portal_with_hardly_anything_stands_in_its_own_theme(
    browser: Browser, home: PortalHome, portal_id: str, scheme: str, screen: dict[str, int]
) -> None:
    other = "dark" if scheme == "light" else "light"
    with visit(browser, home, portal_id, viewport=screen, color_scheme=other) as visitor:
        for name in PAGES[1:]:
            page = visitor.open(name, portal_id)
            assert visitor.all_complaints() == [], name
            assert page.evaluate(OVERFLOW) <= 0, name
            assert (_lightness(page) > 128) == (scheme == "light"), name


def test_where_there_is_nothing_yet_every_card_says_so(browser: Browser, home: PortalHome) -> None:
    with visit(browser, home, NONE) as visitor:
        page = visitor.open("", NONE)
        cards = page.locator("#shown article.card")
        assert cards.count() == 3
        for number in range(3):
            assert cards.nth(number).locator(".nothing").inner_text().strip()


def test_every_chart_says_what_it_shows_and_has_its_numbers_in_a_table(
    browser: Browser, home: PortalHome
) -> None:
    with visit(browser, home) as visitor:
        page = visitor.drawn()
        for name in page.locator("fieldset.ranges input").evaluate_all("all => all.map(i => i.value)"):
            page.locator(f'input[value="{name}"]').check(force=True)
            visitor.drawn()
            charts = page.locator("#shown article:has([data-chart])")
            assert charts.count() >= 3, name
            for number in range(charts.count()):
                _describes(charts.nth(number))
        assert visitor.all_complaints() == []


def _describes(card: object) -> None:
    plot = card.locator("[data-chart]")  # type: ignore[attr-defined]
    label = plot.get_attribute("aria-label")
    assert plot.get_attribute("role") == "img"
    assert label and card.locator("h3").inner_text() in label  # type: ignore[attr-defined]
    table = card.locator("details.data")  # type: ignore[attr-defined]
    table.locator("summary").click()
    table.locator("table").wait_for()
    assert table.locator("table thead th[scope=col]").count() >= 2
    assert table.locator("table tbody tr").count() >= 1
    region = table.locator("[role=region]")
    assert region.get_attribute("aria-label"), label


def test_pages_lead_to_one_another(browser: Browser, home: PortalHome) -> None:
    with visit(browser, home) as visitor:
        page = visitor.drawn()
        for label, end in (
            ("Activity", "/activity.html"),
            ("Reports", "/reports.html"),
            ("Definitions", "/definitions.html"),
            ("Overview", ""),
        ):
            page.get_by_role("link", name=label, exact=True).click()
            page.wait_for_url(re.compile(re.escape(home.page(FULL, end)) + r"(/|/index\.html)?$"))
            assert page.locator("nav [aria-current=page]").inner_text() == label
        assert visitor.all_complaints() == []
