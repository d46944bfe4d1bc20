"""Which spans are model calls and tool calls, and what their rows say. One golden trace for each dialect."""

import hashlib


def test_a_chat_span_in_the_current_conventions_is_one_call(warehouse, build):
    values = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": "claude-sonnet-5",
        "gen_ai.response.model": "claude-sonnet-5-20260901",
        "gen_ai.usage.input_tokens": 10777,
        "gen_ai.usage.cache_read.input_tokens": 9000,
        "gen_ai.usage.cache_creation.input_tokens": 500,
        "gen_ai.usage.output_tokens": 777,
        "gen_ai.usage.reasoning.output_tokens": 100,
        "gen_ai.response.time_to_first_chunk": 0.25,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.agent.id": "agent_1",
        "gen_ai.conversation.id": "conversation_1",
        "customer.id": "cust_777",
    }
    warehouse.read(build.traces(build.span(1, values, name="chat claude", start=0, end=1.5)), customer=None)
    warehouse.derive()
    assert warehouse.row("llm_requests") == {
        "request_id": f"{build.TRACE}:0000000000000001",
        "started_at": "2026-09-21T14:13:20.000000Z",
        "customer_id": "cust_777",
        "agent_id": "agent_1",
        "session_id": "conversation_1",
        "operation": "chat",
        "provider": "anthropic",
        "model": "claude-sonnet-5-20260901",
        "status": "ok",
        "input_tokens": "10777",
        "cache_read_tokens": "9000",
        "cache_write_tokens": "500",
        "output_tokens": "777",
        "reasoning_tokens": "100",
        "latency_ms": "1500.000000",
        "time_to_first_token_ms": "250.000000000",
        "source_system": "otlp",
        "extra": '{"span_name":"chat claude","scope":"tests","scope_version":"1","finish_reasons":["stop"]}',
    }
    assert warehouse.rejects() == []


def test_older_names_of_the_conventions_say_the_same(warehouse, build):
    values = {
        "gen_ai.system": "az.ai.openai",
        "gen_ai.request.model": "gpt-5",
        "gen_ai.usage.prompt_tokens": 1777,
        "gen_ai.usage.completion_tokens": 777,
        "gen_ai.usage.cache_read_input_tokens": 1000,
        "gen_ai.usage.cache_write_input_tokens": 7,
        "gen_ai.usage.reasoning_tokens": 70,
    }
    warehouse.read(build.traces(build.span(1, values)))
    warehouse.derive()
    row = warehouse.row("llm_requests")
    assert (row["operation"], row["provider"], row["model"]) == ("chat", "azure.ai.openai", "gpt-5")
    assert (row["input_tokens"], row["output_tokens"], row["reasoning_tokens"]) == ("1777", "777", "70")
    assert (row["cache_read_tokens"], row["cache_write_tokens"]) == ("1000", "7")


