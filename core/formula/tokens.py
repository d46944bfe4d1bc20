"""Text → tokens. Every character lands in a token or is white space; what fits nothing is a BAD token.

Which order of tokens makes a formula is the business of `parse`.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from core.formula.faults import shown


class Kind(StrEnum):
    NUMBER = "number"
    VARIABLE = "variable"
    NAME = "name"
    SYMBOL = "symbol"
    BAD = "bad"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    kind: Kind
    text: str
    position: int


# Digits and letters are spelled out because \d and \w take full-width digits and Cyrillic letters too;
# \w is right only where something must not follow.
_TOKEN = re.compile(
    r"""
      (?P<space> [ \t\r\n]+ )
    | (?P<number> (?: [0-9]++ (?:\.[0-9]++)? | \.[0-9]++ ) (?:[eE][+-]?[0-9]++)? (?![\w.]) )
    | (?P<variable> \$[A-Za-z_][A-Za-z0-9_]*+ (?!\w) )
    | (?P<name> [A-Za-z_][A-Za-z0-9_]*+ (?!\w) )
    | (?P<symbol> <= | >= | == | != | [-+*/%^(),<>] )
    | (?P<bad> '[^']*'? | "[^"]*"? | `[^`]*`? | [\w$.]+ | [=!&|:]+ | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_WORDS = frozenset({"and", "or", "not"})
_MEANT = {"=": "==", "===": "==", "!": "not", "&": "and", "&&": "and", "|": "or", "||": "or"}


def tokens_of(text: str) -> tuple[Token, ...]:
    """The tokens of a text; the last one is always END, at the text's length."""
    found = (_token(match) for match in _TOKEN.finditer(text) if match.lastgroup != "space")
    return (*found, Token(Kind.END, "", len(text)))


def _token(match: re.Match[str]) -> Token:
    text = match.group()
    kind = Kind.SYMBOL if text in _WORDS else Kind(match.lastgroup or Kind.BAD)
    return Token(kind, text, match.start())


def reason_against(token: Token) -> str:
    """Why a BAD token is no part of the language, and what to write instead where that is plain."""
    text, first = token.text, token.text[0]
    if text in _MEANT:
        return f"{shown(text)} is not an operator; write {_MEANT[text]}"
    if first == "$":
        return (
            f"{shown(text)} is not a variable: $ is followed by a name of the letters a-z, A-Z, digits and _"
        )
    if first in "'\"`":
        return f"text in quotes ({shown(text)}) has no place in a formula"
    if first in ".0123456789":
        return f"{shown(text)} is not a number: write 12, 1.5 or 1e3"
    return f"{shown(text)}{_code_point(first)} has no place in a formula"


def _code_point(character: str) -> str:
    """Tells look-alikes apart: Cyrillic letters, full-width digits."""
    return "" if character.isascii() else f" (U+{ord(character):04X})"
