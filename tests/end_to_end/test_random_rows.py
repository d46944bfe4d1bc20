"""Promise: no row is lost without a word, none of one customer shows in another's numbers, and the random world
is as wild as it claims to be."""

from collections import Counter
from decimal import Decimal

import pytest

from core.errors import MetricNotFound
from core.measures import breakdown, series, value
from tests.end_to_end.conftest import Built
from tests.end_to_end.oracle_contract import EVENT_TIME
from tests.end_to_end.oracle_metrics import METRICS
from tests.end_to_end.test_random_worlds import ALL_TIME
from tests.end_to_end.world_cast import ORDINARY, SECRET


def test_every_row_that_does_not_count_is_told_with_its_reason(random_build: Built) -> None:
    found, status = random_build.oracle.found, random_build.status
    told: dict[str, Counter[str]] = {table: Counter() for table in status.tables}
    for reject in status.rejects:
        told[reject.table][reject.reason] += reject.rows
    for table in EVENT_TIME:
        assert told[table] == +found.rejected[table], table
        counts = status.tables[table]
        assert counts.rejected == found.rejected[table].total()
        assert counts.duplicates == found.duplicates[table], table
        assert counts.superseded == found.superseded[table], table
        if table != "sessions":
            assert counts.rows == len(found.rows[table]), table
    assert not status.set_aside


def test_sessions_that_wait_and_sessions_that_were_tests_are_counted(random_build: Built) -> None:
    assert random_build.status.incomplete_sessions == random_build.oracle.found.incomplete_sessions > 0
    assert random_build.status.test_sessions == len(random_build.oracle.found.test_sessions) > 0


def test_rows_too_late_wait_and_are_counted(random_build: Built) -> None:
    assert random_build.status.tables["llm_requests"].late == 2
    with random_build.store.for_customer("cust_late") as reader:
        assert value(reader, "usage.requests.total", ALL_TIME).value == 2


def test_calls_without_a_price_are_told_by_model(random_build: Built) -> None:
    unpriced = Counter(
        f"{call['provider']} {call['model']}"
        for call in random_build.oracle.rows["llm_requests"]
        if call["cost"] is None
    )
    assert dict(random_build.status.unpriced) == unpriced
    assert {"openai no-such-model", "acme_llm acme-2"} <= set(unpriced)


@pytest.mark.parametrize("customer_id", ORDINARY)
def test_not_one_row_of_the_secret_customers_is_in_anothers_numbers(
    random_build: Built, customer_id: str
) -> None:
    with random_build.store.for_customer(customer_id) as reader:
        tokens = value(reader, "usage.tokens.total", ALL_TIME).value
        money = [value(reader, m, ALL_TIME).value for m in ("cost.total", "cost.cache_savings")]
        results = [f"custom.{name}" for name in random_build.oracle.outcome_names(customer_id)]
        money += [value(reader, metric_id, ALL_TIME).value for metric_id in results]
        labels = [
            part.label for m in ("cost.by_model", "cost.by_agent") for part in breakdown(reader, m, ALL_TIME)
        ]
        for metric_id in ("usage.sessions.total", "quality.tool_success_rate"):
            points = series(reader, metric_id, ALL_TIME, "month", group_by="agent_id").points
            labels += [label for point in points for _, label in point.dimensions]
        with pytest.raises(MetricNotFound):
            value(reader, "custom.secret_777", ALL_TIME)
    # One of their rows ends in 777 where all others' end in zero.
    assert isinstance(tokens, int) and tokens % 10 == 0
    assert all(amount is None or Decimal(amount) % Decimal("0.00000001") == 0 for amount in money)
    assert not [label for label in labels if "777" in label]


def test_the_secret_customers_rows_would_show(random_build: Built) -> None:
    for customer_id in SECRET:
        for table, column in (("llm_requests", "input_tokens"), ("outcomes", "value")):
            rows = [r for r in random_build.oracle.rows[table] if r["customer_id"] == customer_id]
            amounts = [r[column] for r in rows if r[column]]
            assert all(str(amount).endswith("777") for amount in amounts), (customer_id, table)


def test_the_world_has_something_to_say_about_every_metric(random_build: Built) -> None:
    for metric_id in METRICS:
        asked = (random_build.oracle.ask(ALL_TIME.start, ALL_TIME.end, customer_id=c) for c in ORDINARY)
        values = {a.figures(metric_id).value for a in asked} - {None, 0, 100}
        assert len(values) >= 3, metric_id
    calls = random_build.oracle.rows["llm_requests"]
    ties = Counter((c["customer_id"], c["session_id"], c["started_at"]) for c in calls if c["session_id"])
    assert sum(n > 1 for n in ties.values()) > 50
    assert {c["savings"] < 0 for c in calls if c["savings"] is not None} == {True, False}
    assert all(
        random_build.oracle.found.superseded[table] for table in ("llm_requests", "prices", "outcomes")
    )
