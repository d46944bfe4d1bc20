"""Portal configurations: made as documented, changed in parts, seen by nobody else, every fault named at once."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from core.periods import format_instant
from core.portals.passwords import is_password
from core.settings import Settings
from core.store.control.portals import password_hash, touch_portal
from tests.builders.api import NOW, Api, Installation, api_over, code, fault, metric

PATH = "/v1/portal/configs"
CUSTOMERS = "/v1/portal/customers"

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
COMPARISON = {
    "metric_id": "comparison_response_time",
    "display_name": "Response Time Improvement",
    "baseline": {"label": "Before Agent (Manual)", "value": 2400, "source": "manual"},
    "current": {"label": "With Agent", "metric_id": "perf.latency.avg"},
    "improvement": {"show_percentage": True, "show_absolute": True, "highlight_positive": True},
}
SENTIMENT = {
    "metric_id": "quality.sentiment_shift",
    "display_name": "Customer Satisfaction Trend",
    "position": {"row": 9, "col": 0},
    "size": {"width": 12, "height": 3},
    "chart_type": "line",
}


def body(**more: Any) -> dict[str, Any]:
    """A small portal of whoever's key it is."""
    return {"branding": {"title": "Dashboard"}, "metrics": [SENTIMENT], **more}


def made(api: Api, who: str = "a", **more: Any) -> dict[str, Any]:
    answer = api.post(PATH, body(**more), who)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def card(metric_id: str = "cost.total", row: int = 0, **more: Any) -> dict[str, Any]:
    return {**SENTIMENT, "metric_id": metric_id, "position": {"row": row, "col": 0}, **more}


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
    assert "777" not in api.get(PATH).text
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


# The same name


@pytest.mark.parametrize("name", ["Dashboard", "DASHBOARD", "dashboard", "\ufeffDashboard"])
def test_the_same_name_for_the_same_customer_is_refused(api: Api, name: str) -> None:
    made(api)
    assert fault(api.post(PATH, body(name=name))) == (409, "PORTAL_ALREADY_EXISTS", "name")
    assert made(api, "b", name=name)["customer_id"] == "cust_b"


def test_names_that_look_the_same_are_the_same(api: Api) -> None:
    made(api, name="Caf\u00e9 Stra\u00dfe")
    assert code(api.post(PATH, body(name="Cafe\u0301 STRASSE")))[0] == 409


def test_a_name_is_free_again_when_its_portal_is_archived(api: Api) -> None:
    first = made(api)
    other = made(api, name="Other")
    path = f"{PATH}/{other['portal_id']}"
    assert fault(api.patch(path, {"name": "Dashboard"})) == (409, "PORTAL_ALREADY_EXISTS", "name")
    api.patch(f"{PATH}/{first['portal_id']}", {"status": "archived"})
    assert api.patch(path, {"name": "Dashboard"}).json()["name"] == "Dashboard"
    assert api.patch(path, {"name": "DASHBOARD"}).json()["name"] == "DASHBOARD"


def test_of_many_who_take_one_name_at_once_one_gets_it(api: Api) -> None:
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: api.post(PATH, body()).status_code, range(10)))
    assert sorted(statuses) == [201] + [409] * 9
    assert api.get(PATH).json()["pagination"]["total"] == 1


def test_a_repeated_request_makes_one_portal(api: Api) -> None:
    key = {"Idempotency-Key": "once"}
    first, again = (api.post(PATH, body(), headers=key) for _ in range(2))
    assert first.content == again.content and again.headers["idempotency-replayed"] == "true"
    assert code(api.post(PATH, body(name="x"), headers=key)) == (409, "IDEMPOTENCY_CONFLICT")


# Status and partial updates


