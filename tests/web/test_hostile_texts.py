"""Markup that somebody wrote for a text is read, drawn, pointed at and saved as the text that it is."""

import re
from pathlib import Path

from playwright.sync_api import Browser

from tests.site_build.payloads import MARKUP
from tests.web.home import HOSTILE, PortalHome
from tests.web.watching import visit


def test_markup_runs_nowhere_in_a_portal(browser: Browser, home: PortalHome, tmp_path: Path) -> None:
    dialogs: list[str] = []
    with visit(browser, home, HOSTILE) as visitor:
        page = visitor.page
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        for name in ("", "/definitions.html", "/activity.html", "/reports.html"):
            visitor.open(name, HOSTILE)
            assert visitor.all_complaints() == [], name
        page = visitor.open("", HOSTILE)
        shown = page.locator("#shown h3").all_text_contents()
        assert len(shown) == len(MARKUP)
        assert {" ".join(text.split()) for text in shown} == {" ".join(text.split()) for text in MARKUP}
        for plot in page.locator("[data-chart]").all()[:6]:
            plot.scroll_into_view_if_needed()
            plot.hover()
        assert page.locator("#shown :is(script, iframe, object, embed, link, style, base, meta)").count() == 0
        assert page.locator("#vg-tooltip-element :is(script, img, svg, iframe, a)").count() == 0
        with page.expect_download() as begun:
            page.locator("button.save").first.click()
        begun.value.save_as(tmp_path / "got.png")
        assert re.fullmatch(r"[\w-]{1,80}-30d\.png", begun.value.suggested_filename)
        assert (tmp_path / "got.png").read_bytes().startswith(b"\x89PNG")
        assert visitor.all_complaints() == [] and dialogs == []
        assert page.evaluate("window.proof === undefined && window.pwned === undefined")


def test_a_table_of_another_range_has_its_heads_whatever_they_say(browser: Browser, home: PortalHome) -> None:
    with visit(browser, home, HOSTILE) as visitor:
        page = visitor.page
        page.locator('fieldset.ranges label:has(input[value="7d"])').click()
        for text in ("a|b|c", "'><svg/onload=alert(1)>", "&lt;script&gt;&#60;script&#62;"):
            card = page.locator("#shown article").nth(MARKUP.index(text))
            card.locator("details.data summary").click()
            # The browser tells of the opening a moment after it, and only then the table is made.
            card.locator("details.data tbody tr").first.wait_for()
            heads = card.locator("details.data thead th").all_text_contents()
            assert heads[1] == ("Count" if card.locator(".qualifier").count() else text)
            assert len(heads) == len(card.locator("details.data tbody tr").first.locator("th, td").all())
        assert visitor.all_complaints() == []
