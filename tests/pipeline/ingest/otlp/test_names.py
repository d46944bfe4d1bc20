"""Who the customer and the agent of a row are, and which session it belongs to."""

from pipeline.ingest import otlp

AGENT = {"gen_ai.operation.name": "invoke_agent"}


def _by_span(rows: list[dict[str, str]], column: str, key: str = "request_id") -> dict[int, str | None]:
    return {int(row[key].split(":")[1], 16): row.get(column) for row in rows}


def test_the_customer_is_the_first_attribute_of_the_list_on_span_or_resource(warehouse, build, call):
    warehouse.read(
        build.traces(
            build.span(1, call | {"user.id": "user_1", "customer.id": "cust_1"}),
            build.span(2, call | {"enduser.id": "end_2", "user.id": "user_2"}),
            build.span(3, call | {"customer.id": " ", "user.id": ""}),
            resource={"tenant.id": "tenant_777"},
        )
    )
    warehouse.derive()
    customers = _by_span(warehouse.rows("llm_requests"), "customer_id")
    assert customers == {1: "cust_1", 2: "tenant_777", 3: "tenant_777"}


def test_a_span_that_names_no_customer_has_the_one_of_the_nearest_span_above(warehouse, build, call):
    warehouse.read(
        build.traces(
            build.span(1, AGENT | {"customer.id": "cust_1"}),
            build.span(2, AGENT | {"customer.id": "cust_777"}, parent=1),
            build.span(3, {"http.method": "GET"}, parent=2),
            build.span(4, call, parent=3),
            build.span(5, call, parent=1),
        ),
        customer="cust_folder",
    )
    warehouse.derive()
    assert _by_span(warehouse.rows("llm_requests"), "customer_id") == {4: "cust_777", 5: "cust_1"}


def test_the_folder_names_the_customer_only_where_no_attribute_does(warehouse, build, call):
    warehouse.read(
        build.traces(build.span(1, call), build.span(2, call | {"user.id": "u"})), customer="cust_777"
    )
    warehouse.derive()
    assert _by_span(warehouse.rows("llm_requests"), "customer_id") == {1: "cust_777", 2: "u"}


def test_the_list_of_attributes_is_the_installations_own(warehouse, build, call):
    odd = 'acme/"ref"~x'
    warehouse.read(
        build.traces(
            build.span(1, call | {"customer.id": "no", odd: "cust_777"}),
            build.span(2, call | {"customer.id": "no", "account": 42}),
        ),
        customer=None,
    )
    warehouse.derive(customer_attributes=[odd, "account"])
    assert _by_span(warehouse.rows("llm_requests"), "customer_id") == {1: "cust_777", 2: "42"}
    warehouse.derive(customer_attributes=[])
    assert warehouse.rows("llm_requests") == []


def test_rows_that_name_no_customer_are_refused_once_however_often_they_are_derived(warehouse, build, call):
    agent = AGENT | {"gen_ai.conversation.id": "c1"}
    tool = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "t"}
    spans = [
        build.span(1, agent),
        build.span(2, call, parent=1),
        build.span(3, tool, parent=1),
        build.span(4, {}),
    ]
    warehouse.read(
        build.traces(*spans), build.logs(build.event("business.outcome", {"name": "n"})), customer=None
    )
    refused = [
        (1, "llm_requests", "NO_CUSTOMER", "customer_id"),
        (1, "sessions", "NO_CUSTOMER", "customer_id"),
        (1, "tool_calls", "NO_CUSTOMER", "customer_id"),
        (2, "outcomes", "NO_CUSTOMER", "customer_id"),
    ]
    for _ in range(3):
        warehouse.derive()
        assert warehouse.rejects() == refused
    otlp.contract_rows(warehouse.connection)
    assert warehouse.rejects() == refused
    message, original = warehouse.connection.execute(
        "SELECT message, original FROM raw.rejects WHERE table_name = 'llm_requests'"
    ).fetchone()
    assert "customer.id, tenant.id, enduser.id, user.id" in message and "otlp/<customer_id>/" in message
    assert f"{build.TRACE}:0000000000000002" in original


def test_a_later_span_that_names_the_customer_withdraws_the_refusal(warehouse, build, call):
    warehouse.read(build.traces(build.span(2, call, parent=1)), customer=None)
    warehouse.derive()
    assert len(warehouse.rejects()) == 1
    warehouse.read(build.traces(build.span(1, AGENT | {"tenant.id": "cust_777"})), customer=None)
    warehouse.derive(2)
    assert warehouse.rejects() == []
    assert warehouse.row("llm_requests")["customer_id"] == "cust_777"


def test_the_agent_is_its_id_else_its_name_else_that_of_the_nearest_span_above(warehouse, build, call):
    warehouse.read(
        build.traces(
            build.span(1, AGENT | {"gen_ai.agent.name": "Planner"}),
            build.span(2, AGENT | {"gen_ai.agent.id": "agent_777", "gen_ai.agent.name": "Writer"}, parent=1),
            build.span(3, call, parent=2),
            build.span(4, call, parent=1),
            build.span(5, call | {"gen_ai.agent.name": "Own"}, parent=2),
            resource={"service.name": "svc"},
        )
    )
    warehouse.derive()
    assert _by_span(warehouse.rows("llm_requests"), "agent_id") == {3: "agent_777", 4: "Planner", 5: "Own"}


def test_without_an_agent_the_service_is_the_agent_and_without_one_it_is_unknown(warehouse, build, call):
    warehouse.read(
        build.traces(build.span(1, call), resource={"service.name": "svc"}),
        build.traces(build.span(2, call)),
    )
    warehouse.derive()
    assert _by_span(warehouse.rows("llm_requests"), "agent_id") == {1: "svc", 2: "unknown_service"}


def test_a_call_belongs_to_its_own_conversation_else_to_that_of_the_nearest_span_above(
    warehouse, build, call
):
    warehouse.read(
        build.traces(
            build.span(1, AGENT | {"session.id": "outer"}),
            build.span(2, AGENT | {"gen_ai.conversation.id": "inner"}, parent=1),
            build.span(3, call, parent=2),
            build.span(4, call, parent=1),
            build.span(5, call | {"gen_ai.conversation.id": "own"}, parent=2),
            build.span(6, call),
        )
    )
    warehouse.derive()
    sessions = _by_span(warehouse.rows("llm_requests"), "session_id")
    assert sessions == {3: "inner", 4: "outer", 5: "own", 6: None}


def test_spans_that_are_each_others_parents_stand_for_themselves(warehouse, build, call):
    loop = [build.span(1, call, parent=2), build.span(2, AGENT, parent=1), build.span(3, call, parent=3)]
    warehouse.read(build.traces(*loop))
    warehouse.derive()
    assert set(_by_span(warehouse.rows("llm_requests"), "agent_id")) == {1, 3}


def test_a_very_deep_trace_loses_no_call(warehouse, build, call):
    chain = [build.span(i, {}, parent=i - 1 or None) for i in range(1, 700)]
    warehouse.read(build.traces(*chain, build.span(700, call, parent=699)))
    warehouse.derive()
    assert warehouse.row("llm_requests")["status"] == "ok"
