"""The same trace in every form that OTLP/JSON allows gives the same rows. The protocol's own schema is the
judge of what those forms are: it parses ours and prints its own."""

import base64
import copy
import json

import pytest
from google.protobuf import json_format
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

TOOL = {
    "gen_ai.operation.name": "execute_tool",
    "gen_ai.tool.name": "search",
    "gen_ai.tool.call.arguments": {"city": "Zürich", "limits": [1, 2.5, True], "deep": {"b": 1, "a": "x"}},
}


@pytest.fixture
def document(build, call):
    values = call | {
        "gen_ai.conversation.id": "c1",
        "gen_ai.response.finish_reasons": ["stop", "length"],
        "score": 0.5,
    }
    agent = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "helper",
        "gen_ai.conversation.id": "c1",
    }
    return build.traces(
        build.span(1, agent, end=9),
        build.span(2, values, parent=1, status={"code": 2}, kind=3),
        build.span(3, TOOL, parent=1, status={"code": 1}, kind=1),
        resource={"service.name": "svc", "customer.id": "cust_777", "process.pid": 42},
    )


def _spans(document):
    return document["resourceSpans"][0]["scopeSpans"][0]["spans"]


def _numbers_as_numbers(document):
    text = json.dumps(document)
    for span in _spans(document):
        for name in ("startTimeUnixNano", "endTimeUnixNano"):
            text = text.replace(f'"{span[name]}"', span[name])
    return json.loads(text.replace('{"intValue": "1777"}', '{"intValue": 1777}'))


def _upper_case_ids(document):
    for span in _spans(document):
        span.update(traceId=span["traceId"].upper(), spanId=span["spanId"].upper())
    return document


def _base64_ids(document):
    for span in _spans(document):
        for name in ("traceId", "spanId", "parentSpanId"):
            span[name] = base64.b64encode(bytes.fromhex(span[name])).decode()
    return document


def _url_safe_ids_without_padding(document):
    for span in _spans(_base64_ids(document)):
        for name in ("traceId", "spanId", "parentSpanId"):
            span[name] = span[name].rstrip("=").replace("+", "-").replace("/", "_")
    return document


def _names_of_enums(document):
    for span in _spans(document):
        span["kind"] = "SPAN_KIND_CLIENT"
        if "status" in span:
            span["status"]["code"] = ["", "STATUS_CODE_OK", "STATUS_CODE_ERROR"][span["status"]["code"]]
    return document


def _numbers_as_texts(document):
    for span in _spans(document):
        for attribute in span["attributes"]:
            if "intValue" in attribute["value"]:
                attribute["value"] = {"stringValue": attribute["value"]["intValue"]}
    return document


def _attributes_reversed(document):
    for span in _spans(document):
        span["attributes"].reverse()
        span["attributes"].insert(0, {"key": "gen_ai.input.messages", "value": {"stringValue": "hello"}})
    return document


def _as_protobuf_prints_it(document):
    hexadecimal = _base64_ids(copy.deepcopy(document))
    return json.loads(json_format.MessageToJson(json_format.ParseDict(hexadecimal, TracesData())))


def _enums_as_protobuf_numbers(document):
    message = json_format.ParseDict(_base64_ids(copy.deepcopy(document)), TracesData())
    return json.loads(json_format.MessageToJson(message, use_integers_for_enums=True, indent=None))


FORMS = [
    _numbers_as_numbers,
    _upper_case_ids,
    _base64_ids,
    _url_safe_ids_without_padding,
    _names_of_enums,
    _numbers_as_texts,
    _attributes_reversed,
    _as_protobuf_prints_it,
    _enums_as_protobuf_numbers,
]


def test_every_form_of_a_trace_gives_the_same_rows(new_warehouse, document):
    plain = _everything(new_warehouse(), document)
    assert [len(rows) for rows in plain.values()] == [1, 1, 1, 0, 0]
    for form in FORMS:
        assert _everything(new_warehouse(), form(copy.deepcopy(document))) == plain, form.__name__


def test_all_forms_of_one_span_are_the_same_span(warehouse, document):
    for form in FORMS:
        warehouse.read(form(copy.deepcopy(document)))
    warehouse.derive()
    assert [len(rows) for rows in warehouse.everything().values()] == [1, 1, 1, 0, 0]
    assert warehouse.rejects() == []


def _everything(warehouse, document):
    warehouse.read(document, customer=None)
    warehouse.derive()
    assert warehouse.rejects() == []
    return warehouse.everything()
