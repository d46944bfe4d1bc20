"""Promise: OpenTelemetry files of the demo are what the protocol and its conventions allow."""

import base64
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from google.protobuf import json_format
from opentelemetry.proto.logs.v1.logs_pb2 import LogsData
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from tests.pipeline.demo.history import END, History, Rows


def _exported(history: History, kind: str) -> Iterator[str]:
    for path in sorted((history.root / "otlp" / "cust_clairval").glob(f"{kind}-*.jsonl")):
        yield from path.read_text().splitlines()


def _for_protobuf(value: Any) -> Any:
    """Ids are hex in OTLP/JSON, where protobuf's own JSON has base64."""
    if isinstance(value, list):
        return [_for_protobuf(each) for each in value]
    if not isinstance(value, dict):
        return value
    ids = ("traceId", "spanId", "parentSpanId")
    return {
        k: base64.b64encode(bytes.fromhex(v)).decode() if k in ids else _for_protobuf(v)
        for k, v in value.items()
    }


def test_opentelemetry_files_are_what_the_protocol_allows(history: History) -> None:
    for line in _exported(history, "traces"):
        spans = json_format.ParseDict(_for_protobuf(json.loads(line)), TracesData())
        for span in spans.resource_spans[0].scope_spans[0].spans:
            assert (len(span.trace_id), len(span.span_id)) == (16, 8)
            assert span.start_time_unix_nano <= span.end_time_unix_nano <= END.timestamp() * 1_000_000_000
    for line in _exported(history, "logs"):
        json_format.ParseDict(_for_protobuf(json.loads(line)), LogsData())


def _spans(history: History) -> list[dict[str, Any]]:
    lines = (json.loads(line) for line in _exported(history, "traces"))
    found = [s for line in lines for s in line["resourceSpans"][0]["scopeSpans"][0]["spans"]]
    return [span | {"attributes": _plain(span["attributes"])} for span in found]


def _plain(attributes: Rows) -> dict[str, str]:
    return {each["key"]: str(next(iter(each["value"].values()))) for each in attributes}


def test_an_agents_span_repeats_the_tokens_of_the_calls_below_it(history: History) -> None:
    below: Counter[str] = Counter()
    roots: dict[str, int] = {}
    for span in _spans(history):
        tokens = int(span["attributes"].get("gen_ai.usage.input_tokens", 0))
        if span["attributes"]["gen_ai.operation.name"] == "invoke_agent":
            roots[span["spanId"]] = tokens
        else:
            below[span["parentSpanId"]] += tokens
    assert len(roots) > 10
    assert all(below[span_id] == tokens for span_id, tokens in roots.items())


def test_the_one_who_uses_opentelemetry_has_no_rows_of_its_own(history: History) -> None:
    for table in ("llm_requests", "sessions", "tool_calls", "evaluations", "outcomes"):
        assert history.of(table, "cust_clairval") == []
    assert {s["attributes"]["gen_ai.agent.id"] for s in _spans(history)} == {"clairval-conseil"}


def test_log_events_say_what_has_no_convention(history: History) -> None:
    lines = (json.loads(line) for line in _exported(history, "logs"))
    records = [r for line in lines for r in line["resourceLogs"][0]["scopeLogs"][0]["logRecords"]]
    names = {record["eventName"] for record in records}
    assert {"agent.session.outcome", "business.outcome", "gen_ai.evaluation.result"} <= names
    assert all("gen_ai.conversation.id" in _plain(record["attributes"]) for record in records)
