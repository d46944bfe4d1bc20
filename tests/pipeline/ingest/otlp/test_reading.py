"""What a file may look like, and what of it is refused while the rest goes on."""

import gzip
import json

import pytest

from pipeline.errors import UnreadableError
from pipeline.ingest.otlp import ReadSummary, lines


def _messages(warehouse) -> list[str]:
    return [
        m for (m,) in warehouse.connection.execute("SELECT message FROM raw.rejects ORDER BY ALL").fetchall()
    ]


def test_a_broken_line_is_refused_with_its_number_and_text_and_the_others_load(warehouse, build, call):
    good = json.dumps(build.traces(build.span(1, call)))
    summary = warehouse.read_text(f'{good}\r\n\n  \n{{"resourceSpans": [\n{good.replace("0001", "0002")}')
    assert summary == ReadSummary(spans=2, rejected=1)
    assert warehouse.rejects() == [(4, "otlp", "BAD_JSON", "")]
    rows = warehouse.connection.execute("SELECT row_number, span_id[-1:] FROM raw.otlp_spans").fetchall()
    assert sorted(rows) == [(1, "1"), (5, "2")]
    assert warehouse.connection.execute("SELECT original FROM raw.rejects").fetchone() == (
        '{"resourceSpans": [',
    )


@pytest.mark.parametrize(
    ("line", "reason", "told"),
    [
        ("not json", "BAD_JSON", "not valid JSON"),
        ("[1, 2]", "BAD_VALUE", "no object"),
        (
            '{"resourceMetrics": [{"scopeMetrics": []}]}',
            "BAD_VALUE",
            "neither traces (resourceSpans) nor logs",
        ),
        ('{"resourceSpans": 5}', "BAD_TYPE", "not a list"),
    ],
)
def test_a_line_that_is_neither_traces_nor_logs_is_refused(line, reason, told, warehouse):
    assert warehouse.read_text(line).rejected == 1
    assert warehouse.rejects() == [(1, "otlp", reason, "")]
    assert told in _messages(warehouse)[0]


@pytest.mark.parametrize(
    "line", ["{}", '{"resourceSpans": []}', '{"resourceLogs": null}', '{"resourceSpans": [{}]}', ""]
)
def test_nothing_is_no_error(line, warehouse):
    assert warehouse.read_text(line) == ReadSummary()
    assert warehouse.rejects() == []


def test_a_line_that_is_not_utf8_is_refused_alone(warehouse, build, call):
    good = json.dumps(build.traces(build.span(1, call))).encode()
    assert warehouse.read_text(b'{"a": "\xff"}\n' + good).spans == 1
    assert _messages(warehouse) == ["The line is not UTF-8"]


@pytest.mark.parametrize(
    ("fields", "reason", "column"),
    [
        ({"traceId": ""}, "MISSING_VALUE", "traceId"),
        ({"traceId": "0" * 31}, "BAD_VALUE", "traceId"),
        ({"traceId": "0" * 32}, "BAD_VALUE", "traceId"),
        ({"spanId": None}, "MISSING_VALUE", "spanId"),
        ({"spanId": "xyz"}, "BAD_VALUE", "spanId"),
        ({"startTimeUnixNano": "yesterday"}, "BAD_TIME", "startTimeUnixNano"),
        ({"endTimeUnixNano": "99999999999999999999"}, "BAD_TIME", "endTimeUnixNano"),
        ({"name": "x" * 1_100_000}, "TOO_LONG", ""),
    ],
)
def test_a_span_that_cannot_be_used_is_refused_and_its_neighbours_load(
    fields, reason, column, warehouse, build, call
):
    document = build.traces(build.span(1, call), build.span(2, call) | fields)
    document["resourceSpans"][0]["scopeSpans"][0]["spans"].insert(0, "no span")
    assert warehouse.read(document) == ReadSummary(spans=1, rejected=2)
    assert (1, "otlp", reason, column) in warehouse.rejects()
    assert (1, "otlp", "BAD_TYPE", "") in warehouse.rejects()


def test_a_line_far_above_a_mebibyte_loads_when_each_span_is_within_it(warehouse, build, call):
    long = {"gen_ai.input.messages": "x" * 900_000}
    assert warehouse.read(build.traces(*(build.span(i, call | long) for i in range(1, 5)))).spans == 4
    assert warehouse.rejects() == []


