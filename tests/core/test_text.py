"""Text is kept in one form, and what cannot be stored, shown or compared safely is refused with a reason."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import text


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Acme", "Acme"),
        ("a\u0301", "\u00e1"),
        ("\ufeffTitle", "Title"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("line\u2028separator", "line\u2028separator"),
        ("\u05d0\u200f!", "\u05d0\u200f!"),
        ("👩\u200d🔬", "👩\u200d🔬"),
        ("\u202e\u2066evil\u2069", "evil"),
        ("\u202a\ufeffTitle", "Title"),
        ("\u2028", "\u2028"),
        ("x" * 200, "x" * 200),
    ],
)
def test_a_line_is_kept_in_one_form(sent: str, kept: str) -> None:
    assert text.line(sent) == kept


@pytest.mark.parametrize(
    "sent",
    [
        "",
        " ",
        "\u00a0",
        "\u200b",
        "\u200d \u2060",
        "\ufeff",
        "a\x00b",
        "\x1b[31mred",
        "two\nlines",
        "tab\t",
        "\x85",
        "\ud800",
        "\u202e",
        "\U0010ffff",
        "\ufffe",
        "\ufdd0",
        "\U0003fffe",
        "x" * 201,
        "x" * 1_000_000,
    ],
)
def test_a_line_that_cannot_be_kept_is_refused(sent: str) -> None:
    with pytest.raises(ValueError, match="must"):
        text.line(sent)


def test_a_paragraph_may_have_lines_and_may_be_empty() -> None:
    assert text.paragraph("one\r\ntwo\tthree") == "one\ntwo\tthree"
    assert text.paragraph(" \n ") == ""
    with pytest.raises(ValueError, match="control"):
        text.paragraph("a\x07b")


def test_names_that_people_cannot_tell_apart_are_the_same_name() -> None:
    assert text.same_name("STRA\u1e9eE") == text.same_name("stra\u00dfe") == text.same_name("strasse")
    assert text.same_name("a\u0301") == text.same_name("\u00c1")
    assert text.same_name("Acme A") != text.same_name("Acme B")


@given(st.text())
def test_what_is_kept_is_stable_storable_and_short(sent: str) -> None:
    try:
        kept = text.line(sent)
    except ValueError:
        return
    assert text.line(kept) == kept == unicodedata.normalize("NFC", kept)
    assert len(kept) <= 200 and kept.encode()


def test_a_title_may_stand_in_the_subject_of_a_mail() -> None:
    assert text.title("a = ? b") == "a = ? b"
    with pytest.raises(ValueError, match="=\\?"):
        text.title("=?utf-8?q?=0ABcc:_x@evil.example?=")
