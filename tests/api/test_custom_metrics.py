"""Custom metrics: each customer's own, changed by whoever read them last, kept while something uses them."""

from typing import Any

import pytest

from tests.builders.api import Api, code, fault, formula, metric

PATH = "/metrics/custom"


def test_a_new_metric_is_told_as_the_documents_have_it(api: Api) -> None:
    made = api.post(PATH, metric(description="What a session costs"))
    told = made.json()
    assert made.status_code == 201
    assert {"id", "name", "description", "unit", "formula", "is_active", "created_at", "updated_at"} <= set(
        told
    )
    assert told["formula"] == formula() and told["is_active"] is True
    assert told["created_at"] == told["updated_at"] and told["created_at"].endswith("Z")
    assert api.get(f"{PATH}/cm_cost_per_session").json() == told


def test_an_id_that_is_left_out_is_made(api: Api) -> None:
    made = [api.post(PATH, metric(None)).json()["id"] for _ in range(2)]
    assert len(set(made)) == 2 and all(i.startswith("cm_") for i in made)


def test_a_taken_id_is_a_conflict(api: Api) -> None:
    api.post(PATH, metric())
    answer = api.post(PATH, metric())
    assert fault(answer) == (409, "DUPLICATE_ID", "id")
    assert answer.json()["error"]["type"] == "conflict_error"


def test_two_customers_may_have_the_same_id_and_do_not_meet(api: Api) -> None:
    assert api.post(PATH, metric(name="Of a")).status_code == 201
    assert api.post(PATH, metric(name="Of b 777"), "b").status_code == 201
    for who, name in (("a", "Of a"), ("b", "Of b 777")):
        assert api.get(f"{PATH}/cm_cost_per_session", who).json()["name"] == name
        assert [m["name"] for m in api.get(PATH, who).json()["custom_metrics"]] == [name]
    assert api.get(PATH, "all").json()["total"] == 2
    assert fault(api.get(f"{PATH}/cm_cost_per_session", "all")) == (400, "INVALID_PARAMETER", "customer_id")
    chosen = api.get(f"{PATH}/cm_cost_per_session?customer_id=cust_b", "all")
    assert chosen.json()["name"] == "Of b 777"


def test_everybodys_metric_is_seen_by_all_and_changed_by_a_key_for_all(api: Api) -> None:
    api.post(PATH, metric(), "all")
    path = f"{PATH}/cm_cost_per_session"
    assert api.get(path, "b").json()["customer_id"] is None
    assert code(api.patch(path, {"name": "Mine"}, "b")) == (403, "FORBIDDEN")
    assert code(api.delete(path, "b")) == (403, "FORBIDDEN")
    assert code(api.post(PATH, metric(), "b")) == (409, "DUPLICATE_ID")
    assert api.patch(path, {"name": "Ours"}, "all").json()["name"] == "Ours"


def test_a_customers_id_is_taken_for_everybodys_metric(api: Api) -> None:
    api.post(PATH, metric(), "b")
    assert code(api.post(PATH, metric(), "all")) == (409, "DUPLICATE_ID")


def test_the_list_is_paged_and_filtered(api: Api) -> None:
    for n in range(5):
        api.post(PATH, metric(f"cm_{n}", is_active=n % 2 == 0))
    told = api.get(f"{PATH}?limit=2&offset=1").json()
    assert [m["id"] for m in told["custom_metrics"]] == ["cm_1", "cm_2"]
    assert (told["total"], told["limit"], told["offset"]) == (5, 2, 1)
    assert "formula" not in told["custom_metrics"][0]
    assert api.get(f"{PATH}?is_active=false").json()["total"] == 2
    assert api.get(PATH).json()["limit"] == 50


@pytest.mark.parametrize(
    ("query", "param"), [("limit=0", "limit"), ("offset=-1", "offset"), ("is_active=yes", "is_active")]
)
def test_a_page_that_is_none_is_refused(shared_api: Api, query: str, param: str) -> None:
    assert fault(shared_api.get(f"{PATH}?{query}")) == (400, "INVALID_PARAMETER", param)


