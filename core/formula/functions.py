"""The functions a formula may call: these and no others, with what each takes and what it does with null.

How they are printed as SQL is the business of `sql`; a function is added by a row here and one there.
"""

from dataclasses import dataclass
from enum import StrEnum

MAX_DECIMALS = 15


class Takes(StrEnum):
    """What may stand as an argument. DECIMALS is a whole number written out, 0 to MAX_DECIMALS."""

    NUMBER = "a number"
    CONDITION = "a condition"
    DECIMALS = "a whole number"


@dataclass(frozen=True, slots=True)
class Function:
    """`usage` is how the function is written, for messages and the reference page."""

    name: str
    takes: tuple[Takes, ...]
    usage: str
    null_rule: str


_NUMBER, _CONDITION = Takes.NUMBER, Takes.CONDITION

FUNCTIONS: dict[str, Function] = {
    function.name: function
    for function in (
        Function("abs", (_NUMBER,), "abs(x)", "null of null"),
        Function("min", (_NUMBER, _NUMBER), "min(a, b)", "of one null, the other; of two, null"),
        Function("max", (_NUMBER, _NUMBER), "max(a, b)", "of one null, the other; of two, null"),
        Function("round", (_NUMBER, Takes.DECIMALS), "round(x, n)", "null of null; halves go away from zero"),
        Function(
            "if",
            (_CONDITION, _NUMBER, _NUMBER),
            "if(condition, then, else)",
            "a comparison with null is not true, so it gives else; only the part given is worked out",
        ),
        Function("coalesce", (_NUMBER, _NUMBER), "coalesce(a, b)", "a unless it is null, then b"),
    )
}
