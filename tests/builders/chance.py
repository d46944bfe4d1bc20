"""What chance and the clock put into answers: digits that would be taken for a word that must not be there."""

import re

_CHANCE = re.compile(r"\b[a-z]+_[0-9a-f]{16,}|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?")


def without_chance(text: str) -> str:
    """The text without random ids and without instants."""
    return _CHANCE.sub("", text)
