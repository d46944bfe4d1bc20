"""Who may export takes a chart along as a picture that can stand alone; who may not finds no way to."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from core.tokens import Permission
from tests.web.home import FULL, PortalHome
from tests.web.watching import visit

_SIZE = (1920, 1080)


def _saved(page: Page, name: str, place: Path) -> tuple[str, Image.Image]:
    """The picture of the card of that name, and what its file is called."""
    with page.expect_download() as begun:
        page.get_by_role("button", name=f"Save as PNG: {name}", exact=True).click()
    begun.value.save_as(place)
    with Image.open(place) as picture:
        return begun.value.suggested_filename, picture.convert("RGB")


def _lightness(colour: tuple[int, ...]) -> float:
    return sum(colour) / len(colour)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["Card 3", "Card 4", "Card 6"], ids=["line", "bar", "histogram"])
def test_a_chart_is_saved_in_the_theme_that_is_seen(
    browser: Browser, home: PortalHome, tmp_path: Path, scheme: str, name: str
) -> None:
    with visit(browser, home, color_scheme=scheme) as visitor:
        file_name, picture = _saved(visitor.drawn(), name, tmp_path / "got.png")
        assert file_name == f"{name.lower().replace(' ', '-')}-30d.png"
        assert (picture.format, picture.size) == (None, _SIZE)
        ground = picture.getpixel((4, 4))
        assert isinstance(ground, tuple)
        assert (_lightness(ground) > 128) == (scheme == "light")
        # Words above, the chart in the middle, words below: in each band there is much that is not ground.
        for top, bottom in ((40, 280), (320, 920), (1000, 1050)):
            band = picture.crop((0, top, _SIZE[0], bottom))
            colours = band.getcolors(maxcolors=band.width * band.height) or []
            drawn = sum(count for count, colour in colours if colour != ground)
            assert drawn > 400 and len(colours) > 8, (top, drawn)
        assert visitor.all_complaints() == []


def test_a_picture_of_another_range_says_so(browser: Browser, home: PortalHome, tmp_path: Path) -> None:
    with visit(browser, home) as visitor:
        page = visitor.drawn()
        page.locator('fieldset.ranges label:has(input[value="7d"])').click()
        # Also before it has come near the screen.
        file_name, week = _saved(page, "Card 4", tmp_path / "week.png")
        page.locator('fieldset.ranges label:has(input[value="30d"])').click()
        _, month = _saved(page, "Card 4", tmp_path / "month.png")
        assert file_name == "card-4-7d.png"
        assert week.tobytes() != month.tobytes()
        assert visitor.all_complaints() == []


def test_who_may_not_export_has_no_button(browser: Browser, home: PortalHome) -> None:
    with visit(browser, home, link=home.link(FULL, Permission.READ_METRICS)) as visitor:
        page = visitor.drawn()
        assert page.locator("#shown article:has([data-chart])").count() >= 3
        assert page.locator("button.save").count() == 0


def test_a_change_of_range_is_announced_in_one_short_sentence(browser: Browser, home: PortalHome) -> None:
    with visit(browser, home) as visitor:
        page = visitor.drawn()
        assert page.locator("[aria-live], [role=status]").count() == 1
        page.locator('fieldset.ranges label:has(input[value="7d"])').click()
        said = page.locator("[role=status]").inner_text()
        assert said.startswith("7 days: ") and len(said) < 60
