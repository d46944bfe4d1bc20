"""Tree → checked formula, or every reason why not, all at once. Only what passes here is ever printed as SQL.

Texts are read by `parse` and `rules`, warnings are found by `advice`; metrics behind the variables are
checked in `core.custom_metrics`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.formula.advice import VariableInfo, warnings_of
from core.formula.faults import Code, Fault, fault_at, shown
from core.formula.functions import FUNCTIONS, MAX_DECIMALS, Takes
from core.formula.nodes import (
    ARITHMETIC,
    COMPARISONS,
    Binary,
    Call,
    Missing,
    Node,
    Number,
    Unary,
    Variable,
    is_condition,
    walk,
)
from core.formula.reader import MAX_NODES, TOO_MANY_NODES
from core.formula.rules import EXPRESSION, ConditionalRule, Reading, read

MAX_CHARACTERS = 2_000
MAX_FAULTS = 50


@dataclass(frozen=True)
class CheckedFormula:
    """A tree without faults. `variables` are those it uses, each with its `$`, in order of appearance."""

    tree: Node
    variables: tuple[str, ...]


@dataclass(frozen=True)
class CheckResult:
    """`formula` is None exactly when there are errors."""

    errors: tuple[Fault, ...]
    warnings: tuple[Fault, ...] = ()
    formula: CheckedFormula | None = None


def check(
    expression: str, variables: Mapping[str, VariableInfo], rules: Sequence[ConditionalRule] = ()
) -> CheckResult:
    """Checks an expression, or rules (then the expression is read but decides nothing).

    `variables` maps each declared variable, with its `$`, to what is known of its metric.
    """
    too_long = _too_long(expression, rules)
    if too_long:
        return CheckResult((too_long,))
    reading = read(expression, rules)
    errors = [*reading.faults, *_too_many_nodes(reading)]
    for root in reading.roots:
        errors += _kind_fault(root.tree, root.takes, root.tree.at.param.rpartition(".")[2])
        errors += _faults_in(root.tree)
    errors += _undefined(reading, variables)
    if errors:
        return CheckResult(tuple(errors[:MAX_FAULTS]))
    formula = CheckedFormula(reading.result, _variables_in(reading.result))
    return CheckResult((), warnings_of(reading, variables), formula)


def _too_long(expression: str, rules: Sequence[ConditionalRule]) -> Fault | None:
    """Judged before a character is read, so that the size of a text cannot cost anything."""
    texts = [expression, *(text for rule in rules for text in rule.texts)]
    length = sum(len(text) for text in texts)
    if length > MAX_CHARACTERS:
        message = f"the formula has {length} characters; at most {MAX_CHARACTERS} are allowed"
        return Fault(Code.FORMULA_TOO_COMPLEX, message, EXPRESSION, position=MAX_CHARACTERS)
    if len(rules) > MAX_NODES:
        return Fault(Code.FORMULA_TOO_COMPLEX, f"the formula has {len(rules)} rules", "formula.conditions")
    return None


def _too_many_nodes(reading: Reading) -> Iterator[Fault]:
    told = any(fault.code is Code.FORMULA_TOO_COMPLEX for fault in reading.faults)
    if reading.node_count > MAX_NODES and not told:
        yield Fault(Code.FORMULA_TOO_COMPLEX, f"expression and conditions have {TOO_MANY_NODES}", "formula")


def _faults_in(tree: Node) -> Iterator[Fault]:
    for node in walk(tree):
        match node:
            case Call():
                yield from _call_faults(node)
            case Unary(operator=operator, operand=operand):
                yield from _kind_fault(operand, _operand_kind(operator), shown(operator))
            case Binary(operator=operator, left=left, right=right):
                yield from _kind_fault(left, _operand_kind(operator), shown(operator))
                yield from _kind_fault(right, _operand_kind(operator), shown(operator))


def _operand_kind(operator: str) -> Takes:
    return Takes.NUMBER if operator in ARITHMETIC | COMPARISONS else Takes.CONDITION


def _kind_fault(node: Node, takes: Takes, by: str) -> Iterator[Fault]:
    """Booleans are conditions and nothing else; a number is never one. What was not read whole is neither."""
    if is_condition(node) == (takes is Takes.CONDITION):
        return
    if any(isinstance(part, Missing) for part in walk(node)):
        return
    found = "a condition" if is_condition(node) else "a number"
    yield fault_at(Code.SYNTAX_ERROR, f"{by} takes {takes}, not {found}", node.at)


def _call_faults(call: Call) -> Iterator[Fault]:
    function = FUNCTIONS.get(call.function)
    if function is None:
        yield fault_at(Code.UNKNOWN_FUNCTION, _unknown_function(call.function), call.at)
    elif len(call.arguments) != len(function.takes):
        if not any(isinstance(argument, Missing) for argument in call.arguments):
            yield fault_at(Code.WRONG_ARITY, _wrong_arity(call), call.at)
    else:
        for argument, takes in zip(call.arguments, function.takes, strict=True):
            yield from _argument_fault(argument, takes, call.function)


def _unknown_function(name: str) -> str:
    if name.lower() in FUNCTIONS:
        return f"function {shown(name)} does not exist; it is written {name.lower()}"
    return f"function {shown(name)} does not exist; there are {', '.join(FUNCTIONS)}"


def _wrong_arity(call: Call) -> str:
    function = FUNCTIONS[call.function]
    count = len(function.takes)
    takes = f"{count} argument{'s' if count > 1 else ''}"
    return f"{call.function} takes {takes}, {function.usage}, and was given {len(call.arguments)}"


def _argument_fault(argument: Node, takes: Takes, function: str) -> Iterator[Fault]:
    if takes is not Takes.DECIMALS:
        yield from _kind_fault(argument, takes, function)
    elif not isinstance(argument, Missing) and not _is_decimals(argument):
        message = f"the decimals of {function} are a whole number from 0 to {MAX_DECIMALS}, written out"
        yield fault_at(Code.SYNTAX_ERROR, message, argument.at)


def _is_decimals(node: Node) -> bool:
    return isinstance(node, Number) and node.value.is_integer() and 0 <= node.value <= MAX_DECIMALS


def _undefined(reading: Reading, variables: Mapping[str, VariableInfo]) -> Iterator[Fault]:
    """One fault a variable, at its first place."""
    first: dict[str, Variable] = {}
    for node in (node for root in reading.roots for node in walk(root.tree)):
        if isinstance(node, Variable) and node.name not in variables:
            first.setdefault(node.name, node)
    for name, node in first.items():
        message = f"variable {shown(name)} is not among the inputs"
        yield fault_at(Code.UNDEFINED_VARIABLE, message, node.at, name)


def _variables_in(tree: Node) -> tuple[str, ...]:
    names = (node.name for node in walk(tree) if isinstance(node, Variable))
    return tuple(dict.fromkeys(names))
