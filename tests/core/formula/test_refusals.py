"""What is no formula, why, and exactly where."""

import pytest

from core.formula.advice import VariableInfo
from core.formula.check import CheckResult, check
from core.formula.faults import Code
from core.formula.rules import ConditionalRule

SYNTAX, ARITY, FUNCTION = Code.SYNTAX_ERROR, Code.WRONG_ARITY, Code.UNKNOWN_FUNCTION
UNDEFINED, COMPLEX = Code.UNDEFINED_VARIABLE, Code.FORMULA_TOO_COMPLEX

NOT_READABLE = [
    ("", [(SYNTAX, 0)]),
    ("   ", [(SYNTAX, 3)]),
    ("$a $b", [(SYNTAX, 3)]),
    ("$a + + $b ;", [(SYNTAX, 5), (SYNTAX, 10)]),
    ("$a +", [(SYNTAX, 4)]),
    ("* $a", [(SYNTAX, 0)]),
    ("+1", [(SYNTAX, 0)]),
    ("1..2", [(SYNTAX, 0)]),
    ("1.2.3", [(SYNTAX, 0)]),
    ("1.", [(SYNTAX, 0)]),
    ("1e", [(SYNTAX, 0)]),
    ("$", [(SYNTAX, 0)]),
    ("$1", [(SYNTAX, 0)]),
    ("$$a", [(SYNTAX, 0)]),
    ("$a.b", [(SYNTAX, 2)]),
    ("$a := 1", [(SYNTAX, 3)]),
    ("$a = 1", [(SYNTAX, 3)]),
    ("a", [(SYNTAX, 0)]),
    ("a + b", [(SYNTAX, 0), (SYNTAX, 4)]),
    ("true and", [(SYNTAX, 0), (SYNTAX, 8)]),
    ("null", [(SYNTAX, 0)]),
    ("lambda: 1", [(SYNTAX, 0), (SYNTAX, 6)]),
    ("$a if $b else $c", [(SYNTAX, 3)]),
    ("().__class__", [(SYNTAX, 1), (SYNTAX, 2)]),
    ("(SELECT 1)", [(SYNTAX, 1), (SYNTAX, 8)]),
    ("$a; DROP TABLE t", [(SYNTAX, 2), (SYNTAX, 4), (SYNTAX, 9)]),
    ("$a -- $b\n;", [(SYNTAX, 9)]),
    ("/* x */ $a", [(SYNTAX, 0)]),
    ("`$a`", [(SYNTAX, 0)]),
    ("'$a'", [(SYNTAX, 0)]),
    ('"$a', [(SYNTAX, 0)]),
    ("$a | $b", [(SYNTAX, 3)]),
    ("$a && $b", [(SYNTAX, 3)]),
    ("!$a", [(SYNTAX, 0)]),
    ("$a ** 2", [(SYNTAX, 4)]),
    ("$a // 2", [(SYNTAX, 4)]),
    ("$a <> $b", [(SYNTAX, 4)]),
    ("$a ? 1 : 2", [(SYNTAX, 3), (SYNTAX, 7)]),
    ("[$a]", [(SYNTAX, 0), (SYNTAX, 3)]),
    ("{{ $a }}", [(SYNTAX, 0), (SYNTAX, 1), (SYNTAX, 6), (SYNTAX, 7)]),
    ("0x10", [(SYNTAX, 0)]),
    ("1_000", [(SYNTAX, 0)]),
    ("1,000", [(SYNTAX, 1)]),
    ("50%", [(SYNTAX, 3)]),
    ("2($a)", [(SYNTAX, 1)]),
    ("\uff11+\uff12", [(SYNTAX, 0), (SYNTAX, 2)]),
    ("$\u0430", [(SYNTAX, 0)]),
    ("$a\u200b", [(SYNTAX, 2)]),
    ("$a\u00a0+ 1", [(SYNTAX, 2)]),
    ("$a \u2212 1", [(SYNTAX, 3)]),
    ("$a\x00", [(SYNTAX, 2)]),
    ("\ud800", [(SYNTAX, 0)]),
    ("(", [(SYNTAX, 1)]),
    ("($a", [(SYNTAX, 0)]),
    ("$a)", [(SYNTAX, 2)]),
    ("($a, 2)", [(SYNTAX, 3)]),
    ("min($a, $b", [(SYNTAX, 3)]),
    ("abs($a,)", [(SYNTAX, 7)]),
    ("1e309", [(SYNTAX, 0)]),
    ("1" * 400, [(SYNTAX, 0)]),
    ("1e-400", [(SYNTAX, 0)]),
]

