"""Portal configurations are made and read as documented, by whoever's they are and by nobody else."""

import re
from dataclasses import replace
from typing import Any

import pytest

from core.periods import format_instant
from core.settings import Settings
from core.store.control.portals import touch_portal
from tests.builders.api import NOW, Api, Installation, api_over, code, fault, metric
from tests.builders.chance import without_chance
from tests.builders.portal_bodies import COMPARISON, CUSTOMERS, PATH, SENTIMENT, body, card, made

ACME: dict[str, Any] = {
    "name": "Acme Corp Dashboard",
    "customer_id": "cust_acme_123",
    "branding": {
        "title": "Your AI Agent Performance",
        "logo_url": "https://example.com/logo.png",
        "primary_color": "#2563EB",
        "theme": "light",
    },
    "metrics": [
        {
            "metric_id": "usage.requests.total",
            "display_name": "Total Requests Handled",
            "position": {"row": 0, "col": 0},
            "size": {"width": 6, "height": 2},
            "chart_type": "number",
            "comparison": {"enabled": True, "period": "previous"},
        },
        {
            "metric_id": "cost.total",
            "display_name": "Your Investment",
            "position": {"row": 0, "col": 6},
            "size": {"width": 6, "height": 2},
            "chart_type": "number",
            "comparison": {"enabled": True, "period": "previous"},
        },
        {
            "metric_id": "autonomy.deflection_rate",
            "display_name": "Self-Service Success Rate",
            "position": {"row": 2, "col": 0},
            "size": {"width": 12, "height": 4},
            "chart_type": "line",
            "time_range": {"default": "30d", "allow_user_selection": True},
            "target": {"value": 85, "label": "Target: 85% Deflection"},
        },
        {
            "metric_id": "cm_roi_per_session",
            "display_name": "ROI per Customer Interaction",
            "position": {"row": 6, "col": 0},
            "size": {"width": 6, "height": 3},
            "chart_type": "bar",
        },
    ],
    "access": {"embed_enabled": True, "allowed_domains": ["*.acme.com"]},
}


@pytest.fixture
def acme(api: Api) -> dict[str, Any]:
    """The documented portal, made before its customer's first event."""
    assert api.patch(f"{CUSTOMERS}/cust_acme_123", {"name": "Acme Corp"}, "all").status_code == 200
    assert api.post("/metrics/custom", metric("cm_roi_per_session"), "all").status_code == 201
    answer = api.post(PATH, ACME, "all")
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_the_documented_portal_is_made_as_documented(acme: dict[str, Any]) -> None:
    portal_id = acme["portal_id"]
    assert re.fullmatch(r"portal_[0-9A-Za-z]{22}", portal_id)
    link = f"https://api.example.com/p/{portal_id}"
    assert acme["name"] == "Acme Corp Dashboard"
    assert acme["customer_id"] == "cust_acme_123"
    assert acme["status"] == "draft"
    assert acme["public_link"] == link == acme["access"]["public_link"]
    assert acme["embed_code"] == (
        f'<iframe src="https://api.example.com/embed/{portal_id}" width="100%" height="800" frameborder="0"></iframe>'
    )
    assert acme["created_at"] == acme["updated_at"] and acme["created_at"].endswith("Z")
    assert acme["branding"] == ACME["branding"]
    assert acme["metrics"] == ACME["metrics"]
    assert acme["access"].items() >= ACME["access"].items()
    assert acme["layout"] == {
        "grid_columns": 12,
        "sections": [{"collapsible": False, "metrics": [m["metric_id"] for m in ACME["metrics"]]}],
    }


def test_the_documented_portal_is_read_changed_and_listed(api: Api, acme: dict[str, Any]) -> None:
    path = f"{PATH}/{acme['portal_id']}"
    assert api.get(path, "reader_all").json() == acme
    after = api.patch(path, {"status": "active", "metrics": [SENTIMENT]}, "all")
    assert after.status_code == 200
    told = after.json()
    assert (told["status"], told["metrics"]) == ("active", [SENTIMENT])
    assert told["layout"]["sections"] == [{"collapsible": False, "metrics": ["quality.sentiment_shift"]}]
    assert {n: v for n, v in told.items() if n not in ("status", "metrics", "layout", "updated_at")} == {
        n: v for n, v in acme.items() if n not in ("status", "metrics", "layout", "updated_at")
    }
    assert told["updated_at"] > acme["updated_at"]
    with api.services.store.writing() as connection:
        touch_portal(connection, acme["portal_id"], now=NOW)
    assert api.get(PATH, "all").json() == {
        "data": [
            {
                "portal_id": acme["portal_id"],
                "name": "Acme Corp Dashboard",
                "customer_id": "cust_acme_123",
                "status": "active",
                "metrics_count": 1,
                "last_accessed": format_instant(NOW),
            }
        ],
        "pagination": {"has_more": False, "next_cursor": None, "total": 1},
    }
    assert api.get(path, "all").json() == told


