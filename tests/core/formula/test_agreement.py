"""Generated formulas against an oracle in plain Python, and texts of any kind against crashes.

The oracle computes from the generated tree, never from ours, so it judges reading as well as printing.
"""

import inspect
import math
import sys
import tracemalloc
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.formula.advice import VariableInfo
from core.formula.check import CheckedFormula, check
from core.formula.faults import Code
from core.formula.parse import parse
from core.formula.sql import select_sql

Connection = Any
Tree = tuple  # ("number", text) | ("variable", name) | (operator or function, *trees)
Row = dict[str, float | None]

VARIABLES = ("$a", "$b", "$C")
POWER = {"or": 1, "and": 2, "not": 3, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6, "negative": 7, "^": 8}
POWER |= dict.fromkeys(("==", "!=", "<", "<=", ">", ">="), 4)
COMPARED = {
    "==": lambda x, y: x == y,
    "!=": lambda x, y: x != y,
    "<": lambda x, y: x < y,
    "<=": lambda x, y: x <= y,
    ">": lambda x, y: x > y,
    ">=": lambda x, y: x >= y,
}


def written(tree: Tree, least: int = 0) -> str:
    """The tree as text with no parentheses that the precedence table does not call for."""
    name, *parts = tree
    if name in ("number", "variable"):
        return str(parts[0])
    if name not in POWER:
        return f"{name}({', '.join(written(part) for part in parts)})"
    power = POWER[name]
    if name in ("not", "negative"):
        text = ("not " if name == "not" else "-") + written(parts[0], power)
    elif name == "^":
        text = f"{written(parts[0], power + 1)} ^ {written(parts[1], POWER['negative'])}"
    else:
        text = f"{written(parts[0], power)} {name} {written(parts[1], power + 1)}"
    return f"({text})" if power < least else text


@dataclass
class Oracle:
    """The rules in floats. Every operation whose result is not finite gives null and is remembered."""

    row: Row
    faults: list[Code] = field(default_factory=list)

    def number(self, tree: Tree) -> float | None:
        name, *parts = tree
        if name == "number":
            return float(parts[0])
        if name == "variable":
            return self.row[parts[0]]
        if name == "if":
            return self.number(parts[1] if self.condition(parts[0]) is True else parts[2])
        if name == "coalesce":
            first = self.number(parts[0])
            return self.number(parts[1]) if first is None else first
        return self.operation(name, [self.number(part) for part in parts])

    def operation(self, name: str, values: list[float | None]) -> float | None:
        if name in ("min", "max"):
            some = [value for value in values if value is not None]
            return (min(some) if name == "min" else max(some)) if some else None
        if name in ("/", "%") and values[1] == 0:
            self.faults.append(Code.DIVISION_BY_ZERO)
            return None
        if None in values:
            return None
        try:
            result = self.computed(name, values)  # type: ignore[arg-type]
        except (OverflowError, ValueError):
            result = math.nan
        if not math.isfinite(result):
            self.faults.append(Code.NOT_FINITE)
            return None
        return result

    def computed(self, name: str, values: list[float]) -> float:
        x, y = values[0], values[-1]
        return {
            "negative": lambda: -x,
            "abs": lambda: abs(x),
            "+": lambda: x + y,
            "-": lambda: x - y,
            "*": lambda: x * y,
            "/": lambda: x / y,
            "%": lambda: math.fmod(x, y),
            "^": lambda: math.pow(x, y),
            "round": lambda: rounded(x, int(y)),
        }[name]()

    def condition(self, tree: Tree) -> bool | None:
        name, *parts = tree
        if name == "not":
            inner = self.condition(parts[0])
            return None if inner is None else not inner
        if name in ("and", "or"):
            left, decided = self.condition(parts[0]), name == "or"
            right = decided if left is decided else self.condition(parts[1])
            return decided if decided in (left, right) else (None if None in (left, right) else not decided)
        left_number, right_number = self.number(parts[0]), self.number(parts[1])
        if left_number is None or right_number is None:
            return None
        return COMPARED[name](left_number, right_number)


def rounded(value: float, decimals: int) -> float:
    shifted = value * 10.0**decimals
    if not math.isfinite(shifted):
        return value
    return float(Decimal(shifted).to_integral_value(ROUND_HALF_UP)) / 10.0**decimals


LITERALS = ["0", "1", "2", "3", "10", "0.5", ".25", "1e3", "2.5e-3", "1e308", "1e-300", "123456.789"]
leaves = st.sampled_from([("number", text) for text in LITERALS] + [("variable", name) for name in VARIABLES])


