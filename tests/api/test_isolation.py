"""Nothing of one customer is ever in an answer to another: every operation, caller and kind of id."""

import itertools
import re
from typing import Any

import pytest
from fastapi.routing import APIRoute

from api.main import create_app
from core.settings import Settings
from tests.builders import card, keep_portal, portal
from tests.builders.api import Api, code, metric
from tests.builders.chance import without_chance

CANARY = "777"
RULE = {
    "name": "n 777",
    "metric_id": "cost.total",
    "condition": {"operator": "gt", "threshold": 777, "duration": "1h"},
}
PORTAL = {
    "branding": {"title": "n"},
    "metrics": [
        {
            "metric_id": "{metric_id}",
            "display_name": "n",
            "position": {"row": 0, "col": 0},
            "size": {"width": 1, "height": 1},
            "chart_type": "number",
        }
    ],
}
WEBHOOK = {
    "url": "https://hooks.example.com/777",
    "events": ["portal.accessed"],
    "headers": {"X-Word": "n 777"},
}
REPORT = {
    "name": "n",
    "schedule": {"frequency": "daily", "time": "09:00", "timezone": "Asia/Kathmandu"},
    "delivery": {"method": "email", "recipients": ["n777@example.com"]},
}
# One row for every operation: how it is asked, with the ids of cust_b where it takes ids.
MATRIX: dict[str, tuple[str, str, Any]] = {
    "list_metrics": ("GET", "/metrics", None),
    "get_metric": ("GET", "/metrics/{metric_id}", None),
    "get_metric_series": ("GET", "/metrics/{metric_id}/series?start=2026-10-01&group_by=agent_id", None),
    "get_metric_distribution": (
        "GET",
        "/metrics/perf.latency.distribution/distribution?start=2026-10-01",
        None,
    ),
    "get_metrics_batch": ("POST", "/metrics/batch", {"metric_ids": ["cost.total", "{metric_id}"]}),
    "get_dashboard_summary": ("GET", "/dashboard/summary", None),
    "list_custom_metrics": ("GET", "/metrics/custom", None),
    "get_custom_metric": ("GET", "/metrics/custom/{custom_metric_id}", None),
    "create_custom_metric": ("POST", "/metrics/custom", metric("{new_id}")),
    "update_custom_metric": ("PATCH", "/metrics/custom/{custom_metric_id}", {}),
    "delete_custom_metric": ("DELETE", "/metrics/custom/{custom_metric_id}", None),
    "evaluate_custom_metric": ("GET", "/metrics/custom/{custom_metric_id}/evaluate?start=2026-10-01", None),
    "validate_custom_metric": (
        "POST",
        "/metrics/custom/validate",
        {
            "formula": {
                "type": "arithmetic",
                "expression": "$x",
                "inputs": [{"variable": "$x", "metric_id": "{custom_metric_id}"}],
            }
        },
    ),
    "list_alerts": ("GET", "/alerts", None),
    "get_alert": ("GET", "/alerts/{alert_id}", None),
    "create_alert": ("POST", "/alerts", {**RULE, "name": "n", "metric_id": "{metric_id}"}),
    "update_alert": ("PATCH", "/alerts/{alert_id}", {}),
    "delete_alert": ("DELETE", "/alerts/{alert_id}", None),
    "list_portal_configs": ("GET", "/v1/portal/configs", None),
    "get_portal_config": ("GET", "/v1/portal/configs/{portal_id}", None),
    "create_portal_config": ("POST", "/v1/portal/configs", {**PORTAL, "customer_id": "{customer_id}"}),
    "update_portal_config": ("PATCH", "/v1/portal/configs/{portal_id}", PORTAL),
    "list_presets": ("GET", "/v1/portal/presets", None),
    "list_known_customers": ("GET", "/v1/portal/customers", None),
    "get_customer": ("GET", "/v1/portal/customers/{customer_id}", None),
    "update_customer": ("PATCH", "/v1/portal/customers/{customer_id}", {"name": "n"}),
    "erase_customer": ("DELETE", "/v1/portal/customers/{customer_id}", None),
    "get_erasure": ("GET", "/v1/portal/erasures/erasure_0000000000000000", None),
    "list_portal_webhooks": ("GET", "/v1/portal/webhooks", None),
    "get_portal_webhook": ("GET", "/v1/portal/webhooks/{webhook_id}", None),
    "create_portal_webhook": ("POST", "/v1/portal/webhooks", {**WEBHOOK, "portal_id": "{portal_id}"}),
    "update_portal_webhook": ("PATCH", "/v1/portal/webhooks/{webhook_id}", {"is_enabled": False}),
    "delete_portal_webhook": ("DELETE", "/v1/portal/webhooks/{webhook_id}", None),
    "rotate_webhook_secret": ("POST", "/v1/portal/webhooks/{webhook_id}/rotate", {}),
    "test_portal_webhook": ("POST", "/v1/portal/webhooks/{webhook_id}/test", {}),
    "list_webhook_deliveries": ("GET", "/v1/portal/webhooks/{webhook_id}/deliveries", None),
    "resend_webhook_delivery": (
        "POST",
        "/v1/portal/webhooks/{webhook_id}/deliveries/{delivery_id}/resend",
        {},
    ),
    "list_report_deliveries": ("GET", "/v1/portal/reports/{report_id}/deliveries", None),
    "resend_report_delivery": (
        "POST",
        "/v1/portal/reports/{report_id}/deliveries/{delivery_id}/resend",
        {},
    ),
    "rotate_report_secret": ("POST", "/v1/portal/reports/{report_id}/rotate", {}),
    "rotate_alert_secret": ("POST", "/alerts/{alert_id}/rotate", {}),
    "list_portal_reports": ("GET", "/v1/portal/reports", None),
    "get_portal_report": ("GET", "/v1/portal/reports/{report_id}", None),
    "create_portal_report": ("POST", "/v1/portal/reports", {**REPORT, "portal_id": "{portal_id}"}),
    "update_portal_report": ("PATCH", "/v1/portal/reports/{report_id}", {"is_active": False}),
    "delete_portal_report": ("DELETE", "/v1/portal/reports/{report_id}", None),
    "send_portal_report": ("POST", "/v1/portal/reports/{report_id}/send", {}),
    "preview_portal_report": ("GET", "/v1/portal/reports/{report_id}/preview", None),
    "list_report_archive": ("GET", "/v1/portal/reports/{report_id}/archive", None),
    "download_report_pdf": ("GET", "/v1/portal/reports/{report_id}/archive/1.pdf", None),
    "download_report_csv": ("GET", "/v1/portal/reports/{report_id}/archive/1.csv", None),
    "get_portal_data": ("GET", "/v1/portal/configs/{portal_id}/data", None),
    "create_portal_token": ("POST", "/v1/portal/configs/{portal_id}/tokens", {}),
    "revoke_portal_tokens": ("POST", "/v1/portal/configs/{portal_id}/tokens/revoke", {}),
}


