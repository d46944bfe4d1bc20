"""Warnings about a formula that is allowed: what its author may not have meant.

Called with trees that have no faults. Warnings that depend on the numbers come from `evaluate`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.formula.faults import Code, Fault, Place, fault_at, shown
from core.formula.nodes import Binary, Call, Choose, Node, Number, Unary, Variable, children, walk
from core.formula.rules import CONDITIONS, EXPRESSION, Reading
from core.formula.units import mixed_units


@dataclass(frozen=True, slots=True)
class VariableInfo:
    """What is known of the metric behind a variable. Counters are 0 over a period without rows."""

    unit: str | None = None
    is_zero_when_empty: bool = False


def warnings_of(reading: Reading, variables: Mapping[str, VariableInfo]) -> tuple[Fault, ...]:
    units = {name: info.unit for name, info in variables.items()}
    zeros = frozenset(name for name, info in variables.items() if info.is_zero_when_empty)
    return (
        *_unused_inputs(reading, variables),
        *_unused_expression(reading),
        *mixed_units(reading.result, units),
        *_divisions(reading.result, zeros, frozenset()),
    )


def _unused_inputs(reading: Reading, variables: Mapping[str, VariableInfo]) -> Iterator[Fault]:
    used = {node.name for root in reading.roots for node in walk(root.tree) if isinstance(node, Variable)}
    for name in variables:
        if name not in used:
            yield Fault(Code.UNUSED_INPUT, f"input {shown(name)} is not used", variable=name)


def _unused_expression(reading: Reading) -> Iterator[Fault]:
    expressions = [root for root in reading.roots if root.tree.at.param == EXPRESSION]
    if expressions and not reading.is_expression_used:
        message = f"the conditions give the value; the expression beside {CONDITIONS} is not used"
        yield fault_at(Code.UNUSED_EXPRESSION, message, Place(EXPRESSION, 0))


def _divisions(node: Node, zeros: frozenset[str], guarded: frozenset[str]) -> Iterator[Fault]:
    """Divisors that are 0, or 0 in an empty period, unless a condition around them asks about them."""
    if isinstance(node, Binary) and node.operator in {"/", "%"}:
        yield from _divisor(node, zeros - guarded)
    asked = guarded | _asked(node)
    for part in children(node):
        yield from _divisions(part, zeros, asked)


def _divisor(division: Binary, zeros: frozenset[str]) -> Iterator[Fault]:
    for factor in _factors(division.right):
        if isinstance(factor, Number) and factor.value == 0:
            yield fault_at(Code.DIVISION_BY_ZERO, "a division by zero: the result is null", division.at)
        elif isinstance(factor, Variable) and factor.name in zeros:
            message = f"{shown(factor.name)} is 0 in a period without rows, and the result is null then"
            yield fault_at(Code.POSSIBLE_DIVISION_BY_ZERO, message, division.at, factor.name)


def _factors(node: Node) -> Iterator[Node]:
    """What makes a product 0 when it is 0 itself."""
    if not _is_product(node):
        yield node
        return
    for part in children(node):
        yield from _factors(part)


def _is_product(node: Node) -> bool:
    return isinstance(node, Unary) or (isinstance(node, Binary) and node.operator == "*")


def _asked(node: Node) -> frozenset[str]:
    """The variables that this node's own conditions mention."""
    match node:
        case Call(function="if", arguments=(condition, *_)):
            conditions: list[Node] = [condition]
        case Choose(cases=cases):
            conditions = [case.condition for case in cases]
        case _:
            return frozenset()
    return frozenset(part.name for c in conditions for part in walk(c) if isinstance(part, Variable))