def test_draft_and_active_change_into_each_other_and_archived_is_final(api: Api) -> None:
    path = f"{PATH}/{made(api)['portal_id']}"
    for status in ("active", "draft", "active", "active", "archived", "archived"):
        assert api.patch(path, {"status": status}).json()["status"] == status
    for change in (
        {"status": "draft"},
        {"status": "active"},
        {"name": "x"},
        {"access": {"password": "hunter2hunter2"}},
    ):
        assert fault(api.patch(path, change)) == (409, "INVALID_STATE", "status")
    assert api.patch(path, {}).status_code == 200
    assert api.get(path).json()["status"] == "archived"
    assert fault(api.patch(path, {"status": "deleted"})) == (400, "INVALID_PARAMETER", "status")


def test_an_empty_change_changes_nothing(api: Api) -> None:
    told = made(api)
    path = f"{PATH}/{told['portal_id']}"
    for change in (
        {},
        {"branding": {}},
        {"access": {}},
        {"name": told["name"]},
        {"metrics": told["metrics"]},
    ):
        assert api.patch(path, change).json() == told


def test_what_was_read_can_be_sent_back(api: Api) -> None:
    told = made(
        api, comparisons=[COMPARISON], access={"embed_enabled": True, "allowed_domains": ["acme.com"]}
    )
    path = f"{PATH}/{told['portal_id']}"
    kept = ("name", "customer_id", "status", "branding", "metrics", "layout", "comparisons", "access")
    assert {**api.patch(path, {n: told[n] for n in kept}).json(), "updated_at": ""} == {
        **told,
        "updated_at": "",
    }


def test_objects_are_merged_lists_replaced_and_null_takes_away(api: Api) -> None:
    told = made(
        api,
        branding={"title": "T", "logo_url": "https://cdn.acme.com/l.png", "primary_color": "#26E",
        "theme": "dark"},
        access={"embed_enabled": True, "allowed_domains": ["acme.com", "acme.org"]},
        layout={"grid_columns": 24, "sections": [{"title": "S",
        "collapsible": True, "metrics": ["quality.sentiment_shift"]}]},
    )  # fmt: skip
    path = f"{PATH}/{told['portal_id']}"
    after = api.patch(
        path, {"branding": {"logo_url": None, "title": "U"}, "access": {"allowed_domains": ["acme.net"]}}
    )
    assert after.json()["branding"] == {"title": "U", "primary_color": "#26E", "theme": "dark"}
    assert after.json()["access"]["allowed_domains"] == ["acme.net"]
    assert after.json()["access"]["embed_enabled"] is True
    assert after.json()["layout"] == told["layout"]
    assert after.json()["name"] == "T"
    assert api.patch(path, {"layout": None}).json()["layout"]["grid_columns"] == 12
    for change in (
        {"branding": {"title": None}},
        {"metrics": None},
        {"name": None},
        {"access": None},
        {"status": None},
    ):
        assert code(api.patch(path, change)) == (400, "INVALID_PARAMETER")


def test_a_section_must_not_name_a_card_that_a_change_takes_away(api: Api) -> None:
    sections = [{"metrics": ["quality.sentiment_shift"]}]
    path = f"{PATH}/{made(api, layout={'sections': sections})['portal_id']}"
    answer = api.patch(path, {"metrics": [card()]})
    assert fault(answer) == (400, "INVALID_LAYOUT", "layout.sections[0].metrics[0]")
    both = {"metrics": [card()], "layout": {"sections": [{"metrics": ["cost.total"]}]}}
    assert api.patch(path, both).status_code == 200


def test_whose_portal_it_is_cannot_be_changed(api: Api) -> None:
    path = f"{PATH}/{made(api, 'all', customer_id='cust_a')['portal_id']}"
    assert api.patch(path, {"customer_id": "cust_a"}, "all").status_code == 200
    for who, other in (("all", "cust_b"), ("a", "cust_b"), ("a", "cust_x")):
        assert fault(api.patch(path, {"customer_id": other}, who)) == (
            400,
            "INVALID_PARAMETER",
            "customer_id",
        )


def test_if_match_is_honoured(api: Api) -> None:
    path = f"{PATH}/{made(api)['portal_id']}"
    tag = {"If-Match": api.get(path).headers["etag"]}
    with ThreadPoolExecutor(4) as pool:
        statuses = list(
            pool.map(lambda n: api.patch(path, {"name": f"N{n}"}, headers=tag).status_code, range(4))
        )
    assert sorted(statuses) == [200, 412, 412, 412]


