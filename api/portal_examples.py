"""The examples of the reference that are too long to stand beside their schemas."""

from typing import Any

_METRICS: list[dict[str, Any]] = [
    {
        "metric_id": "usage.requests.total",
        "display_name": "Total Requests Handled",
        "position": {"row": 0, "col": 0},
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
]
_COMPARISONS: list[dict[str, Any]] = [
    {
        "metric_id": "comparison_response_time",
        "display_name": "Response Time Improvement",
        "baseline": {"label": "Before Agent (Manual)", "value": 2400, "source": "manual"},
        "current": {"label": "With Agent", "metric_id": "perf.latency.avg"},
        "improvement": {"show_percentage": True, "show_absolute": True, "highlight_positive": True},
    }
]
_BRANDING = {
    "title": "Your AI Agent Performance",
    "logo_url": "https://example.com/logo.png",
    "primary_color": "#2563EB",
    "theme": "light",
}
NEW_PORTAL: dict[str, Any] = {
    "name": "Acme Corp Dashboard",
    "customer_id": "cust_acme_123",
    "branding": _BRANDING,
    "metrics": _METRICS,
    "comparisons": _COMPARISONS,
    "access": {"embed_enabled": True, "allowed_domains": ["*.acme.com"]},
}
_ID = "portal_4fQ9sVbX2LmT7cKpW8RzYd"
_LINK = f"https://portal.example.com/p/{_ID}"
PORTAL: dict[str, Any] = {
    "portal_id": _ID,
    "name": "Acme Corp Dashboard",
    "customer_id": "cust_acme_123",
    "status": "draft",
    "public_link": _LINK,
    "embed_code": f'<iframe src="https://portal.example.com/embed/{_ID}" width="100%" height="800"'
    ' frameborder="0"></iframe>',
    "branding": _BRANDING,
    "metrics": _METRICS,
    "layout": {
        "grid_columns": 12,
        "sections": [{"collapsible": False, "metrics": [metric["metric_id"] for metric in _METRICS]}],
    },
    "comparisons": _COMPARISONS,
    "access": {
        "embed_enabled": True,
        "allowed_domains": ["*.acme.com"],
        "public": False,
        "password_protected": False,
        "public_link": _LINK,
    },
    "created_at": "2025-01-06T10:00:00Z",
    "updated_at": "2025-01-06T10:00:00Z",
}
PORTALS: dict[str, Any] = {
    "data": [
        {
            "portal_id": _ID,
            "name": "Acme Corp Dashboard",
            "customer_id": "cust_acme_123",
            "status": "active",
            "metrics_count": 2,
            "last_accessed": "2025-01-06T09:45:00Z",
        }
    ],
    "pagination": {"has_more": False, "next_cursor": None, "total": 1},
}
