"""What can be wrong with a formula, as data: a code for programs, a sentence for people, and where.

Faults of a definition around its formula (metrics, filters, cycles) use the same shape; finding faults is
the business of `parse`, `check`, `advice` and `core.custom_metrics`.
"""

from dataclasses import dataclass
from enum import StrEnum

_SHOWN_CHARACTERS = 80


class Code(StrEnum):
    """Codes of errors, then of warnings. An error keeps a formula from being used, a warning does not."""

    SYNTAX_ERROR = "SYNTAX_ERROR"
    UNDEFINED_VARIABLE = "UNDEFINED_VARIABLE"
    DUPLICATE_VARIABLE = "DUPLICATE_VARIABLE"
    UNKNOWN_FUNCTION = "UNKNOWN_FUNCTION"
    WRONG_ARITY = "WRONG_ARITY"
    INVALID_METRIC_REFERENCE = "INVALID_METRIC_REFERENCE"
    CYCLE = "CYCLE"
    FORMULA_TOO_COMPLEX = "FORMULA_TOO_COMPLEX"
    UNSUPPORTED_AGGREGATION = "UNSUPPORTED_AGGREGATION"
    UNSUPPORTED_DIMENSION = "UNSUPPORTED_DIMENSION"
    MISSING_PARAMETER = "MISSING_PARAMETER"
    INVALID_PARAMETER = "INVALID_PARAMETER"

    UNUSED_INPUT = "UNUSED_INPUT"
    UNUSED_EXPRESSION = "UNUSED_EXPRESSION"
    MIXED_UNITS = "MIXED_UNITS"
    POSSIBLE_DIVISION_BY_ZERO = "POSSIBLE_DIVISION_BY_ZERO"
    DIVISION_BY_ZERO = "DIVISION_BY_ZERO"
    NOT_FINITE = "NOT_FINITE"


@dataclass(frozen=True, slots=True)
class Place:
    """A point in a text of a formula: `param` names the text, `position` counts its characters from 0."""

    param: str
    position: int


@dataclass(frozen=True, slots=True)
class Fault:
    """One error or warning. `variable` keeps its `$`; `position` is None where no text is at fault."""

    code: Code
    message: str
    param: str | None = None
    variable: str | None = None
    position: int | None = None


def fault_at(code: Code, message: str, place: Place, variable: str | None = None) -> Fault:
    return Fault(code, message, place.param, variable, place.position)


def shown(text: str) -> str:
    """User text as a message may carry it: short, and nothing invisible (a lone surrogate breaks JSON)."""
    short = text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"
    return "'" + "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in short) + "'"
