"""The tree of a formula: frozen nodes, how to walk them, which of them are conditions.

Nodes hold what was written and where; what is allowed is decided in `check`, what it means in `sql`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from core.formula.faults import Place

ARITHMETIC = frozenset({"+", "-", "*", "/", "%", "^"})
COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
LOGIC = frozenset({"and", "or"})


@dataclass(frozen=True, slots=True)
class Number:
    """A finite number; never negative when it was written in an expression."""

    value: float
    at: Place


@dataclass(frozen=True, slots=True)
class Null:
    """No value; only a rule's then_value or else_value can be it."""

    at: Place


@dataclass(frozen=True, slots=True)
class Variable:
    """An input, named with its `$`."""

    name: str
    at: Place


@dataclass(frozen=True, slots=True)
class Unary:
    """`-` before a number or `not` before a condition."""

    operator: str
    operand: "Node"
    at: Place


@dataclass(frozen=True, slots=True)
class Binary:
    """An operator of ARITHMETIC, COMPARISONS or LOGIC; `at` is the operator's place."""

    operator: str
    left: "Node"
    right: "Node"
    at: Place


@dataclass(frozen=True, slots=True)
class Call:
    """A function by name, known or not."""

    function: str
    arguments: tuple["Node", ...]
    at: Place


@dataclass(frozen=True, slots=True)
class Case:
    condition: "Node"
    value: "Node"


@dataclass(frozen=True, slots=True)
class Choose:
    """The value of the first case whose condition is true, else `otherwise`."""

    cases: tuple[Case, ...]
    otherwise: "Node"
    at: Place


@dataclass(frozen=True, slots=True)
class Missing:
    """Stands where something could not be read; `parts` keeps what was read around it."""

    at: Place
    parts: tuple["Node", ...] = ()


Node = Number | Null | Variable | Unary | Binary | Call | Choose | Missing


def children(node: Node) -> tuple[Node, ...]:
    """The parts of a node in the order they were written."""
    match node:
        case Unary(operand=operand):
            return (operand,)
        case Binary(left=left, right=right):
            return (left, right)
        case Call(arguments=parts) | Missing(parts=parts):
            return parts
        case Choose(cases=cases, otherwise=otherwise):
            return (*(part for case in cases for part in (case.condition, case.value)), otherwise)
        case _:
            return ()


def walk(tree: Node) -> Iterator[Node]:
    """Every node, each before its parts. Not recursive: a long sum is a deep tree."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(children(node)))


def sides_of(node: Binary) -> list[Node]:
    """The operands of a run of one operator, left to right: `a and b and c` has three sides."""
    sides: list[Node] = []
    left: Node = node
    while isinstance(left, Binary) and left.operator == node.operator:
        sides.append(left.right)
        left = left.left
    return [left, *reversed(sides)]


def is_condition(node: Node) -> bool:
    """Whether the node is true or false rather than a number."""
    match node:
        case Unary(operator=operator):
            return operator == "not"
        case Binary(operator=operator):
            return operator not in ARITHMETIC
        case _:
            return False