def test_an_openinference_trace_gives_its_calls_tools_and_session(warehouse, build):
    agent = {"openinference.span.kind": "AGENT", "session.id": "s1", "user.id": "user_777"}
    model = {
        "openinference.span.kind": "LLM",
        "llm.model_name": "gpt-5",
        "llm.provider": "openai",
        "llm.token_count.prompt": 1777,
        "llm.token_count.prompt_details.cache_read": 1000,
        "llm.token_count.completion": 777,
        "llm.token_count.completion_details.reasoning": 70,
        "llm.cost.total": 0.01777,
    }
    tool = {"openinference.span.kind": "TOOL", "tool.name": "search", "input.value": '{"q": 1}'}
    embedding = {
        "openinference.span.kind": "EMBEDDING",
        "embedding.model_name": "text-embedding-4",
        "llm.token_count.prompt": 777,
    }
    warehouse.read(
        build.traces(
            build.span(1, agent, start=0, end=9),
            build.span(2, model, parent=1, start=1, end=2),
            build.span(3, tool, parent=1, start=3, end=4),
            build.span(4, embedding, parent=1, start=5, end=6),
            resource={"service.name": "helpdesk"},
        ),
        customer=None,
    )
    warehouse.derive()
    chat, embedded = sorted(warehouse.rows("llm_requests"), key=lambda r: r["started_at"])
    assert (chat["operation"], chat["input_tokens"], chat["output_tokens"]) == ("chat", "1777", "777")
    assert (chat["cache_read_tokens"], chat["reasoning_tokens"], chat["cost_usd"]) == (
        "1000",
        "70",
        "0.01777",
    )
    assert (embedded["operation"], embedded["model"]) == ("embeddings", "text-embedding-4")
    assert (embedded["input_tokens"], embedded["output_tokens"]) == ("777", "0")
    tool_call = warehouse.row("tool_calls")
    assert (tool_call["tool_name"], tool_call["status"]) == ("search", "ok")
    assert tool_call["args_hash"] == hashlib.sha256(b'{"q":1}').hexdigest()
    session = warehouse.row("sessions")
    assert (session["session_id"], session["ended_at"]) == ("s1", "2026-09-21T14:13:29.000000Z")
    for row in (chat, embedded, tool_call, session):
        assert (row["customer_id"], row["agent_id"], row["session_id"]) == ("user_777", "helpdesk", "s1")


def test_an_openllmetry_trace_gives_its_calls_tools_and_session(warehouse, build):
    said = {
        "traceloop.association.properties.session_id": "s1",
        "traceloop.association.properties.customer_id": "cust_777",
    }
    workflow = {"traceloop.span.kind": "workflow", "traceloop.entity.name": "answer", **said}
    task = {"traceloop.span.kind": "task", "traceloop.entity.name": "step", **said}
    model = {
        "llm.request.type": "completion",
        "gen_ai.system": "OpenAI",
        "gen_ai.request.model": "gpt-5",
        "llm.usage.prompt_tokens": 1777,
        "llm.usage.completion_tokens": 777,
        "llm.usage.total_tokens": 2554,
        **said,
    }
    tool = {
        "traceloop.span.kind": "tool",
        "traceloop.entity.name": "search",
        "traceloop.entity.input": '{"inputs": {"q": 1}, "metadata": {"run": 5}}',
        **said,
    }
    rerank = {"llm.request.type": "rerank", "gen_ai.system": "Cohere", "gen_ai.request.model": "r", **said}
    warehouse.read(
        build.traces(
            build.span(1, workflow, end=9),
            build.span(2, task, parent=1),
            build.span(3, model, parent=2),
            build.span(4, tool, parent=2),
            build.span(5, rerank, parent=2),
        ),
        customer=None,
    )
    warehouse.derive()
    call, tool_call, session = (warehouse.row(t) for t in ("llm_requests", "tool_calls", "sessions"))
    assert (call["operation"], call["provider"]) == ("text_completion", "openai")
    assert (call["input_tokens"], call["output_tokens"]) == ("1777", "777")
    assert tool_call["tool_name"] == "search"
    assert tool_call["args_hash"] == hashlib.sha256(b'{"q":1}').hexdigest()
    for row in (call, tool_call, session):
        assert (row["customer_id"], row["session_id"]) == ("cust_777", "s1")


def test_tokens_of_agent_workflow_and_chain_spans_are_never_calls(warehouse, build, call):
    tokens = {
        "gen_ai.usage.input_tokens": 5777,
        "gen_ai.usage.output_tokens": 777,
        "gen_ai.request.model": "m",
    }
    spans = [
        build.span(i, tokens | kind, parent=i - 1 or None)
        for i, kind in enumerate(
            (
                {"gen_ai.operation.name": "invoke_workflow"},
                {"gen_ai.operation.name": "invoke_agent", "gen_ai.provider.name": "openai"},
                {"openinference.span.kind": "CHAIN", "llm.token_count.prompt": 5777},
                {"traceloop.span.kind": "agent", "llm.usage.prompt_tokens": 5777},
                {
                    "gen_ai.agent.name": "a framework's agent span without an operation",
                    "gen_ai.system": "openai",
                },
            ),
            start=1,
        )
    ]
    warehouse.read(build.traces(*spans, build.span(9, call, parent=5)))
    warehouse.derive()
    assert warehouse.row("llm_requests")["input_tokens"] == "1777"