def test_a_line_beyond_the_limit_is_refused_and_the_next_one_keeps_its_number(
    warehouse, build, call, monkeypatch
):
    monkeypatch.setattr(lines, "MAX_DOCUMENT_BYTES", 10_000)
    monkeypatch.setattr(lines, "_BATCH_BYTES", 1_000)
    monkeypatch.setattr(lines, "_SKIP_BYTES", 300)
    good = json.dumps(build.traces(build.span(1, call)))
    batches = list(lines.batches(_file(warehouse, f"{good}\n{'x' * 50_000}\n{good}\n{good}")))
    rows = [(b.first_row + i, len(line)) for b in batches for i, line in enumerate(b.text.split("\n"))]
    sizes = {row: size for row, size in rows if size}
    assert sizes == {1: len(good), 2: sizes[2], 3: len(good), 4: len(good)}
    assert 10_000 < sizes[2] < 50_000


def _file(warehouse, text: str):
    path = warehouse.folder / "lines.jsonl"
    path.write_text(text)
    return path


def test_lines_keep_their_numbers_however_they_fall_into_batches(warehouse, monkeypatch):
    text = "\n".join(["a", "", "bb" * 40, "c\r", "", "d" * 30])
    path = _file(warehouse, text)
    for size in range(1, 60):
        monkeypatch.setattr(lines, "_BATCH_BYTES", size)
        batches = list(lines.batches(path))
        numbered = {b.first_row + i: line for b in batches for i, line in enumerate(b.text.split("\n"))}
        assert [numbered[row] for row in sorted(numbered)] == text.split("\n")


def test_one_object_printed_over_many_lines_is_one_document(warehouse, build, call):
    text = json.dumps(build.traces(build.span(1, call)), indent=2)
    assert warehouse.read_text("\ufeff" + text, name="traces.json") == ReadSummary(spans=1)
    assert warehouse.read_text(text[:-5], name="traces.json") == ReadSummary(rejected=1)
    assert warehouse.rejects() == [(1, "otlp", "BAD_JSON", "")]


def test_gzip_is_told_by_the_extension(warehouse, build, call):
    text = json.dumps(build.traces(build.span(1, call))).encode()
    assert warehouse.read_text(gzip.compress(text), name="traces.jsonl.gz").spans == 1


def test_a_file_cut_off_leaves_nothing_behind(warehouse, build, call, monkeypatch):
    monkeypatch.setattr(lines, "_BATCH_BYTES", 400_000)  # so that a part is stored before the damage shows
    spans = "\n".join(json.dumps(build.traces(build.span(i, call))) for i in range(1, 2000))
    with pytest.raises(UnreadableError, match="cut off or damaged"):
        warehouse.read_text(gzip.compress(spans.encode())[:-2000], name="traces.jsonl.gz")
    assert warehouse.connection.execute("SELECT count(*) FROM raw.otlp_spans").fetchone() == (0,)
    assert warehouse.rejects() == []


def test_unknown_fields_and_kinds_of_values_are_passed_over(warehouse, build, call):
    document = build.traces(
        build.span(1, call, flags=257, traceState="a=b", links=[{"traceId": "x"}], kind="??")
    )
    document["resourceSpans"][0]["schemaUrl"] = "https://example.org"
    document["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["attributes"] += [
        {"key": "odd", "value": {"bytesValue": "AAAA"}},
        {"key": "none"},
        {"value": {"stringValue": "no key"}},
        7,
    ]
    assert warehouse.read(document | {"extra": 1}) == ReadSummary(spans=1)
    warehouse.derive()
    assert warehouse.row("llm_requests")["input_tokens"] == "1777"


def test_an_attribute_that_comes_twice_counts_once_whatever_the_order(new_warehouse, build, call):
    twice = [{"key": "gen_ai.request.model", "value": {"stringValue": m}} for m in ("b", "a")]
    models = set()
    for order in (twice, twice[::-1]):
        warehouse = new_warehouse()
        values = {k: v for k, v in call.items() if k != "gen_ai.request.model"}
        span = build.span(1, values)
        span["attributes"] += order
        warehouse.read(build.traces(span))
        warehouse.derive()
        models.add(warehouse.row("llm_requests")["model"])
    assert models == {"a"}
