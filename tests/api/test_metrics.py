"""Answers about metrics have the documents' shapes and the engine's numbers, not rounded."""

import json
from decimal import Decimal

import pytest

from core.catalogue import CATALOGUE
from tests.builders.api import Api, code, fault

SNAPSHOT = "snap-1-"
OCTOBER = "start=2026-10-01&end=2026-11-01"


def exact(answer) -> dict:
    """The answer with its numbers as they are written."""
    return json.loads(answer.text, parse_float=Decimal)


def test_a_value_has_the_documents_fields(shared_api: Api) -> None:
    told = shared_api.get("/metrics/cost.total?agent_id=support").json()
    assert {"id", "name", "type", "unit", "value", "timestamp", "metadata"} <= told.keys()
    assert (told["id"], told["name"], told["type"], told["unit"]) == (
        "cost.total",
        "Total Cost",
        "counter",
        "usd",
    )
    assert told["timestamp"] == "2026-11-02T12:00:00Z"
    assert told["metadata"]["agent_id"] == "support"
    assert told["metadata"]["period_start"] == "2026-11-01T00:00:00Z"
    assert told["metadata"]["data_as_of"] == "2026-11-02T12:00:00Z"
    assert told["metadata"]["snapshot"].startswith(SNAPSHOT)


def test_money_is_exact_to_the_last_place(shared_api: Api) -> None:
    told = exact(shared_api.get(f"/metrics/cost.total/series?{OCTOBER}&granularity=month"))
    assert [point["value"] for point in told["data"]] == [Decimal("54.000000054")]


def test_a_point_in_time_covers_its_month_until_then(shared_api: Api) -> None:
    told = exact(shared_api.get("/metrics/cost.total?at=2026-10-31T23:00:00Z"))
    assert told["metadata"]["period_start"] == "2026-10-01T00:00:00Z"
    first = shared_api.get("/metrics/cost.total?at=2026-11-01T00:00:00Z").json()
    assert first["metadata"]["period_start"] == "2026-10-01T00:00:00Z"


@pytest.mark.parametrize("metric_id", sorted(CATALOGUE))
def test_every_metric_of_the_catalogue_answers(shared_api: Api, metric_id: str) -> None:
    assert shared_api.get(f"/metrics/{metric_id}").json()["id"] == metric_id
    series = shared_api.get(f"/metrics/{metric_id}/series?start=2026-10-25")
    assert series.status_code == 200 and series.json()["metric_id"] == metric_id
    distribution = shared_api.get(f"/metrics/{metric_id}/distribution?start=2026-10-25")
    assert distribution.status_code == 200 or code(distribution) == (400, "UNSUPPORTED_METRIC")


def test_a_series_has_the_documents_fields_and_every_bucket(shared_api: Api) -> None:
    told = shared_api.get("/metrics/cost.daily/series?start=2026-10-25&granularity=day&group_by=model").json()
    assert {
        "metric_id",
        "metric_name",
        "unit",
        "granularity",
        "aggregation",
        "start",
        "end",
        "data",
    } <= told.keys()
    assert told["metric_name"] == "Daily Cost" and told["aggregation"] == "sum"
    assert [p["timestamp"][:10] for p in told["data"]][:2] == ["2026-10-25", "2026-10-26"]
    assert len(told["data"]) == 9
    assert {json.dumps(p["dimensions"]) for p in told["data"]} == {'{"model": "model-1"}'}
    assert told["metadata"]["truncated"] is False


def test_more_points_than_asked_are_cut_and_said_to_be(shared_api: Api) -> None:
    told = shared_api.get("/metrics/cost.total/series?start=2026-10-25&granularity=hour&limit=5").json()
    assert len(told["data"]) == 5 and told["metadata"]["truncated"] is True


def test_a_distribution_has_the_documents_fields(shared_api: Api) -> None:
    told = shared_api.get("/metrics/perf.latency.distribution/distribution?start=2026-10-01&buckets=4").json()
    assert told["percentiles"].keys() == {"p50", "p75", "p90", "p95", "p99", "min", "max", "mean", "count"}
    assert [set(b) for b in told["histogram"]] == [{"bucket", "lower", "upper", "count"}] * 4
    assert told["histogram"][-1]["upper"] is None
    assert sum(b["count"] for b in told["histogram"]) == told["percentiles"]["count"]