def test_a_look_at_the_portal_does_not_change_its_tag(api: Api) -> None:
    portal_id = made(api)["portal_id"]
    tag = api.get(f"{PATH}/{portal_id}").headers["etag"]
    with api.services.store.writing() as connection:
        touch_portal(connection, portal_id, now=NOW)
    again = api.get(f"{PATH}/{portal_id}", headers={"If-None-Match": tag})
    assert again.status_code == 304


# Passwords


def _hash(api: Api, portal_id: str) -> str | None:
    with api.services.store.reading() as connection:
        return password_hash(connection, portal_id)


def test_a_password_is_kept_as_a_hash_and_never_read_back(api: Api) -> None:
    answer = api.post(PATH, body(access={"password": "hunter2-hunter2"}))
    told = answer.json()
    assert told["access"]["password_protected"] is True
    assert "hunter2" not in answer.text and "password" not in told["access"]
    kept = _hash(api, told["portal_id"])
    assert kept is not None and kept.startswith("$argon2id$") and is_password(kept, "hunter2-hunter2")
    path = f"{PATH}/{told['portal_id']}"
    after = api.patch(path, {"access": {"password": "another-one"}})
    assert after.json()["updated_at"] > told["updated_at"] and "another" not in after.text
    assert is_password(_hash(api, told["portal_id"]) or "", "another-one")
    for got in (api.get(path), api.get(PATH)):
        assert "argon2" not in got.text and "another" not in got.text


def test_protection_is_switched_without_losing_the_password(api: Api) -> None:
    portal_id = made(api, access={"password": "hunter2-hunter2"})["portal_id"]
    path = f"{PATH}/{portal_id}"
    assert api.patch(path, {"access": {"password_protected": False}}).status_code == 200
    assert _hash(api, portal_id) is not None
    assert api.patch(path, {"access": {"password_protected": True}}).status_code == 200
    refused = api.patch(path, {"access": {"password": None}})
    assert fault(refused) == (400, "INVALID_PARAMETER", "access.password")
    assert api.patch(path, {"access": {"password": None, "password_protected": False}}).status_code == 200
    assert _hash(api, portal_id) is None


@pytest.mark.parametrize("password", ["", "1234567", "x" * 201, "seven\u0007 letters"])
def test_a_text_that_can_be_no_password_is_refused_without_being_said(api: Api, password: str) -> None:
    answer = api.post(PATH, body(access={"password": password}))
    assert fault(answer) == (400, "INVALID_PARAMETER", "access.password")
    assert not password or password not in answer.text


def test_a_protected_portal_needs_a_password(api: Api) -> None:
    answer = api.post(PATH, body(access={"password_protected": True}))
    assert fault(answer) == (400, "INVALID_PARAMETER", "access.password")


