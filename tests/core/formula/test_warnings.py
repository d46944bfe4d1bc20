"""What a formula is allowed to be, but its author should hear about."""

import pytest

from core.formula.advice import VariableInfo
from core.formula.check import check
from core.formula.faults import Code, Fault
from core.formula.rules import ConditionalRule

VARIABLES = {
    "$cost": VariableInfo("usd", is_zero_when_empty=True),
    "$sessions": VariableInfo("count", is_zero_when_empty=True),
    "$latency": VariableInfo("ms"),
    "$rate": VariableInfo("percent"),
    "$mood": VariableInfo("score"),
    "$any": VariableInfo(),
}


def warnings(text: str, *rules: ConditionalRule) -> list[Fault]:
    result = check(text, VARIABLES, rules)
    assert result.formula is not None, result.errors
    return [warning for warning in result.warnings if warning.code is not Code.UNUSED_INPUT]


def found(text: str, *rules: ConditionalRule) -> list[tuple[Code, int | None]]:
    return [(warning.code, warning.position) for warning in warnings(text, *rules)]


def test_an_input_that_no_text_uses_is_named() -> None:
    rules = [ConditionalRule("$cost > 1", "$rate", "$mood")]
    result = check("$latency", VARIABLES, rules)
    unused = [warning for warning in result.warnings if warning.code is Code.UNUSED_INPUT]
    assert [warning.variable for warning in unused] == ["$sessions", "$any"]
    assert unused[0].message == "input '$sessions' is not used"


def test_an_expression_beside_conditions_is_said_to_be_unused() -> None:
    rule = ConditionalRule("$cost > 1", 1, 2)
    assert found("$latency", rule) == [(Code.UNUSED_EXPRESSION, 0)]
    assert found("  ", rule) == []


MIXED = [
    ("$cost + $latency", 6),
    ("$cost - $sessions", 6),
    ("$cost % $latency", 6),
    ("$rate + $sessions", 6),
    ("min($cost, $latency)", 0),
    ("coalesce($cost, $latency)", 0),
    ("if($rate > 1, $cost, $latency)", 0),
    ("if($cost > $latency, 1, 2)", 9),
    ("abs($cost * 2 + round($latency / 1000, 1))", 14),
    ("$rate * $cost + $latency", 14),
    ("-$cost + $latency / $rate", 7),
]


@pytest.mark.parametrize(("text", "position"), MIXED)
def test_amounts_of_different_units_that_meet_are_pointed_at(text: str, position: int) -> None:
    assert found(text) == [(Code.MIXED_UNITS, position)]


NOT_MIXED = [
    "$cost + $cost * 2",
    "$cost * 1.5 + 10",
    "$latency / $latency + $rate",
    "$cost * $latency + $latency",
    "1 / $latency + $rate",
    "$rate + $mood",
    "$rate * $cost + $cost",
    "$any + $cost",
    "if($cost > 5, $cost, 0)",
    "round((($rate * 0.4) + ((1 - $rate) * 0.3) + (1 / $latency * 0.3)) * 100, 1)",
    "max(0, 100 - (($latency - 200) / 10))",
]


@pytest.mark.parametrize("text", NOT_MIXED)
def test_amounts_that_fit_are_not_warned_of(text: str) -> None:
    assert found(text) == []


def test_the_units_are_named() -> None:
    assert "usd, ms" in warnings("$cost + $latency")[0].message


@pytest.mark.parametrize("text", ["$cost / 0", "$cost % 0", "$cost / (2 * 0)", "$cost / -0"])
def test_a_divisor_that_is_zero_is_pointed_at(text: str) -> None:
    assert found(text) == [(Code.DIVISION_BY_ZERO, 6)]


def test_a_counter_that_may_be_zero_is_pointed_at_as_divisor() -> None:
    (warning,) = warnings("$cost / ($sessions * $rate)")
    assert (warning.code, warning.variable) == (Code.POSSIBLE_DIVISION_BY_ZERO, "$sessions")


GUARDED = [
    "if($sessions > 0, $cost / $sessions, 0)",
    "if($sessions == 0, 0, $cost / $sessions)",
    "if($rate > 0 and $sessions > 0, abs($cost / $sessions), 0)",
    "$cost / ($sessions + 1)",
    "$latency / $rate * 100",
]


@pytest.mark.parametrize("text", GUARDED)
def test_a_divisor_that_is_asked_about_is_not(text: str) -> None:
    assert found(text) == []


def test_rules_guard_their_values_too() -> None:
    assert found("", ConditionalRule("$sessions > 0", "$cost / $sessions", 0)) == []
    assert found("", ConditionalRule("$rate > 0", "$cost / $sessions", 0)) == [
        (Code.POSSIBLE_DIVISION_BY_ZERO, 6)
    ]