def test_the_documented_comparison_is_kept(api: Api) -> None:
    told = made(api, comparisons=[COMPARISON])
    assert told["comparisons"] == [COMPARISON]
    placed = {**COMPARISON, "position": {"row": 0, "col": 0}, "size": {"width": 12, "height": 2}}
    path = f"{PATH}/{told['portal_id']}"
    assert api.patch(path, {"comparisons": [placed]}).json()["comparisons"] == [placed]
    assert api.patch(path, {"comparisons": None}).json()["comparisons"] == []


def test_the_documented_quick_portal_is_filled_by_a_preset(api: Api) -> None:
    quick = {
        "customer_id": "cust_a",
        "branding": {"title": "Your Agent Performance"},
        "preset_metrics": ["standard_dashboard"],
    }
    told = api.post(PATH, quick).json()
    assert told["name"] == "Your Agent Performance"
    (preset, *_) = api.get("/v1/portal/presets").json()["data"]
    assert preset["id"] == "standard_dashboard"
    assert told["metrics"] == preset["metrics"] and told["layout"] == preset["layout"]
    assert api.patch(f"{PATH}/{told['portal_id']}", {"status": "active"}).json()["status"] == "active"


def test_links_begin_where_pages_are_and_are_safe_inside_an_attribute(
    settings: Settings, installation: Installation
) -> None:
    elsewhere = replace(settings, portal_url="https://portal.example.com/a&b")
    with api_over(elsewhere, installation) as api:
        told = made(api)
    portal_id = told["portal_id"]
    assert told["public_link"] == f"https://portal.example.com/a&b/p/{portal_id}"
    assert f'<iframe src="https://portal.example.com/a&amp;b/embed/{portal_id}" ' in told["embed_code"]


def test_a_business_result_of_ones_own_may_be_shown(api: Api) -> None:
    own = [m["id"] for m in api.get("/metrics").json()["metrics"] if m["id"].startswith("custom.")]
    told = made(api, metrics=[card(own[0], chart_type="pie")])
    assert told["metrics"][0]["metric_id"] == own[0] != "custom.hours_777"


def test_a_preset_lies_below_the_cards_that_were_sent_and_suits_the_grid(api: Api) -> None:
    sent = [card("cost.total", 3)]
    told = made(
        api, metrics=sent, layout={"grid_columns": 24}, preset_metrics=["support_agent", "sales_agent"]
    )
    assert told["metrics"][0] == sent[0]
    assert min(m["position"]["row"] for m in told["metrics"][1:]) == 6
    assert max(m["position"]["col"] + m["size"]["width"] for m in told["metrics"]) == 24
    ids = [m["metric_id"] for m in told["metrics"]]
    assert len(ids) == len(set(ids)) and told["layout"]["sections"][-1]["metrics"] == ["cost.total"]


def test_a_name_left_out_is_the_title(api: Api) -> None:
    assert made(api)["name"] == "Dashboard"
    assert made(api, name=None, branding={"title": "Another"})["name"] == "Another"


def test_optional_fields_that_are_null_are_left_out(api: Api) -> None:
    nothing = {"time_range": None, "comparison": None, "target": None}
    told = made(
        api,
        metrics=[{**SENTIMENT, **nothing}],
        branding={"title": "T", "logo_url": None, "primary_color": None, "theme": None},
        layout=None,
        comparisons=None,
        access=None,
    )
    assert told["metrics"] == [SENTIMENT]
    assert told["branding"] == {"title": "T", "theme": "light"}
    assert told["access"]["embed_enabled"] is False and told["access"]["allowed_domains"] == []


def test_a_key_of_one_customer_makes_that_customers_portals_and_sees_no_others(api: Api) -> None:
    of_b = made(api, "b", branding={"title": "Of b 777"})
    of_a = made(api, customer_id="cust_a")
    assert (of_a["customer_id"], of_b["customer_id"]) == ("cust_a", "cust_b")
    for who, own, total in (
        ("a", [of_a], 1),
        ("b", [of_b], 1),
        ("all", [of_b, of_a], 2),
        ("reader_a", [of_a], 1),
    ):
        page = api.get(PATH, who).json()
        assert [p["portal_id"] for p in page["data"]] == [p["portal_id"] for p in own]
        assert page["pagination"]["total"] == total
    assert "777" not in without_chance(api.get(PATH).text)
    filtered = api.get(f"{PATH}?customer_id=cust_b", "all").json()["data"]
    assert [p["portal_id"] for p in filtered] == [of_b["portal_id"]]


