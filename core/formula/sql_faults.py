"""The second column of a printed formula: why a value became null, as a number for a node and a reason.

Follows the tree lazily: a branch that `if` does not take, the right of an `and` whose left is false and an
alternative that `coalesce` does not need have no faults. How values are printed is the business of `sql`.
"""

from collections.abc import Iterator, Mapping, Sequence

from core.formula.faults import Code, Fault, fault_at
from core.formula.nodes import Binary, Call, Case, Choose, Node, children, sides_of, walk

_REASONS = (
    (Code.DIVISION_BY_ZERO, "a division by zero: its result is null"),
    (Code.NOT_FINITE, "the result is no finite number, so it is null"),
)


def fault_sql(tree: Node, finite_texts: Mapping[int, str], steps: Mapping[int, str]) -> str:
    """An INTEGER expression, null where nothing went wrong.

    `finite_texts` holds the SQL of nodes that stand where only finite numbers and booleans may, `steps` the
    columns that hold what a node was before it was made finite; both by the node's id.
    """
    faults = _FaultPrinter(tree, finite_texts, steps).faults(tree)
    return f"CAST({_first(faults)} AS INTEGER)"


def fault_of(tree: Node, number: int) -> Fault:
    """The fault that a number in the column `fault` stands for."""
    node = list(walk(tree))[number // len(_REASONS)]
    code, message = _REASONS[number % len(_REASONS)]
    return fault_at(code, message, node.at)


class _FaultPrinter:
    def __init__(self, tree: Node, finite_texts: Mapping[int, str], steps: Mapping[int, str]) -> None:
        self.finite_texts = finite_texts
        self.steps = steps
        self.index = {id(node): index for index, node in enumerate(walk(tree))}

    def faults(self, node: Node) -> list[str]:
        """Those of its parts, then its own: the first that is not null is where things went wrong."""
        return [*self.inner(node), *self.not_finite(node)]

    def inner(self, node: Node) -> list[str]:
        match node:
            case Binary(operator="and"):
                return self.until("FALSE", sides_of(node))
            case Binary(operator="or"):
                return self.until("TRUE", sides_of(node))
            case Call(function="if", arguments=(condition, then, otherwise)):
                return self.chosen([Case(condition, then)], otherwise)
            case Choose(cases=cases, otherwise=otherwise):
                return self.chosen(cases, otherwise)
            case Call(function="coalesce", arguments=(first, second)):
                return [*self.faults(first), *_when(f"{self.text(first)} IS NULL", self.faults(second))]
            case _:
                parts = [fault for part in children(node) for fault in self.faults(part)]
                return [*parts, *self.division_by_zero(node)]

    def until(self, decided: str, sides: Sequence[Node]) -> list[str]:
        """Sides of an `and` are looked at until one is false, of an `or` until one is true."""
        faults: list[str] = []
        for side in reversed(sides):
            faults = [*self.faults(side), *_when(f"{self.text(side)} IS DISTINCT FROM {decided}", faults)]
        return faults

    def chosen(self, cases: Sequence[Case], otherwise: Node) -> list[str]:
        faults = self.faults(otherwise)
        for case in reversed(cases):
            then = self.faults(case.value)
            branch = f"(CASE WHEN {self.text(case.condition)} THEN {_first(then)} ELSE {_first(faults)} END)"
            faults = [*self.faults(case.condition), *([branch] if then or faults else [])]
        return faults

    def division_by_zero(self, node: Node) -> Iterator[str]:
        if isinstance(node, Binary) and node.operator in {"/", "%"}:
            yield f"(CASE WHEN {self.text(node.right)} = 0 THEN {self.index[id(node)] * len(_REASONS)} END)"

    def not_finite(self, node: Node) -> Iterator[str]:
        step = self.steps.get(id(node))
        if step:
            yield f"(CASE WHEN NOT isfinite({step}) THEN {self.index[id(node)] * len(_REASONS) + 1} END)"

    def text(self, node: Node) -> str:
        return self.finite_texts[id(node)]


def _first(faults: Sequence[str]) -> str:
    return f"coalesce({', '.join(faults)})" if faults else "NULL"


def _when(condition: str, faults: Sequence[str]) -> list[str]:
    return [f"(CASE WHEN {condition} THEN {_first(faults)} END)"] if faults else []
