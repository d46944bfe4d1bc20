"""Hostile times, bodies and formulas: each gets its stated answer, in the one form, and nothing is kept."""

import json
import resource
import time
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

import duckdb
import pytest

from core.formula.advice import VariableInfo
from core.formula.check import check
from core.formula.evaluate import Result, evaluate
from core.periods import Comparison, compared_periods, named_period, zone
from tests.security.bodies import card_body, kept, metric_body, portal_body
from tests.security.entries import Entry, entry, taken
from tests.security.stage import A, Answer, Stage

_SERIES = "/v1/analytics/metrics/cost.total/series"
_VALIDATE = "/v1/analytics/metrics/custom/validate"
_CUSTOM = "/v1/analytics/metrics/custom"
_RULED = ("TIME-008", "TIME-022", "TIME-026", "TIME-028", "TIME-029")


@pytest.mark.parametrize("one", taken(group="time", where="start/end/at", but=_RULED), ids=str)
def test_a_time_is_read_or_refused_by_name(stage: Stage, one: Entry) -> None:
    answer = stage.get(f"{_SERIES}?{urlencode({'start': '2026-10-20', 'end': '2026-11-02', **one.input})}")
    if "2024-02-29" in one.input.values():
        answer = stage.get(f"{_SERIES}?start=2024-02-29&end=2024-03-02")
    assert answer.status in one.statuses, answer.text
    if answer.status == 400:
        assert answer.param in (*one.input, "end") and answer.code in (
            "INVALID_PARAMETER",
            "INVALID_TIME_RANGE",
        )


def test_ten_thousand_years_are_too_many(stage: Stage) -> None:
    answer = stage.get(f"{_SERIES}?start=0001-01-01&end=9999-12-31")
    assert answer.status in entry("TIME-008").statuses and answer.code == "INVALID_TIME_RANGE"


def test_a_start_counts_more_than_a_period(stage: Stage) -> None:
    answer = stage.get("/v1/analytics/metrics/cost.total?period=30d&start=2026-10-31&end=2026-11-02")
    plain = stage.get("/v1/analytics/metrics/cost.total?start=2026-10-31&end=2026-11-02")
    assert answer.status in entry("TIME-022").statuses | {400}
    if answer.status == 200:
        assert answer.json()["value"] == plain.json()["value"]


def test_a_parameter_that_is_given_twice_is_ambiguous(stage: Stage) -> None:
    answer = stage.get(f"{_SERIES}?start=2026-11-01&limit=1&limit=2")
    assert answer.status in entry("TIME-026").statuses and answer.param == "limit"


def test_the_first_instant_of_a_year_has_a_period_and_one_before(stage: Stage) -> None:
    answer = stage.get("/v1/analytics/dashboard/summary?period=ytd&at=2026-01-01T00:00:00Z")
    other = stage.get("/v1/analytics/metrics/cost.total?at=2026-01-01T00:00:00Z")
    assert other.status in entry("TIME-028").statuses and answer.status in (200, 400)
    period = named_period("ytd", datetime(2026, 1, 1, tzinfo=UTC), zone("UTC"))
    assert period.start <= period.end


def test_the_leap_day_has_a_day_a_year_before(stage: Stage) -> None:
    entry("TIME-029")
    period = named_period("7d", datetime(2024, 2, 29, tzinfo=UTC), zone("UTC"))
    before = compared_periods(period, Comparison.YEAR_ON_YEAR).previous
    assert before.end.date().isoformat() == "2023-02-28"


def _post(stage: Stage, body: bytes, path: str = _CUSTOM, **headers: str) -> Answer:
    return stage.ask("POST", path, "a", body, **headers)


def _spoilt(**members: str) -> bytes:
    """A portal in whose JSON one member is this text."""
    plain = json.dumps({**portal_body(A), **dict.fromkeys(members, "@@")})
    for text in members.values():
        plain = plain.replace('"@@"', text, 1)
    return plain.encode()