def test_a_patch_changes_what_is_sent_and_leaves_the_rest(api: Api) -> None:
    before = api.post(PATH, metric()).json()
    after = api.patch(f"{PATH}/cm_cost_per_session", {"name": "New", "is_active": False}).json()
    assert after["updated_at"] > before["updated_at"]
    changed = {"name": "New", "is_active": False, "updated_at": after["updated_at"]}
    assert after == {**before, **changed}


@pytest.mark.parametrize("body", [{}, {"name": "Cost per session"}])
def test_a_patch_that_changes_nothing_changes_nothing(api: Api, body: dict[str, Any]) -> None:
    before = api.post(PATH, metric()).json()
    answer = api.patch(f"{PATH}/cm_cost_per_session", body)
    assert (answer.status_code, answer.json()) == (200, before)


def test_an_id_and_an_owner_cannot_be_changed(api: Api) -> None:
    api.post(PATH, metric())
    for field in ("id", "customer_id", "created_at"):
        assert fault(api.patch(f"{PATH}/cm_cost_per_session", {field: "x"}))[2] == field


def test_if_match_lets_only_the_reader_of_the_last_version_change_it(api: Api) -> None:
    api.post(PATH, metric())
    path = f"{PATH}/cm_cost_per_session"
    read = api.get(path).headers["etag"]
    assert api.patch(path, {"name": "First"}, headers={"If-Match": read}).status_code == 200
    late = api.patch(path, {"name": "Second"}, headers={"If-Match": read})
    assert code(late) == (412, "PRECONDITION_FAILED")
    assert code(api.delete(path, headers={"If-Match": read})) == (412, "PRECONDITION_FAILED")
    assert api.get(path).json()["name"] == "First"
    assert api.patch(path, {"name": "Third"}, headers={"If-Match": "*"}).status_code == 200


def test_deleting_says_so_and_frees_the_id(api: Api) -> None:
    api.post(PATH, metric())
    answer = api.delete(f"{PATH}/cm_cost_per_session")
    assert answer.json() == {"deleted": True, "id": "cm_cost_per_session"}
    assert code(api.get(f"{PATH}/cm_cost_per_session")) == (404, "METRIC_NOT_FOUND")
    assert api.post(PATH, metric()).status_code == 201


def test_a_metric_in_use_cannot_be_deleted_and_its_users_are_named(api: Api) -> None:
    api.post(PATH, metric())
    api.post(PATH, metric("cm_twice", formula=formula("$x * 2", x="cm_cost_per_session")))
    rule = {"operator": "gt", "threshold": 1, "duration": "1h"}
    alert = api.post("/alerts", {"name": "n", "metric_id": "cm_cost_per_session", "condition": rule}).json()[
        "id"
    ]
    refused = api.delete(f"{PATH}/cm_cost_per_session")
    assert code(refused) == (409, "INVALID_STATE")
    assert "cm_twice" in refused.text and alert in refused.text
    api.delete("/metrics/custom/cm_twice")
    api.delete(f"/alerts/{alert}")
    assert api.delete(f"{PATH}/cm_cost_per_session").status_code == 200


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"formula": formula("$a +")}, (400, "SYNTAX_ERROR", "formula.expression")),
        ({"formula": formula("$z")}, (400, "UNDEFINED_VARIABLE", "formula.expression")),
        ({"formula": formula("foo($a)")}, (400, "UNKNOWN_FUNCTION", "formula.expression")),
        ({"formula": formula("abs()")}, (400, "WRONG_ARITY", "formula.expression")),
        (
            {"formula": formula("$a", a="invalid.metric")},
            (400, "INVALID_METRIC_REFERENCE", "formula.inputs[0].metric_id"),
        ),
        (
            {"formula": formula("$a", a="custom.hours_777")},
            (400, "INVALID_METRIC_REFERENCE", "formula.inputs[0].metric_id"),
        ),
        ({"formula": formula("1+" * 1500 + "1")}, (400, "FORMULA_TOO_COMPLEX", "formula.expression")),
        ({"id": "roi"}, (400, "INVALID_PARAMETER", "id")),
        ({"id": "cm_" + "x" * 65}, (400, "INVALID_PARAMETER", "id")),
        ({"id": "cm_ROI"}, (400, "INVALID_PARAMETER", "id")),
        ({"formula": {**formula(), "type": "sql"}}, (400, "INVALID_PARAMETER", "formula.type")),
        ({"unit": ""}, (400, "INVALID_PARAMETER", "unit")),
    ],
)
def test_a_metric_that_cannot_be_used_is_refused_with_its_reason(shared_api: Api, change, expected) -> None:
    assert fault(shared_api.post(PATH, {**metric(), **change})) == expected
    assert shared_api.get(PATH).json()["total"] == 0


