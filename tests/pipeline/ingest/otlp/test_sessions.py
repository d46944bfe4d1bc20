"""Sessions from agent spans and from what events add to them."""

AGENT = {
    "gen_ai.operation.name": "invoke_agent",
    "gen_ai.agent.name": "helper",
    "gen_ai.conversation.id": "c1",
}
OTHER_TRACE = "f" * 32
NO_TRACE_TIME = "2026-09-21T14:13:20.000000Z"


def test_a_session_spans_all_outermost_agents_of_its_conversation_in_whatever_trace(warehouse, build):
    warehouse.read(
        build.traces(
            build.span(1, {"http.method": "POST"}, start=0, end=99),
            build.span(2, AGENT, parent=1, start=5, end=9),
            build.span(3, AGENT | {"gen_ai.agent.name": "inner"}, parent=2, start=1, end=50),
        ),
        build.traces(
            build.span(4, AGENT | {"gen_ai.agent.name": "second"}, start=20, end=30.5, trace=OTHER_TRACE)
        ),
    )
    warehouse.derive()
    assert warehouse.row("sessions") == {
        "session_id": "c1",
        "customer_id": "cust_a",
        "agent_id": "helper",
        "started_at": "2026-09-21T14:13:25.000000Z",
        "ended_at": "2026-09-21T14:13:50.500000Z",
        "source_system": "otlp",
        "record_version": "0",
        "extra": '{"span_name":"work","scope":"tests","scope_version":"1"}',
    }


def test_one_conversation_of_two_customers_is_two_sessions(warehouse, build):
    warehouse.read(build.traces(build.span(1, AGENT)), customer="cust_a")
    warehouse.read(build.traces(build.span(1, AGENT, trace=OTHER_TRACE)), customer="cust_777")
    warehouse.derive()
    assert {row["customer_id"] for row in warehouse.rows("sessions")} == {"cust_a", "cust_777"}


def test_without_an_agent_or_without_a_conversation_there_is_no_session(warehouse, build, call):
    nameless = {"gen_ai.operation.name": "invoke_agent"}
    below = {"gen_ai.conversation.id": "c1"}
    warehouse.read(
        build.traces(
            build.span(1, nameless),
            build.span(2, call | below, parent=1),
            build.span(3, call | below, trace=OTHER_TRACE),
        )
    )
    warehouse.derive()
    assert warehouse.rows("sessions") == []
    assert [row["session_id"] for row in warehouse.rows("llm_requests")] == ["c1", "c1"]


def test_what_was_not_observed_is_not_told(warehouse, build):
    warehouse.read(build.traces(build.span(1, AGENT)))
    warehouse.derive()
    told = warehouse.row("sessions").keys()
    assert not told & {"user_turns", "agent_steps", "outcome", "handoff", "is_test"}


def test_events_complete_the_session_of_their_span_or_of_the_session_they_name(warehouse, build):
    outcome = {
        "outcome": "goal_met",
        "user_turns": 3,
        "sentiment_end": 0.5,
        "is_test": False,
        "channel": "chat",
    }
    handoff = {"session_id": "c1", "handoff_reason": "asked for a human"}
    warehouse.read(
        build.traces(build.span(1, AGENT)),
        build.logs(build.event("agent.session.outcome", outcome, traceId=build.TRACE, spanId="0" * 15 + "1")),
        build.logs(build.event("agent.handoff", handoff)),
    )
    warehouse.derive()
    row = warehouse.row("sessions")
    assert (row["outcome"], row["user_turns"], row["sentiment_end"]) == ("goal_met", "3", "0.5")
    assert (row["handoff"], row["handoff_reason"]) == ("true", "asked for a human")
    assert (row["is_test"], row["channel"], row["agent_id"]) == ("false", "chat", "helper")
    assert row["started_at"] == NO_TRACE_TIME


def test_the_last_event_that_says_something_wins_whatever_order_they_come_in(new_warehouse, build):
    told = [
        ({"outcome": "abandoned", "intent": "refund"}, 1),
        ({"outcome": "goal_met"}, 3),
        ({"channel": "mail"}, 5),
    ]
    events = [build.event("agent.session.outcome", {"session_id": "c1"} | v, at=at) for v, at in told]
    for order in (events, events[::-1]):
        warehouse = new_warehouse()
        for event in order:
            warehouse.read(build.logs(event))
            warehouse.derive(warehouse.files)
        row = warehouse.row("sessions")
        assert (row["outcome"], row["intent"], row["channel"]) == ("goal_met", "refund", "mail")


def test_versions_of_a_session_are_rows_of_their_own(warehouse, build):
    later = {"session_id": "c1", "outcome": "goal_met", "record_version": 2}
    warehouse.read(
        build.traces(build.span(1, AGENT)), build.logs(build.event("agent.session.outcome", later))
    )
    warehouse.derive()
    versions = {row["record_version"]: row.get("outcome") for row in warehouse.rows("sessions")}
    assert versions == {"0": None, "2": "goal_met"}


def test_an_event_alone_is_a_partial_session_that_does_not_guess_its_agent(warehouse, build):
    partial = build.event("agent.session.outcome", {"session_id": "c1", "outcome": "goal_met"})
    whole = build.event(
        "agent.session.outcome",
        {"session_id": "c2", "started_at": "2026-09-21T10:00:00Z", "outcome": "goal_met"},
    )
    warehouse.read(build.logs(partial, whole, resource={"service.name": "crm"}))
    warehouse.derive()
    assert {row["session_id"]: row.get("agent_id") for row in warehouse.rows("sessions")} == {
        "c1": None,
        "c2": "crm",
    }


def test_an_event_of_no_session_is_refused_once_and_taken_back_when_its_span_comes(warehouse, build):
    event = build.event("agent.handoff", {}, traceId=build.TRACE, spanId="0" * 15 + "1")
    warehouse.read(build.logs(event))
    for _ in range(2):
        warehouse.derive()
        assert warehouse.rejects() == [(1, "sessions", "MISSING_VALUE", "session_id")]
    warehouse.read(build.traces(build.span(1, AGENT)))
    warehouse.derive(2)
    assert warehouse.rejects() == []
    assert warehouse.row("sessions")["handoff"] == "true"
