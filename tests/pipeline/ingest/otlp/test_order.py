"""Files may bring the spans of a trace in any order and as often as they like: the rows are the same."""

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

AGENT = {
    "gen_ai.operation.name": "invoke_agent",
    "gen_ai.agent.name": "helper",
    "gen_ai.conversation.id": "c1",
}
TOOL = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "t", "gen_ai.tool.call.arguments": "{}"}
SECOND_TRACE = "a" * 32


def _documents(build, call):
    outcome = {"session_id": "c1", "outcome": "goal_met"}
    score = {"gen_ai.evaluation.name": "faithfulness", "gen_ai.evaluation.score.value": 0.9}
    in_call = {"traceId": build.TRACE, "spanId": "0" * 15 + "3"}
    return [
        build.traces(build.span(1, AGENT | {"customer.id": "cust_777"}, start=0, end=9)),
        build.traces(build.span(2, {"http.method": "POST"}, parent=1)),
        build.traces(build.span(3, call, parent=2, start=1, end=2)),
        build.traces(build.span(4, call | {"gen_ai.request.model": "repeat"}, parent=3)),
        build.traces(build.span(5, TOOL, parent=1, start=3, end=4)),
        build.traces(build.span(5, TOOL | {"gen_ai.tool.name": "u"}, parent=1, start=3, end=4)),
        build.traces(
            build.span(6, AGENT | {"customer.id": "cust_777"}, trace=SECOND_TRACE, start=20, end=30),
            build.span(7, call, trace=SECOND_TRACE, parent=6),
        ),
        build.logs(build.event("agent.session.outcome", outcome | {"customer_id": "cust_777"})),
        build.logs(build.event("gen_ai.evaluation.result", score, **in_call)),
    ]


def _all_at_once(warehouse, documents):
    warehouse.read(*documents, customer=None)
    warehouse.derive()
    return warehouse.everything(), [reject[1:] for reject in warehouse.rejects()]


def _in_files(warehouse, *files):
    for documents in files:
        warehouse.read(*documents, customer=None)
        warehouse.derive(warehouse.files)
    return warehouse.everything(), [reject[1:] for reject in warehouse.rejects()]


def test_a_trace_over_two_files_gives_the_same_rows_in_both_orders(new_warehouse, build, call):
    documents = _documents(build, call)
    expected = _all_at_once(new_warehouse(), documents)
    assert [len(rows) for rows in expected[0].values()] == [2, 1, 1, 1, 0]
    assert expected[1] == [("otlp", "CONFLICT", "")]
    assert _in_files(new_warehouse(), documents[::2], documents[1::2]) == expected
    assert _in_files(new_warehouse(), documents[1::2], documents[::2]) == expected


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6))
def test_any_order_of_files_gives_the_same_rows(seed, new_warehouse, build, call):
    documents = _documents(build, call)
    expected = _all_at_once(new_warehouse(), documents)
    random.Random(seed).shuffle(documents)
    third = len(documents) // 3
    files = (documents[:third], documents[third : 2 * third], documents[2 * third :])
    assert _in_files(new_warehouse(), *files) == expected


def test_the_same_files_again_change_nothing(warehouse, build, call):
    documents = _documents(build, call)
    rows, rejects = _all_at_once(warehouse, documents)
    warehouse.read(*documents[:5], *documents[6:], customer=None)
    warehouse.derive(2)
    assert warehouse.everything() == rows
    warehouse.derive(2)
    assert warehouse.everything() == rows
    assert [reject[1:] for reject in warehouse.rejects()] == rejects


def test_a_parent_that_arrives_later_makes_a_call_a_repetition(warehouse, build, call):
    warehouse.read(build.traces(build.span(2, call, parent=1)))
    warehouse.derive()
    assert warehouse.row("llm_requests")["request_id"].endswith("2")
    warehouse.read(build.traces(build.span(1, call)))
    warehouse.derive(2)
    assert warehouse.row("llm_requests")["request_id"].endswith("1")