NOT_ALLOWED = [
    ("foo(1)", [(FUNCTION, 0)]),
    ("ABS($a)", [(FUNCTION, 0)]),
    ("getenv('HOME')", [(SYNTAX, 7), (FUNCTION, 0)]),
    ('__import__("os").system("id")', [(SYNTAX, 11), (SYNTAX, 16), (SYNTAX, 24), (FUNCTION, 0)]),
    ("length(repeat('x',2000000000))", [(SYNTAX, 14), (FUNCTION, 0), (FUNCTION, 7)]),
    ("len(range(400000000))", [(FUNCTION, 0), (FUNCTION, 4)]),
    ("abs()", [(ARITY, 0)]),
    ("abs(1,2)", [(ARITY, 0)]),
    ("1 + min($a)", [(ARITY, 4)]),
    ("max(1,2,3)", [(ARITY, 0)]),
    ("round(1)", [(ARITY, 0)]),
    ("round(1,2,3)", [(ARITY, 0)]),
    ("if($a > 1, 2)", [(ARITY, 0)]),
    ("coalesce($a)", [(ARITY, 0)]),
    ("round($a, 1.5)", [(SYNTAX, 10)]),
    ("round($a, 16)", [(SYNTAX, 10)]),
    ("round($a, -1)", [(SYNTAX, 10)]),
    ("round($a, $b)", [(SYNTAX, 10)]),
    ("$a + $x * $y - $x", [(UNDEFINED, 5), (UNDEFINED, 10)]),
    ("$A", [(UNDEFINED, 0)]),
]

NOT_OF_THAT_KIND = [
    ("$a > 1", [(SYNTAX, 3)]),
    ("not $a > 1", [(SYNTAX, 0)]),
    ("1 + ($a > 2)", [(SYNTAX, 8)]),
    ("-($a > 2)", [(SYNTAX, 5)]),
    ("if($a, 1, 2)", [(SYNTAX, 3)]),
    ("if($a > 1, $b > 2, 3)", [(SYNTAX, 14)]),
    ("if($a and $b > 1, 1, 2)", [(SYNTAX, 3)]),
    ("if(not $a, 1, 2)", [(SYNTAX, 7)]),
    ("if(1 < $a < 3, 1, 2)", [(SYNTAX, 5)]),
    ("if(($a > 1) == ($b > 1), 1, 2)", [(SYNTAX, 7), (SYNTAX, 19)]),
    ("abs($a > 1)", [(SYNTAX, 7)]),
    ("coalesce($a, $b > 1)", [(SYNTAX, 16)]),
]


def checked(text: str, names: str = "a b c") -> CheckResult:
    return check(text, {f"${name}": VariableInfo() for name in names.split()})


@pytest.mark.parametrize(("text", "faults"), NOT_READABLE + NOT_ALLOWED + NOT_OF_THAT_KIND)
def test_a_text_that_is_no_formula_is_refused_with_code_and_position(
    text: str, faults: list[tuple[Code, int]]
) -> None:
    result = checked(text)
    assert [(fault.code, fault.position) for fault in result.errors] == faults
    assert result.formula is None
    assert all(fault.param == "formula.expression" and fault.message for fault in result.errors)


@pytest.mark.parametrize("text", [text for text, _ in NOT_READABLE])
def test_messages_can_be_sent_as_they_are(text: str) -> None:
    for fault in checked(text).errors:
        assert fault.message.encode()
        assert fault.message.isprintable()
        assert len(fault.message) < 250


