"""Units through a tree: where amounts of different units are added, compared or chosen between.

A formula is never refused for its units: scores mix them on purpose. `None` is a unit that fits every other:
a plain number's, or one that no single word names (usd per ms).
"""

from collections.abc import Callable, Iterator, Mapping

from core.formula.faults import Code, Fault, fault_at
from core.formula.nodes import COMPARISONS, Binary, Call, Choose, Node, Unary, Variable

# A percent metric enters as its ratio; ratios and scores scale other amounts and mix with each other.
_SCALE_FREE = frozenset({"percent", "score"})
_ADDING = frozenset({"+", "-", "%"})


def mixed_units(tree: Node, units: Mapping[str, str | None]) -> Iterator[Fault]:
    """A warning at every place where two units meet that cannot be added."""
    found: list[Fault] = []
    _unit(tree, units, found.append)
    return iter(found)


def _unit(node: Node, units: Mapping[str, str | None], tell: Callable[[Fault], None]) -> str | None:
    def of(part: Node) -> str | None:
        return _unit(part, units, tell)

    match node:
        case Variable(name=name):
            return units.get(name)
        case Unary(operand=operand):
            return of(operand)
        case Binary():
            return _binary(node, of(node.left), of(node.right), tell)
        case Call():
            return _call(node, [of(argument) for argument in node.arguments], tell)
        case Choose(cases=cases, otherwise=otherwise):
            for case in cases:
                of(case.condition)
            return _merged(node, [*(of(case.value) for case in cases), of(otherwise)], tell)
        case _:
            return None


def _binary(node: Binary, left: str | None, right: str | None, tell: Callable[[Fault], None]) -> str | None:
    operator = node.operator
    if operator in _ADDING | COMPARISONS:
        unit = _merged(node, [left, right], tell)
        return unit if operator in _ADDING else None
    if operator == "*" and (left is None or left in _SCALE_FREE):
        return right
    if operator in {"*", "/"} and (right is None or right in _SCALE_FREE):
        return left
    return None


def _call(call: Call, units: list[str | None], tell: Callable[[Fault], None]) -> str | None:
    """abs and round keep their first argument's unit; `if` joins all but its condition."""
    if call.function in {"abs", "round"}:
        return units[0]
    return _merged(call, units[1:] if call.function == "if" else units, tell)


def _merged(node: Node, units: list[str | None], tell: Callable[[Fault], None]) -> str | None:
    named = list(dict.fromkeys(unit for unit in units if unit is not None))
    kinds = {"a scale" if unit in _SCALE_FREE else unit for unit in named}
    if len(kinds) > 1:
        tell(fault_at(Code.MIXED_UNITS, f"amounts of different units meet here: {', '.join(named)}", node.at))
        return None
    return named[0] if named else None
