"""What formulas are worth, in DuckDB, with the rules of null, zero and infinity."""

from decimal import Decimal
from typing import Any

import pytest

from core.formula.advice import VariableInfo
from core.formula.check import CheckedFormula, check
from core.formula.evaluate import Result, evaluate
from core.formula.faults import Code
from core.formula.rules import ConditionalRule

Connection = Any
Inputs = dict[str, float | Decimal | None]


def formula(
    text: str, names: tuple[str, ...] = (), rules: tuple[ConditionalRule, ...] = ()
) -> CheckedFormula:
    result = check(text, {name: VariableInfo() for name in names}, rules)
    assert result.formula is not None, result.errors
    return result.formula


def result_of(connection: Connection, text: str, inputs: Inputs) -> Result:
    return evaluate(connection, formula(text, tuple(inputs)), inputs)


def value_of(connection: Connection, text: str, **inputs: float | None) -> float | None:
    return result_of(connection, text, {f"${name}": value for name, value in inputs.items()}).value


EFFICIENCY = "round((($gcr * 0.4) + ((1 - $intervention) * 0.3) + (1 / $steps * 0.3)) * 100, 1)"

DOCUMENTED = [
    (EFFICIENCY, {"$gcr": 0.8, "$intervention": 0.1, "$steps": 4.0}, 66.5),
    (
        "if($success_count > 0, $total_cost / $success_count, 0)",
        {"$success_count": 4, "$total_cost": 10},
        2.5,
    ),
    (
        "if($success_count > 0, $total_cost / $success_count, 0)",
        {"$success_count": 0, "$total_cost": 10},
        0.0,
    ),
    ("max(0, 100 - (($p95_latency - 200) / 10))", {"$p95_latency": 700.0}, 50.0),
    ("max(0, 100 - (($p95_latency - 200) / 10))", {"$p95_latency": 5000.0}, 0.0),
    ("($a - $b) / $c", {"$a": 1500.0, "$b": 300.0, "$c": 400}, 3.0),
    ("$a / ($b * $c)", {"$a": 1823.45, "$b": 52340, "$c": 0.083}, 0.41974163371),
    ("$a / $b * 100", {"$a": 0.94, "$b": 4.0}, 23.5),
    ("($gcr * $deflection) / $steps", {"$gcr": 0.8, "$deflection": 0.5, "$steps": 4.0}, 0.1),
    ("$cost / $successes", {"$cost": Decimal("12.5"), "$successes": 5}, 2.5),
    ("$a + $b", {"$a": 1, "$b": 2}, 3.0),
    ("$a - $b", {"$a": 1, "$b": 2}, -1.0),
    ("$a * $b", {"$a": 3, "$b": 2}, 6.0),
    ("$a % $b", {"$a": 7, "$b": 4}, 3.0),
    ("$a ^ 2", {"$a": 5}, 25.0),
    ("abs($a - $b)", {"$a": 1, "$b": 4}, 3.0),
    ("min($a, $b)", {"$a": 1, "$b": 4}, 1.0),
    ("max($a, $b)", {"$a": 1, "$b": 4}, 4.0),
    ("round($a / $b, 2)", {"$a": 2, "$b": 3}, 0.67),
    ("if($b > 0, $a / $b, 0)", {"$a": 2, "$b": 4}, 0.5),
    ("coalesce($a, 0)", {"$a": None}, 0.0),
]


@pytest.mark.parametrize(("text", "inputs", "value"), DOCUMENTED)
def test_every_documented_formula_has_its_value_and_no_warning(
    connection: Connection, text: str, inputs: Inputs, value: float
) -> None:
    result = result_of(connection, text, inputs)
    assert result.value == pytest.approx(value, rel=1e-9)
    assert result.warnings == ()


PRECEDENCE = [
    ("1 + 2 * 3", 7),
    ("(1 + 2) * 3", 9),
    ("10 - 4 - 3", 3),
    ("16 / 4 / 2", 2),
    ("7 % 4 * 2", 6),
    ("-2 ^ 2", -4),
    ("(-2) ^ 2", 4),
    ("2 ^ 3 ^ 2", 512),
    ("2 ^ -1", 0.5),
    ("2 ^ -1 ^ 2", 0.5),
    ("-3 * -2", 6),
    ("1 - -1", 2),
    ("1 - - - 1", 0),
    ("if(1 + 1 == 2 and 2 > 1, 1, 0)", 1),
    ("if(1 > 2 or 2 > 1 and 1 > 2, 1, 0)", 0),
    ("if((1 < 2 or 2 > 1) and 1 > 2, 1, 0)", 0),
    ("if(not 1 > 2 and 2 > 1, 1, 0)", 1),
    ("if(not (1 > 2 or 2 > 1), 1, 0)", 0),
    ("if(not not 2 > 1, 1, 0)", 1),
    ("if(1 <= 1, 1, 0) + if(1 >= 2, 1, 0) + if(1 != 2, 1, 0)", 2),
    (".5 + 1.5e1 + 2E-1", 15.7),
    ("007", 7),
    ("\t1\r\n+ 1", 2),
]


