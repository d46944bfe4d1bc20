"""Names of the wire and of TypeScript: portal_id is portalId."""

import re

_AFTER_UNDERSCORE = re.compile(r"_([a-z0-9])")
_CAPITAL = re.compile(r"[A-Z]")


def camel(name: str) -> str:
    """The name in TypeScript; ValueError for one that would not find its way back."""
    made = _AFTER_UNDERSCORE.sub(lambda found: found[1].upper(), name)
    if _CAPITAL.sub(lambda found: "_" + found[0].lower(), made) != name:
        raise ValueError(f"{name} has no name of its own in TypeScript")
    return made


def camel_words(text: str) -> str:
    """A text with the names in it as TypeScript has them."""
    return _AFTER_UNDERSCORE.sub(lambda found: found[1].upper(), text)
