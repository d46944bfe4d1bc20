"""Counting words, lists and quotations: what makes a sentence right for none, one and many."""

from collections.abc import Sequence

from core.measures import Number
from site_build.words import Words

_MOST_QUOTED = 60


def counted(number: Number, one: str, many: str, words: Words) -> str:
    """ "no sessions", "1 session", "1,234 sessions"."""
    if number == 0:
        return f"no {many}"
    return f"{words.number(number, 0)} {one if number == 1 else many}"


def listed(items: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def some_of(items: Sequence[str], most: int, one: str, many: str) -> str:
    """The first of them, and how many there are besides: "a, b and 3 other figures"."""
    if len(items) <= most + 1:
        return listed(items)
    return listed([*items[:most], f"{len(items) - most} other {many if len(items) - most > 1 else one}"])


def quoted(name: str) -> str:
    """Somebody's own words inside of ours, as much of them as a sentence bears."""
    return f"“{name}”" if len(name) <= _MOST_QUOTED else f"“{name[: _MOST_QUOTED - 1].rstrip()}…”"


def capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def as_sentence(text: str) -> str:
    """With one full stop at its end."""
    bare = text.strip()
    return bare if not bare or bare.endswith((".", "!", "?", "…")) else f"{bare}."