def test_all_faults_of_a_formula_are_told(shared_api: Api) -> None:
    error = shared_api.post(PATH, metric(formula=formula("$z + foo(1)", a="nope"))).json()["error"]
    assert {d["code"] for d in error["details"]} >= {
        "UNDEFINED_VARIABLE",
        "UNKNOWN_FUNCTION",
        "INVALID_METRIC_REFERENCE",
    }
    assert {"code", "message", "variable", "position"} <= error["details"][0].keys()


def test_a_metric_that_would_use_itself_is_refused(api: Api) -> None:
    api.post(PATH, metric())
    api.post(PATH, metric("cm_user", formula=formula("$x", x="cm_cost_per_session")))
    circle = {"formula": formula("$x", x="cm_user")}
    assert code(api.patch(f"{PATH}/cm_cost_per_session", circle)) == (400, "CYCLE")
    assert code(api.post(PATH, metric("cm_me", formula=formula("$x", x="cm_me")))) == (400, "CYCLE")


def test_a_chain_may_be_five_deep(api: Api) -> None:
    api.post(PATH, metric("cm_1"))
    made = [
        api.post(PATH, metric(f"cm_{n + 1}", formula=formula("$x", x=f"cm_{n}"))).status_code
        for n in range(1, 6)
    ]
    assert made == [201, 201, 201, 201, 400]


def test_a_filter_by_customer_is_no_filter_of_a_custom_metric(api: Api) -> None:
    body = metric()
    body["formula"]["inputs"][0]["filters"] = {"customer_id": "cust_b"}
    assert fault(api.post(PATH, body)) == (400, "INVALID_PARAMETER", "formula.inputs[0].filters.customer_id")


def test_a_filter_is_a_value_and_never_code(api: Api) -> None:
    body = metric()
    body["formula"]["inputs"][0]["filters"] = {"agent_id": "' OR '1'='1"}
    assert api.post(PATH, body).status_code == 201
    told = api.get(f"{PATH}/cm_cost_per_session/evaluate?start=2026-10-01").json()
    assert told["formula_breakdown"]["$a"]["value"] == 0


def test_conditions_are_kept_and_a_boolean_is_no_value_of_theirs(api: Api) -> None:
    rules = [{"condition": "$a > 1", "then_value": "$a * 2", "else_value": None}]
    body = metric(formula={**formula("0", a="cost.total"), "type": "conditional", "conditions": rules})
    assert api.post(PATH, body).json()["formula"]["conditions"] == rules
    rules[0]["then_value"] = True  # type: ignore[assignment]
    assert fault(api.post(PATH, {**body, "id": "cm_b"}))[2] == "formula.conditions[0].then_value"


@pytest.mark.parametrize("path", ["", "/cm_cost_per_session", "/cm_none"])
@pytest.mark.parametrize("customer_id", ["all", "*", "%", "_", "null", "", "%00", "x" * 201])
def test_a_customer_id_that_cannot_be_one_never_means_everybody(
    shared_api: Api, path: str, customer_id: str
) -> None:
    for who in ("a", "all"):
        assert code(shared_api.get(f"{PATH}{path}?customer_id={customer_id}", who)) == (
            400,
            "INVALID_CUSTOMER_ID",
        )
