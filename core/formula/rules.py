"""The texts of a formula, read into one result: an expression, or rules in order.

Rules: the first whose condition is true gives its then_value; none true, the last rule's else_value.
A condition that compares with null is not true.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite

from core.formula.faults import Code, Fault, Place, fault_at
from core.formula.functions import Takes
from core.formula.nodes import Case, Choose, Missing, Node, Null, Number
from core.formula.parse import Parsed, parse

EXPRESSION = "formula.expression"
CONDITIONS = "formula.conditions"

RuleValue = str | int | float | Decimal | None


@dataclass(frozen=True, slots=True)
class ConditionalRule:
    """A string value is an expression, a number itself, None is null."""

    condition: str
    then_value: RuleValue
    else_value: RuleValue

    @property
    def texts(self) -> tuple[str, ...]:
        values = (self.condition, self.then_value, self.else_value)
        return tuple(value for value in values if isinstance(value, str))


@dataclass(frozen=True, slots=True)
class Root:
    """One text's tree and what it has to be."""

    tree: Node
    takes: Takes


@dataclass(frozen=True)
class Reading:
    """Every text's tree as a root, and `result`: the one tree that gives the formula's value."""

    roots: tuple[Root, ...]
    result: Node
    faults: tuple[Fault, ...]
    node_count: int
    is_expression_used: bool


def read(expression: str, rules: Sequence[ConditionalRule]) -> Reading:
    """Reads an expression, or rules; beside rules the expression may be blank, and decides nothing."""
    read_rules = [_read_rule(rule, f"{CONDITIONS}[{index}]") for index, rule in enumerate(rules)]
    values = [parse(expression, EXPRESSION)] if expression.strip() or not rules else []
    parsed = [*(part for rule in read_rules for part in rule), *values]
    return Reading(
        roots=tuple(_roots(read_rules, values)),
        result=_first_true(read_rules) if read_rules else values[0].tree,
        faults=tuple(fault for part in parsed for fault in part.faults),
        node_count=sum(part.node_count for part in parsed),
        is_expression_used=not rules,
    )


def _read_rule(rule: ConditionalRule, param: str) -> tuple[Parsed, Parsed, Parsed]:
    return (
        parse(rule.condition, f"{param}.condition"),
        _read_value(rule.then_value, f"{param}.then_value"),
        _read_value(rule.else_value, f"{param}.else_value"),
    )


def _read_value(value: RuleValue, param: str) -> Parsed:
    place = Place(param, 0)
    if isinstance(value, str):
        return parse(value, param)
    if value is None:
        return Parsed(Null(place), (), 1)
    number = _finite(value)
    if number is None:
        fault = fault_at(Code.SYNTAX_ERROR, "a value is an expression, a finite number or null", place)
        return Parsed(Missing(place), (fault,), 1)
    return Parsed(Number(number, place), (), 1)


def _finite(value: int | float | Decimal) -> float | None:
    try:
        number = float(value)
    except (OverflowError, ValueError):
        return None
    return number if isfinite(number) and not isinstance(value, bool) else None


def _roots(rules: Sequence[tuple[Parsed, Parsed, Parsed]], values: Sequence[Parsed]) -> Iterator[Root]:
    for condition, then, otherwise in rules:
        yield Root(condition.tree, Takes.CONDITION)
        yield Root(then.tree, Takes.NUMBER)
        yield Root(otherwise.tree, Takes.NUMBER)
    for value in values:
        yield Root(value.tree, Takes.NUMBER)


def _first_true(rules: Sequence[tuple[Parsed, Parsed, Parsed]]) -> Choose:
    cases = tuple(Case(condition.tree, then.tree) for condition, then, _ in rules)
    return Choose(cases, rules[-1][2].tree, Place(CONDITIONS, 0))
