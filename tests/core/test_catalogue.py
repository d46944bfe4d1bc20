"""The catalogue says what the metric definitions say."""

import pytest

from core.catalogue import CATALOGUE, Aggregation, Kind, Metric, outcome_metric
from tests.builders.columns import COLUMNS

DEFINED = """
cost.total                    counter    usd     lower
cost.daily                    timeseries usd     lower
cost.by_model                 gauge      usd     lower
cost.by_agent                 gauge      usd     lower
cost.per_completion           gauge      usd     lower
cost.cache_savings            counter    usd     higher
cost.burn_rate                gauge      percent lower
usage.requests.total          counter    count   higher
usage.requests.daily          timeseries count   higher
usage.tokens.total            counter    tokens  neutral
usage.tokens.input            counter    tokens  neutral
usage.tokens.output           counter    tokens  neutral
usage.sessions.total          counter    count   higher
usage.completions.successful  counter    count   higher
perf.latency.avg              gauge      ms      lower
perf.latency.p50              gauge      ms      lower
perf.latency.p95              gauge      ms      lower
perf.latency.p99              gauge      ms      lower
perf.latency.distribution     histogram  ms      lower
autonomy.intervention_rate    gauge      percent lower
autonomy.goal_completion_rate gauge      percent higher
autonomy.deflection_rate      gauge      percent higher
autonomy.steps_to_resolution  gauge      count   lower
autonomy.self_correction_rate gauge      percent higher
quality.tool_success_rate     gauge      percent higher
quality.hallucination_rate    gauge      percent lower
quality.loop_rate             gauge      percent lower
quality.sentiment_shift       gauge      score   higher
"""
EVERY = pytest.mark.parametrize(
    "metric", [*CATALOGUE.values(), outcome_metric("revenue", "usd")], ids=lambda m: m.id
)


def test_every_defined_metric_is_there_with_its_type_unit_and_better_direction() -> None:
    defined = [tuple(line.split()) for line in DEFINED.strip().splitlines()]
    assert [(m.id, m.type.value, m.unit, m.better.value) for m in CATALOGUE.values()] == defined


@EVERY
def test_every_part_is_a_column_of_the_fact_and_of_its_measure(metric: Metric) -> None:
    for column in (*metric.numerator, metric.observed, metric.total):
        assert column in COLUMNS[metric.fact.table]
        assert column in COLUMNS[metric.fact.measure]
    if metric.denominator:
        assert metric.denominator_fact is not None
        assert metric.denominator in COLUMNS[metric.denominator_fact.measure]


@EVERY
def test_what_a_person_reads_is_there(metric: Metric) -> None:
    assert metric.name and metric.description
    assert metric.aggregations[0] is metric.natural
    assert len(set(metric.aggregations)) == len(metric.aggregations)


@EVERY
def test_a_percent_is_scaled_once_and_only_counters_have_sums_and_rates(metric: Metric) -> None:
    assert metric.is_percent == (metric.scale == 100)
    is_sum = metric.kind is Kind.SUM
    assert (Aggregation.SUM in metric.aggregations, Aggregation.RATE in metric.aggregations) == (
        is_sum,
        is_sum,
    )


def test_business_results_are_counters_in_their_own_unit() -> None:
    metric = outcome_metric("hours_saved", "hours")
    assert (metric.id, metric.name, metric.unit) == ("custom.hours_saved", "Hours saved", "hours")
    assert "model" not in metric.dimensions
