"""The examples of the reference for reports."""

from typing import Any

_PORTAL_ID = "portal_4fQ9sVbX2LmT7cKpW8RzYd"
_REPORT_ID = "report_5f3c9a1b2d4e6f70"
_SCHEDULE = {"frequency": "monthly", "day_of_month": 1, "time": "09:00", "timezone": "America/New_York"}
_PERIOD = {"start": "2025-01-01T05:00:00Z", "end": "2025-02-01T05:00:00Z", "timezone": "America/New_York"}
NEW_REPORT: dict[str, Any] = {
    "portal_id": _PORTAL_ID,
    "name": "Monthly Value Report - Acme Corp",
    "schedule": _SCHEDULE,
    "delivery": {"method": "email", "recipients": ["ceo@acme.com", "cto@acme.com"]},
    "content": {
        "include_summary": True,
        "include_charts": True,
        "include_raw_data": True,
        "comparison_period": "previous",
    },
}
REPORT: dict[str, Any] = {
    "report_id": _REPORT_ID,
    **NEW_REPORT,
    "is_active": True,
    "next_scheduled": "2025-03-01T09:00:00-05:00",
    "last_sent_at": "2025-02-01T09:00:41-05:00",
    "created_at": "2025-01-06T10:00:00Z",
    "updated_at": "2025-01-06T10:00:00Z",
    "occurrences": [
        {
            "delivery_id": "rdl_0f3c9a1b2d4e5f60718293a4",
            "due_at": "2025-02-01T14:00:00Z",
            "by_hand": False,
            "period": _PERIOD,
            "state": "built",
            "reason": None,
            "archive_n": 1,
        }
    ],
}
REPORTS: dict[str, Any] = {
    "data": [
        {
            "report_id": _REPORT_ID,
            "portal_id": _PORTAL_ID,
            "name": "Monthly Value Report - Acme Corp",
            "schedule": _SCHEDULE,
            "is_active": True,
            "last_sent_at": "2025-02-01T09:00:41-05:00",
            "next_scheduled": "2025-03-01T09:00:00-05:00",
            "held": 0,
        }
    ],
    "total": 1,
    "pagination": {"has_more": False, "next_cursor": None, "total": 1},
}
QUEUED: dict[str, Any] = {
    "report_id": _REPORT_ID,
    "status": "queued",
    "estimated_delivery": "2025-01-06T10:05:00Z",
    "delivery_id": "rdl_0f3c9a1b2d4e5f60718293a4",
    "period": _PERIOD,
}
ARCHIVE: dict[str, Any] = {
    "data": [
        {
            "archive_id": "rar_9c8b7a6f5e4d3c2b1a09",
            "n": 1,
            "name": "Monthly Value Report - Acme Corp",
            "period": _PERIOD,
            "due_at": "2025-02-01T14:00:00Z",
            "built_at": "2025-02-01T14:00:37Z",
            "data_as_of": "2025-02-01T13:00:00Z",
            "snapshot": "snap-42-0f3c9a1b2d4e",
            "pages": 4,
            "pdf": {
                "url": f"https://api.example.com/v1/portal/reports/{_REPORT_ID}/archive/1.pdf",
                "bytes": 91342,
                "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            },
            "csv": None,
            "restates": None,
            "changes": [],
        }
    ],
    "pagination": {"has_more": False, "next_cursor": None, "total": 1},
}
