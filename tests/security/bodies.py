"""Bodies that the API takes, to be spoilt in one place, and what it keeps of them."""

import itertools
import sqlite3
from collections.abc import Collection
from typing import Any

from tests.security.stage import Stage
from tests.security.tenants import Tenant

_NUMBER = itertools.count()
# What visits and repeated requests leave behind is nothing that a body asked for.
_NOT_ASKED = ("portal_views", "idempotency_records", "alembic_version")


def portal_body(tenant: Tenant, **branding: Any) -> dict[str, Any]:
    """A portal that can be made; each time with another name."""
    return {
        "customer_id": tenant.customer_id,
        "name": f"portal {next(_NUMBER)}",
        "branding": {"title": "A title", **branding},
        "metrics": [card_body()],
    }


def card_body(metric_id: str = "cost.total", row: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "metric_id": metric_id,
        "display_name": "A card",
        "position": {"row": row, "col": 0},
        "size": {"width": 4, "height": 2},
        "chart_type": "number",
        **more,
    }


def webhook_body(tenant: Tenant, **more: Any) -> dict[str, Any]:
    return {
        "portal_id": tenant.draft_id,
        "url": "https://hooks.example.com/x",
        "events": ["portal.accessed"],
        **more,
    }


def report_body(portal_id: str, **more: Any) -> dict[str, Any]:
    return {
        "portal_id": portal_id,
        "name": "A report",
        "schedule": {"frequency": "daily", "time": "09:00", "timezone": "Europe/Berlin"},
        "delivery": {"method": "email", "recipients": ["ceo@example.com"]},
        **more,
    }


def metric_body(expression: str, *variables: str, **more: Any) -> dict[str, Any]:
    inputs = [{"variable": f"${name}", "metric_id": "cost.total"} for name in variables]
    written = {"type": "arithmetic", "expression": expression, "inputs": inputs}
    return {"id": f"cm_made_{next(_NUMBER)}", "name": "A metric", "unit": "usd", "formula": written, **more}


def kept(stage: Stage, also: Collection[str] = ()) -> list[str]:
    """Every row that bodies have made, as text."""
    with sqlite3.connect(f"file:{stage.settings.control_path}?mode=ro", uri=True) as connection:
        tables = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        rows = [
            f"{table}{row}"
            for table in tables
            if table not in _NOT_ASKED or table in also
            for row in connection.execute(f"SELECT {_columns(connection, table)} FROM {table}")
        ]
    connection.close()
    return sorted(rows)


def _columns(connection: sqlite3.Connection, table: str) -> str:
    """Without when somebody last looked, which is written down a moment later."""
    names = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
    return ", ".join(f'"{name}"' for name in names if "accessed" not in name)
