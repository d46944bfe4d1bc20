"""The page of the formula language: grammar, operators, functions, limits, and examples that are worked out here."""

import duckdb

from core.custom_metrics.definition import FILTER_KEYS, MAX_CHAIN, MAX_INPUTS, FormulaType
from core.formula.advice import VariableInfo
from core.formula.check import MAX_CHARACTERS, check
from core.formula.evaluate import evaluate
from core.formula.faults import Code
from core.formula.functions import FUNCTIONS, MAX_DECIMALS
from core.formula.parse import MAX_DEPTH
from core.formula.reader import MAX_NODES
from docs.markdown import code, codes, fenced, page, table

_INTRO = """\
A custom metric is a formula over metrics. Its text never becomes SQL: it is read into a tree of what is listed here, the
tree is checked, and only the tree is printed as arithmetic. The same evaluator answers `/evaluate`, builds the nightly
tables, and draws portals and reports."""
_EXAMPLE = """\
{"id": "cm_cost_per_deflection", "name": "Cost per deflection", "unit": "usd",
 "formula": {"type": "arithmetic", "expression": "$cost / ($sessions * $deflection)",
             "inputs": [{"variable": "$cost", "metric_id": "cost.total"},
                        {"variable": "$sessions", "metric_id": "usage.sessions.total"},
                        {"variable": "$deflection", "metric_id": "autonomy.deflection_rate"}]}}"""
_VALUES = """\
- **Variables** are `$` and a name of letters a-z, A-Z, digits and `_`; each is an input.
- **Numbers** are written 12, 1.5 or 1e3. There is no text.
- **Percent** metrics enter as ratios 0 to 1. The result is in the unit of the definition, so a custom metric of unit
  percent multiplies by 100 itself.
- **Null** is what was not observed. Arithmetic with null is null, and a comparison with null is not true. A division by
  zero, or a result that is not finite, is null with a warning.
- **Conditions** stand where conditions belong: in `if`, and in the rules of a conditional formula. They are no numbers.
- **Over a period** inputs are aggregated first and the formula is worked out once; in a series once per bucket."""
_OPERATORS = (
    ("^", "power, to the right", "2 ^ 3 ^ 2 is 512"),
    ("-", "the opposite", "-2 ^ 2 is -4"),
    ("* / %", "times, divided by, remainder", "7 % 3 is 1"),
    ("+ -", "plus, minus", ""),
    ("== != < <= > >=", "comparisons", "a condition"),
    ("not", "the opposite of a condition", ""),
    ("and", "both", ""),
    ("or", "one or both", ""),
)
_TYPES = {
    FormulaType.ARITHMETIC: "The expression gives the value",
    FormulaType.AGGREGATE: "The same, and every input names its `aggregation`",
    FormulaType.CONDITIONAL: "`conditions` in order: the first that is true gives its `then_value`, and where none is,"
    " the last one's `else_value` stands. Both may be expressions, numbers or null",
}
_FAULTS = {
    Code.SYNTAX_ERROR: "The text cannot be read",
    Code.UNDEFINED_VARIABLE: "A variable is no input",
    Code.DUPLICATE_VARIABLE: "Two inputs have one variable",
    Code.UNKNOWN_FUNCTION: "There is no such function",
    Code.WRONG_ARITY: "A function has too many or too few arguments",
    Code.INVALID_METRIC_REFERENCE: "An input names a metric that does not exist",
    Code.CYCLE: "The metric would use itself",
    Code.FORMULA_TOO_COMPLEX: "It is beyond the limits below",
    Code.UNSUPPORTED_AGGREGATION: "An input's aggregation means nothing for its metric",
    Code.UNSUPPORTED_DIMENSION: "An input is filtered by what its rows do not have",
    Code.MISSING_PARAMETER: "Something required is left out",
    Code.INVALID_PARAMETER: "A field has a value that it cannot have",
    Code.UNUSED_INPUT: "Warning: an input is not used",
    Code.UNUSED_EXPRESSION: "Warning: the conditions give the value, so the expression decides nothing",
    Code.MIXED_UNITS: "Warning: amounts of different units are added, compared or chosen between",
    Code.POSSIBLE_DIVISION_BY_ZERO: "Warning: the divisor is 0 in a period without rows",
    Code.DIVISION_BY_ZERO: "Warning: a division by zero became null",
    Code.NOT_FINITE: "Warning: a result that is not finite became null",
}
_WORKED: tuple[tuple[str, dict[str, float | None]], ...] = (
    ("1 - $intervention", {"$intervention": 0.2}),
    ("$cost / ($sessions * $deflection)", {"$cost": 90.0, "$sessions": 100.0, "$deflection": 0.75}),
    ("if($sessions > 0, $cost / $sessions, 0)", {"$sessions": 0.0, "$cost": 12.0}),
    ("round(100 * min($a, $b), 1)", {"$a": 0.12345, "$b": None}),
    ("coalesce($a, 0) + 1", {"$a": None}),
    ("$a + 1", {"$a": None}),
    ("$a / 0", {"$a": 3.0}),
    ("-2 ^ 2", {}),
)


def formulas() -> str:
    operators = table(("Operator", "Meaning", "Example"), [(code(o), m, e) for o, m, e in _OPERATORS])
    types = table(("Type", "What gives the value"), [(code(t), _TYPES[t]) for t in FormulaType])
    faults = table(("Code", "What it means"), [(code(c), _FAULTS[c]) for c in Code])
    return page(
        "Formula language", _INTRO, fenced("json", _EXAMPLE), types,
        "## Values", _VALUES,
        "## Operators", "The tightest first; parentheses decide otherwise.", operators,
        "## Functions", "These and no others.", _functions(),
        "## Inputs", f"Each may be filtered by {codes(FILTER_KEYS)} where its metric's rows have it; the request's own"
        " filters hold as well. A custom metric may be an input.",
        "## Worked out", _worked(),
        "## What can be wrong", "All faults are told at once, each with its place.", faults,
        "## Limits", _limits(),
    )  # fmt: skip


def _functions() -> str:
    rows = [(code(f.usage), f.null_rule) for f in FUNCTIONS.values()]
    more = f"In `round`, n is a whole number from 0 to {MAX_DECIMALS}, written out."
    return f"{table(('Function', 'Null, and what else to know'), rows)}\n\n{more}"


def _worked() -> str:
    with duckdb.connect() as connection:
        rows = [
            (code(text), ", ".join(f"{name} = {_shown(value)}" for name, value in given.items()),
             _result(connection, text, given))
            for text, given in _WORKED
        ]  # fmt: skip
    return table(("Formula", "With", "Is"), rows)


def _result(connection: duckdb.DuckDBPyConnection, text: str, given: dict[str, float | None]) -> str:
    formula = check(text, dict.fromkeys(given, VariableInfo())).formula
    assert formula is not None, text
    result = evaluate(connection, formula, given)
    told = "".join(f", with the warning {code(warning.code)}" for warning in result.warnings)
    return _shown(result.value) + told


def _shown(value: float | None) -> str:
    return "null" if value is None else f"{value:.12g}"


def _limits() -> str:
    rows = (
        ("characters of a text", f"{MAX_CHARACTERS:,}"),
        ("levels of parentheses and calls", MAX_DEPTH),
        ("numbers, variables, operators and calls", MAX_NODES),
        ("inputs", MAX_INPUTS),
        ("custom metrics in a chain", MAX_CHAIN),
    )
    return table(("At most", ""), rows)
