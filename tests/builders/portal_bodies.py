"""Bodies that make portals over the API, and portals made of them."""

from typing import Any

from tests.builders.api import Api

PATH = "/v1/portal/configs"
CUSTOMERS = "/v1/portal/customers"
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
