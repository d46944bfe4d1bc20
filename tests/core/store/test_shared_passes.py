"""One pass over many customers' rows gives each of them what a reader of their own would find."""

from datetime import timedelta
from pathlib import Path

from core.portal_data.activity import newest_sessions
from core.portal_data.customer import agent_names, customer_of, data_since
from core.store.metric_store import MetricStore
from core.store.query import Query, Stretch
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


def test_what_is_alike_is_answered_in_one_pass_whatever_each_asks_for(tmp_path: Path) -> None:
    """One asks for some agents, another for other times, a third for an outcome, a fourth for everything."""
    ids = ("cust_a", "cust_b", "cust_c", "cust_d", "cust_none")
    ended = ("goal_met", "failed", None)
    made = [
        session(
            customer_id=customer_id,
            session_id=f"{customer_id}_{number}",
            agent_id=f"agent_{number % 2}",
            outcome=ended[number % 3],
            started_at=NOON - timedelta(hours=number),
        )
        for customer_id in ids[:4]
        for number in range(20)
    ]
    start, end = ((NOON - timedelta(hours=hours)).replace(tzinfo=None) for hours in (12, -1))

    def query(hours: int, *where: str, **values: str) -> Query:
        stretch = Stretch("fact_sessions", "started_at", start - timedelta(hours=hours), end)
        bound = tuple(values.items())
        columns = ("count(*)", "min(session_id)")
        return Query("fact_sessions", columns, ("agent_id",), where=where, values=bound, stretches=(stretch,))

    asked = {
        "cust_a": query(0, "agent_id = $f0", f0="agent_1"),
        "cust_b": query(5, "agent_id = $f0", f0="agent_0"),
        "cust_c": query(0, "outcome = $f0", f0="failed"),
        "cust_d": query(0),
        "cust_none": query(3),
    }
    store = MetricStore.open(publish(tmp_path, Events(sessions=made)), poll_seconds=0)
    with store.for_customers(ids) as many:
        many.expect({customer_id: [one, query(9)] for customer_id, one in asked.items()})
        for customer_id, one in asked.items():
            with many.customer(customer_id) as shared, store.for_customer(customer_id) as own:
                for wanted in (one, query(9)):
                    assert sorted(shared.rows(wanted)) == sorted(own.rows(wanted))
                assert bool(shared.rows(one)) == (customer_id != "cust_none")
                # What nobody expected is answered all the same.
                assert sorted(shared.rows(query(1))) == sorted(own.rows(query(1)))
    store.close()
