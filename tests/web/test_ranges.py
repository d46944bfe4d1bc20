"""The range a visitor chooses changes every number to what the data endpoint says of it; without script too."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page

from core.periods import format_instant
from core.portal_data.ranges import range_period
from core.portals.definition import RangeName
from site_build.words import words_of
from tests.builders import NOON
from tests.site_build.conftest import everything
from tests.web.home import FULL, PortalHome
from tests.web.watching import visit

ZONE, LOCALE = ZoneInfo("Europe/Berlin"), "de-DE"
DEFAULT = RangeName.MONTH
# One card keeps a range of its own, whatever the visitor chooses.
KEPT = "cost.daily"
FOLLOWING = {c.metric_id: c.display_name for c in everything().metrics if c.metric_id != KEPT}


def _numbers(page: Page) -> dict[str, tuple[str, str]]:
    """What each card of the page shows: the number's text, and exactly."""
    found: dict[str, tuple[str, str]] = {}
    for card in page.locator("#shown article.card:not(.compare)").all():
        number, nothing = card.locator(".value data"), card.locator(".nothing")
        shown = (
            (number.inner_text(), number.get_attribute("value") or "")
            if number.count()
            else (nothing.inner_text(), "")
        )
        found[card.locator("h3").inner_text()] = shown
    return found


def _answered(home: PortalHome, page: Page, name: RangeName) -> dict[str, Any]:
    period = range_period(name, NOON, ZONE)
    answer = page.request.get(
        f"{home.address}/v1/portal/configs/{FULL}/data",
        params={"start": format_instant(period.start), "end": format_instant(period.end)},
        headers={"Authorization": f"Bearer {home.token()}"},
    )
    assert answer.status == 200, answer.text()
    return {card["metric_id"]: card for card in answer.json()["data"]}


def _said(home: PortalHome, page: Page, name: RangeName) -> dict[str, tuple[str, str]]:
    """The numbers of the data endpoint, as the customer's locale writes them."""
    words, said = words_of(LOCALE, ZONE), {}
    for metric_id, card in _answered(home, page, name).items():
        if metric_id in FOLLOWING and card["value"] is not None:
            amount = words.amount(card["value"], card["unit"])
            said[FOLLOWING[metric_id]] = (amount.text, amount.exact)
    return said


def _choose(page: Page, name: RangeName) -> None:
    page.locator(f'fieldset.ranges label:has(input[value="{name.value}"])').click()


@pytest.mark.parametrize("name", [n for n in RangeName if n is not DEFAULT])
def test_another_range_shows_the_numbers_of_that_range(
    browser: Browser, home: PortalHome, name: RangeName
) -> None:
    with visit(browser, home) as visitor:
        page = visitor.drawn()
        before, span = _numbers(page), page.locator("[data-span]").first.inner_text()
        _choose(page, name)
        visitor.drawn()
        shown, said = _numbers(page), _said(home, page, name)
        assert {label: shown[label] for label in said} == said
        assert len(said) >= 6
        assert shown.keys() == before.keys()
        assert sum(shown[label] != before[label] for label in said) >= 3
        assert page.locator("[data-span]").first.inner_text() != span
        assert page.url.endswith(f"#range={name.value}")
        assert visitor.all_complaints() == []


def test_the_first_range_comes_back_as_it_was(browser: Browser, home: PortalHome) -> None:
    with visit(browser, home) as visitor:
        page = visitor.drawn()
        before = _numbers(page)
        _choose(page, RangeName.DAY)
        _choose(page, DEFAULT)
        visitor.drawn()
        assert _numbers(page) == before
        said = _said(home, page, DEFAULT)
        assert {label: before[label] for label in said} == said


def test_a_link_to_a_range_opens_it(browser: Browser, home: PortalHome) -> None:
    with visit(browser, home) as visitor:
        page = visitor.open("/index.html#range=7d")
        said = _said(home, page, RangeName.WEEK)
        assert {label: text for label, text in _numbers(page).items() if label in said} == said
        assert page.locator("fieldset.ranges input:checked").get_attribute("value") == "7d"


def test_a_range_that_is_none_changes_nothing(browser: Browser, home: PortalHome) -> None:
    with visit(browser, home) as visitor:
        page = visitor.open('/index.html#range="]<b>')
        assert page.locator("fieldset.ranges input:checked").get_attribute("value") == DEFAULT.value
        assert visitor.all_complaints() == []


def test_without_script_the_numbers_and_tables_are_there(browser: Browser, home: PortalHome) -> None:
    with visit(browser, home, java_script_enabled=False) as visitor:
        page = visitor.page
        said = _said(home, page, DEFAULT)
        assert {label: text for label, text in _numbers(page).items() if label in said} == said
        assert not page.locator(".ranges").first.is_visible()
        data = page.locator("details.data").first
        data.locator("summary").click()
        data.locator("tbody tr").first.wait_for()
        for name in ("/activity.html", "/definitions.html", "/reports.html"):
            page.goto(home.page(FULL, name))
            assert page.locator("main h2").first.is_visible()
