"""A portal's data is the documented answer, equal to the analytics answers, and its own customer's alone."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import update

from core.portals.definition import PortalStatus, RangeName, Target, TimeRange
from core.store.control.portals import change_portal
from core.store.control.tables import CUSTOMERS
from tests.builders import before_after, card, keep_portal, portal
from tests.builders.api import Api, code, fault, metric

OF_A = portal(
    card("usage.requests.total", compare="previous", display_name="Total Requests Handled"),
    card("cost.total", "line"),
    card("cost.by_model", "pie"),
    card("autonomy.deflection_rate", "line", target=Target(85, "Target: 85% Deflection")),
    card("perf.latency.distribution", "bar"),
    card("cm_cost_per_session", "table", compare="previous"),
    card("custom.revenue_attributed", time_range=TimeRange(RangeName.WEEK, allow_user_selection=False)),
    comparisons=(before_after(),),
)
OF_B = portal(card("cost.by_model", "pie"), card("custom.hours_777"), customer_id="cust_b")
RANGE = "start=2026-10-20&end=2026-11-01"


@pytest.fixture
def api(api: Api) -> Api:
    api.post("/metrics/custom", metric(), "a")
    keep_portal(api.services.store, OF_A)
    keep_portal(api.services.store, OF_B)
    return api


def path(portal_id: str = "portal_custa", query: str = "") -> str:
    return f"/v1/portal/configs/{portal_id}/data" + (f"?{query}" if query else "")


def by_id(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return {entry["metric_id"]: entry for entry in answer.json()["data"]}


def test_the_answer_has_the_documented_fields(api: Api) -> None:
    told = api.get(path()).json()
    assert told.keys() >= {"portal_id", "customer_id", "period", "data", "generated_at", "metadata"}
    assert (told["portal_id"], told["customer_id"]) == ("portal_custa", "cust_a")
    assert told["metadata"] == {
        "timezone": "UTC",
        "data_as_of": "2026-11-02T12:00:00Z",
        "snapshot": "snap-1-6b86b273ff34",
    }
    documented = {
        "metric_id",
        "display_name",
        "value",
        "unit",
        "change",
        "change_period",
        "chart_data",
    }
    for entry in told["data"]:
        assert entry.keys() >= documented
    first = told["data"][0]
    assert first["display_name"] == "Total Requests Handled"
    assert (first["value"], first["unit"], first["change_period"]) == (59, "count", "vs previous 30d")
    assert (
        first["chart_data"][0] == {"timestamp": "2026-10-03T00:00:00Z", "value": 0} | first["chart_data"][0]
    )


def test_without_start_and_end_it_covers_30_days_as_far_as_data_reaches(api: Api) -> None:
    told = api.get(path()).json()
    assert told["period"] == {"start": "2026-10-03T00:00:00Z", "end": "2026-11-02T12:00:00Z"}
    ranges = {(e["metadata"]["period_start"], e["metadata"]["period_end"]) for e in told["data"]}
    assert ranges == {("2026-10-03T00:00:00Z", "2026-11-02T12:00:00Z")}


def test_every_value_is_the_analytics_answer_for_that_customer(api: Api) -> None:
    ids = [c.metric_id for c in OF_A.metrics if not c.metric_id.startswith("cm_")]
    start, end = "2026-10-20", "2026-11-01"
    batch = api.post("/metrics/batch", {"metric_ids": ids, "filters": {"start": start, "end": end}}).json()
    found = by_id(api.get(path(query=RANGE)))
    for expected in batch["metrics"]:
        entry = found[expected["id"]]
        assert (entry["value"], entry["unit"]) == (expected["value"], expected["unit"])
        for name in ("numerator", "denominator", "coverage", "observations"):
            assert entry["metadata"][name] == expected["metadata"][name]
    alone = api.get(f"/metrics/custom/cm_cost_per_session/evaluate?{RANGE}").json()
    assert found["cm_cost_per_session"]["value"] == alone["value"]


def test_every_series_is_the_analytics_series(api: Api) -> None:
    found = by_id(api.get(path(query=RANGE)))
    for metric_id in ("cost.total", "autonomy.deflection_rate", "usage.requests.total"):
        expected = api.get(f"/metrics/{metric_id}/series?{RANGE}").json()["data"]
        assert [(p["timestamp"], p["value"]) for p in found[metric_id]["chart_data"]] == [
            (p["timestamp"], p["value"]) for p in expected
        ]


def test_change_stands_only_where_comparison_is_on_and_is_the_summarys(api: Api) -> None:
    found = by_id(api.get(path()))
    assert {name for name, entry in found.items() if entry["change_period"]} == {
        "usage.requests.total",
        "cm_cost_per_session",
    }
    kpi = api.get("/dashboard/summary?period=30d").json()["kpis"]["total_requests"]
    assert found["usage.requests.total"]["change"] == kpi["change"]
    assert by_id(api.get(path(query=RANGE)))["usage.requests.total"]["change_period"] == "vs previous period"


def test_where_there_is_no_series_chart_data_is_null(api: Api) -> None:
    found = by_id(api.get(path()))
    without = {name for name, entry in found.items() if entry["chart_data"] is None}
    assert without == {"cost.by_model", "perf.latency.distribution"}
    assert found["cost.by_model"]["breakdown"] == [{"label": "model-1", "value": 59.000000059, "share": 1.0}]
    assert sum(b["count"] for b in found["perf.latency.distribution"]["histogram"]) == 59
    assert len(found["cm_cost_per_session"]["rows"]) == 31


def test_before_and_after_is_told(api: Api) -> None:
    (told,) = api.get(path()).json()["comparisons"]
    assert told["baseline"] == {"label": "Before Agent", "value": 2400, "source": "manual"}
    assert told["current"] == {"label": "With Agent", "metric_id": "perf.latency.avg", "value": 130.0}
    assert told["improvement"] == {
        "absolute": -2270.0,
        "percentage": pytest.approx(-2270 / 24),
        "direction": "better",
    }


def test_metric_ids_narrow_it_and_strangers_are_refused_by_name(api: Api) -> None:
    answer = api.get(path(query="metric_ids=cost.total,cost.by_model"))
    assert list(by_id(answer)) == ["cost.total", "cost.by_model"]
    refused = api.get(path(query="metric_ids=cost.total,quality.loop_rate,x"))
    assert fault(refused) == (400, "INVALID_METRIC_ID", "metric_ids")
    assert "quality.loop_rate, x" in refused.json()["error"]["message"]
    assert code(api.get(path(query="metric_ids="))) == (400, "INVALID_METRIC_ID")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("start=2026-11-01&end=2026-10-01", (400, "INVALID_TIME_RANGE", "start")),
        ("start=yesterday", (400, "INVALID_PARAMETER", "start")),
        ("from=2026-11-01", (400, "INVALID_PARAMETER", "from")),
        ("start=2001-01-01", (400, "INVALID_TIME_RANGE", "start")),
    ],
)
def test_what_makes_no_sense_is_refused(api: Api, query: str, expected: Any) -> None:
    assert fault(api.get(path(query=query))) == expected


def test_days_are_the_customers(api: Api) -> None:
    with api.services.store.writing() as connection:
        made = datetime(2026, 11, 1, tzinfo=UTC)
        connection.execute(
            CUSTOMERS.insert().values(customer_id="cust_a", timezone="Asia/Kathmandu", updated_at=made)
        )
    told = api.get(path()).json()
    assert told["metadata"]["timezone"] == "Asia/Kathmandu"
    assert told["period"]["start"] == "2026-10-02T18:15:00Z"
    of_b = api.get(path("portal_custb"), "b").json()
    assert of_b["metadata"]["timezone"] == "Asia/Kathmandu"
    with api.services.store.writing() as connection:
        connection.execute(update(CUSTOMERS).values(timezone="America/New_York"))
    assert api.get(path()).json()["period"]["start"] == "2026-10-03T04:00:00Z"


def test_a_second_asker_gets_the_same_bytes_until_anything_changes(api: Api) -> None:
    first = api.get(path(query=RANGE))
    again = api.get(path(query=RANGE), "all")
    assert first.content == again.content and first.headers["etag"] == again.headers["etag"]
    unchanged = api.get(path(query=RANGE), headers={"If-None-Match": first.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    api.patch("/metrics/custom/cm_cost_per_session", {"unit": "eur"})
    assert by_id(api.get(path(query=RANGE)))["cm_cost_per_session"]["unit"] == "eur"
    with api.services.store.writing() as connection:
        from core.store.control.portals import find_portal

        stored = find_portal(connection, "portal_custa", None)
        assert stored is not None
        change_portal(
            connection,
            stored,
            replace(stored.definition, metrics=stored.definition.metrics[:1]),
            now=datetime(2026, 11, 2, tzinfo=UTC),
        )
    assert list(by_id(api.get(path(query=RANGE)))) == ["usage.requests.total"]


def test_a_portal_token_reads_its_own_portal_and_no_other(api: Api) -> None:
    made = api.post("/v1/portal/configs/portal_custa/tokens", {}, "a")
    assert made.status_code == 201, made.text
    headers = {"Authorization": f"Bearer {made.json()['token']}"}
    own = api.get(path(query=RANGE), None, headers=headers)
    assert own.content == api.get(path(query=RANGE), "a").content
    for other in ("portal_custb", "portal_x"):
        assert code(api.get(path(other), None, headers=headers)) == (404, "PORTAL_NOT_FOUND")


def test_an_archived_portal_shows_nothing_and_a_draft_what_it_will(api: Api) -> None:
    keep_portal(api.services.store, replace(OF_A, portal_id="portal_d", name="D", status=PortalStatus.DRAFT))
    keep_portal(
        api.services.store, replace(OF_A, portal_id="portal_z", name="Z", status=PortalStatus.ARCHIVED)
    )
    assert api.get(path("portal_d")).status_code == 200
    assert code(api.get(path("portal_z"))) == (409, "PORTAL_NOT_ACTIVE")


def test_unknown_and_foreign_portals_are_one_answer(api: Api) -> None:
    foreign, unknown = api.get(path("portal_custb")), api.get(path("portal_x"))
    assert code(foreign) == (404, "PORTAL_NOT_FOUND")
    assert foreign.text == unknown.text
    assert api.get(path("portal_custb"), None).status_code == 401


def test_the_canary_of_another_customer_is_in_no_answer(api: Api) -> None:
    for query in ("", RANGE, "metric_ids=cost.by_model", "start=2020-01-01"):
        assert "777" not in api.get(path(query=query)).text
    assert "model-777" in api.get(path("portal_custb"), "b").text


def test_nothing_published_yet_is_said(empty_api: Api) -> None:
    keep_portal(empty_api.services.store, OF_A)
    assert code(empty_api.get(path())) == (503, "NOTHING_PUBLISHED")
