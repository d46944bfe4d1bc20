"""A locale is a tag that numbers and dates can be written by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.locales import check_locale


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("en-US", "en-US"),
        ("en-us", "en-US"),
        ("DE", "de"),
        ("pt-BR", "pt-BR"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("sr-Latn-RS", "sr-Latn-RS"),
        ("es-419", "es-419"),
    ],
)
def test_a_known_tag_is_kept_in_its_usual_case(text: str, kept: str) -> None:
    assert check_locale(text) == kept == check_locale(kept)


@pytest.mark.parametrize(
    "text",
    ["", " ", "en_US", "english", "xx", "xx-YY", "en-", "-US", "en-US-u-ca-buddhist", "C", "POSIX", "../en",
     "en-US\n", "i-klingon",
     "\u0435n-US", "x" * 300],
)  # fmt: skip
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be a locale"):
        check_locale(text)


@given(st.from_regex(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", fullmatch=True))
def test_every_tag_is_known_or_refused(text: str) -> None:
    try:
        kept = check_locale(text)
    except ValueError as reason:
        assert "locale" in str(reason)
    else:
        assert kept.lower() == text.lower()