@pytest.fixture
def of_b(api: Api) -> dict[str, str]:
    """Ids of what cust_b has."""
    api.post("/metrics/custom", metric("cm_of_b", name="Of b 777"), "b")
    alert_id = api.post("/alerts", RULE, "b").json()["id"]
    keep_portal(api.services.store, portal(card("cost.total"), customer_id="cust_b", portal_id="portal_ofB"))
    webhook_id = api.post("/v1/portal/webhooks", {**WEBHOOK, "portal_id": "portal_ofB"}, "b").json()[
        "webhook_id"
    ]
    report_id = api.post("/v1/portal/reports", {**REPORT, "portal_id": "portal_ofB"}, "b").json()["report_id"]
    tested = api.post(f"/v1/portal/webhooks/{webhook_id}/test", {}, "b").json()
    return {
        "delivery_id": tested["delivery_id"],
        "customer_id": "cust_b",
        "report_id": report_id,
        "webhook_id": webhook_id,
        "portal_id": "portal_ofB",
        "metric_id": "custom.hours_777",
        "custom_metric_id": "cm_of_b",
        "alert_id": alert_id,
        "new_id": "cm_of_b",
    }


UNKNOWN = {
    "delivery_id": "dlv_00000000000000000000000000000000",
    "customer_id": "cust_x",
    "report_id": "report_0000000000000000",
    "webhook_id": "webhook_0000000000000000",
    "portal_id": "portal_none",
    "metric_id": "custom.hours_000",
    "custom_metric_id": "cm_none",
    "alert_id": "alert_0000000000000000",
    "new_id": "cm_new",
}