@pytest.mark.parametrize(("text", "value"), PRECEDENCE)
def test_operators_bind_as_written_down(connection: Connection, text: str, value: float) -> None:
    assert value_of(connection, text) == value


ROUNDING = [
    ("round(2.5, 0)", 3),
    ("round(-2.5, 0)", -3),
    ("round(0.125, 2)", 0.13),
    ("round(-0.125, 2)", -0.13),
    ("round(1e300, 15)", 1e300),
    ("round(1234.5678, 0)", 1235),
]


@pytest.mark.parametrize(("text", "value"), ROUNDING)
def test_halves_are_rounded_away_from_zero(connection: Connection, text: str, value: float) -> None:
    assert value_of(connection, text) == value


@pytest.mark.parametrize(("left", "right", "value"), [(7, 3, 1), (-7, 3, -1), (7, -3, 1), (5.5, 2, 1.5)])
def test_a_modulo_has_the_sign_of_its_left_side(
    connection: Connection, left: float, right: float, value: float
) -> None:
    assert value_of(connection, "$a % $b", a=left, b=right) == value


@pytest.mark.parametrize("text", ["abs(-0)", "-0", "0 * -1", "round(-0.3, 0)", "-$a", "0 / -5", "-1 % 1"])
def test_zero_is_never_minus_zero(connection: Connection, text: str) -> None:
    assert str(value_of(connection, text, a=0.0)) == "0.0"


ARITHMETIC_WITH_NULL = "-$n|$n + 1|1 - $n|$n * 0|$n / 2|2 / $n|$n % 2|$n ^ 0|1 ^ $n|abs($n)|round($n, 1)"


@pytest.mark.parametrize("text", ARITHMETIC_WITH_NULL.split("|"))
def test_any_arithmetic_with_null_is_null_and_no_fault(connection: Connection, text: str) -> None:
    assert result_of(connection, text, {"$n": None}) == Result(None)


NULL_RULES = [
    ("min($n, 3)", 3),
    ("min(3, $n)", 3),
    ("max($n, 3)", 3),
    ("max(3, $n)", 3),
    ("min($n, $n)", None),
    ("max($n, $n)", None),
    ("coalesce($n, 3)", 3),
    ("coalesce($n, $n)", None),
    ("coalesce(3, $n)", 3),
    ("if($n > 1, 1, 2)", 2),
    ("if(not $n > 1, 1, 2)", 2),
    ("if($n == $n, 1, 2)", 2),
    ("if($n > 1 or 2 > 1, 1, 2)", 1),
    ("if($n > 1 and 2 > 1, 1, 2)", 2),
    ("if(2 > 1, $n, 2)", None),
]


@pytest.mark.parametrize(("text", "value"), NULL_RULES)
def test_null_follows_the_rule_of_each_function(
    connection: Connection, text: str, value: float | None
) -> None:
    assert result_of(connection, text, {"$n": None}) == Result(value)


ZERO, INFINITE = Code.DIVISION_BY_ZERO, Code.NOT_FINITE

