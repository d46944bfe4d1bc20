"""Whether a definition may be used: names, inputs, aggregations, filters, types."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from core.custom_metrics import (
    CheckResult,
    ConditionalRule,
    CustomMetricDefinition,
    Formula,
    FormulaInput,
    FormulaType,
    MetricInfo,
    check_custom_formula,
    check_definition,
)
from core.formula.faults import Code

ARITHMETIC, CONDITIONAL, AGGREGATE = FormulaType.ARITHMETIC, FormulaType.CONDITIONAL, FormulaType.AGGREGATE
SESSIONS = frozenset({"agent_id", "channel", "intent"})
REQUESTS = frozenset({"agent_id", "model", "provider", "operation"})

CATALOGUE = {
    info.metric_id: info
    for info in (
        MetricInfo(
            "cost.total", "usd", REQUESTS, frozenset({"sum", "avg", "count"}), is_zero_when_empty=True
        ),
        MetricInfo("usage.sessions.total", "count", SESSIONS, frozenset({"sum", "count"}), True),
        MetricInfo("usage.completions.successful", "count", SESSIONS, frozenset({"sum", "count"}), True),
        MetricInfo("autonomy.deflection_rate", "percent", SESSIONS, frozenset({"avg", "count"})),
        MetricInfo("autonomy.goal_completion_rate", "percent", SESSIONS, frozenset({"avg", "count"})),
        MetricInfo("autonomy.steps_to_resolution", "count", SESSIONS, frozenset({"avg", "count"})),
        MetricInfo("custom.revenue_attributed", "usd", frozenset({"agent_id"}), frozenset({"sum", "count"})),
    )
}
RATE, COST, COUNT = "autonomy.deflection_rate", "cost.total", "usage.sessions.total"


def checked(formula: Formula, others: Mapping[str, CustomMetricDefinition] | None = None) -> CheckResult:
    return check_custom_formula(formula, find_metric=CATALOGUE.get, definitions=others or {})


def arithmetic(expression: str, *inputs: FormulaInput, type: FormulaType = ARITHMETIC) -> Formula:
    return Formula(type, expression, inputs)


def definition(id: str = "cm_a", **changes: object) -> CustomMetricDefinition:
    formula = arithmetic("$a * 2", FormulaInput("$a", RATE))
    return replace(CustomMetricDefinition(id, "A metric", formula, "percent"), **changes)


def whole(definition: CustomMetricDefinition) -> CheckResult:
    return check_definition(definition, find_metric=CATALOGUE.get, definitions={})


def errors(result: CheckResult) -> list[tuple[Code, str | None, str | None]]:
    return [(error.code, error.param, error.variable) for error in result.errors]


BOT = {"agent_id": "support-bot"}
DOCUMENTED = [
    arithmetic(
        "($a - $b) / $c",
        FormulaInput("$a", "custom.revenue_attributed", "sum"),
        FormulaInput("$b", COST, "sum"),
        FormulaInput("$c", COUNT, "count"),
    ),
    arithmetic(
        "$a / ($b * $c)",
        FormulaInput("$a", COST, "sum", BOT),
        FormulaInput("$b", COUNT, "count", BOT),
        FormulaInput("$c", RATE, "avg", BOT),
    ),
    arithmetic(
        "$a / $b * 100",
        FormulaInput("$a", "autonomy.goal_completion_rate"),
        FormulaInput("$b", "autonomy.steps_to_resolution"),
    ),
    arithmetic(
        "($gcr * $deflection) / $steps",
        FormulaInput("$gcr", "autonomy.goal_completion_rate"),
        FormulaInput("$deflection", RATE),
        FormulaInput("$steps", "autonomy.steps_to_resolution"),
    ),
    arithmetic(
        "$cost / $successes",
        FormulaInput("$cost", COST),
        FormulaInput("$successes", "usage.completions.successful", "count"),
    ),
]


@pytest.mark.parametrize("formula", DOCUMENTED, ids=lambda formula: formula.expression)
def test_every_documented_definition_is_allowed(formula: Formula) -> None:
    result = whole(definition(formula=formula))
    assert result.errors == ()
    assert result.formula is not None
    assert result.formula.variables == tuple(part.variable for part in formula.inputs)


def test_the_documented_formula_without_counters_has_no_warning() -> None:
    assert checked(DOCUMENTED[2]).warnings == ()


def test_a_counter_as_divisor_is_pointed_at() -> None:
    (warning,) = checked(DOCUMENTED[4]).warnings
    assert (warning.code, warning.variable) == (Code.POSSIBLE_DIVISION_BY_ZERO, "$successes")


def test_a_metric_that_does_not_exist_is_named_with_its_variable() -> None:
    formula = arithmetic("$a / $b", FormulaInput("$a", RATE), FormulaInput("$b", "invalid.metric.id"))
    (error,) = checked(formula).errors
    assert (error.code, error.variable) == (Code.INVALID_METRIC_REFERENCE, "$b")
    assert error.message == "Metric 'invalid.metric.id' does not exist"
    assert error.param == "formula.inputs[1].metric_id"


def test_a_custom_metric_that_does_not_exist_is_an_invalid_reference() -> None:
    result = checked(arithmetic("$a", FormulaInput("$a", "cm_nowhere")))
    assert errors(result) == [(Code.INVALID_METRIC_REFERENCE, "formula.inputs[0].metric_id", "$a")]


def test_faults_of_inputs_and_of_the_formula_are_told_together() -> None:
    formula = arithmetic(
        "$a + $x + foo(1)",
        FormulaInput("$a", "no.such"),
        FormulaInput("$a", COST, "p95"),
        FormulaInput("b", COST, filters={"channel": "chat", "region": "eu", "model": ""}),
    )
    assert errors(checked(formula)) == [
        (Code.DUPLICATE_VARIABLE, "formula.inputs[1].variable", "$a"),
        (Code.INVALID_METRIC_REFERENCE, "formula.inputs[0].metric_id", "$a"),
        (Code.UNSUPPORTED_AGGREGATION, "formula.inputs[1].aggregation", "$a"),
        (Code.SYNTAX_ERROR, "formula.inputs[2].variable", "b"),
        (Code.UNSUPPORTED_DIMENSION, "formula.inputs[2].filters.channel", "b"),
        (Code.INVALID_PARAMETER, "formula.inputs[2].filters.region", "b"),
        (Code.INVALID_PARAMETER, "formula.inputs[2].filters.model", "b"),
        (Code.UNKNOWN_FUNCTION, "formula.expression", None),
        (Code.UNDEFINED_VARIABLE, "formula.expression", "$x"),
    ]


@pytest.mark.parametrize("name", ["a", "$", "$1", "$a.b", "$a b", "$\u0430", "$a\n", "", "$" + "a" * 200])
def test_a_variable_is_a_dollar_and_a_name(name: str) -> None:
    result = checked(arithmetic("1", FormulaInput(name, COST)))
    assert errors(result) == [(Code.SYNTAX_ERROR, "formula.inputs[0].variable", name)]


def test_a_filter_value_is_taken_as_it_is() -> None:
    hostile = FormulaInput("$a", COST, filters={"agent_id": "' OR '1'='1", "model": "x"})
    assert checked(arithmetic("$a", hostile)).errors == ()


def test_twenty_inputs_are_allowed_and_no_more() -> None:
    def summed(count: int) -> Formula:
        names = [f"$v{index}" for index in range(count)]
        return arithmetic(" + ".join(names), *(FormulaInput(name, COST) for name in names))

    assert checked(summed(20)).errors == ()
    assert errors(checked(summed(21))) == [(Code.FORMULA_TOO_COMPLEX, "formula.inputs", None)]
    assert errors(checked(summed(51))) == [(Code.FORMULA_TOO_COMPLEX, "formula.inputs", None)]


def test_an_aggregate_formula_names_every_aggregation() -> None:
    inputs = (FormulaInput("$a", COST, "sum"), FormulaInput("$b", COUNT))
    result = checked(arithmetic("$a / $b", *inputs, type=AGGREGATE))
    assert errors(result) == [(Code.MISSING_PARAMETER, "formula.inputs[1].aggregation", "$b")]
    assert checked(arithmetic("$a / $b", *inputs)).errors == ()


def test_an_aggregate_formula_cannot_use_a_custom_metric() -> None:
    formula = arithmetic("$a", FormulaInput("$a", "cm_a"), type=AGGREGATE)
    (error,) = checked(formula, {"cm_a": definition()}).errors
    assert error.code is Code.UNSUPPORTED_AGGREGATION
    assert "custom metrics have no aggregation" in error.message


RULES = (ConditionalRule("$a > 10", "$a * 2", 0), ConditionalRule("$a > 5", 1, None))


def test_a_conditional_formula_needs_no_expression() -> None:
    assert checked(Formula(CONDITIONAL, "", (FormulaInput("$a", COST),), RULES)).errors == ()


def test_a_conditional_formula_without_conditions_is_its_expression() -> None:
    formula = Formula(CONDITIONAL, "if($a > 1, 1, 2)", (FormulaInput("$a", COST),))
    assert checked(formula).errors == ()
    assert errors(checked(replace(formula, expression=" "))) == [
        (Code.SYNTAX_ERROR, "formula.expression", None)
    ]


def test_an_expression_beside_conditions_is_read_but_not_used() -> None:
    formula = Formula(CONDITIONAL, "$a", (FormulaInput("$a", COST),), RULES)
    assert [warning.code for warning in checked(formula).warnings] == [Code.UNUSED_EXPRESSION]
    assert errors(checked(replace(formula, expression="$a +"))) == [
        (Code.SYNTAX_ERROR, "formula.expression", None)
    ]


def test_conditions_of_another_type_are_refused_and_still_read() -> None:
    bad = (ConditionalRule("$a > 1", "=cmd()", 0),)
    result = checked(Formula(ARITHMETIC, "$a", (FormulaInput("$a", COST),), bad))
    assert errors(result)[0] == (Code.INVALID_PARAMETER, "formula.conditions", None)
    assert (Code.SYNTAX_ERROR, "formula.conditions[0].then_value", None) in errors(result)


@pytest.mark.parametrize("id", ["cm_a", "cm_" + "z" * 64, "cm_0_9"])
def test_an_id_of_the_right_form_is_allowed(id: str) -> None:
    assert whole(definition(id)).errors == ()


@pytest.mark.parametrize(
    "id", ["", "cm_", "a", "CM_a", "cm_A", "cm_a-b", "cm_a\n", "cm_" + "z" * 65, "cm_\u0430"]
)
def test_an_id_of_another_form_is_refused(id: str) -> None:
    result = whole(definition(id))
    assert errors(result) == [(Code.INVALID_PARAMETER, "id", None)]
    assert result.formula is None


def test_names_and_descriptions_have_bounds() -> None:
    fine = definition(name="n" * 200, unit="u" * 200, description="d" * 2000)
    assert whole(fine).errors == ()
    wrong = definition(name=" ", unit="u" * 201, description="d" * 2001)
    assert [error.param for error in whole(wrong).errors] == ["name", "unit", "description"]