_CONFIGS = "/v1/portal/configs"
_SPOILT: dict[str, tuple[str, bytes]] = {
    "JSON-001": (_CONFIGS, b'{"value":NaN}'),
    "JSON-004": (_CONFIGS, _spoilt(name='"\\ud800"')),
    "JSON-005": (_CONFIGS, _spoilt(name='"a\\u0000b"')),
    "JSON-006": (_CONFIGS, b'{"n":1,"n":2}'),
    "JSON-007": (_CONFIGS, _spoilt(customer_idd='"x"')),
    "JSON-010": (_CONFIGS, b"[" * 200_000),
    "JSON-012": (_CONFIGS, b'{"name":"\xff"}'),
}


@pytest.mark.parametrize("one", taken(ids=tuple(_SPOILT)), ids=str)
def test_a_body_that_is_not_plain_json_is_refused(stage: Stage, one: Entry) -> None:
    before = kept(stage)
    path, body = _SPOILT[one.id]
    answer = _post(stage, body, path)
    assert answer.status in one.statuses and answer.code and kept(stage) == before


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"5", b"null"])
def test_a_body_is_an_object(stage: Stage, body: bytes) -> None:
    one = entry("JSON-017")
    for path in (_CONFIGS, _CUSTOM, f"/v1/portal/configs/{A.portal_id}/tokens"):
        assert _post(stage, body, path).status in one.statuses


def test_a_body_of_another_kind_is_not_read(stage: Stage) -> None:
    plain, packed = entry("JSON-014"), entry("JSON-015")
    assert _post(stage, b"{}", **{"Content-Type": "text/plain"}).status in plain.statuses
    assert _post(stage, b"{}", **{"Content-Encoding": "gzip"}).status in packed.statuses


