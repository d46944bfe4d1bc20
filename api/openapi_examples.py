"""Examples of bodies and answers that no schema carries itself, by operation; a test holds each to its schema.

A list's example is the example of what it lists, once, so that the two can never say different things.
"""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from api.schemas import Sent, Told

Plain = dict[str, Any]

_PORTAL = "portal_2hXq9sVd0aB7cR4kLm1TnZ"
_REPORT = "report_5f3c9a1b2d4e6f70"
_WEBHOOK = "webhook_5f3c9a1b2d4e6f70"
_DELIVERY = "dlv_5f3c9a1b2d4e6f705f3c9a1b2d4e6f70"
_NEW_SECRET = {
    "signing_secret": "whsec_c2lnbmVkIHdpdGggdGhpcyBmcm9tIG5vdyBvbi4uLi4=",
    "previous_valid_until": "2026-11-21T09:00:00Z",
}
_QUEUED = {"delivery_id": _DELIVERY, "status": "queued"}
_ORIGIN = {"data_as_of": "2026-11-20T00:00:00Z", "snapshot": "snap-12-91fec293909e"}

BODIES: dict[str, Plain] = {
    "update_custom_metric": {"name": "Cost per solved ticket", "is_active": True},
    "update_alert": {"condition": {"threshold": 250}, "is_enabled": True},
    "update_portal_config": {"status": "active", "branding": {"primary_color": "#0f766e"}},
    "create_portal_token": {"expires_in": 3600, "permissions": ["read:metrics"]},
    "revoke_portal_tokens": {"jti": "3f0c2b7e9d5a4c18"},
    "update_portal_report": {"schedule": {"time": "08:30"}, "is_active": True},
    "send_portal_report": {"due_at": "2026-11-01T08:00:00Z"},
    "update_portal_webhook": {"events": ["portal.accessed", "report.delivered"]},
}

ANSWERS: dict[str, Plain] = {
    "validate_custom_metric": {
        "valid": True,
        "test_result": {"value": 0.0123, "inputs_resolved": {"$a": 15.78, "$b": 1700, "$c": 0.767}},
        "warnings": [],
        "errors": [],
    },
    "delete_custom_metric": {"deleted": True, "id": "cm_cost_per_deflection"},
    "list_metrics": {
        "metrics": [
            {
                "id": "autonomy.deflection_rate",
                "name": "Deflection Rate",
                "type": "gauge",
                "unit": "percent",
                "description": "Sessions that met their goal without a human",
                "better": "higher",
                "dimensions": ["customer_id", "agent_id", "channel", "intent"],
                "aggregations": ["avg", "count"],
                "has_distribution": False,
            }
        ],
        "total": 1,
        "metadata": _ORIGIN,
    },
    "get_metrics_batch": {
        "metrics": [
            {
                "id": "usage.sessions.total",
                "name": "Total Sessions",
                "type": "counter",
                "unit": "count",
                "value": 1700,
                "timestamp": "2026-11-20T00:00:00Z",
                "metadata": {"aggregation": "sum", "is_small_sample": False},
            }
        ],
        "filters_applied": {"customer_id": "cust_northwind"},
        "metadata": _ORIGIN,
    },
    "get_metric_distribution": {
        "metric_id": "perf.latency.distribution",
        "metric_name": "Latency Distribution",
        "unit": "ms",
        "start": "2026-11-01T00:00:00Z",
        "end": "2026-11-20T00:00:00Z",
        "percentiles": {
            "p50": 812.5, "p75": 1130, "p90": 1604, "p95": 2051.5, "p99": 3920, "min": 97, "max": 8214,
            "mean": 934.2, "count": 5210,
        },
        "histogram": [
            {"bucket": "0-2000", "lower": 0, "upper": 2000, "count": 4921},
            {"bucket": "2000+", "lower": 2000, "upper": None, "count": 289},
        ],
        "metadata": _ORIGIN,
    },
    "get_dashboard_summary": {
        "period": {"start": "2026-10-21T00:00:00Z", "end": "2026-11-20T00:00:00Z", "label": "30d"},
        "kpis": {
            "total_cost": {
                "value": 15.78, "unit": "usd", "change": -22.8, "change_period": "vs previous 30d"
            }
        },
        "top_agents_by_spend": [{"agent_id": "support", "cost": 15.78, "requests": 8120}],
        "cost_by_model": [{"model": "gpt-4o", "cost": 15.78, "percentage": 100}],
        "metadata": _ORIGIN,
    },
    "delete_alert": {"deleted": True, "id": "alert_1b2c3d4e5f607182"},
    "list_presets": {
        "data": [
            {
                "id": "support_agent",
                "name": "Support agent",
                "description": "What an agent that answers customers did",
                "metrics": [
                    {
                        "metric_id": "usage.sessions.total",
                        "display_name": "Conversations",
                        "position": {"row": 0, "col": 0},
                        "size": {"width": 3, "height": 2},
                        "chart_type": "number",
                    }
                ],
                "layout": {
                    "grid_columns": 12,
                    "sections": [{"title": "At a glance", "metrics": ["usage.sessions.total"]}],
                },
            }
        ],
        "total": 1,
    },
    "revoke_portal_tokens": {
        "revoked": True, "portal_id": _PORTAL, "jti": "3f0c2b7e9d5a4c18", "revoked_at": "2026-11-20T09:00:00Z",
    },
    "delete_portal_report": {"deleted": True, "report_id": _REPORT},
    "preview_portal_report": {
        "report_id": _REPORT,
        "portal_id": _PORTAL,
        "name": "Monthly report",
        "period": {"start": "2026-10-01T00:00:00Z", "end": "2026-11-01T00:00:00Z", "timezone": "Europe/Berlin"},
        "is_complete": True,
        "data": [{"metric_id": "usage.sessions.total", "display_name": "Conversations", "value": 1700}],
        "comparisons": [],
        "metadata": _ORIGIN,
    },
    "resend_report_delivery": _QUEUED,
    "delete_portal_webhook": {"deleted": True, "webhook_id": _WEBHOOK},
    "rotate_webhook_secret": {"webhook_id": _WEBHOOK, **_NEW_SECRET},
    "test_portal_webhook": _QUEUED,
    "resend_webhook_delivery": _QUEUED,
    "rotate_report_secret": {"report_id": _REPORT, **_NEW_SECRET},
    "rotate_alert_secret": {"alert_id": "alert_1b2c3d4e5f607182", **_NEW_SECRET},
    "get_health": {
        "status": "ok", "snapshot": "snap-12-91fec293909e.duckdb", "data_as_of": "2026-11-20T00:00:00Z", "reasons": [],
        "snapshot_age_seconds": 4210,
    },
    "get_readiness": {"ready": True},
}  # fmt: skip