def grown(numbers: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    compared = st.tuples(st.sampled_from(sorted(COMPARED)), numbers, numbers)
    negated = st.one_of(compared, st.tuples(st.just("not"), compared))
    joined = st.tuples(st.sampled_from(["and", "or"]), negated, negated)
    conditions = st.one_of(
        negated,
        joined,
        st.tuples(st.just("not"), joined),
        st.tuples(st.sampled_from(["and", "or"]), joined, joined),
    )
    places = st.sampled_from([("number", str(n)) for n in (0, 1, 2, 15)])
    return st.one_of(
        st.tuples(
            st.sampled_from(["+", "-", "*", "/", "%", "^", "min", "max", "coalesce"]), numbers, numbers
        ),
        st.tuples(st.sampled_from(["negative", "abs"]), numbers),
        st.tuples(st.just("round"), numbers, places),
        st.tuples(st.just("if"), conditions, numbers, numbers),
    )


trees = st.recursive(leaves, grown, max_leaves=16)
inputs = st.one_of(
    st.none(),
    st.sampled_from([0.0, 1.0, -1.0, 2.5, 1e308]),
    st.floats(-1e6, 1e6, allow_subnormal=False).filter(lambda x: x == 0 or abs(x) > 1e-6),
)
rows = st.lists(st.fixed_dictionaries(dict.fromkeys(VARIABLES, inputs)), min_size=4, max_size=4)
SETTINGS = settings(deadline=None, suppress_health_check=list(HealthCheck))


def checked(text: str) -> CheckedFormula | None:
    result = check(text, {name: VariableInfo() for name in VARIABLES})
    assert (result.formula is None) == bool(result.errors)
    if result.errors:
        assert {error.code for error in result.errors} == {Code.FORMULA_TOO_COMPLEX}, (text, result.errors)
    return result.formula


def answers(
    connection: Connection, formula: CheckedFormula, rows: list[Row]
) -> list[tuple[float | None, int | None]]:
    values = ", ".join("(" + "?, " * len(VARIABLES) + "?)" for _ in rows)
    relation = f"(SELECT * FROM (VALUES {values}) AS t(i, v0, v1, v2))"
    columns = {name: f"v{index}" for index, name in enumerate(VARIABLES)}
    query = select_sql(formula, columns, relation=relation, keys=["i"])
    bound = [cell for i, row in enumerate(rows) for cell in (i, *(row[name] for name in VARIABLES))]
    found = connection.execute(f"SELECT value, fault FROM ({query}) AS q ORDER BY i", bound).fetchall()
    return [(value, fault) for value, fault in found]


@settings(SETTINGS, max_examples=400)
@given(tree=trees, rows=rows)
def test_generated_formulas_agree_with_the_oracle(
    connection: Connection, tree: Tree, rows: list[Row]
) -> None:
    formula = checked(written(tree))
    if formula is None:
        return
    for row, (value, fault) in zip(rows, answers(connection, formula, rows), strict=True):
        oracle = Oracle(row)
        expected = oracle.number(tree)
        assert value == (None if expected is None else pytest.approx(expected, rel=1e-9)), (
            written(tree),
            row,
        )
        if not oracle.faults:
            assert fault is None
        if Code.DIVISION_BY_ZERO in oracle.faults or (expected is None and None not in row.values()):
            assert fault is not None


tame = st.recursive(
    st.sampled_from([("number", text) for text in LITERALS if text not in ("0", "1e308", "1e-300")]),
    lambda inner: st.tuples(st.sampled_from(["+", "*", "/", "min", "max"]), inner, inner),
    max_leaves=12,
)


def exact(tree: Tree) -> Decimal:
    name, *parts = tree
    if name == "number":
        return Decimal(parts[0])
    x, y = (exact(part) for part in parts)
    return {
        "+": lambda: x + y,
        "*": lambda: x * y,
        "/": lambda: x / y,
        "min": lambda: min(x, y),
        "max": lambda: max(x, y),
    }[name]()


@settings(SETTINGS, max_examples=200)
@given(tree=tame)
def test_sums_products_and_quotients_agree_with_decimal_arithmetic(
    connection: Connection, tree: Tree
) -> None:
    formula = checked(written(tree))
    assert formula is not None
    with localcontext(Context(prec=60)):
        expected = exact(tree)
    ((value, fault),) = answers(connection, formula, [dict.fromkeys(VARIABLES)])
    assert fault is None
    assert value == pytest.approx(float(expected), rel=1e-9)


SCRAPS = ["$a", "$b", "1", ".", "e", "(", ")", ",", "+", "-", "*", "/", "%", "^", "<", "=", "!", "and", "or"]
SCRAPS += [
    "not",
    "if(",
    "min(",
    "round(",
    "coalesce(",
    " ",
    "\n",
    "$",
    "'",
    '"',
    ";",
    "\u0430",
    "\ud800",
    "\x00",
]
texts = st.one_of(
    st.text(st.characters(), max_size=80),
    st.lists(st.sampled_from(SCRAPS), max_size=60).map("".join),
    st.lists(st.sampled_from(SCRAPS), max_size=600).map("".join),
)


@settings(SETTINGS, max_examples=2000)
@given(text=texts)
def test_no_text_crashes_the_check_and_every_refusal_points_into_it(text: str) -> None:
    result = check(text, {"$a": VariableInfo(), "$b": VariableInfo()})
    assert (result.formula is None) == bool(result.errors)
    for error in result.errors:
        assert error.position is not None
        assert 0 <= error.position <= max(len(text), 0)
        assert error.message.encode()
    if result.formula:
        select_sql(result.formula, {"$a": "a", "$b": "b"}, relation="t")


DEEPEST = [
    "1 or 1 and 1 < 1 + 1 * (" * 40,
    "1 or not 1 < 1 + 1 * - 1 ^ (" * 20,
    "if(1 < 1 + 1 * (" * 60,
    "(" * 2000,
    "-" * 2000,
    "1^" * 1000,
    "not " * 500,
    "; " * 1000,
    ",)" * 1000,
]


@pytest.mark.parametrize("text", DEEPEST)
def test_nesting_cannot_exhaust_the_stack(text: str) -> None:
    """Half the interpreter's usual limit is enough, so a caller deep in a framework is safe too."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 500)
    try:
        assert check(text[:2000], {}).errors
    finally:
        sys.setrecursionlimit(limit)


def test_any_text_up_to_the_limit_is_checked_in_little_memory() -> None:
    tracemalloc.start()
    for text in [*(text[:2000] for text in DEEPEST), "+".join(["1"] * 100), "$a" * 1000]:
        check(text, {"$a": VariableInfo()})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 * 1024 * 1024


def test_positions_are_those_of_the_text_as_it_was_sent() -> None:
    assert parse("  1 +\n 2 $a", "t").faults[0].position == 9