def test_whose_portal_it_is_must_be_said_and_known(api: Api) -> None:
    assert fault(api.post(PATH, body(), "all")) == (400, "MISSING_PARAMETER", "customer_id")
    for who, customer_id in (("all", "cust_x"), ("a", "cust_b"), ("a", "cust_x")):
        answer = api.post(PATH, body(customer_id=customer_id), who)
        assert fault(answer) == (404, "CUSTOMER_NOT_FOUND", "customer_id")
    for customer_id in ("", " ", "*", "all", "null", "a\u0000b"):
        answer = api.post(PATH, body(customer_id=customer_id), "all")
        assert fault(answer) == (400, "INVALID_CUSTOMER_ID", "customer_id")


def test_a_customer_that_is_only_set_can_have_a_portal_before_anything_is_published(empty_api: Api) -> None:
    unknown = empty_api.post(PATH, body(customer_id="cust_new"), "all")
    assert fault(unknown) == (404, "CUSTOMER_NOT_FOUND", "customer_id")
    assert empty_api.patch(f"{CUSTOMERS}/cust_new", {"timezone": "Europe/Berlin"}, "all").status_code == 200
    answer = empty_api.post(PATH, body(customer_id="cust_new"), "all")
    assert answer.status_code == 201
    early = empty_api.post(PATH, body(metrics=[card("custom.hours")]), "a")
    assert code(early) == (503, "NOTHING_PUBLISHED")


def test_who_sees_everybody_may_show_a_business_result_before_the_customer_has_it(api: Api) -> None:
    wanted = body(customer_id="cust_a", metrics=[card("custom.hours_777")])
    assert code(api.post(PATH, wanted, "a")) == (400, "INVALID_METRIC_ID")
    answer = api.post(PATH, wanted, "all")
    assert answer.status_code == 201
    assert api.patch(f"{PATH}/{answer.json()['portal_id']}", {"status": "active"}, "all").status_code == 200


def test_a_read_key_reads_and_changes_nothing(api: Api) -> None:
    path = f"{PATH}/{made(api)['portal_id']}"
    assert api.get(path, "reader_a").status_code == 200
    assert code(api.post(PATH, body(name="x"), "reader_a")) == (403, "FORBIDDEN")
    assert code(api.patch(path, {"status": "active"}, "reader_a")) == (403, "FORBIDDEN")
    assert code(api.get(path, None)) == (401, "UNAUTHORIZED")


def test_a_foreign_portal_is_answered_as_an_unknown_one(api: Api) -> None:
    foreign = made(api, "b")["portal_id"]
    for method, sent in (("GET", None), ("PATCH", {}), ("PATCH", {"status": "archived"})):
        ids = (foreign, "portal_0000000000000000000000", "portal_acme_dashboard", "%00", "x" * 300)
        answers = [api.call(method, f"{PATH}/{portal_id}", json=sent) for portal_id in ids]
        assert {fault(answer) for answer in answers} == {(404, "PORTAL_NOT_FOUND", "portal_id")}
        assert len({answer.text for answer in answers}) == 1
    assert api.get(f"{PATH}/{foreign}", "b").json()["status"] == "draft"


def test_a_repeated_request_makes_one_portal(api: Api) -> None:
    key = {"Idempotency-Key": "once"}
    first, again = (api.post(PATH, body(), headers=key) for _ in range(2))
    assert first.content == again.content and again.headers["idempotency-replayed"] == "true"
    assert code(api.post(PATH, body(name="x"), headers=key)) == (409, "IDEMPOTENCY_CONFLICT")


def test_a_metric_that_went_away_does_not_lock_its_portal(api: Api) -> None:
    from core.store.control.custom_metrics import metrics_with_id, remove_metric

    api.post("/metrics/custom", metric("cm_roi"))
    path = f"{PATH}/{made(api, metrics=[card('cm_roi')])['portal_id']}"
    with api.services.store.writing() as connection:
        remove_metric(connection, metrics_with_id(connection, "cm_roi", "cust_a")[0])
    assert api.patch(path, {"branding": {"title": "Other"}}).status_code == 200
    assert api.patch(path, {"status": "archived"}).status_code == 200


def test_a_custom_metric_that_a_portal_shows_cannot_be_deleted(api: Api) -> None:
    api.post("/metrics/custom", metric("cm_roi"))
    portal_id = made(api, metrics=[card("cm_roi")])["portal_id"]
    refused = api.delete("/metrics/custom/cm_roi")
    assert code(refused) == (409, "INVALID_STATE") and portal_id in refused.json()["error"]["message"]
    api.patch(f"{PATH}/{portal_id}", {"status": "archived"})
    assert api.delete("/metrics/custom/cm_roi").status_code == 200