def test_a_batch_answers_in_the_order_asked(shared_api: Api) -> None:
    ids = ["perf.latency.avg", "cost.total", "custom.revenue_attributed"]
    body = {"metric_ids": ids, "filters": {"agent_id": "support", "start": "2026-10-01"}}
    told = shared_api.post("/metrics/batch", body).json()
    assert [metric["id"] for metric in told["metrics"]] == ids
    assert told["filters_applied"]["agent_id"] == "support"
    assert told["filters_applied"]["start"] == "2026-10-01T00:00:00Z"
    assert {"id", "name", "type", "unit", "value", "timestamp"} <= told["metrics"][0].keys()


def test_a_batch_says_of_each_metric_what_it_says_alone(shared_api: Api) -> None:
    ids = ["cost.by_model", "cost.cache_savings", "autonomy.goal_completion_rate", "perf.latency.p95"]
    together = shared_api.post("/metrics/batch", {"metric_ids": ids}).json()["metrics"]
    for told in together:
        alone = shared_api.get(f"/metrics/{told['id']}").json()
        assert told["metadata"].items() <= alone["metadata"].items()
        assert told.get("breakdown") == alone.get("breakdown")
    assert together[0]["breakdown"] and "unpriced_share" in together[1]["metadata"]


def test_who_sees_everybody_gets_nothing_of_a_business_result_that_a_customer_is_yet_to_have(
    shared_api: Api,
) -> None:
    asked = "/metrics/custom.hours_777"
    theirs = shared_api.get(f"{asked}?customer_id=cust_b", "all").json()
    none_yet = shared_api.get(f"{asked}?customer_id=cust_a", "all").json()
    assert (none_yet["value"], none_yet["unit"]) == (0, theirs["unit"])
    series = shared_api.get(
        f"{asked}/series?customer_id=cust_a&start=2026-11-01&end=2026-11-02", "all"
    ).json()
    assert {point["value"] for point in series["data"]} == {0}
    body = {"metric_ids": ["cost.total", "custom.hours_777"], "filters": {"customer_id": "cust_a"}}
    assert shared_api.post("/metrics/batch", body, "all").json()["metrics"][1]["value"] == 0
    assert code(shared_api.get(f"{asked}?customer_id=cust_a", "a")) == (404, "METRIC_NOT_FOUND")
    assert code(shared_api.get("/metrics/custom.hours_7", "all")) == (404, "METRIC_NOT_FOUND")


def test_a_custom_metric_that_is_asked_for_as_a_standard_one_is_shown_the_way(shared_api: Api) -> None:
    error = shared_api.get("/metrics/cm_any").json()["error"]
    assert error["code"] == "METRIC_NOT_FOUND" and "evaluated" in error["message"]