def test_an_agent_above_that_arrives_later_takes_over_the_session(warehouse, build):
    warehouse.read(build.traces(build.span(2, AGENT | {"gen_ai.conversation.id": "inner"}, parent=1)))
    warehouse.derive()
    assert warehouse.row("sessions")["session_id"] == "inner"
    warehouse.read(build.traces(build.span(1, AGENT)))
    warehouse.derive(2)
    assert warehouse.row("sessions")["session_id"] == "c1"


def test_only_what_new_files_touch_is_derived_anew(warehouse, build, call):
    warehouse.read(build.traces(build.span(1, call)), build.traces(build.span(1, AGENT, trace=SECOND_TRACE)))
    warehouse.read(
        build.traces(build.span(1, AGENT, trace="b" * 32)), build.traces(build.span(1, call, trace="c" * 32))
    )
    warehouse.derive()
    warehouse.read(build.traces(build.span(2, AGENT, trace="d" * 32)))
    warehouse.derive(3)
    touched = warehouse.connection.execute("SELECT trace_id FROM otlp_touched ORDER BY 1").fetchall()
    assert touched == [(SECOND_TRACE,), ("b" * 32,), ("d" * 32,)]
    assert len(warehouse.rows("llm_requests")) == 2


def test_withdrawing_leaves_rows_of_other_sources_and_takes_those_that_wait(warehouse, build, call):
    warehouse.read(build.traces(build.span(1, call)), build.traces(build.span(2, AGENT)))
    warehouse.derive()
    connection = warehouse.connection
    connection.execute("INSERT INTO late.llm_requests SELECT * FROM raw.llm_requests")
    connection.execute(
        "INSERT INTO raw.sessions BY NAME SELECT * REPLACE ('native' AS source_system) FROM raw.sessions"
    )
    connection.execute(
        "INSERT INTO raw.sessions BY NAME SELECT * REPLACE (99 AS file_id) FROM raw.sessions LIMIT 1"
    )
    warehouse.derive()
    assert connection.execute("SELECT count(*) FROM late.llm_requests").fetchone() == (0,)
    kept = connection.execute("SELECT source_system, file_id FROM raw.sessions ORDER BY ALL").fetchall()
    assert kept == [("native", 1), ("otlp", 1), ("otlp", 99)]


def test_what_the_loader_refused_of_derived_rows_is_withdrawn_with_them(warehouse, build, call):
    warehouse.read(build.traces(build.span(1, call | {"gen_ai.conversation.id": "c1"})))
    refused = [
        (1, "llm_requests", f'{{"request_id": "{build.TRACE}:0000000000000001"}}'),
        (1, "sessions", '{"session_id": "c1"}'),
        (1, "llm_requests", f'{{"request_id": "{SECOND_TRACE}:0000000000000001"}}'),
        (1, "llm_requests", "not json"),
        (9, "sessions", '{"session_id": "c1"}'),
    ]
    warehouse.connection.executemany(
        "INSERT INTO raw.rejects (file_id, table_name, original, reason) VALUES (?, ?, ?, 'NEGATIVE')",
        refused,
    )
    warehouse.derive()
    left = warehouse.connection.execute("SELECT file_id, table_name, original FROM raw.rejects").fetchall()
    assert sorted(left) == sorted(refused[2:])


def test_rows_carry_the_whole_contract_as_text(warehouse, build, call):
    from core.contract import TABLES

    warehouse.read(build.traces(build.span(1, call)))
    warehouse.derive()
    for table in warehouse.everything():
        columns = warehouse.connection.execute(f"DESCRIBE otlp_{table}").fetchall()
        types = {name: kind for name, kind, *_ in columns}
        assert types.pop("file_id") == "INTEGER" and types.pop("row_number") == "BIGINT"
        assert types == dict.fromkeys(("extra", *TABLES[table].column_names), "VARCHAR")
