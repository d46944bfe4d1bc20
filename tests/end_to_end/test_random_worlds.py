"""Promise: whatever came, in whatever order and form, every published number is what its definition says.

Forty customers' random events are delivered in three builds, and every figure of every metric is compared with
the oracle, which reads the same landing files. What became of the rows that do not count is `test_random_rows`.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.measures import Filters, Question, distribution, series, value, values_by_customer
from core.periods import Period, zone
from tests.end_to_end.comparing import Where, days, differences, is_same, midnight, reader_of, unlike
from tests.end_to_end.conftest import Built
from tests.end_to_end.oracle_budgets import burn_rate
from tests.end_to_end.oracle_metrics import METRICS, quantile
from tests.end_to_end.world_cast import AGENTS, CLOCK_CHANGES, DAYS, FIRST_DAY, ORDINARY, SECRET, ZONES

EVERYBODY = (*ORDINARY, *SECRET, "cust_late", "cust_new")
SOME = (*ORDINARY[:3], SECRET[0], None)
ALL_TIME = Period(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 11, 15, tzinfo=UTC), zone("UTC"))
CONDITIONS: tuple[dict[str, str], ...] = (
    *({"agent_id": agent} for agent in (*AGENTS, "(none)", "agent_777")),
    *({"model": model} for model in ("acme-1", "gpt-4o", "no-such-model", "nobody-called-it")),
    {"provider": "openai"},
    {"operation": "embeddings"},
    {"agent_id": "agent_a", "model": "acme-1", "operation": "chat"},
    {"channel": "chat"},
    {"agent_id": "agent_b", "intent": "refund"},
    {"tool_name": "search"},
)


def periods_of(number: int) -> list[Period]:
    """A month, a week, a day on which clocks change and an odd stretch, in a zone of this number's own."""
    tz = ZONES[number % len(ZONES)]
    monday, day = date(2026, 10, 5 + 7 * (number % 4)), CLOCK_CHANGES[number % len(CLOCK_CHANGES)]
    odd = datetime(2026, 10, 3 + number % 20, 5, 47, 11, 123, tzinfo=UTC)
    return [
        days(date(2026, 10, 1), date(2026, 11, 1), tz),
        days(monday, monday + timedelta(days=7), tz),
        days(day, day + timedelta(days=1), tz),
        Period(odd, odd + timedelta(days=6, hours=5, microseconds=1), tz),
    ]


def wheres(number: int) -> list[Where]:
    """Every period without conditions, every condition over all time or over the month."""
    either = (ALL_TIME, periods_of(number)[0])
    return [
        *(Where(period) for period in (ALL_TIME, *periods_of(number))),
        *(Where(either[(i + number) % 2], tuple(sorted(c.items()))) for i, c in enumerate(CONDITIONS)),
    ]


@pytest.mark.parametrize("number", range(len(EVERYBODY)), ids=EVERYBODY)
def test_every_figure_of_every_metric_is_what_the_events_say(random_build: Built, number: int) -> None:
    with random_build.store.for_customer(EVERYBODY[number]) as reader:
        found = [told for where in wheres(number) for told in differences(reader, random_build.oracle, where)]
    assert not found, "\n".join(found[:20])


def test_everybody_together_are_all_rows_of_all(random_build: Built) -> None:
    with random_build.store.for_all() as reader:
        for number in range(len(ZONES)):
            asked = wheres(number)
            found = [told for where in asked for told in differences(reader, random_build.oracle, where)]
            assert not found, "\n".join(found[:20])


def test_many_customers_in_one_pass_get_each_their_own(random_build: Built) -> None:
    for number in (2, 7):
        period = periods_of(number)[0]
        with random_build.store.for_customers(EVERYBODY) as readers:
            answers = values_by_customer(readers, EVERYBODY, [Question(m) for m in METRICS], period)
        for customer_id in EVERYBODY:
            asked = random_build.oracle.ask(period.start, period.end, customer_id=customer_id)
            for metric_id, answer in zip(METRICS, answers[customer_id], strict=True):
                assert not list(unlike(answer, asked.figures(metric_id))), (customer_id, metric_id)


