"""The table is made anew exactly when a definition could be worth something else."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.custom_metrics import CustomMetricDefinition
from pipeline import custom_metrics
from pipeline.custom_metrics.definitions import Defined, read, reads_budgets, reads_clock
from tests.pipeline.custom_metrics.builds import Build, inactive, metric

COST, NESTED = metric(), metric("cm_nested", "$x", x="cm_cost_per_session")


def fingerprint(*definitions: CustomMetricDefinition) -> str:
    return Defined(definitions).fingerprint


@pytest.mark.parametrize(
    "other",
    [
        metric(expression="$a / $b * 2"),
        metric(unit="percent"),
        metric(customer_id="cust_a"),
        metric(a="cost.total avg", b="usage.sessions.total"),
        inactive(COST),
    ],
)
def test_what_changes_numbers_is_another_version(other: CustomMetricDefinition) -> None:
    assert fingerprint(other) != fingerprint(COST)


def test_what_is_only_words_is_no_other_version() -> None:
    assert fingerprint(replace(COST, name="Renamed", description="777")) == fingerprint(COST)
    assert fingerprint(COST, NESTED) == fingerprint(NESTED, COST)


def test_a_metric_is_of_another_version_when_one_it_uses_is() -> None:
    before, after = Defined((COST, NESTED)), Defined((metric(expression="$a"), NESTED))
    assert before.version(NESTED) != after.version(NESTED)
    assert before.version(COST) == Defined((COST,)).version(COST)


def test_a_customers_metric_uses_its_own_metrics_and_everybodys_and_nobody_elses() -> None:
    own = metric("cm_own", "$x", x="cm_cost_per_session", customer_id="cust_a")
    foreign = metric("cm_foreign", "777", customer_id="cust_b", a="cost.total")
    defined = Defined((COST, own, foreign))
    assert set(defined.usable_by("cust_a")) == {"cm_cost_per_session", "cm_own"}
    assert set(defined.usable_by(None)) == {"cm_cost_per_session"}
    assert [d.id for d in defined.reached(own)] == ["cm_cost_per_session", "cm_own"]
    assert defined.version(own) == Defined((COST, own)).version(own)


def test_definitions_in_a_circle_have_a_version_too() -> None:
    circle = metric("cm_a", "$x", x="cm_b"), metric("cm_b", "$x", x="cm_a")
    assert fingerprint(*circle)


def test_without_active_metrics_there_is_nothing_to_compare() -> None:
    assert fingerprint() == fingerprint(inactive(COST)) == ""


def test_only_metrics_about_budgets_depend_on_the_days_before() -> None:
    assert reads_budgets(metric(a="cost.total", b="cost.burn_rate").formula.inputs)
    assert not reads_budgets(metric(a="cost.total", b="custom.revenue_attributed").formula.inputs)
    assert reads_clock(metric(a="cost.total rate").formula.inputs)
    assert reads_clock(metric(a="cost.burn_rate").formula.inputs)
    assert not reads_clock(metric(a="cost.total avg").formula.inputs)


def test_the_control_store_is_read_and_none_is_made(tmp_path: Path) -> None:
    build = Build(tmp_path / "home")
    assert read(build.settings) == Defined()
    assert not build.settings.control_path.exists()
    build.define(COST)
    assert [d.id for d in read(build.settings).active] == [COST.id]
    assert custom_metrics.fingerprint(build.settings) == fingerprint(COST)
