"""Checked formula → one DuckDB SELECT over columns that hold aggregated inputs. Prints, decides nothing.

The rules it prints (all of them measured on DuckDB, where 1/0 is inf, NaN > 1 is true and -2^2 is 4):

- Everything is DOUBLE and in parentheses; numbers are typed literals, user text never appears.
- Arithmetic with null is null; `least` and `greatest` give the other of one null, as min and max promise.
- A non-finite number spreads through + - * and numerators by itself, to be made null where it would be lost
  (divisor, right of %, ^, comparison, min, max, coalesce) and in the result. There the operand becomes a
  column of an inner SELECT, because a guard names its operand twice, and nested guards that repeat their
  text grow exponentially; `nullif` is no way out, DuckDB expands it to that very text.
- % has the sign of its left side, as in SQL; ^ is `pow`; round halves the double x * 10^n away from zero.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.formula.check import CheckedFormula
from core.formula.nodes import (
    COMPARISONS,
    LOGIC,
    Binary,
    Call,
    Case,
    Choose,
    Node,
    Number,
    Unary,
    Variable,
    sides_of,
)
from core.formula.sql_faults import fault_sql

_WRITTEN = {"==": "=", "!=": "<>"}
_LEAST = {"min": "least", "max": "greatest"}


@dataclass(frozen=True, slots=True)
class _Sql:
    """`layer` counts the inner SELECTs the text needs; `is_finite` is false where it may be inf or nan."""

    text: str
    layer: int = 0
    is_finite: bool = True


def select_sql(
    formula: CheckedFormula, input_columns: Mapping[str, str], *, relation: str, keys: Sequence[str] = ()
) -> str:
    """A SELECT of `keys`, `value` DOUBLE and `fault` INTEGER, one row for each of the relation's.

    `input_columns` maps every variable of the formula (with its `$`) to a numeric column of the relation;
    percent metrics come as ratios 0 to 1. `relation` is a table's name or a query in parentheses, and like
    the column names it is ours, never a user's. `value` is finite or null; a `fault` that is not null says
    why something in it became null, in words by `evaluate.fault_of`.
    """
    printer = _Printer({name: f"input_{index}" for index, name in enumerate(formula.variables)})
    value = printer.finite(formula.tree)
    inputs = [_input(input_columns[name], f"input_{index}") for index, name in enumerate(formula.variables)]
    kept = [_quoted(key) for key in keys]
    query = f"SELECT {', '.join([*kept, *inputs]) or '0 AS nothing'} FROM {relation} AS source"
    for steps in printer.layers:
        query = f"SELECT *, {', '.join(steps)} FROM ({query}) AS inner_layer"
    # Adding 0 turns -0 into 0, which JSON would show as -0.0.
    results = [f"{value.text} + CAST(0 AS DOUBLE) AS value", f"{_fault(formula.tree, printer)} AS fault"]
    return f"SELECT {', '.join([*kept, *results])} FROM ({query}) AS inner_layer"


def _input(column: str, name: str) -> str:
    number = f"CAST({_quoted(column)} AS DOUBLE)"
    return f"CASE WHEN isfinite({number}) THEN {number} END AS {name}"


def _quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _fault(tree: Node, printer: "_Printer") -> str:
    return fault_sql(tree, printer.finite_texts, printer.steps)


class _Printer:
    """Collects the columns of inner SELECTs, innermost first, while it prints a tree."""

    def __init__(self, columns: Mapping[str, str]) -> None:
        self.columns = columns
        self.layers: list[list[str]] = []
        # By id: equal nodes of different places are different nodes, and hashing a tree is not free.
        self.steps: dict[int, str] = {}
        self.finite_texts: dict[int, str] = {}

    def finite(self, node: Node) -> _Sql:
        """The node where inf and nan would be lost: as null, over a column that holds what it was."""
        printed = self.printed(node)
        if not printed.is_finite:
            step = self.steps[id(node)] = self.column(printed)
            printed = _Sql(f"(CASE WHEN isfinite({step}) THEN {step} END)", printed.layer + 1)
        self.finite_texts[id(node)] = printed.text
        return printed

    def column(self, printed: _Sql) -> str:
        name = f"step_{sum(map(len, self.layers))}"
        while len(self.layers) <= printed.layer:
            self.layers.append([])
        self.layers[printed.layer].append(f"{printed.text} AS {name}")
        return name

    def printed(self, node: Node) -> _Sql:
        match node:
            case Number(value=value):
                return _Sql(f"CAST('{value!r}' AS DOUBLE)")
            case Variable(name=name):
                return _Sql(self.columns[name])
            case Unary(operator="not", operand=operand):
                return _joined("(NOT {})", self.condition(operand))
            case Unary(operand=operand):
                return _joined("(- {})", self.printed(operand))
            case Binary():
                return self.binary(node)
            case Call():
                return self.call(node)
            case Choose(cases=cases, otherwise=otherwise):
                return self.choice(cases, otherwise)
            case _:
                return _Sql("CAST(NULL AS DOUBLE)")

    def binary(self, node: Binary) -> _Sql:
        operator = node.operator
        if operator in LOGIC:
            sides = [self.condition(side) for side in sides_of(node)]
            return _joined("(" + f" {operator.upper()} ".join(["{}"] * len(sides)) + ")", *sides)
        if operator in COMPARISONS:
            sign = _WRITTEN.get(operator, operator)
            return _joined(f"({{}} {sign} {{}})", self.finite(node.left), self.finite(node.right))
        if operator == "^":
            return _open(_joined("pow({}, {})", self.finite(node.left), self.finite(node.right)))
        right = self.finite(node.right) if operator in {"/", "%"} else self.printed(node.right)
        return _open(_joined(f"({{}} {operator} {{}})", self.printed(node.left), right))

    def call(self, node: Call) -> _Sql:
        arguments = node.arguments
        if node.function == "if":
            return self.choice((Case(arguments[0], arguments[1]),), arguments[2])
        if node.function in _LEAST:
            return _joined(f"{_LEAST[node.function]}({{}}, {{}})", *(self.finite(part) for part in arguments))
        if node.function == "coalesce":
            return _open(_joined("coalesce({}, {})", self.finite(arguments[0]), self.printed(arguments[1])))
        if node.function == "round":
            return _joined(f"round({{}}, {_decimals(arguments[1])})", self.printed(arguments[0]))
        return _joined("abs({})", self.printed(arguments[0]))

    def choice(self, cases: Sequence[Case], otherwise: Node) -> _Sql:
        parts: list[_Sql] = []
        for case in cases:
            parts += [self.condition(case.condition), self.printed(case.value)]
        whens = " ".join("WHEN {} THEN {}" for _ in cases)
        return _open(_joined(f"(CASE {whens} ELSE {{}} END)", *parts, self.printed(otherwise)))

    def condition(self, node: Node) -> _Sql:
        """A condition whose text `sql_faults` may repeat, so what is long becomes a column."""
        printed = self.printed(node)
        if isinstance(node, Binary) and node.operator in LOGIC:
            printed = _Sql(self.column(printed), printed.layer + 1)
        self.finite_texts[id(node)] = printed.text
        return printed


def _joined(pattern: str, *parts: _Sql) -> _Sql:
    text = pattern.format(*(part.text for part in parts))
    return _Sql(text, max(part.layer for part in parts), all(part.is_finite for part in parts))


def _open(printed: _Sql) -> _Sql:
    """Arithmetic, which can overflow whatever its operands are."""
    return _Sql(printed.text, printed.layer, is_finite=False)


def _decimals(node: Node) -> int:
    return int(node.value) if isinstance(node, Number) else 0