@pytest.mark.parametrize("tz", ZONES, ids=str)
@pytest.mark.parametrize("metric_id", ["usage.requests.daily", "cost.daily", "quality.tool_success_rate"])
def test_a_day_is_a_day_of_the_zone_that_was_asked_for(
    random_build: Built, metric_id: str, tz: ZoneInfo
) -> None:
    edges = [midnight(FIRST_DAY + timedelta(days=n), tz) for n in range(DAYS + 1)]
    for customer_id in SOME:
        with reader_of(random_build.store, customer_id) as reader:
            points = series(reader, metric_id, Period(edges[0], edges[-1], tz), "day").points
        wanted = by_day(random_build, metric_id, customer_id, edges)
        assert [point.timestamp for point in points] == edges[:-1]
        assert all(map(is_same, (point.value for point in points), wanted)), customer_id


def by_day(build: Built, metric_id: str, customer_id: str | None, edges: list[datetime]) -> list[Any]:
    asked = (build.oracle.ask(start, end, customer_id=customer_id) for start, end in pairwise(edges))
    return [day.figures(metric_id).value for day in asked]


@pytest.mark.parametrize("tz", ZONES, ids=str)
def test_a_mean_day_is_the_mean_of_the_days_with_a_cost(random_build: Built, tz: ZoneInfo) -> None:
    edges = [midnight(FIRST_DAY + timedelta(days=n), tz) for n in range(DAYS + 1)]
    for customer_id in SOME:
        costs = [c for c in by_day(random_build, "cost.daily", customer_id, edges) if c is not None]
        with reader_of(random_build.store, customer_id) as reader:
            found = value(reader, "cost.daily", Period(edges[0], edges[-1], tz), aggregation="avg").value
        assert found == sum(costs, Decimal(0)) / len(costs)


@pytest.mark.parametrize("customer_id", SOME, ids=str)
def test_latencies_spread_as_they_do(random_build: Built, customer_id: str | None) -> None:
    period = periods_of(1)[0]
    latencies = random_build.oracle.ask(period.start, period.end, customer_id=customer_id).latencies
    with reader_of(random_build.store, customer_id) as reader:
        found = distribution(reader, "perf.latency.distribution", period, buckets=7)
    wanted = (len(latencies), min(latencies, default=None), max(latencies, default=None))
    assert (found.count, found.minimum, found.maximum) == wanted
    for name, percentile in found.percentiles:
        assert is_same(percentile, quantile(latencies, int(name[1:]) / 100)), name
    assert [b.count for b in found.histogram] == counts_between(latencies, [b.lower for b in found.histogram])


def counts_between(latencies: list[float], lowers: list[Any]) -> list[int]:
    uppers = [*lowers, float("inf")][1:]
    return [sum(low <= x < up for x in latencies) for low, up in zip(lowers, uppers, strict=True)]


@pytest.mark.parametrize("customer_id", [*ORDINARY[:20], *SECRET[:4], None], ids=str)
@pytest.mark.parametrize("agent_id", [None, "agent_a", "agent_b"], ids=str)
def test_a_budget_is_spent_as_fast_as_its_calls_cost(
    random_build: Built, customer_id: str | None, agent_id: str | None
) -> None:
    for at in (datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 19, 17, 30, tzinfo=UTC), ALL_TIME.end):
        period = Period(ALL_TIME.start, at, ALL_TIME.zone)
        with reader_of(random_build.store, customer_id) as reader:
            answer = value(reader, "cost.burn_rate", period, Filters.of(agent_id=agent_id))
        wanted = burn_rate(random_build.oracle, at, customer_id, agent_id)
        assert not list(unlike(answer, wanted)), (at, answer.budget)