def test_an_undefined_variable_is_named_once_with_its_dollar() -> None:
    (fault,) = checked("$x + $x").errors
    assert (fault.code, fault.variable, fault.position) == (UNDEFINED, "$x", 0)
    assert fault.message == "variable '$x' is not among the inputs"


def test_everything_that_is_wrong_is_said_at_once() -> None:
    result = checked("abs() + foo($a) + $nowhere + round($a, 99) + if(1, 2, 3) + ; + (1")
    assert {(fault.code, fault.position) for fault in result.errors} == {
        (ARITY, 0),
        (FUNCTION, 8),
        (UNDEFINED, 18),
        (SYNTAX, 39),
        (SYNTAX, 48),
        (SYNTAX, 59),
        (SYNTAX, 63),
    }


def test_a_look_alike_letter_is_named_by_its_code_point() -> None:
    assert "U+0430" in checked("1 + \u0430").errors[0].message
    assert "<U+202E>" in checked("$a\u202e").errors[0].message


def test_messages_say_what_to_write_instead() -> None:
    assert "write ==" in checked("if($a = 1, 2, 3)").errors[0].message
    assert "write and" in checked("if($a > 1 && $b > 1, 2, 3)").errors[0].message
    assert "written abs" in checked("ABS($a)").errors[0].message
    assert "round(x, n)" in checked("round($a)").errors[0].message


TOO_COMPLEX = [
    ("(" * 2000 + "1" + ")" * 2000, 2000),
    ("1+" * 100_000 + "1", 2000),
    ("1 " + " " * 1999, 2000),
    ("(" * 33 + "1" + ")" * 33, 33),
    ("abs(" * 33 + "1" + ")" * 33, 132),
    ("-" * 33 + "1", 33),
    ("^".join(["1"] * 34), 66),
    ("+".join(["1"] * 101), 200),
]


@pytest.mark.parametrize(("text", "position"), TOO_COMPLEX)
def test_a_formula_beyond_the_limits_is_refused(text: str, position: int) -> None:
    (fault,) = checked(text).errors
    assert fault.code is COMPLEX
    assert fault.position is not None
    assert abs(fault.position - position) <= 1


WITHIN_LIMITS = [
    "(" * 32 + "1" + ")" * 32,
    "abs(" * 32 + "1" + ")" * 32,
    "-" * 32 + "1",
    "^".join(["1"] * 33),
    "+".join(["1"] * 100),
    "1" + " " * 1999,
]


@pytest.mark.parametrize("text", WITHIN_LIMITS)
def test_a_formula_at_the_limits_is_allowed(text: str) -> None:
    assert checked(text).formula is not None


def test_the_limits_hold_for_all_texts_of_a_formula_together() -> None:
    long = [ConditionalRule("$a > 1", " " * 990 + "1", " " * 1010 + "1")]
    many = [ConditionalRule("$a > 1", "$a", 0)] * 41
    variables = {"$a": VariableInfo()}
    assert [fault.code for fault in check("", variables, long).errors] == [COMPLEX]
    assert [fault.code for fault in check("", variables, many).errors] == [COMPLEX]
    assert check("", variables, many[:33]).formula is not None


def test_a_fault_in_a_rule_names_the_rule_and_the_position_in_it() -> None:
    rules = [ConditionalRule("$a > 1", "=cmd()", 0), ConditionalRule("$a", "1 + ", True)]
    faults = check("", {"$a": VariableInfo()}, rules).errors
    assert [(fault.code, fault.param, fault.position) for fault in faults] == [
        (SYNTAX, "formula.conditions[0].then_value", 0),
        (SYNTAX, "formula.conditions[1].then_value", 4),
        (SYNTAX, "formula.conditions[1].else_value", 0),
        (FUNCTION, "formula.conditions[0].then_value", 1),
        (SYNTAX, "formula.conditions[1].condition", 0),
    ]


@pytest.mark.parametrize("value", [float("inf"), float("nan"), 10**400, True])
def test_a_rule_gives_finite_numbers_only(value: float) -> None:
    faults = check("", {"$a": VariableInfo()}, [ConditionalRule("$a > 1", value, 0)]).errors
    assert [fault.code for fault in faults] == [SYNTAX]
