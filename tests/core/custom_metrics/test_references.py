"""Custom metrics that use custom metrics: cycles, chains, filters that reach down."""

import time

from core.custom_metrics import (
    CheckResult,
    CustomMetricDefinition,
    Formula,
    FormulaInput,
    FormulaType,
    MetricInfo,
    check_definition,
    users_of,
)
from core.formula.faults import Code

CATALOGUE = {
    "cost.total": MetricInfo("cost.total", "usd", frozenset({"agent_id", "model"}), frozenset({"sum"})),
    "usage.sessions.total": MetricInfo(
        "usage.sessions.total", "count", frozenset({"agent_id", "channel"}), frozenset({"sum"})
    ),
}
Definitions = dict[str, CustomMetricDefinition]


def metric(id: str, *uses: str, unit: str = "usd", **more: object) -> CustomMetricDefinition:
    inputs = tuple(FormulaInput(f"$v{index}", used, **more) for index, used in enumerate(uses))
    expression = " + ".join(part.variable for part in inputs)
    return CustomMetricDefinition(id, id, Formula(FormulaType.ARITHMETIC, expression, inputs), unit)


def stored(*definitions: CustomMetricDefinition) -> Definitions:
    return {definition.id: definition for definition in definitions}


def chain(length: int) -> Definitions:
    """cm_1 uses a standard metric, cm_2 uses cm_1, …"""
    return stored(
        metric("cm_1", "cost.total"), *(metric(f"cm_{n}", f"cm_{n - 1}") for n in range(2, length + 1))
    )


def checked(definition: CustomMetricDefinition, definitions: Definitions) -> CheckResult:
    return check_definition(definition, find_metric=CATALOGUE.get, definitions=definitions)


def errors(result: CheckResult) -> list[tuple[Code, str | None]]:
    return [(error.code, error.param) for error in result.errors]


def test_a_metric_that_uses_itself_is_a_cycle() -> None:
    result = checked(metric("cm_a", "cost.total", "cm_a"), {})
    assert errors(result) == [(Code.CYCLE, "formula.inputs[1].metric_id")]
    assert errors(checked(metric("cm_a", "cm_a"), stored(metric("cm_a", "cost.total")))) == [
        (Code.CYCLE, "formula.inputs[0].metric_id")
    ]


def test_a_cycle_over_other_metrics_is_written_out() -> None:
    others = stored(
        metric("cm_b", "cm_c"), metric("cm_c", "cost.total", "cm_a"), metric("cm_a", "cost.total")
    )
    (error,) = checked(metric("cm_a", "cm_b"), others).errors
    assert error.code is Code.CYCLE
    assert "cm_a → cm_b → cm_c → cm_a" in error.message


def test_two_ways_to_one_metric_are_no_cycle() -> None:
    others = stored(metric("cm_1", "cost.total"), metric("cm_2", "cm_1"), metric("cm_3", "cm_1"))
    assert checked(metric("cm_a", "cm_2", "cm_3"), others).errors == ()


def test_an_earlier_version_of_the_metric_does_not_count() -> None:
    others = stored(metric("cm_a", "cm_b"), metric("cm_b", "cost.total"))
    assert checked(metric("cm_a", "cost.total"), others).errors == ()


def test_a_chain_of_five_is_allowed_and_no_longer_one() -> None:
    assert checked(metric("cm_5", "cm_4"), chain(4)).errors == ()
    assert errors(checked(metric("cm_6", "cm_5"), chain(5))) == [
        (Code.FORMULA_TOO_COMPLEX, "formula.inputs[0].metric_id")
    ]
    assert errors(checked(metric("cm_41", "cm_40"), chain(40))) == [
        (Code.FORMULA_TOO_COMPLEX, "formula.inputs[0].metric_id")
    ]


def test_a_change_cannot_lengthen_the_chains_above_it_past_five() -> None:
    """cm_1 is used by three metrics in a row; a longer chain below it would make six."""
    others = chain(4) | stored(metric("cm_x", "cm_y"), metric("cm_y", "cost.total"))
    assert checked(metric("cm_1", "cm_y"), others).errors == ()
    assert errors(checked(metric("cm_1", "cm_x"), others)) == [
        (Code.FORMULA_TOO_COMPLEX, "formula.inputs[0].metric_id")
    ]


def test_a_cycle_that_is_stored_already_does_not_hang_the_check() -> None:
    others = stored(metric("cm_b", "cm_c"), metric("cm_c", "cm_b"))
    assert errors(checked(metric("cm_a", "cm_b"), others)) == [
        (Code.FORMULA_TOO_COMPLEX, "formula.inputs[0].metric_id")
    ]


def test_many_metrics_that_use_each_other_are_checked_quickly() -> None:
    levels = [[f"cm_{level}_{n}" for n in range(20)] for level in range(4)]
    below = [["cost.total"], *levels]
    others = stored(*(metric(id, *below[level]) for level, ids in enumerate(levels) for id in ids))
    start = time.perf_counter()
    assert checked(metric("cm_top", *levels[3]), others).errors == ()
    assert time.perf_counter() - start < 60


def test_a_custom_metric_has_no_aggregation() -> None:
    result = checked(metric("cm_a", "cm_1", aggregation="sum"), chain(1))
    assert errors(result) == [(Code.UNSUPPORTED_AGGREGATION, "formula.inputs[0].aggregation")]


def test_a_filter_on_a_custom_metric_needs_rows_that_have_it_in_every_part() -> None:
    others = stored(metric("cm_1", "cost.total", "usage.sessions.total"), metric("cm_2", "cm_1"))
    assert checked(metric("cm_a", "cm_2", filters={"agent_id": "bot"}), others).errors == ()
    for key in ("model", "channel", "tool_name"):
        result = checked(metric("cm_a", "cm_2", filters={key: "x"}), others)
        assert errors(result) == [(Code.UNSUPPORTED_DIMENSION, f"formula.inputs[0].filters.{key}")]


def test_the_unit_of_a_custom_metric_counts_in_the_formula_that_uses_it() -> None:
    others = stored(metric("cm_1", "cost.total", unit="ms"))
    (warning,) = checked(metric("cm_a", "cost.total", "cm_1"), others).warnings
    assert warning.code is Code.MIXED_UNITS


def test_the_users_of_a_metric_are_those_that_name_it() -> None:
    definitions = chain(3) | stored(metric("cm_x", "cm_1", "cm_1"))
    assert users_of("cm_1", definitions) == ("cm_2", "cm_x")
    assert users_of("cost.total", definitions) == ("cm_1",)
    assert users_of("cm_3", definitions) == ()
