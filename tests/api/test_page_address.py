"""What an address of a page means, and that it never means anything outside of one portal."""

from hypothesis import given
from hypothesis import strategies as st

from api.portal_pages.address import PageAddress, Place, page_address
from core.sites import ENTRY, INDEX, is_file_name

_PARTS = st.sampled_from(
    ["..", ".", "a", "index.html", "/", "//", "%2e", "\\", "\0", "\n", ".git", "leave", "reports"]
)
PATHS = st.one_of(st.text(max_size=40), st.lists(_PARTS, max_size=8).map("".join))


@given(PATHS)
def test_whatever_follows_a_portal_s_id_is_a_file_of_it_or_none(rest: str) -> None:
    found = page_address(f"/p/portal_a0/{rest}")
    assert found is not None and found.portal_id == "portal_a0"
    assert found.file is None or is_file_name(found.file)
    assert found.clean == found.home or found.clean.startswith(f"{found.home}/")
    assert found.clean.isascii() and found.clean.isprintable() and "//" not in found.clean


def test_an_address_says_which_page_is_meant() -> None:
    assert page_address("/p/portal_a") == PageAddress(Place.PAGE, "portal_a", ENTRY)
    assert page_address("/embed/portal_a/") == PageAddress(Place.EMBED, "portal_a", INDEX)
    leaving = page_address("/p/portal_a/leave")
    assert leaving is not None and leaving.is_leaving and leaving.file is None
    for path in (
        "/p",
        "/p/",
        "/p/x",
        "/q/portal_a",
        "/p/portal_",
        "/p/portal_a\n",
        "/p/portal_é",
        "//p/portal_a",
    ):
        assert page_address(path) is None, path