# Faults


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"metrics": [card("nope")]}, ("INVALID_METRIC_ID", "metrics[0].metric_id")),
        ({"metrics": [card("cm_of_b")]}, ("INVALID_METRIC_ID", "metrics[0].metric_id")),
        ({"metrics": [card("custom.hours_777")]}, ("INVALID_METRIC_ID", "metrics[0].metric_id")),
        ({"metrics": [card(position={"row": -1, "col": 99999})]}, ("INVALID_LAYOUT", "metrics[0].position.row")),
        ({"metrics": [card(size={"width": 0})]}, ("INVALID_LAYOUT", "metrics[0].size.height")),
        ({"metrics": [card(size={"width": 0, "height": 1})]}, ("INVALID_LAYOUT", "metrics[0].size.width")),
        ({"metrics": [card(size={"width": "6", "height": 1})]}, ("INVALID_LAYOUT", "metrics[0].size.width")),
        ({"metrics": [card(size={"width": 1.5, "height": 1})]}, ("INVALID_LAYOUT", "metrics[0].size.width")),
        ({"metrics": [card(position=None)]}, ("INVALID_LAYOUT", "metrics[0].position")),
        ({"metrics": [card(), card("cost.daily")]}, ("INVALID_LAYOUT", "metrics[1].position")),
        ({"layout": {"grid_columns": 13}}, ("INVALID_LAYOUT", "layout.grid_columns")),
        ({"layout": {"sections": [{"metrics": ["cost.total"]}]}}, ("INVALID_LAYOUT",
        "layout.sections[0].metrics[0]")),
        ({"layout": []}, ("INVALID_LAYOUT", "layout")),
        ({"comparisons": [{**COMPARISON, "size": {"width": 1, "height": 1}}]}, ("INVALID_LAYOUT",
        "comparisons[0].position")),
        ({"metrics": [card("autonomy.deflection_rate", chart_type="pie")]}, ("INVALID_PARAMETER",
        "metrics[0].chart_type")),
        ({"metrics": [card(chart_type="__proto__")]}, ("INVALID_PARAMETER", "metrics[0].chart_type")),
        ({"metrics": [card(display_name="")]}, ("INVALID_PARAMETER", "metrics[0].display_name")),
        ({"metrics": [card(display_name="a\x1bb")]}, ("INVALID_PARAMETER", "metrics[0].display_name")),
        ({"metrics": [card(colour="red")]}, ("INVALID_PARAMETER", "metrics[0].colour")),
        ({"metrics": [card(target={"value": "85", "label": "x"})]}, ("INVALID_PARAMETER",
        "metrics[0].target.value")),
        ({"metrics": [card()] * 51}, ("INVALID_PARAMETER", "metrics")),
        ({"metrics": None}, ("MISSING_PARAMETER", "metrics")),
        ({"preset_metrics": ["nope"]}, ("INVALID_PARAMETER", "preset_metrics[0]")),
        ({"branding": {"title": "a\u0000b"}}, ("INVALID_PARAMETER", "branding.title")),
        ({"branding": {"title": "x" * 201}}, ("INVALID_PARAMETER", "branding.title")),
        ({"branding": {}}, ("MISSING_PARAMETER", "branding.title")),
        ({"branding": {"title": "t", "theme": "blue"}}, ("INVALID_PARAMETER", "branding.theme")),
        ({"branding": {"title": "t", "primary_color": "red"}}, ("INVALID_PARAMETER", "branding.primary_color")),
        ({"branding": {"title": "t", "logo_url": "http://127.1/"}}, ("INVALID_PARAMETER", "branding.logo_url")),
        ({"branding": {"title": "t", "logo_url": "https://api.example.com/"}}, ("INVALID_PARAMETER",
        "branding.logo_url")),
        ({"access": {"allowed_domains": ["*"]}}, ("INVALID_PARAMETER", "access.allowed_domains")),
        ({"access": {"allowed_domains": ["acme.com; script-src *"]}}, ("INVALID_PARAMETER",
        "access.allowed_domains")),
        ({"access": {"public_link": "https://x.org"}}, ("INVALID_PARAMETER", "access.public_link")),
        ({"access": {"embed_enabled": "yes"}}, ("INVALID_PARAMETER", "access.embed_enabled")),
        ({"status": "active"}, ("INVALID_PARAMETER", "status")),
        ({"customer_idd": "x"}, ("INVALID_PARAMETER", "customer_idd")),
        ({"comparisons": [COMPARISON, COMPARISON]}, ("INVALID_PARAMETER", "comparisons[1].metric_id")),
    ],
)  # fmt: skip
def test_a_body_that_makes_no_sound_portal_is_refused(
    shared_api: Api, change: dict[str, Any], expected: tuple[str, str]
) -> None:
    shared_api.post("/metrics/custom", metric("cm_of_b"), "b")
    answer = shared_api.post(PATH, body(**change))
    assert fault(answer) == (400, *expected)
    assert answer.json()["error"]["type"] == "validation_error"


@pytest.mark.parametrize("sent", [[], "x", 5, None])
def test_a_body_that_is_no_object_is_refused(shared_api: Api, sent: Any) -> None:
    path = f"{PATH}/portal_none"
    for answer in (shared_api.post(PATH, sent), shared_api.patch(path, sent)):
        assert answer.status_code == 400 and answer.json()["error"]["type"] == "validation_error"