BECAME_NULL = [
    ("$a / 0", None, ZERO, 3),
    ("0 / 0", None, ZERO, 2),
    ("$a % 0", None, ZERO, 3),
    ("1 / (1 / 0)", None, ZERO, 7),
    ("1 / (2 - 2)", None, ZERO, 2),
    ("0 * (1 / 0)", None, ZERO, 7),
    ("2 ^ (1 / 0)", None, ZERO, 7),
    ("(1 / 0) ^ 0", None, ZERO, 3),
    ("(0 - 8) ^ (1 / 3)", None, INFINITE, 8),
    ("0 ^ -1", None, INFINITE, 2),
    ("1e308 * 10", None, INFINITE, 6),
    ("1e308 * 10 - 1e308 * 10", None, INFINITE, 11),
    ("1 / (1e308 * 10)", None, INFINITE, 11),
    ("$a % (1e308 * 10)", None, INFINITE, 12),
    ("1e308 ^ 2", None, INFINITE, 6),
    ("if(1 / 0 > 1, 1, 2)", 2, ZERO, 5),
    ("if(0 / 0 > 1, 1, 2)", 2, ZERO, 5),
    ("if(1e308 * 10 > 1, 1, 2)", 2, INFINITE, 9),
    ("min(1 / 0, 5)", 5, ZERO, 6),
    ("max(-1e308 * 10, 5)", 5, INFINITE, 11),
    ("coalesce(1 / 0, 5)", 5, ZERO, 11),
    ("coalesce(1 / 0, 1e308 * 10)", None, ZERO, 11),
]


@pytest.mark.parametrize(("text", "value", "code", "position"), BECAME_NULL)
def test_what_is_not_finite_is_null_with_a_warning_that_says_where(
    connection: Connection, text: str, value: float | None, code: Code, position: int
) -> None:
    result = result_of(connection, text, {"$a": 5.0})
    assert result.value == value
    (warning,) = result.warnings
    assert (warning.code, warning.param, warning.position) == (code, "formula.expression", position)


NOT_REACHED = [
    ("if($b > 0, $a / $b, 0)", 0),
    ("if($b == 0, 7, $a / $b)", 7),
    ("if($b == 0, 7, if(1 / $b > 1, 1, 2))", 7),
    ("if($b != 0 and $a / $b > 1, 1, 2)", 2),
    ("if($b == 0 or $a / $b > 1, 1, 2)", 1),
    ("if(1 > 2 and $a / $b > 1 and 1 > 2, 1, 2)", 2),
    ("coalesce($a, $a / $b)", 5),
]


@pytest.mark.parametrize(("text", "value"), NOT_REACHED)
def test_what_is_not_reached_gives_no_warning(connection: Connection, text: str, value: float) -> None:
    assert result_of(connection, text, {"$a": 5.0, "$b": 0.0}) == Result(value)


def test_an_input_that_is_not_finite_counts_as_null(connection: Connection) -> None:
    for value in (float("inf"), float("-inf"), float("nan")):
        assert result_of(connection, "coalesce($a, 3)", {"$a": value}) == Result(3.0)


def test_an_input_left_out_is_an_error_of_the_caller(connection: Connection) -> None:
    with pytest.raises(KeyError):
        evaluate(connection, formula("$a + $b", ("$a", "$b")), {"$a": 1.0})


def test_variables_that_differ_in_case_are_two_variables(connection: Connection) -> None:
    assert value_of(connection, "$a - $A", a=5, A=3) == 2


TIERS = (
    ConditionalRule("$cost > 100", "$cost * 2", 1),
    ConditionalRule("$cost > 10 and $cost != 50", 7, 2),
    ConditionalRule("$cost / $count > 1", None, "-$cost"),
)


@pytest.mark.parametrize(
    ("cost", "count", "value"), [(200, 1, 400), (20, 1, 7), (50, 1, None), (4, 8, -4), (None, 1, None)]
)
def test_the_first_rule_that_holds_gives_the_value_else_the_last_else(
    connection: Connection, cost: float | None, count: float, value: float | None
) -> None:
    rules = formula("", ("$cost", "$count"), TIERS)
    assert evaluate(connection, rules, {"$cost": cost, "$count": count}) == Result(value)


def test_a_rule_that_is_not_reached_gives_no_warning(connection: Connection) -> None:
    rules = formula("", ("$cost", "$count"), TIERS)
    assert evaluate(connection, rules, {"$cost": 200, "$count": 0}).warnings == ()
    (warning,) = evaluate(connection, rules, {"$cost": 5, "$count": 0}).warnings
    assert (warning.code, warning.param) == (ZERO, "formula.conditions[2].condition")


def test_a_rule_may_give_a_negative_number(connection: Connection) -> None:
    rules = (ConditionalRule("$a > 1", -5, Decimal("-0.25")),)
    assert evaluate(connection, formula("", ("$a",), rules), {"$a": 2}).value == -5
    assert evaluate(connection, formula("", ("$a",), rules), {"$a": 0}).value == -0.25


def test_without_rules_a_formula_may_choose_by_itself(connection: Connection) -> None:
    assert value_of(connection, "if($a > 1, 10, 20)", a=2) == 10