def test_a_model_span_below_another_at_any_depth_repeats_it(warehouse, build, call):
    warehouse.read(
        build.traces(
            build.span(1, call),
            build.span(2, {"http.method": "POST"}, parent=1),
            build.span(3, call | {"gen_ai.usage.input_tokens": 5}, parent=2),
        )
    )
    warehouse.derive()
    assert warehouse.row("llm_requests")["request_id"].endswith(":0000000000000001")


def test_a_model_span_without_token_counts_is_no_call(warehouse, build, call):
    silent = {k: v for k, v in call.items() if "usage" not in k}
    warehouse.read(build.traces(build.span(1, silent), build.span(2, call)))
    warehouse.derive()
    assert warehouse.row("llm_requests")["request_id"].endswith(":0000000000000002")


def test_status_error_is_an_error_and_says_which(warehouse, build, call):
    exception = [
        {
            "name": "exception",
            "attributes": [{"key": "exception.type", "value": {"stringValue": "TimeoutError"}}],
        }
    ]
    warehouse.read(
        build.traces(
            build.span(1, call | {"error.type": "429"}, start=1, status={"code": 2, "message": "slow down"}),
            build.span(2, call, start=2, status={"code": 2}, events=exception),
            build.span(3, call | {"error.type": "429"}, start=3, status={"code": 1}),
            build.span(4, call, start=4, status={}),
        )
    )
    warehouse.derive()
    rows = sorted(warehouse.rows("llm_requests"), key=lambda r: r["started_at"])
    told = [(row["status"], row.get("error_type")) for row in rows]
    assert told == [("error", "429"), ("error", "TimeoutError"), ("ok", None), ("ok", None)]


def test_a_span_that_names_a_tool_but_not_its_kind_is_no_tool_call(warehouse, build):
    values = {"gen_ai.tool.name": "search", "gen_ai.tool.call.id": "call_1", "tool_arguments": '{"q": 1}'}
    warehouse.read(build.traces(build.span(1, values)))
    warehouse.derive()
    assert warehouse.rows("tool_calls") == []


def test_a_tool_call_whose_arguments_nobody_recorded_has_no_hash(warehouse, build):
    values = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search"}
    warehouse.read(build.traces(build.span(1, values)))
    warehouse.derive()
    assert "args_hash" not in warehouse.row("tool_calls")


def test_other_spans_are_no_rows_and_no_refusals(warehouse, build):
    kinds = [
        {"gen_ai.operation.name": "create_agent"},
        {"openinference.span.kind": "RETRIEVER"},
        {"db.system": "x"},
    ]
    warehouse.read(
        build.traces(*(build.span(i, kind) for i, kind in enumerate(kinds, start=1))), customer=None
    )
    warehouse.derive()
    assert warehouse.everything() == {table: [] for table in warehouse.everything()}
    assert warehouse.rejects() == []


def test_what_people_and_models_wrote_is_kept_nowhere(warehouse, build, call):
    secret = "my PIN is 4711"
    written = {
        "gen_ai.input.messages": secret,
        "gen_ai.prompt.0.content": secret,
        "llm.input_messages.0.message.content": secret,
        "input.value": secret,
        "output.value": secret,
        "traceloop.entity.output": secret,
        "gen_ai.tool.call.arguments": secret,
        "gen_ai.tool.name": "search",
    }
    warehouse.read(build.traces(build.span(1, call | written)))
    warehouse.derive()
    (stored,) = warehouse.connection.execute(
        "SELECT CAST(list(s) AS VARCHAR) FROM raw.otlp_spans AS s"
    ).fetchone()
    assert "4711" not in stored + str(warehouse.everything())