def test_every_fault_is_named_at_once(shared_api: Api) -> None:
    broken = body(
        metrics=[card("nope"), card("gone", chart_type="pie"), card("perf.latency.avg", 9, chart_type="pie")],
        layout={"grid_columns": 13, "sections": [{"metrics": ["lost"]}]},
        branding={"title": "t", "primary_color": "red", "logo_url": "ftp://x"},
        access={"allowed_domains": ["*", "com"], "password": "short"},
    )
    error = shared_api.post(PATH, broken).json()["error"]
    assert [(d["code"], d["param"]) for d in error["details"]] == [
        ("INVALID_METRIC_ID", "metrics[0].metric_id"),
        ("INVALID_METRIC_ID", "metrics[1].metric_id"),
        ("INVALID_LAYOUT", "layout.grid_columns"),
        ("INVALID_LAYOUT", "metrics[1].position"),
        ("INVALID_LAYOUT", "layout.sections[0].metrics[0]"),
        ("INVALID_PARAMETER", "branding.primary_color"),
        ("INVALID_PARAMETER", "branding.logo_url"),
        ("INVALID_PARAMETER", "metrics[2].chart_type"),
        ("INVALID_PARAMETER", "access.allowed_domains"),
        ("INVALID_PARAMETER", "access.allowed_domains"),
        ("INVALID_PARAMETER", "access.password"),
    ]
    assert (error["code"], error["param"]) == ("INVALID_METRIC_ID", "metrics[0].metric_id")
    assert "'nope'" in error["message"] and "'gone'" in error["message"]
    assert all(detail["message"] for detail in error["details"])


def test_every_field_of_a_wrong_shape_is_named_at_once(shared_api: Api) -> None:
    broken = body(branding={"colour": 1}, metrics=[card(size={"width": "x"}, chart_type="fan")], more=1)
    error = shared_api.post(PATH, broken).json()["error"]
    assert {(d["code"], d["param"]) for d in error["details"]} == {
        ("INVALID_PARAMETER", "branding.title"),
        ("INVALID_PARAMETER", "branding.colour"),
        ("INVALID_LAYOUT", "metrics[0].size.width"),
        ("INVALID_LAYOUT", "metrics[0].size.height"),
        ("INVALID_PARAMETER", "metrics[0].chart_type"),
        ("INVALID_PARAMETER", "more"),
    }


def test_names_are_kept_in_one_form(api: Api) -> None:
    told = made(api, name="\ufeffCafe\u0301", branding={"title": "<b>\u2028 & Co"})
    assert told["name"] == "Caf\u00e9"
    assert told["branding"]["title"] == "<b>\u2028 & Co"
    assert made(api, access={"embed_enabled": True, "allowed_domains": ["B\u00fccher.example"]})["access"][
        "allowed_domains"
    ] == ["xn--bcher-kva.example"]


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


# Pages


def test_pages_lead_through_all_portals_whatever_comes_between(api: Api) -> None:
    names = [made(api, name=f"n{n}")["name"] for n in range(5)]
    seen, cursor = list[str](), ""
    for page in range(3):
        answer = api.get(f"{PATH}?limit=2{cursor}").json()
        seen += [portal["name"] for portal in answer["data"]]
        assert answer["pagination"]["has_more"] is (answer["pagination"]["next_cursor"] is not None)
        cursor = f"&cursor={answer['pagination']['next_cursor']}"
        if page == 0:
            made(api, name="new")
            made(api, "b", name="n 777")
    assert seen == [*names, "new"]
    assert answer["pagination"] == {"has_more": False, "next_cursor": None, "total": 6}


def test_a_page_of_one_status_has_only_those(api: Api) -> None:
    made(api, name="a")
    active = made(api, name="b")["portal_id"]
    api.patch(f"{PATH}/{active}", {"status": "active"})
    assert [p["portal_id"] for p in api.get(f"{PATH}?status=active").json()["data"]] == [active]
    assert api.get(f"{PATH}?status=archived").json()["pagination"]["total"] == 0
    assert fault(api.get(f"{PATH}?status=gone")) == (400, "INVALID_PARAMETER", "status")


