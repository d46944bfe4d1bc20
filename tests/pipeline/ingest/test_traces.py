"""Promise: rows of OpenTelemetry files are rows like any other, however often their trace grows."""

from datetime import date, timedelta
from typing import Any

from tests.pipeline.ingest.otlp.conftest import span, traces
from tests.pipeline.ingest.rows import call
from tests.pipeline.ingest.warehouse import NOW, Warehouse

DAY = "2026-09-21"
CHAT = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.usage.input_tokens": 100,
    "gen_ai.usage.output_tokens": 20,
}
RESOURCE = {"service.name": "agent_1", "customer.id": "cust_a"}


def chat(number: int, **more: Any) -> dict[str, Any]:
    return span(number, CHAT | more, parent=1)


def agent(**more: Any) -> dict[str, Any]:
    return span(1, {"gen_ai.operation.name": "invoke_agent", "gen_ai.conversation.id": "s1"} | more)


def test_spans_become_calls_and_sessions_of_the_customer_they_name(warehouse: Warehouse) -> None:
    warehouse.land("otlp/a.jsonl", [traces(agent(), chat(2), chat(3), resource=RESOURCE)])
    warehouse.run()
    rows = warehouse.rows("SELECT customer_id, source_system, input_tokens FROM raw.llm_requests")
    assert rows == [("cust_a", "otlp", 100)] * 2
    assert warehouse.rows("SELECT session_id, is_complete FROM raw.merged_sessions") == [("s1", True)]
    assert warehouse.touched() == {("cust_a", DAY)}
    assert warehouse.files() == {"otlp/a.jsonl": ("loaded", 3)}


def test_the_folder_names_a_customer_and_without_any_there_is_no_row(warehouse: Warehouse) -> None:
    nobody = {"service.name": "agent_1"}
    warehouse.land("otlp/cust_b/a.jsonl", [traces(chat(2), resource=nobody)])
    warehouse.land("otlp/a.jsonl", [traces(chat(3), resource=nobody)])
    warehouse.run()
    assert warehouse.rows("SELECT customer_id FROM raw.llm_requests") == [("cust_b",)]
    assert [(path, reason) for path, _, reason, _ in warehouse.rejects()] == [("otlp/a.jsonl", "NO_CUSTOMER")]


def test_a_file_that_moves_to_a_customers_folder_is_read_for_that_customer(warehouse: Warehouse) -> None:
    warehouse.land("otlp/a.jsonl", [traces(chat(2), resource={"service.name": "agent_1"})])
    warehouse.run()
    (warehouse.landing / "otlp/cust_b").mkdir()
    (warehouse.landing / "otlp/a.jsonl").rename(warehouse.landing / "otlp/cust_b/a.jsonl")
    warehouse.run()
    assert warehouse.rows("SELECT customer_id FROM raw.llm_requests") == [("cust_b",)]


def test_a_trace_that_grows_is_derived_anew_and_counted_once(warehouse: Warehouse) -> None:
    warehouse.land("otlp/a.jsonl", [traces(chat(2), resource=RESOURCE)])
    warehouse.run()
    assert warehouse.rows("SELECT session_id FROM raw.llm_requests") == [(None,)]
    for i in range(2):
        warehouse.land("otlp/b.jsonl", [traces(agent(), chat(3), resource=RESOURCE)] * (i + 1))
        warehouse.run()
        assert warehouse.rows("SELECT session_id FROM raw.llm_requests") == [("s1",)] * 2
        assert warehouse.touched() == {("cust_a", DAY)}
    assert warehouse.rows("SELECT table_name, verdict FROM raw.replaced") == []
    assert warehouse.rejects() == []


def test_what_a_trace_no_longer_means_is_gone_and_its_days_are_touched(warehouse: Warehouse) -> None:
    other = RESOURCE | {"customer.id": "cust_b"}
    warehouse.land("otlp/a.jsonl", [traces(agent(), resource=RESOURCE)])
    warehouse.run()
    assert warehouse.rows("SELECT customer_id FROM raw.merged_sessions") == [("cust_a",)]
    # A later word on the same span: it ended later, and belongs to somebody else.
    later = agent() | {"endTimeUnixNano": str(int(agent()["endTimeUnixNano"]) + 10**9)}
    warehouse.land("otlp/b.jsonl", [traces(later, resource=other)])
    warehouse.run()
    standing = warehouse.rows("SELECT customer_id FROM raw.merged_sessions")
    assert len(standing) == 1
    assert {customer for customer, _ in warehouse.touched()} >= {customer for (customer,) in standing}


def test_rows_of_traces_are_checked_as_all_others(warehouse: Warehouse) -> None:
    bad = chat(2, **{"gen_ai.usage.output_tokens": 2_000_000_000})
    warehouse.land("otlp/a.jsonl", [traces(bad, chat(3), resource=RESOURCE), "broken"])
    for _ in range(2):
        warehouse.run()
        told = [(reason, column) for _, _, reason, column in warehouse.rejects()]
        assert sorted(told) == [("BAD_JSON", ""), ("OUT_OF_RANGE", "output_tokens")]
        warehouse.land("otlp/b.jsonl", [traces(chat(4), resource=RESOURCE)])


def test_late_rows_of_a_trace_wait_but_not_those_that_stood_before(warehouse: Warehouse) -> None:
    warehouse.land("otlp/a.jsonl", [traces(chat(2), resource=RESOURCE)])
    warehouse.run()
    warehouse.publish({"cust_a": date.fromisoformat(DAY) + timedelta(days=60)})
    warehouse.land("otlp/b.jsonl", [traces(chat(3), resource=RESOURCE)])
    warehouse.land("llm_requests/b.jsonl", [call(started_at="2026-11-01")])
    warehouse.run()
    assert warehouse.one("SELECT count(*) FROM raw.llm_requests WHERE source_system = 'otlp'") == 1
    assert warehouse.one("SELECT count(*) FROM late.llm_requests") == 1
    warehouse.run(release=(date.fromisoformat(DAY), date.fromisoformat(DAY)))
    assert warehouse.one("SELECT count(*) FROM raw.llm_requests WHERE source_system = 'otlp'") == 2


def test_the_future_of_a_span_is_judged_by_when_its_file_was_first_seen(warehouse: Warehouse) -> None:
    tomorrow = str(int((NOW + timedelta(days=1)).timestamp()) * 10**9)
    times = {"startTimeUnixNano": tomorrow, "endTimeUnixNano": tomorrow}
    warehouse.land("otlp/a.jsonl", [traces(chat(2) | times, resource=RESOURCE)])
    warehouse.run()
    warehouse.land("otlp/b.jsonl", [traces(chat(3), resource=RESOURCE)])
    warehouse.run(now=NOW + timedelta(days=2))
    assert warehouse.one("SELECT count(*) FROM raw.llm_requests") == 1
    assert [reason for _, _, reason, _ in warehouse.rejects()] == ["BAD_TIME"]