# Where one stands in the list, the schema of one, and what stands beside the list.
_PLACES = {"total": 1, "limit": 50, "offset": 0}
_PAGE = {"pagination": {"has_more": False, "next_cursor": None, "total": 1}}
_LISTS: dict[str, tuple[str, str, Plain]] = {
    "list_alerts": ("alerts", "AlertRuleTold", _PLACES),
    "list_custom_metrics": ("custom_metrics", "CustomMetricTold", _PLACES),
    "list_known_customers": ("data", "CustomerTold", _PAGE),
    "list_portal_webhooks": ("data", "WebhookTold", _PAGE),
    "list_report_deliveries": ("data", "DeliveryTold", _PAGE),
    "list_webhook_deliveries": ("data", "DeliveryTold", _PAGE),
}


def add_examples(document: Plain) -> None:
    """Puts an example where the document has none, and makes whole those that the framework took the nulls out of."""
    _restore_nulls(document["components"]["schemas"])
    operations = {o["operationId"]: o for item in document["paths"].values() for o in item.values()}
    for name, operation in operations.items():
        _add(document, _json(operation.get("requestBody", {})), BODIES.get(name))
        _add(document, _answer(operation), ANSWERS.get(name))
    for name, (field, one, beside) in _LISTS.items():
        told = document["components"]["schemas"][one]["example"]
        _add(document, _answer(operations[name]), {field: [told], **beside})


def _restore_nulls(schemas: Plain) -> None:
    for model in (*_below(Told), *_below(Sent)):
        extra = model.model_config.get("json_schema_extra")
        if model.__name__ in schemas and isinstance(extra, dict) and "example" in extra:
            schemas[model.__name__]["example"] = extra["example"]


def _below(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _below(kind)


def _add(document: Plain, content: Plain | None, example: Plain | None) -> None:
    if content is not None and example is not None and _example(document, content) is None:
        content["example"] = example


def _answer(operation: Plain) -> Plain | None:
    good: Plain = next((a for status, a in operation["responses"].items() if status.startswith("2")), {})
    return _json(good)


def _json(part: Plain) -> Plain | None:
    found: Plain | None = part.get("content", {}).get("application/json")
    return found


def _example(document: Plain, content: Plain | None) -> Any:
    """The example that stands there, or in its schema."""
    if content is None:
        return None
    schema = content.get("schema", {})
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return content.get("example", schema.get("example", next(iter(schema.get("examples", [])), None)))