def test_a_cursor_is_good_only_for_who_got_it_and_what_was_asked(api: Api) -> None:
    for n in range(3):
        made(api, name=f"n{n}")
        made(api, "b", name=f"n{n}")
    cursor = api.get(f"{PATH}?limit=1").json()["pagination"]["next_cursor"]
    of_b = api.get(f"{PATH}?limit=1", "b").json()["pagination"]["next_cursor"]
    assert api.get(f"{PATH}?limit=2&cursor={cursor}").status_code == 200
    flipped = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
    for forged in (
        of_b,
        flipped,
        cursor + "=",
        cursor[:-4],
        "x",
        "",
        "%00",
        "W10",
        "ü",
        "A" * 3000,
        cursor + "A",
    ):
        answer = api.get(f"{PATH}?limit=2&cursor={forged}")
        assert fault(answer) == (400, "INVALID_PARAMETER", "cursor"), forged
    assert fault(api.get(f"{PATH}?status=draft&cursor={cursor}")) == (400, "INVALID_PARAMETER", "cursor")
    assert fault(api.get(f"{CUSTOMERS}?cursor={cursor}")) == (400, "INVALID_PARAMETER", "cursor")


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "offset=1", "limit=1&limit=2"])
def test_what_cannot_be_asked_of_the_list_is_refused(shared_api: Api, query: str) -> None:
    assert code(shared_api.get(f"{PATH}?{query}")) == (400, "INVALID_PARAMETER")


# Whatever stands anywhere

WHOLE = body(
    name="Whole",
    branding={
        "title": "T",
        "logo_url": "https://cdn.acme.com/l.png",
        "primary_color": "#26E",
        "theme": "dark",
    },
    metrics=[
        card(
            time_range={"default": "7d", "allow_user_selection": False},
            comparison={"enabled": True, "period": "yoy"},
            target={"value": 1.5, "label": "Goal"},
        )
    ],
    layout={"grid_columns": 12, "sections": [{"title": "S", "collapsible": True, "metrics": ["cost.total"]}]},
    comparisons=[{**COMPARISON, "position": {"row": 5, "col": 0}, "size": {"width": 3, "height": 1}}],
    access={
        "embed_enabled": True,
        "allowed_domains": ["acme.com"],
        "public": False,
        "password_protected": True,
        "password": "hunter2-hunter2",
    },
)
ODD = (None, "", "x", "x" * 300, 0, -1, 10**14, 1e308, True, [], [None], {}, {"a": None})


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [path, *(p for name, inner in value.items() for p in _paths(inner, (*path, name)))]
    if isinstance(value, list):
        return [path, *(p for index, inner in enumerate(value) for p in _paths(inner, (*path, index)))]
    return [path]


def _with(value: Any, path: tuple[Any, ...], odd: Any) -> Any:
    if not path:
        return odd
    name, *rest = path
    if isinstance(value, dict):
        return {**value, name: _with(value[name], tuple(rest), odd)}
    return [_with(inner, tuple(rest), odd) if index == name else inner for index, inner in enumerate(value)]


@pytest.mark.parametrize("top", [name for name in WHOLE if name != "name"])
def test_nothing_odd_anywhere_in_a_body_is_a_fault_of_ours(shared_api: Api, top: str) -> None:
    portal_id = shared_api.post(PATH, {**WHOLE, "name": f"Odd {top}"}).json()["portal_id"]
    found = []
    for path in _paths(WHOLE[top], (top,)):
        for odd in ODD:
            sent = _with(WHOLE, path, odd)
            answers = (
                shared_api.post(PATH, {**sent, "name": "Odd again"}),
                shared_api.patch(f"{PATH}/{portal_id}", {top: sent[top]}),
            )
            found += [(path, odd, a.text) for a in answers if a.status_code not in (200, 201, 400, 409)]
    assert found == []
