"""What custom metrics are worth: what the formula saw, one customer's numbers, and an answer to any text."""

import time
from random import Random

import pytest

from tests.builders.api import Api, code, fault, formula, metric

PATH = "/metrics/custom"
# The newest event stands at the end of the data, and a range does not include its end.
RANGE = "start=2026-10-01&end=2026-11-03"


def evaluate(api: Api, custom_metric_id: str, who: str = "a", more: str = "") -> dict:
    answer = api.get(f"{PATH}/{custom_metric_id}/evaluate?{RANGE}{more}", who)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_an_evaluation_has_the_documents_fields(api: Api) -> None:
    api.post(PATH, metric())
    told = evaluate(api, "cm_cost_per_session")
    assert {
        "metric_id",
        "metric_name",
        "unit",
        "value",
        "timestamp",
        "formula_breakdown",
        "period",
    } <= told.keys()
    cost, sessions = (told["formula_breakdown"][name] for name in ("$a", "$b"))
    assert (cost["metric_id"], sessions["metric_id"]) == ("cost.total", "usage.sessions.total")
    assert cost["value"] == 60.00000006 and sessions["value"] == 60
    assert told["value"] == pytest.approx(1.000000001, rel=1e-12)
    assert told["period"] == {"start": "2026-10-01T00:00:00Z", "end": "2026-11-03T00:00:00Z"}
    assert told["metadata"]["snapshot"] and told["metadata"]["data_as_of"]


def test_a_percent_enters_as_its_ratio_and_a_count_of_its_rows_as_a_count(api: Api) -> None:
    body = metric(
        formula=formula(
            "$rate * 100 + $rows", rate="autonomy.deflection_rate", rows="autonomy.deflection_rate"
        )
    )
    body["formula"]["inputs"][1]["aggregation"] = "count"
    api.post(PATH, body)
    seen = evaluate(api, "cm_cost_per_session")["formula_breakdown"]
    assert (seen["$rate"]["value"], seen["$rows"]["value"]) == (1.0, 60)


def test_a_custom_percent_enters_another_formula_as_its_ratio(api: Api) -> None:
    api.post(
        PATH, metric("cm_rate", unit="percent", formula=formula("$x * 100", x="autonomy.deflection_rate"))
    )
    api.post(PATH, metric("cm_user", formula=formula("$x", x="cm_rate")))
    assert evaluate(api, "cm_rate")["value"] == 100
    assert evaluate(api, "cm_user")["value"] == 1


def test_a_metric_is_worth_what_the_callers_customer_has(api: Api) -> None:
    api.post(PATH, metric(formula=formula("$a", a="cost.total")), "all")
    assert evaluate(api, "cm_cost_per_session", "a")["value"] == pytest.approx(60.00000006)
    assert evaluate(api, "cm_cost_per_session", "b")["value"] == pytest.approx(30 * 2.777)
    of_b = evaluate(api, "cm_cost_per_session", "all", "&customer_id=cust_b")
    assert of_b["value"] == pytest.approx(30 * 2.777)


def test_a_customers_metric_is_worth_that_customers_numbers_whoever_asks(api: Api) -> None:
    api.post(PATH, metric(formula=formula("$a", a="cost.total")), "b")
    assert evaluate(api, "cm_cost_per_session", "all")["value"] == pytest.approx(30 * 2.777)


def test_a_business_result_that_a_customer_lacks_is_nothing(api: Api) -> None:
    api.post(PATH, metric(formula=formula("$r - $c", r="custom.revenue_attributed", c="cost.total")), "all")
    seen = evaluate(api, "cm_cost_per_session", "b")
    assert seen["formula_breakdown"]["$r"]["value"] == 0
    assert seen["value"] == pytest.approx(-30 * 2.777)


def test_filters_of_the_input_and_of_the_request_both_apply(api: Api) -> None:
    body = metric(formula=formula("$a", a="cost.total"))
    body["formula"]["inputs"][0]["filters"] = {"agent_id": "support"}
    api.post(PATH, body)
    assert evaluate(api, "cm_cost_per_session", more="&agent_id=support")["value"] > 0
    assert evaluate(api, "cm_cost_per_session", more="&agent_id=other")["value"] == 0
    assert evaluate(api, "cm_cost_per_session", more="&model=model-2")["value"] == 0


def test_a_granularity_gives_the_series_beside_the_value(api: Api) -> None:
    api.post(PATH, metric())
    told = evaluate(api, "cm_cost_per_session", more="&granularity=day&group_by=agent_id")
    assert told["granularity"] == "day" and len(told["data"]) == 33
    assert told["data"][-1]["dimensions"] == {"agent_id": "support"}
    assert told["data"][-1]["value"] == pytest.approx(1.000000001)
    assert told["data"][0]["value"] is None
    cut = evaluate(api, "cm_cost_per_session", more="&granularity=day&limit=3")
    assert len(cut["data"]) == 3 and cut["metadata"]["truncated"] is True


def test_a_series_of_a_nested_metric_is_calculated_per_bucket(api: Api) -> None:
    api.post(PATH, metric())
    api.post(PATH, metric("cm_twice", formula=formula("$x * 2", x="cm_cost_per_session")))
    once = evaluate(api, "cm_cost_per_session", more="&granularity=day")["data"]
    twice = evaluate(api, "cm_twice", more="&granularity=day")["data"]
    assert [p["value"] and p["value"] * 2 for p in once] == [p["value"] for p in twice]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("start=2026-10-01&aggregation=sum", (400, "UNSUPPORTED_AGGREGATION", "aggregation")),
        ("start=2026-10-01&model=m", (400, "UNSUPPORTED_DIMENSION", "model")),
        ("start=2026-11-05", (400, "INVALID_TIME_RANGE", "start")),
        ("", (400, "MISSING_PARAMETER", "start")),
    ],
)
def test_an_evaluation_that_has_no_meaning_is_refused(api: Api, query: str, expected: tuple) -> None:
    api.post(PATH, metric())
    assert fault(api.get(f"{PATH}/cm_cost_per_session/evaluate?{query}")) == expected


