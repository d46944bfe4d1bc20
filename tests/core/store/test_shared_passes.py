"""One pass over many customers' rows gives each of them what a reader of their own would find."""

from datetime import timedelta
from pathlib import Path

from core.portal_data.activity import newest_sessions
from core.portal_data.customer import agent_names, customer_of, data_since
from core.store.metric_store import MetricStore
from tests.builders import NOON, Events, agent, call, customer, publish, session


def _events() -> Events:
    """Two customers who share an agent; the newest sessions of each begin at the same instants."""
    ids = ("cust_a", "cust_b")
    return Events(
        sessions=[
            session(
                customer_id=customer_id,
                session_id=f"{customer_id}_{number:02}",
                agent_id="shared" if number % 2 else customer_id.replace("cust", "agent"),
                started_at=NOON - timedelta(hours=number // 2),
            )
            for customer_id in ids
            for number in range(9)
        ],
        llm_requests=[call(customer_id=customer_id, agent_id="shared") for customer_id in ids],
        agents=[
            agent(agent_id=name, name=name.upper()) for name in ("shared", "agent_a", "agent_b", "other")
        ],
        customers=[customer(customer_id=customer_id) for customer_id in ids],
    )


def test_newest_sessions_agents_and_beginnings_are_each_customers_own(tmp_path: Path) -> None:
    store = MetricStore.open(publish(tmp_path, _events()), poll_seconds=0)
    ids = ("cust_a", "cust_b", "cust_none")
    with store.for_customers(ids) as many:
        for customer_id in ids:
            with many.customer(customer_id) as shared, store.for_customer(customer_id) as own:
                until = NOON + timedelta(minutes=1)
                found = newest_sessions(shared, until=until, limit=5)
                assert found == newest_sessions(own, until=until, limit=5)
                assert len(found) == (0 if customer_id == "cust_none" else 5)
                assert all(seen.session_id.startswith(customer_id) for seen in found)
                assert agent_names(shared) == agent_names(own)
                assert data_since(shared) == data_since(own)
                assert customer_of(shared) == customer_of(own)
    store.close()


def test_a_name_of_an_agent_is_seen_by_those_it_worked_for(tmp_path: Path) -> None:
    store = MetricStore.open(publish(tmp_path, _events()), poll_seconds=0)
    with store.for_customers(["cust_a", "cust_b"]) as many, many.customer("cust_a") as reader:
        assert agent_names(reader) == {"shared": "SHARED", "agent_a": "AGENT_A"}
    store.close()
