"""Locales as people name them: BCP 47 tags such as en-US or pt-BR, of which numbers and dates can be written."""

import re

MAX_LOCALE_CHARACTERS = 35
# Language, script, region and variants; extensions say nothing that a number or a date is written by.
_TAG = re.compile(
    r"[a-z]{2,3}(-[a-z]{4})?(-(?:[a-z]{2}|[0-9]{3}))?(-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*",
    re.ASCII | re.IGNORECASE,
)


def check_locale(text: str) -> str:
    """The tag in its usual case; ValueError when it is no tag, or of a language that nobody here can write."""
    if len(text) > MAX_LOCALE_CHARACTERS or not _TAG.fullmatch(text):
        raise ValueError("must be a locale such as en-US, de or pt-BR")
    # Loaded late: only few who read this module ask for its tables.
    from babel import Locale, UnknownLocaleError

    try:
        Locale.parse(text, sep="-")
    except (UnknownLocaleError, ValueError):
        raise ValueError("must be a locale that is known, such as en-US, de or pt-BR") from None
    language, *rest = text.split("-")
    return "-".join([language.lower(), *(_in_usual_case(part) for part in rest)])


def _in_usual_case(part: str) -> str:
    if len(part) == 2:
        return part.upper()
    return part.title() if len(part) == 4 and part.isalpha() else part.lower()
