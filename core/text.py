"""The one rule for text that people or programs send: what is accepted, and in which form it is kept.

Text is kept in Unicode normal form C, without a leading byte order mark and without the characters that reorder
the text around them, which come along when people copy and show nothing themselves. Refused is what cannot be
stored, shown or compared safely: lone surrogates, NUL and other control characters, and code points that are no
characters. Markup is plain text here; escaping belongs to whoever prints it.
"""

import re
import unicodedata

MAX_NAME_CHARACTERS = 200
MAX_PARAGRAPH_CHARACTERS = 2000

_BYTE_ORDER_MARK = "\ufeff"
_SEPARATORS = "\u2028\u2029"
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_CONTROL_BUT_LINES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# Embeddings, overrides and isolates; the plain marks (U+200E, U+200F, U+061C) reorder nothing after them.
_REORDERING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_NO_CHARACTER = re.compile(
    "[\ufdd0-\ufdef"
    + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(17))
    + "]"
)


def line(value: str, *, most: int = MAX_NAME_CHARACTERS) -> str:
    """One line that says something: a name, an id, a title. ValueError gives the reason."""
    return _clean(value, _CONTROL, most)


def title(value: str, *, most: int = MAX_NAME_CHARACTERS) -> str:
    """One line that may also stand in a mail's subject. ValueError gives the reason.

    Mail programs, and some versions of the standard library, read another header out of what begins with `=?`.
    """
    text = line(value, most=most)
    if "=?" in text:
        raise ValueError("must not hold =?, which mail programs take for the beginning of encoded text")
    return text


def paragraph(value: str, *, most: int = MAX_PARAGRAPH_CHARACTERS) -> str:
    """Text that may have line breaks and tabs, and may be empty. ValueError gives the reason."""
    unix = value.replace("\r\n", "\n")
    return _clean(unix, _CONTROL_BUT_LINES, most) if unix.strip() else ""


def same_name(value: str) -> str:
    """Two names with the same answer are one name to a person: normal form and case do not count."""
    folded = unicodedata.normalize("NFC", value).casefold()
    return unicodedata.normalize("NFC", folded)


def _clean(value: str, control: re.Pattern[str], most: int) -> str:
    # A composed character comes from at most four others, so a longer text cannot become short enough.
    if len(value) > 4 * most:
        raise ValueError(f"must be at most {most} characters")
    if _SURROGATE.search(value):
        raise ValueError("must not hold half of a surrogate pair")
    text = unicodedata.normalize("NFC", _REORDERING.sub("", value).lstrip(_BYTE_ORDER_MARK))
    if len(text) > most:
        raise ValueError(f"must be at most {most} characters")
    if control.search(text):
        raise ValueError("must not hold control characters")
    if _NO_CHARACTER.search(text):
        raise ValueError("must not hold code points that are no characters")
    if not _shows_something(text):
        raise ValueError("must not be empty")
    return text


def _shows_something(text: str) -> bool:
    """Whether there is anything besides spaces and signs without a width, which alone would be a blank title.

    Separators of lines and paragraphs are signs: they are kept and printed as what they are.
    """
    return any(c in _SEPARATORS or (not c.isspace() and unicodedata.category(c) != "Cf") for c in text)
