"""Golden case for money: what two calls cost and saved, by hand, from landing files to the published answer."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from core.measures import Filters, value
from core.periods import Period, zone
from core.store.metric_store import MetricStore
from pipeline.home import Home
from tests.pipeline.runs import land, run_parsed, settings_in

NOVEMBER = Period(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 15, tzinfo=UTC), zone("UTC"))
WHO = {"customer_id": "cust_a", "provider": "anthropic", "model": "golden-1", "status": "ok"}
# 1,000 fresh, 9,000 read from the cache and 500 output tokens; with the second, 2,000 more written to the cache.
READING = {"request_id": "r1", "agent_id": "reads", "input_tokens": 10_000, "cache_read_tokens": 9_000}
WRITING = {"request_id": "r2", "agent_id": "writes", "input_tokens": 12_000, "cache_read_tokens": 9_000}
CONTRACT = {
    "provider": "anthropic",
    "model": "golden-1",
    "valid_from": "2026-11-01T00:00:00Z",
    "input_usd_per_million": "3.00",
    "output_usd_per_million": "15.00",
    "cache_read_usd_per_million": "0.30",
    "cache_write_usd_per_million": "3.75",
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> MetricStore:
    folder = tmp_path_factory.mktemp("golden")
    calls = [READING, WRITING | {"cache_write_tokens": 2_000}]
    at = {"started_at": "2026-11-02T09:00:00Z", "output_tokens": 500}
    land(folder / "landing", "llm_requests/calls.jsonl", [call | WHO | at for call in calls])
    land(folder / "landing", "prices/contract.jsonl", [CONTRACT])
    run_parsed(settings := settings_in(folder / "home"), folder / "landing", "golden")
    return MetricStore.open(Home(settings.home).published)


@pytest.mark.parametrize(
    ("agent_id", "cost", "saved"),
    [("reads", "0.0132", "0.0243"), ("writes", "0.0207", "0.0228"), (None, "0.0339", "0.0471")],
)
def test_a_call_costs_and_saves_exactly_what_it_does_by_hand(
    store: MetricStore, agent_id: str | None, cost: str, saved: str
) -> None:
    filters = Filters.of(agent_id=agent_id)
    with store.for_customer("cust_a") as reader:
        assert value(reader, "cost.total", NOVEMBER, filters).value == Decimal(cost)
        assert value(reader, "cost.cache_savings", NOVEMBER, filters).value == Decimal(saved)
