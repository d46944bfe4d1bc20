"""Evaluations and business results from log events."""

import json


def test_an_evaluation_belongs_to_the_call_it_was_written_in(warehouse, build, call):
    said = {
        "gen_ai.evaluation.name": "groundedness",
        "gen_ai.evaluation.score.value": 0.777,
        "gen_ai.evaluation.score.label": "grounded",
        "gen_ai.evaluation.explanation": "every sentence has a source",
        "evaluator_type": "llm",
        "passed": True,
    }
    names = {"gen_ai.agent.name": "helper", "gen_ai.conversation.id": "c1", "customer.id": "cust_777"}
    warehouse.read(
        build.traces(build.span(1, call | names)),
        build.logs(build.event("gen_ai.evaluation.result", said, traceId=build.TRACE, spanId="0" * 15 + "1")),
        customer=None,
    )
    warehouse.derive()
    row = warehouse.row("evaluations")
    assert len(row.pop("evaluation_id")) == 64
    assert json.loads(row.pop("extra")) == {
        "event": "gen_ai.evaluation.result",
        "trace_id": build.TRACE,
        "span_id": "0000000000000001",
        "scope": "tests",
    }
    assert row == {
        "evaluated_at": "2026-09-21T14:13:22.000000Z",
        "customer_id": "cust_777",
        "agent_id": "helper",
        "session_id": "c1",
        "request_id": f"{build.TRACE}:0000000000000001",
        "name": "groundedness",
        "score": "0.777",
        "label": "grounded",
        "passed": "true",
        "evaluator_type": "llm",
        "source_system": "otlp",
    }


def test_an_evaluation_of_an_agent_is_of_no_call(warehouse, build):
    agent = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "helper"}
    event = build.event("gen_ai.evaluation.result", {"name": "x"}, traceId=build.TRACE, spanId="0" * 15 + "1")
    warehouse.read(build.traces(build.span(1, agent)), build.logs(event))
    warehouse.derive()
    row = warehouse.row("evaluations")
    assert (row["agent_id"], row.get("request_id"), row["name"]) == ("helper", None, "x")


def test_an_event_outside_any_trace_says_everything_itself(warehouse, build):
    said = {
        "outcome_id": "order_777",
        "customer_id": "cust_777",
        "session_id": "s1",
        "agent_id": "seller",
        "name": "revenue_attributed",
        "value": "1234.560000001",
        "unit": "usd",
        "attribution_weight": 0.5,
        "occurred_at": "2026-09-20T10:00:00+02:00",
    }
    event = build.event("business.outcome", said)
    del event["timeUnixNano"]
    warehouse.read(build.logs(event), customer="cust_folder")
    warehouse.derive()
    row = warehouse.row("outcomes")
    row.pop("extra")
    assert row == said | {"attribution_weight": "0.5", "source_system": "otlp"}


def test_the_name_of_an_event_may_be_an_attribute_as_it_used_to_be(warehouse, build):
    record = build.event(
        "", {"event.name": "business.outcome", "name": "hours_saved", "value": 7, "unit": "hours"}
    )
    warehouse.read(
        build.logs(record, resource={"service.name": "crm", "tenant.id": "cust_777"}), customer=None
    )
    warehouse.derive()
    row = warehouse.row("outcomes")
    assert (row["customer_id"], row["agent_id"], row["value"]) == ("cust_777", "crm", "7")
    assert row["occurred_at"] == "2026-09-21T14:13:22.000000Z"


def test_log_records_that_are_none_of_these_events_are_counted_and_passed_over(warehouse, build):
    summary = warehouse.read(build.logs(build.event("user.login", {}), {"body": {"stringValue": "hello"}}))
    assert (summary.other_log_records, summary.log_events, summary.rejected) == (2, 0, 0)


def test_an_event_delivered_twice_counts_once_and_two_alike_but_for_their_time_count_twice(warehouse, build):
    refund = {"name": "revenue_attributed", "value": -7, "unit": "usd", "customer_id": "cust_777"}
    first, second = (build.event("business.outcome", refund, at=at) for at in (1, 2))
    warehouse.read(build.logs(first, second))
    warehouse.read(build.logs(second))
    warehouse.derive()
    assert len(warehouse.rows("outcomes")) == 2
    assert warehouse.rejects() == []


def test_of_events_with_one_id_the_higher_version_counts_and_among_equals_one_is_refused(
    new_warehouse, build
):
    def event(value: int, **more: int):
        said = {"outcome_id": "o1", "name": "n", "value": value, "unit": "usd"} | more
        return build.logs(build.event("business.outcome", said, at=value))

    results = []
    files = [event(1), event(2), event(3, record_version=1), event(4, record_version=1)]
    for order in (files, files[::-1]):
        warehouse = new_warehouse()
        for file in order:
            warehouse.read(file)
            warehouse.derive(warehouse.files)
        results.append((warehouse.row("outcomes"), [r[1:3] for r in warehouse.rejects()]))
    assert results[0] == results[1]
    assert results[0][0]["value"] in ("3", "4") and results[0][1] == [("outcomes", "CONFLICT")]


def test_a_higher_version_counts_whatever_the_hashes(warehouse, build):
    said = {"name": "n", "unit": "usd"}
    lower = [build.event("business.outcome", said | {"outcome_id": f"o{i}", "value": i}) for i in range(8)]
    higher = [
        build.event("business.outcome", said | {"outcome_id": f"o{i}", "value": 777, "record_version": 1})
        for i in range(8)
    ]
    warehouse.read(build.logs(*higher, *lower))
    warehouse.derive()
    assert [row["value"] for row in warehouse.rows("outcomes")] == ["777"] * 8
    assert warehouse.rejects() == []


def test_an_event_with_a_time_that_is_none_is_refused(warehouse, build):
    warehouse.read(build.logs(build.event("agent.handoff", {"session_id": "s"}) | {"timeUnixNano": "noon"}))
    assert warehouse.rejects() == [(1, "otlp", "BAD_TIME", "timeUnixNano")]
