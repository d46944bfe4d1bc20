"""What may be a file of a site: names that can lead nowhere else and hide nothing."""

import posixpath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.sites import CONTENT_TYPES, is_export, is_file_name, suffix

_PARTS = st.sampled_from(
    ["..", ".", "a", "index.html", "/", "//", "%2e", "\\", "\0", "\n", ".git", "_x", "reports", "~"]
)
PATHS = st.one_of(
    st.text(max_size=40),
    st.lists(_PARTS, max_size=8).map("".join),
    st.lists(_PARTS, max_size=6).map("/".join),
)


@given(PATHS)
@example("../portal_b/index.html")
@example("reports/../index.html")
@example("index.html\n")
def test_a_name_that_passes_lies_inside_and_is_not_hidden(name: str) -> None:
    if not is_file_name(name):
        return
    assert posixpath.normpath(f"/sites/portal_a/{name}") == f"/sites/portal_a/{name}"
    assert all(part[0] not in "._" and part.isascii() and part.isprintable() for part in name.split("/"))
    assert suffix(name) in CONTENT_TYPES and name.count("/") <= 3


@pytest.mark.parametrize("name", ["index.html", "reports/3.pdf", "reports/3.csv", "data.json", "a-b_c.1.svg"])
def test_the_names_that_sites_have_pass(name: str) -> None:
    assert is_file_name(name)


def test_only_raw_data_is_an_export() -> None:
    assert is_export("export.csv") and is_export("reports/3.csv")
    assert not any(is_export(name) for name in ("index.html", "reports/3.pdf", "data.json", "csv.html"))
