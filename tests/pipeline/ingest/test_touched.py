"""Promise: exactly the (customer, day)s that new rows change are rebuilt."""

import pytest

from pipeline.ingest import pricing
from pipeline.prices import ListPrice, list_prices
from tests.pipeline.ingest.rows import call, outcome, price, session, tool_call, whole_session
from tests.pipeline.ingest.warehouse import Warehouse


def _day(day: int, customer: str = "cust_a") -> tuple[str, str]:
    return customer, f"2026-11-{day:02}"


def _at(day: int) -> str:
    return f"2026-11-{day:02}T23:59:59.999999Z"


def test_a_row_touches_its_own_day_and_the_start_day_of_its_session(warehouse: Warehouse) -> None:
    namesake = whole_session("s1", customer_id="cust_b", started_at=_at(8))
    warehouse.land("sessions/a.jsonl", [whole_session("s1"), namesake])
    assert warehouse.run() == 2
    assert warehouse.touched() == {_day(1), _day(8, "cust_b")}
    rows = [call("r1", session_id="s1", started_at=_at(3)), call("r2", session_id="none", started_at=_at(5))]
    warehouse.land("llm_requests/a.jsonl", rows)
    warehouse.land("outcomes/a.jsonl", [outcome(occurred_at=_at(7), customer_id="cust_b", session_id="s1")])
    warehouse.run()
    assert warehouse.touched() == {_day(3), _day(1), _day(5), _day(7, "cust_b"), _day(8, "cust_b")}


def test_days_are_those_of_utc(warehouse: Warehouse) -> None:
    warehouse.land("tool_calls/a.jsonl", [tool_call(started_at="2026-11-02T00:30:00+01:00")])
    warehouse.run()
    assert warehouse.touched() == {_day(1)}


def test_nothing_new_touches_nothing(warehouse: Warehouse) -> None:
    warehouse.land("llm_requests/a.jsonl", [call(session_id="s1")])
    warehouse.land("sessions/a.jsonl", [whole_session()])
    warehouse.run()
    assert warehouse.run() == 0
    warehouse.land("llm_requests/b.jsonl", [call(session_id="s1"), "broken"])
    warehouse.land("customers/a.jsonl", [{"customer_id": "cust_a", "name": "A"}])
    warehouse.land("sessions/b.jsonl", [whole_session(), whole_session(), "broken"])
    assert warehouse.run() == 0


def test_a_lower_version_that_comes_later_touches_nothing(warehouse: Warehouse) -> None:
    warehouse.land("llm_requests/a.jsonl", [call(record_version=2)])
    warehouse.run()
    warehouse.land("llm_requests/b.jsonl", [call(record_version=1, started_at=_at(9))])
    assert warehouse.run() == 0


def test_a_key_that_moves_touches_where_it_was_and_where_it_is(warehouse: Warehouse) -> None:
    warehouse.land(
        "sessions/a.jsonl",
        [
            whole_session("old", started_at=_at(2)),
            whole_session("new", customer_id="cust_b", started_at=_at(3)),
        ],
    )
    warehouse.land("llm_requests/a.jsonl", [call(session_id="old", started_at=_at(5))])
    warehouse.run()
    moved = call(session_id="new", customer_id="cust_b", started_at=_at(6), record_version=1)
    warehouse.land("llm_requests/b.jsonl", [moved])
    warehouse.run()
    assert warehouse.touched() == {_day(5), _day(2), _day(6, "cust_b"), _day(3, "cust_b")}


def test_a_session_row_touches_its_own_day_and_that_of_the_whole(warehouse: Warehouse) -> None:
    warehouse.land("sessions/a.jsonl", [whole_session(record_version=5)])
    warehouse.run()
    warehouse.land("sessions/b.jsonl", [session(started_at=_at(4), outcome="goal_met")])
    warehouse.run()
    assert warehouse.touched() == {_day(1), _day(4)}
    warehouse.land("sessions/c.jsonl", [session(intent="x")])
    warehouse.run()
    assert warehouse.touched() == {_day(1)}


def test_a_contract_price_touches_the_days_of_its_calls(warehouse: Warehouse) -> None:
    openai = {"provider": "openai"}
    rows = [
        call("r1", **openai),
        call("r2", **openai, customer_id="cust_b", started_at=_at(5)),
        call("r3", **openai, started_at="2025-06-01T00:00:00Z"),
        call("r4", provider="azure", started_at=_at(6)),
        call("r5", **openai, model="gpt-5", started_at=_at(7)),
        call("r6", started_at=_at(8)),
    ]
    warehouse.land("llm_requests/a.jsonl", rows)
    warehouse.run()
    warehouse.land("prices/a.jsonl", [price()])
    warehouse.run()
    assert warehouse.touched() == {_day(1), _day(5, "cust_b")}
    warehouse.land("prices/b.jsonl", [price(customer_id="cust_b", input_usd_per_million=1)])
    warehouse.run()
    assert warehouse.touched() == {_day(5, "cust_b")}
    warehouse.land("prices/c.jsonl", [price(), price(record_version=1, output_usd_per_million=1)])
    warehouse.run()
    assert warehouse.touched() == {_day(1), _day(5, "cust_b")}
    warehouse.land("prices/d.jsonl", [price(), price(model="unused")])
    assert warehouse.run() == 0


def test_another_list_price_touches_the_days_of_its_calls(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        call("r1", provider="openai"),
        call("r2", model="gpt-4o", started_at=_at(2)),
        call("r3", provider="openai", model="gpt-5", started_at=_at(3)),
    ]
    warehouse.land("llm_requests/a.jsonl", rows)
    warehouse.run()
    assert warehouse.run() == 0
    listed = list_prices([("openai", "gpt-4o"), (None, "gpt-4o"), ("openai", "gpt-5")])
    monkeypatch.setattr(pricing, "list_prices", lambda _: [p for p in listed if p.model != "gpt-4o"])
    warehouse.run()
    assert warehouse.touched() == {_day(1), _day(2)}
    monkeypatch.setattr(pricing, "list_prices", lambda _: listed)
    warehouse.run()
    assert warehouse.touched() == {_day(1), _day(2)}
    monkeypatch.setattr(
        pricing, "list_prices", lambda _: [_dearer(p) if p.model == "gpt-5" else p for p in listed]
    )
    warehouse.run()
    assert warehouse.touched() == {_day(3)}


def _dearer(listed: ListPrice) -> ListPrice:
    return ListPrice(**vars(listed) | {"output_usd_per_million": 2 * listed.output_usd_per_million})