def _filled(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, str):
        return value.format(**ids) if "{" in value else value
    if isinstance(value, dict):
        return {name: _filled(member, ids) for name, member in value.items()}
    return [_filled(member, ids) for member in value] if isinstance(value, list) else value


def _ask(api: Api, operation: str, ids: dict[str, str], who: str | None, more: str = "") -> Any:
    method, path, body = MATRIX[operation]
    joined = _filled(path, ids) + (("&" if "?" in path else "?") + more if more else "")
    return api.call(method, joined, who, json=_filled(body, ids) if body is not None else None)


def test_every_operation_has_a_row(settings: Settings) -> None:
    operations = set()
    for path, item in create_app(settings).openapi()["paths"].items():
        operations |= {o["operationId"] for o in item.values() if path.startswith("/v1/")}
    assert operations == MATRIX.keys()


def test_every_route_asks_who_is_there(settings: Settings) -> None:
    from api.deps import _anyone, _caller

    def asks(dependant: Any) -> bool:
        return dependant.call in (_anyone, _caller) or any(asks(inner) for inner in dependant.dependencies)

    routes = _routes(create_app(settings))
    guarded = [route for route in routes if route.path.startswith("/v1/")]
    assert len(guarded) == len(MATRIX)
    assert [route.path for route in guarded if not asks(route.dependant)] == []


def _routes(app: Any) -> list[APIRoute]:
    from api.main import _ROUTERS

    return [route for router in _ROUTERS for route in router.routes if isinstance(route, APIRoute)]


@pytest.mark.parametrize("operation", MATRIX)
def test_nothing_foreign_is_in_any_answer(api: Api, of_b: dict[str, str], operation: str) -> None:
    shown = []
    for who, ids in itertools.product(("a", "reader_a", None), (of_b, UNKNOWN)):
        answer = _ask(api, operation, ids, who)
        # What the caller itself wrote may come back; it is not an answer's knowledge.
        text = answer.text.replace(ids["metric_id"], "").replace("cm_of_b", "")
        shown.append((who, answer.status_code, text + str(dict(answer.headers))))
    leaks = [(who, status) for who, status, text in shown if CANARY in _without_numbers_of_now(text)]
    assert leaks == []
    assert {status for who, status, _ in shown if who is None} == {401}


def _without_numbers_of_now(text: str) -> str:
    numbers = r"'(x-request-id|x-ratelimit-reset|etag|content-length)': '[^']*'"
    return re.sub(numbers, "", without_chance(text))


@pytest.mark.parametrize("operation", MATRIX)
def test_a_foreign_id_is_answered_as_an_unknown_one(api: Api, of_b: dict[str, str], operation: str) -> None:
    foreign, unknown = (_ask(api, operation, ids, "a") for ids in (of_b, UNKNOWN))
    assert foreign.status_code == unknown.status_code
    if foreign.status_code >= 400:
        normal = foreign.text
        for name, unknown_id in UNKNOWN.items():
            normal = normal.replace(of_b[name], unknown_id)
        assert normal == unknown.text
        assert foreign.headers.keys() == unknown.headers.keys()


@pytest.mark.parametrize(
    "operation",
    [
        "get_metric_series",
        "get_dashboard_summary",
        "list_custom_metrics",
        "list_alerts",
        "get_metric_distribution",
        "list_portal_configs",
    ],
)
def test_another_customers_id_is_answered_as_an_unknown_one(api: Api, operation: str) -> None:
    ids = {"metric_id": "cost.total"}
    foreign = _ask(api, operation, ids, "a", "customer_id=cust_b")
    unknown = _ask(api, operation, ids, "a", "customer_id=cust_x")
    assert code(foreign) == (404, "CUSTOMER_NOT_FOUND") and foreign.text == unknown.text
    assert _ask(api, operation, ids, "a", "customer_id=cust_a").status_code == 200