def test_a_body_of_sixty_megabytes_is_not_kept(stage: Stage) -> None:
    one = entry("JSON-018")
    head = (
        f"POST {_CUSTOM} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {stage.keys['a']}\r\nConnection: close\r\n"
        "Content-Type: application/json\r\nContent-Length: 60000000\r\n\r\n"
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sent = head.encode().ljust(20_000_000)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = stage.raw(sent)
    assert int(answer.split(b" ")[1]) in one.statuses
    # In kilobytes; what the test itself holds ready to send was there before.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - max(before, grown) < 10_000


_AT = {"row": 0, "col": 0}
_WRONG: dict[str, tuple[dict[str, Any], str | None]] = {
    "JSON-022": ({"metrics": [card_body(position={"row": -1, "col": 99999})]}, "INVALID_LAYOUT"),
    "JSON-023": ({"metrics": [card_body(size={"width": 0})]}, "INVALID_LAYOUT"),
    "JSON-024": ({"metrics": [card_body(), card_body("usage.sessions.total")]}, "INVALID_LAYOUT"),
    "JSON-025": ({"layout": {"grid_columns": 13}}, "INVALID_LAYOUT"),
    "JSON-026": ({"layout": {"sections": [{"metrics": ["usage.sessions.total"]}]}}, "INVALID_LAYOUT"),
    "JSON-027": ({"metrics": [card_body(chart_type="__proto__")]}, None),
    "JSON-033": ({"branding": {"title": "t", "logo_url": "data:image/png;base64," + "A" * 3_000_000}}, None),
}


@pytest.mark.parametrize("one", taken(ids=tuple(_WRONG)), ids=str)
def test_what_a_page_cannot_show_is_refused(stage: Stage, one: Entry) -> None:
    change, code = _WRONG[one.id]
    before = kept(stage)
    answer = stage.post(_CONFIGS, {**portal_body(A), **change})
    assert answer.status in one.statuses, answer.text
    assert code is None or answer.code == code
    assert kept(stage) == before


def test_an_archived_portal_stays_archived(stage: Stage) -> None:
    portal_id = stage.post(_CONFIGS, portal_body(A)).json()["portal_id"]
    assert stage.patch(f"{_CONFIGS}/{portal_id}", {"status": "archived"}).status == 200
    answer = stage.patch(f"{_CONFIGS}/{portal_id}", {"status": "draft"})
    assert answer.status in entry("JSON-029").statuses and answer.code == "INVALID_STATE"


def test_a_change_of_nothing_changes_nothing(stage: Stage) -> None:
    before = stage.get(f"{_CONFIGS}/{A.portal_id}")
    answer = stage.patch(f"{_CONFIGS}/{A.portal_id}", {})
    assert answer.status in entry("JSON-030").statuses
    assert stage.get(f"{_CONFIGS}/{A.portal_id}").body == before.body


def test_the_same_request_again_is_the_same_answer_and_another_one_a_conflict(stage: Stage) -> None:
    one, body = entry("JSON-034"), portal_body(A)
    key = {"Idempotency-Key": "once-only"}
    first, again = (stage.ask("POST", _CONFIGS, "a", body, **key) for _ in range(2))
    other = stage.ask("POST", _CONFIGS, "a", portal_body(A), **key)
    assert first.status == 201 and first.body == again.body
    assert other.status in one.statuses and other.code == "IDEMPOTENCY_CONFLICT"


_WORTH = ("FORM-054", "FORM-055", "FORM-056", "FORM-057", "FORM-058", "FORM-062", "FORM-064")
_SHAPED = ("FORM-067", "FORM-069", "FORM-070")
_FORMULA = "POST /v1/analytics/metrics/custom/validate"


@pytest.mark.parametrize("one", taken(group="formula", where=_FORMULA, but=(*_WORTH, *_SHAPED)), ids=str)
def test_what_is_no_formula_is_told_so_and_never_kept(stage: Stage, one: Entry) -> None:
    body = metric_body(one.text, "a", "b", "c")
    before = kept(stage)
    # Of the processor, of which a busy machine takes no more than an idle one.
    began = time.process_time()
    answer = stage.post(_VALIDATE, {"formula": body["formula"]})
    seconds = time.process_time() - began
    assert answer.status in one.statuses | ({400, 413} if len(one.text) > 2000 else set()), answer.text
    if answer.status == 200:
        assert answer.json()["valid"] is False and answer.json()["errors"]
        assert seconds < 0.5
    made = stage.post(_CUSTOM, body)
    assert made.status in (400, 413) and kept(stage) == before


def _result(text: str, **inputs: float | None) -> Result:
    named = {f"${name}": value for name, value in inputs.items()}
    checked = check(text, {name: VariableInfo() for name in named})
    assert checked.formula is not None, checked.errors
    with duckdb.connect(":memory:") as connection:
        return evaluate(connection, checked.formula, named)


@pytest.mark.parametrize(
    ("entry_id", "text", "inputs", "value", "warns"),
    [
        ("FORM-054", "$a / 0", {"a": 1.0}, None, True),
        ("FORM-055", "0/0", {}, None, True),
        ("FORM-056", "$a % 0", {"a": 1.0}, None, True),
        ("FORM-057", "(0-8)^(1/3)", {}, None, True),
        ("FORM-058", "if($b > 0, $a / $b, 0)", {"a": 1.0, "b": 0.0}, 0.0, False),
        ("FORM-062", "min($a,$b)", {"a": 2.0, "b": None}, 2.0, False),
        ("FORM-064", "abs(-0)", {}, 0.0, False),
    ],
)
def test_a_formula_is_worth_what_the_rules_say(
    stage: Stage, entry_id: str, text: str, inputs: dict[str, float | None], value: float | None, warns: bool
) -> None:
    answer = stage.post(_VALIDATE, {"formula": metric_body(text, *inputs)["formula"]})
    assert (
        answer.status in entry(entry_id).statuses and "inf" not in answer.text.lower().split('"message"')[0]
    )
    result = _result(text, **inputs)
    assert result.value == value and bool(result.warnings) is warns
    assert str(result.value) != "-0.0"


def test_inputs_and_formula_fit_together_or_it_is_said(stage: Stage) -> None:
    unknown = stage.post(_VALIDATE, {"formula": metric_body("$x", "a")["formula"]})
    assert unknown.status in entry("FORM-067").statuses
    assert "UNDEFINED_VARIABLE" in {error["code"] for error in unknown.json()["errors"]}
    unused = stage.post(_VALIDATE, {"formula": metric_body("$a", "a", "z")["formula"]})
    assert unused.status in entry("FORM-069").statuses
    assert "UNUSED_INPUT" in {warning["code"] for warning in unused.json()["warnings"]}
    many = metric_body("$a1", *(f"a{n}" for n in range(51)))["formula"]
    too_many = stage.post(_VALIDATE, {"formula": many})
    assert too_many.status in entry("FORM-070").statuses and too_many.json()["valid"] is False


def _uses(metric_id: str, **more: Any) -> dict[str, Any]:
    made = metric_body("$a", "a", **more)
    made["formula"]["inputs"][0]["metric_id"] = metric_id
    return made


def test_a_metric_uses_neither_itself_nor_a_chain_without_end(stage: Stage) -> None:
    ids = [f"cm_chain_{n}" for n in range(40)]
    answers = [stage.post(_CUSTOM, metric_body("$a", "a", id=ids[0]))]
    answers += [stage.post(_CUSTOM, _uses(before, id=after)) for before, after in pairwise(ids)]
    refused = [answer for answer in answers if answer.status != 201]
    assert len(answers) - len(refused) == 5
    assert {answer.status for answer in refused} == {400} and 400 in entry("FORM-073").statuses
    cycle = stage.patch(f"{_CUSTOM}/{ids[0]}", {"formula": _uses(ids[4])["formula"]})
    assert cycle.status in entry("FORM-072").statuses and cycle.code in ("CYCLE", "FORMULA_TOO_COMPLEX")
    itself = stage.patch(f"{_CUSTOM}/{ids[0]}", {"formula": _uses(ids[0])["formula"]})
    assert (itself.status, itself.code) == (400, "CYCLE")
    used = stage.ask("DELETE", f"{_CUSTOM}/{ids[0]}")
    assert used.status in entry("FORM-074").statuses and ids[1] in used.text
    again = stage.post(_CUSTOM, metric_body("$a", "a", id=ids[0]))
    assert again.status in entry("FORM-075").statuses and again.json()["error"]["type"] == "conflict_error"


def test_a_filter_is_a_value_and_never_code(stage: Stage) -> None:
    one, made = entry("FORM-078"), metric_body("$a", "a", id="cm_filtered")
    made["formula"]["inputs"][0]["filters"] = {"agent_id": "' OR '1'='1"}
    answer = stage.post(_CUSTOM, made)
    assert answer.status in one.statuses | {201}
    value = stage.get(f"{_CUSTOM}/cm_filtered/evaluate?start=2026-10-01")
    assert value.status == 200 and not value.json().get("value")


def test_a_rule_that_is_text_is_an_expression(stage: Stage) -> None:
    one, made = entry("FORM-080"), metric_body("", "a")
    made["formula"] = {
        "type": "conditional",
        "expression": "",
        "inputs": made["formula"]["inputs"],
        "conditions": [{"condition": "$a > 0", "then_value": "=cmd()", "else_value": 0}],
    }
    answer = stage.post(_CUSTOM, made)
    assert answer.status in one.statuses, answer.text
    assert answer.code == "SYNTAX_ERROR"


def test_ten_years_of_minutes_are_refused_or_quick(stage: Stage) -> None:
    one = entry("FORM-082")
    began = time.perf_counter()
    body = {
        "formula": metric_body("$a", "a")["formula"],
        "test_period": {"start": "2016-01-01", "end": "2026-01-01"},
    }
    validated = stage.post(_VALIDATE, body)
    series = stage.get(
        f"{_CUSTOM}/{A.custom_metric_id}/evaluate?start=2016-11-01&end=2026-11-01&granularity=minute"
    )
    assert validated.status in one.statuses and series.status in one.statuses
    assert time.perf_counter() - began < 120
