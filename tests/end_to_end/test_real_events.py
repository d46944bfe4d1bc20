"""Promise: on real events, dirt included, every published number is what its definition says.

The events lie beside the project where it is developed; elsewhere these tests skip, saying so.
"""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from core.measures import Filters, value
from core.periods import Period, zone
from tests.end_to_end.comparing import Where, days, differences, reader_of, unlike
from tests.end_to_end.conftest import Built
from tests.end_to_end.oracle_budgets import burn_rate
from tests.end_to_end.oracle_contract import Row

WHOLE = Period(datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 11, 15, tzinfo=UTC), zone("UTC"))
CUSTOMERS = (
    *("cust_acme", "cust_globex", "cust_hooli", "cust_initech", "cust_frameworks", "demo-user"),
    "sector_finance_and_insurance",
    "sector_government",
    "sector_health_care_and_social_assistance",
    "sector_information",
    "sector_manufacturing",
    "sector_professional__scientific__and_technical",
    "sector_real_estate_and_rental_and_leasing",
    "sector_retail_trade",
    "sector_wholesale_trade",
)
PERIODS = [
    WHOLE,
    *(
        days(first, end, zone(tz))
        for tz in ("America/New_York", "Asia/Kathmandu")
        for first, end in (
            (date(2026, 2, 1), date(2026, 3, 1)),
            (date(2026, 2, 9), date(2026, 2, 16)),
            (date(2026, 9, 1), date(2026, 10, 1)),
            (date(2026, 9, 14), date(2026, 9, 21)),
        )
    ),
]


def test_the_customers_are_all_there_are(real_build: Built) -> None:
    tables = ("llm_requests", "sessions", "tool_calls", "evaluations", "outcomes")
    rows = (row for table in tables for row in real_build.oracle.rows[table])
    assert {row["customer_id"] for row in rows} == set(CUSTOMERS)


@pytest.mark.parametrize("customer_id", [*CUSTOMERS, None], ids=str)
def test_every_figure_of_every_metric_is_what_the_events_say(
    real_build: Built, customer_id: str | None
) -> None:
    with reader_of(real_build.store, customer_id) as reader:
        asked = map(Where, PERIODS)
        found = [told for where in asked for told in differences(reader, real_build.oracle, where)]
    assert not found, "\n".join(found[:20])


@pytest.mark.parametrize("dimension", ["agent_id", "model"])
@pytest.mark.parametrize("customer_id", ["cust_acme", "sector_government", "cust_frameworks", None], ids=str)
def test_every_agent_and_every_model_has_its_own_figures(
    real_build: Built, customer_id: str | None, dimension: str
) -> None:
    rows = real_build.oracle.ask(WHOLE.start, WHOLE.end, customer_id=customer_id).calls
    names = sorted({row[dimension] for row in rows})
    asked = [
        Where(period, ((dimension, name),)) for name in names for period in (WHOLE, PERIODS[1], PERIODS[8])
    ]
    with reader_of(real_build.store, customer_id) as reader:
        found = [told for where in asked for told in differences(reader, real_build.oracle, where)]
    assert not found, "\n".join(found[:20])


def test_a_budget_is_spent_as_fast_as_its_calls_cost(real_build: Built) -> None:
    with real_build.store.for_all() as reader:
        for budget in real_build.oracle.rows["budgets"]:
            for day in (1, 10, 27):
                at = datetime(2026, 2, day, 12, tzinfo=UTC)
                period = Period(WHOLE.start, at, zone("UTC"))
                answer = value(reader, "cost.burn_rate", period, Filters.of(agent_id=budget["scope_id"]))
                assert answer.value is not None
                assert not list(unlike(answer, burn_rate(real_build.oracle, at, None, budget["scope_id"])))


def test_every_row_of_these_files_counts_and_none_is_rejected(real_build: Built) -> None:
    rows = {name: counts.rows for name, counts in real_build.status.tables.items() if counts.rows}
    assert rows == {
        "llm_requests": 46_954 + 8,
        "sessions": 1_404 + 2,
        "tool_calls": 38_000 + 3,
        "evaluations": 395,
        "outcomes": 395,
        "budgets": 3,
    }
    assert (real_build.status.rejects, real_build.status.set_aside) == ((), ())
    assert (real_build.status.incomplete_sessions, real_build.status.test_sessions) == (0, 0)


def test_what_was_not_observed_is_told_and_in_no_rate(real_build: Built) -> None:
    told = {entry.what: (entry.missing, entry.of) for entry in real_build.status.unobserved}
    assert told == {
        "the outcome of sessions": (621 + 2, 1_406),
        "whether a human took over": (621 + 2, 1_406),
        "the latency of calls that went well": (3_996 + 1, 43_252),
        "how calls ended (status unknown)": (3_710, 46_962),
        "how tool calls ended (status unknown)": (33_537, 38_003),
        "the arguments of tool calls": (33_534 + 1, 38_003),
    }
    with real_build.store.for_customer("cust_acme") as reader:
        assert value(reader, "autonomy.goal_completion_rate", WHOLE).value is None
        assert value(reader, "quality.tool_success_rate", WHOLE).value is None
        assert value(reader, "quality.hallucination_rate", WHOLE).value is None


def test_a_cost_its_source_reports_needs_no_price_but_savings_do(real_build: Built) -> None:
    assert real_build.status.unpriced == ()
    with real_build.store.for_customer("sector_government") as reader:
        assert value(reader, "cost.total", WHOLE).unpriced_share == 0
        savings = value(reader, "cost.cache_savings", WHOLE)
    assert (savings.value, savings.unpriced_share) == (None, 1)


def test_calls_above_the_tier_pay_its_price_for_all_their_tokens(real_build: Built) -> None:
    model = "claude-sonnet-4-5-20250929"
    asked = real_build.oracle.ask(WHOLE.start, WHOLE.end, model=model)
    assert sum(call["input_tokens"] > 200_000 for call in asked.calls) == 4_185
    with real_build.store.for_all() as reader:
        assert value(reader, "cost.total", WHOLE, Filters.of(model=model)).value == sum(
            map(by_hand, asked.calls)
        )


def by_hand(call: Row) -> Decimal:
    """USD per million: 3 for fresh input, 0.30 and 3.75 for the cache, 15 for output; more from 200,000 on."""
    is_large = call["input_tokens"] > 200_000
    fresh, read, write, output = ("6", "0.6", "7.5", "22.5") if is_large else ("3", "0.3", "3.75", "15")
    reads, writes = call["cache_read_tokens"], call["cache_write_tokens"]
    parts = (
        (call["input_tokens"] - reads - writes) * Decimal(fresh),
        reads * Decimal(read),
        writes * Decimal(write),
        call["output_tokens"] * Decimal(output),
    )
    return sum(parts, Decimal(0)) / 1_000_000


def test_what_agent_spans_repeat_is_counted_once(real_build: Built) -> None:
    spans = real_build.status.spans
    rows = {table: count for table, count in spans.rows.items() if count}
    assert (spans.spans, rows) == (25, {"llm_requests": 8, "sessions": 2, "tool_calls": 3})
    with real_build.store.for_customer("cust_frameworks") as reader:
        # 1 llama-index, 1 agent-framework and 4 pydantic-ai calls; the agents above say 631, 502, 682 and 131 again.
        assert value(reader, "usage.tokens.input", WHOLE).value == 13 + 631 + 265 + 417 + 502 + 131
        assert value(reader, "usage.requests.total", WHOLE).value == 6
