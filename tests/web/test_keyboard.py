"""Somebody with a keyboard alone gets everywhere: to the numbers, through the ranges, into the sections."""

from playwright.sync_api import Browser, Page

from tests.web.home import PortalHome
from tests.web.watching import visit

_MOST_STOPS = 80
_FOCUSED = "document.activeElement"


def _tab_to(page: Page, selector: str) -> None:
    for _ in range(_MOST_STOPS):
        page.keyboard.press("Tab")
        if page.evaluate(f"{_FOCUSED}.matches({selector!r})"):
            return
    raise AssertionError(f"No way by Tab to {selector}")


def test_the_first_stop_leads_past_the_header(browser: Browser, home: PortalHome) -> None:
    with visit(browser, home) as visitor:
        page = visitor.drawn()
        page.keyboard.press("Tab")
        assert page.evaluate(f"{_FOCUSED}.getAttribute('href')") == "#main"
        assert page.locator("a.skip").bounding_box()["y"] >= 0  # type: ignore[index]
        page.keyboard.press("Enter")
        page.wait_for_function("location.hash === '#main'")
        page.keyboard.press("Tab")
        assert page.evaluate(f"document.querySelector('main').contains({_FOCUSED})")


def test_the_arrows_choose_a_range_and_keep_the_place(browser: Browser, home: PortalHome) -> None:
    with visit(browser, home) as visitor:
        page = visitor.drawn()
        _tab_to(page, "fieldset.ranges input")
        chosen = []
        for _ in range(5):
            page.keyboard.press("ArrowRight")
            chosen.append(page.locator("#shown").get_attribute("data-range"))
            assert page.evaluate(f"{_FOCUSED}.value") == chosen[-1]
        assert sorted(map(str, chosen)) == ["24h", "30d", "7d", "90d", "ytd"]


def test_a_section_and_a_table_open_and_close(browser: Browser, home: PortalHome) -> None:
    with visit(browser, home) as visitor:
        page = visitor.drawn()
        for holder in ("details.section", "details.more", "details.data"):
            _tab_to(page, f"{holder} > summary")
            place = page.evaluate_handle(f"{_FOCUSED}.parentElement")
            was = place.evaluate("d => d.open")
            page.keyboard.press("Enter")
            assert place.evaluate("d => d.open") is not was, holder
            page.keyboard.press("Space")
            assert place.evaluate("d => d.open") is was, holder


def test_a_table_is_sorted_by_its_heads(browser: Browser, home: PortalHome) -> None:
    with visit(browser, home) as visitor:
        page = visitor.drawn()
        _tab_to(page, "table[data-sortable] thead th:nth-child(2) button")
        head = page.locator("table[data-sortable] thead th:nth-child(2)").first
        cells = page.locator("table[data-sortable]").first.locator("tbody tr td:nth-child(2)")
        for order, pressed in (("descending", "Enter"), ("ascending", "Space")):
            page.keyboard.press(pressed)
            assert head.get_attribute("aria-sort") == order
            keys = [float(key) for key in cells.evaluate_all("all => all.map(c => c.dataset.key)") if key]
            assert keys == sorted(keys, reverse=order == "descending")
        assert len(keys) > 1


def test_every_stop_can_be_seen(browser: Browser, home: PortalHome) -> None:
    with visit(browser, home) as visitor:
        page = visitor.drawn()
        for _ in range(12):
            page.keyboard.press("Tab")
            ring = page.evaluate(
                f"[{_FOCUSED}, {_FOCUSED}.nextElementSibling].filter(Boolean)"
                ".some(e => getComputedStyle(e).outlineStyle !== 'none'"
                " || getComputedStyle(e).boxShadow !== 'none')"
            )
            assert ring, page.evaluate(f"{_FOCUSED}.outerHTML.slice(0, 200)")
