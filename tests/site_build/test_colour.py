"""Whatever a brand's colour is, marks and words in it can be seen, in light and in dark."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from site_build.colour import (
    DARK_SURFACES,
    DEFAULT,
    LIGHT_SURFACES,
    MARK_CONTRAST,
    TEXT_CONTRAST,
    brand,
    contrast,
)

_COLOURS = st.tuples(*[st.integers(0, 255)] * 3).map(lambda rgb: "#{:02x}{:02x}{:02x}".format(*rgb))


@given(_COLOURS)
def test_every_brand_colour_is_readable(colour: str) -> None:
    found = brand(colour)
    for accent, surfaces in ((found.light, LIGHT_SURFACES), (found.dark, DARK_SURFACES)):
        for surface in surfaces:
            assert contrast(accent.mark, surface) >= MARK_CONTRAST
            assert contrast(accent.text, surface) >= TEXT_CONTRAST
        assert contrast(accent.on_mark, accent.mark) >= TEXT_CONTRAST


def test_a_colour_that_is_readable_stays_as_it_is() -> None:
    assert brand("#2563EB").light.mark == "#2563eb"


@pytest.mark.parametrize("colour", [None, "", "red", "#12", "#1234567", "#ggg", "url(x)", "#fff;}"])
def test_what_is_no_colour_is_the_house_s_own(colour: str | None) -> None:
    assert brand(colour) == brand(DEFAULT)


def test_short_and_long_forms_are_one_colour() -> None:
    assert brand("#abc") == brand("#AABBCC")


def test_black_on_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