def test_a_batch_without_a_start_covers_the_month(shared_api: Api) -> None:
    told = shared_api.post("/metrics/batch", {"metric_ids": ["cost.total"]}).json()
    assert told["filters_applied"]["start"] == "2026-11-01T00:00:00Z"
    assert told["metrics"][0]["value"] == shared_api.get("/metrics/cost.total").json()["value"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"metric_ids": []}, (400, "INVALID_PARAMETER", "metric_ids")),
        ({"metric_ids": ["cost.total"] * 51}, (400, "INVALID_PARAMETER", "metric_ids")),
        ({"metric_ids": ["cost.total", "nope"]}, (404, "METRIC_NOT_FOUND", "metric_ids[1]")),
        ({"metric_ids": ["cost.total"], "filters": {"x": 1}}, (400, "INVALID_PARAMETER", "filters.x")),
        (
            {"metric_ids": ["usage.sessions.total"], "filters": {"model": "m"}},
            (400, "UNSUPPORTED_DIMENSION", "filters.model"),
        ),
        (
            {"metric_ids": ["cost.total"], "filters": {"start": "2026-13-01"}},
            (400, "INVALID_PARAMETER", "filters.start"),
        ),
        (
            {"metric_ids": ["cost.total"], "filters": {"start": "2026-11-02", "end": "2026-11-01"}},
            (400, "INVALID_TIME_RANGE", "filters.start"),
        ),
        (
            {"metric_ids": ["cost.total"], "filters": {"customer_id": ""}},
            (400, "INVALID_CUSTOMER_ID", "filters.customer_id"),
        ),
        ({}, (400, "MISSING_PARAMETER", "metric_ids")),
    ],
)
def test_a_batch_that_cannot_be_answered_names_why(shared_api: Api, body: dict, expected: tuple) -> None:
    assert fault(shared_api.post("/metrics/batch", body)) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("start=2026-13-01T00:00:00Z", "INVALID_PARAMETER"),
        ("start=2025-02-29", "INVALID_PARAMETER"),
        ("start=2026-01-02&end=2026-01-01", "INVALID_TIME_RANGE"),
        ("start=2026-01-01&end=2026-01-01", "INVALID_TIME_RANGE"),
        ("start=0001-01-01&end=9999-12-31", "INVALID_TIME_RANGE"),
        ("start=2026-01-01T24:00:00Z", "INVALID_PARAMETER"),
        ("start=2026-12-31T23:59:60Z", "INVALID_PARAMETER"),
        ("start=2026-01-01T00:00:00%2B25:00", "INVALID_PARAMETER"),
        ("start=99999999999999", "INVALID_PARAMETER"),
        ("start=٢٠٢٦-01-01", "INVALID_PARAMETER"),
        ("start=2026-11-01&granularity=second", "INVALID_GRANULARITY"),
        ("start=2026-01-01&granularity=minute", "INVALID_TIME_RANGE"),
        ("start=2026-11-01&group_by=channel", "INVALID_PARAMETER"),
        ("start=2026-11-01&timezone=europe/berlin", "INVALID_PARAMETER"),
        ("start=2026-11-01&timezone=../../etc/passwd", "INVALID_PARAMETER"),
        ("start=2026-11-01&timezone=right/UTC", "INVALID_PARAMETER"),
        ("start=2026-11-01&limit=1&limit=2", "INVALID_PARAMETER"),
    ],
)
def test_a_range_that_is_none_is_refused(shared_api: Api, query: str, expected: str) -> None:
    assert code(shared_api.get(f"/metrics/cost.total/series?{query}")) == (400, expected)


@pytest.mark.parametrize("start", ["2024-02-29", "2026-01-01T00:00:00%2B14:00", "2026-11-01T10:00"])
def test_a_start_that_is_one_is_read(shared_api: Api, start: str) -> None:
    assert shared_api.get(f"/metrics/cost.total/series?start={start}").status_code == 200


def test_an_end_in_the_future_is_cut_to_now(shared_api: Api) -> None:
    told = shared_api.get(
        "/metrics/cost.total/series?start=2026-11-01&end=2999-01-01&granularity=month"
    ).json()
    assert told["end"] < "2999"


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/metrics/quality.loop_rate/series?start=2026-11-01&aggregation=sum", "UNSUPPORTED_AGGREGATION"),
        ("/metrics/usage.sessions.total?model=m", "UNSUPPORTED_DIMENSION"),
        ("/metrics/cost.per_completion?model=m", "UNSUPPORTED_DIMENSION"),
        ("/metrics/cost.daily/series?start=2026-11-01&granularity=hour", "UNSUPPORTED_GRANULARITY"),
        ("/metrics/quality.loop_rate/distribution?start=2026-11-01", "UNSUPPORTED_METRIC"),
    ],
)
def test_what_has_no_meaning_is_refused_by_its_code(shared_api: Api, path: str, error: str) -> None:
    assert code(shared_api.get(path)) == (400, error)


def test_an_unknown_agent_is_an_empty_answer(shared_api: Api) -> None:
    assert shared_api.get("/metrics/cost.total?agent_id=nobody").json()["value"] == 0
    assert shared_api.get("/metrics/perf.latency.avg?agent_id=nobody").json()["value"] is None


def test_the_catalogue_lists_what_this_key_can_ask_for(shared_api: Api) -> None:
    ids = {
        who: {m["id"] for m in shared_api.get("/metrics", who).json()["metrics"]} for who in ("a", "b", "all")
    }
    assert ids["a"] & ids["b"] == set(CATALOGUE)
    assert ids["a"] - set(CATALOGUE) == {"custom.revenue_attributed"}
    assert ids["b"] - set(CATALOGUE) == {"custom.hours_777"}
    assert ids["all"] == ids["a"] | ids["b"]


def test_the_breakdown_of_a_cost_adds_up_to_it(shared_api: Api) -> None:
    told = exact(shared_api.get("/metrics/cost.by_agent", "all"))
    assert sum(part["value"] for part in told["breakdown"]) == told["value"]
    assert {part["label"] for part in told["breakdown"]} == {"support", "agent-777"}