def test_a_division_by_zero_is_null_with_a_warning(api: Api) -> None:
    api.post(PATH, metric(formula=formula("$a / ($b - $b)", a="cost.total", b="usage.sessions.total")))
    told = evaluate(api, "cm_cost_per_session")
    assert told["value"] is None
    assert [w["code"] for w in told["warnings"]] == ["DIVISION_BY_ZERO"]


def _validate(api: Api, expression: str, **inputs: str) -> dict:
    body = {"formula": formula(expression, **(inputs or {"a": "cost.total", "b": "usage.sessions.total"}))}
    answer = api.post(f"{PATH}/validate", body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_valid_formula_is_tried(api: Api) -> None:
    body = {
        "formula": formula("$a / $b * 100", a="cost.total", b="usage.sessions.total"),
        "test_period": {"start": "2026-10-01", "end": "2026-11-03"},
    }
    told = api.post(f"{PATH}/validate", body).json()
    assert told["valid"] is True
    assert [w["code"] for w in told["warnings"]] == ["POSSIBLE_DIVISION_BY_ZERO"]
    assert told["test_result"]["inputs_resolved"] == {"$a": 60.00000006, "$b": 60}
    assert told["test_result"]["value"] == pytest.approx(100.0000001)


def test_an_invalid_formula_is_told_with_all_faults(api: Api) -> None:
    told = _validate(api, "$a / $z", a="cost.total", b="invalid.metric.id")
    assert told["valid"] is False
    assert {"code": "INVALID_METRIC_REFERENCE", "variable": "$b"}.items() <= told["errors"][0].items()
    assert {error["code"] for error in told["errors"]} == {"INVALID_METRIC_REFERENCE", "UNDEFINED_VARIABLE"}


def test_without_numbers_a_formula_is_still_judged(empty_api: Api) -> None:
    told = _validate(empty_api, "$a / $b")
    assert told["valid"] is True and told["test_result"] is None


def test_a_test_period_that_is_none_is_named(api: Api) -> None:
    body = {
        "formula": formula("1", a="cost.total"),
        "test_period": {"start": "2026-11-02", "end": "2026-11-01"},
    }
    assert fault(api.post(f"{PATH}/validate", body)) == (400, "INVALID_TIME_RANGE", "test_period.start")


@pytest.mark.parametrize(
    "expression",
    [
        "", "$a $b", "$a + + $b ;", "1..2", "$", "$1", "$a.b", "$a := 1", "a", "true and", "lambda: 1",
        '__import__("os").system("id")', "$a if $b else $c", "().__class__", "(SELECT 1)", "getenv('HOME')",
        "/* x */ $a", "`$a`", "$a | $b", "$a // 2", "0x10", "1_000", "１+２", "$а", "abs()", "abs(1,2)",
        "round(1,2,3)", "foo(1)", "(" * 2000 + "1" + ")" * 2000, "1+" * 100_000 + "1", "1e309",
        "length(repeat('x',2000000000))", "len(range(400000000))", "$a; DROP TABLE fact_llm_requests", "\x00",
    ],
)  # fmt: skip
def test_text_that_is_no_formula_is_invalid_and_quickly_so(shared_api: Api, expression: str) -> None:
    _validate(shared_api, "$a")  # the first question loads what later ones find loaded
    began = time.perf_counter()
    told = _validate(shared_api, expression)
    assert told["valid"] is False and told["errors"]
    assert time.perf_counter() - began < 60


@pytest.mark.parametrize(
    ("expression", "value", "warning"),
    [
        ("$a / 0", None, "DIVISION_BY_ZERO"),
        ("0/0", None, "DIVISION_BY_ZERO"),
        ("$a % 0", None, "DIVISION_BY_ZERO"),
        ("(0-8)^(1/3)", None, "NOT_FINITE"),
        ("if($b - $b > 0, $a / ($b - $b), 0)", 0, None),
        ("abs(-0)", 0, None),
        ("coalesce($a, 1) * 0", 0, None),
    ],
)
def test_what_is_no_finite_number_is_null_and_says_why(shared_api: Api, expression, value, warning) -> None:
    told = _validate(shared_api, expression)
    assert told["test_result"]["value"] == value
    assert str(told["test_result"]["value"]) != "-0.0"
    codes = {w["code"] for w in told["warnings"]}
    assert warning is None or warning in codes


def test_any_text_is_answered(shared_api: Api) -> None:
    random = Random(7)
    alphabet = "$ab()+-*/^%,.<>=! 019ifmnaxroundcoalsebt\n\"'\\;{}[]\x00\u202e\U0001f600"
    for _ in range(200):
        text = "".join(random.choices(alphabet, k=random.randrange(60)))
        assert _validate(shared_api, text)["valid"] in (True, False)


def test_an_unknown_metric_and_a_foreign_one_are_answered_alike(api: Api) -> None:
    api.post(PATH, metric("cm_foreign"), "b")
    foreign = api.get(f"{PATH}/cm_foreign/evaluate?{RANGE}")
    unknown = api.get(f"{PATH}/cm_unknown/evaluate?{RANGE}")
    assert code(foreign) == (404, "METRIC_NOT_FOUND")
    assert foreign.text == unknown.text