def test_a_batch_about_another_customer_is_refused(api: Api) -> None:
    body = {"metric_ids": ["cost.total"], "filters": {"customer_id": "cust_b"}}
    assert code(api.post("/metrics/batch", body)) == (404, "CUSTOMER_NOT_FOUND")


def test_grouping_by_customer_gives_a_limited_key_its_own_group(api: Api) -> None:
    path = "/metrics/cost.total/series?start=2026-10-01&group_by=customer_id"
    groups = {
        who: {p["dimensions"]["customer_id"] for p in api.get(path, who).json()["data"]}
        for who in ("a", "all")
    }
    assert groups == {"a": {"cust_a"}, "all": {"cust_a", "cust_b"}}


def test_what_another_customer_has_is_neither_used_changed_nor_deleted(
    api: Api, of_b: dict[str, str]
) -> None:
    for operation in ("update_custom_metric", "delete_custom_metric", "update_alert", "delete_alert"):
        assert _ask(api, operation, of_b, "a").status_code == 404
    assert api.get("/metrics/custom/cm_of_b", "b").status_code == 200
    assert api.get(f"/alerts/{of_b['alert_id']}", "b").status_code == 200


def test_what_stands_in_another_customers_portal_is_neither_changed_nor_deleted(
    api: Api, of_b: dict[str, str]
) -> None:
    operations = [
        name for name in MATRIX if "webhook" in name or name in ("update_portal_config", "update_customer")
    ]
    before = [api.get(path.format(**of_b), "b").text for path in _OF_B]
    answers = {name: _ask(api, name, of_b, "a").status_code for name in operations}
    assert answers.pop("list_portal_webhooks") == 200 and set(answers.values()) == {404}
    assert [api.get(path.format(**of_b), "b").text for path in _OF_B] == before


_OF_B = (
    "/v1/portal/configs/{portal_id}",
    "/v1/portal/webhooks/{webhook_id}",
    "/v1/portal/customers/{customer_id}",
)


@pytest.mark.parametrize("customer_id", ["all", "*", "%", "_", "null", "", "ALL", " ", "%00", "%2e%2e"])
def test_no_word_stands_for_everybody(api: Api, customer_id: str) -> None:
    for who in ("a", "all"):
        answer = api.get(f"/dashboard/summary?customer_id={customer_id}", who)
        assert code(answer) == (400, "INVALID_CUSTOMER_ID")


@pytest.mark.parametrize("operation", MATRIX)
def test_a_portal_token_is_nobody_at_what_is_not_its_portal(
    api: Api, of_b: dict[str, str], operation: str
) -> None:
    keep_portal(api.services.store, portal(card("cost.total"), portal_id="portal_ofA", name="of a"))
    every = ["read:metrics", "export:data", "configure:portal"]
    asked = api.post("/v1/portal/configs/portal_ofA/tokens", {"permissions": every}, "admin").json()
    method, path, body = MATRIX[operation]
    headers = {"Authorization": f"Bearer {asked['token']}"}
    answers = [
        api.call(
            method,
            _filled(path, ids),
            None,
            headers=headers,
            json=_filled(body, ids) if body is not None else None,
        )
        for ids in (of_b, UNKNOWN)
    ]
    foreign, unknown = answers
    assert (foreign.status_code, foreign.text) == (unknown.status_code, unknown.text)
    assert foreign.status_code == (404 if "/configs/{portal_id}" in path else 401)
    api.post("/v1/portal/configs/portal_ofA/tokens/revoke", {"jti": asked["jti"]}, "a")
    revoked = api.call(method, _filled(path, of_b), None, headers=headers)
    assert code(revoked) == (401, "UNAUTHORIZED")
