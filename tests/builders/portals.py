"""Configurations of portals with sensible defaults, and a way to keep one."""

from datetime import UTC, datetime
from typing import Any

from core.portals.definition import (
    Baseline,
    BaselineSource,
    BeforeAfter,
    Branding,
    ChartType,
    Comparison,
    ComparisonPeriod,
    CurrentMetric,
    PortalDefinition,
    PortalMetric,
    PortalStatus,
    Position,
    Size,
)
from core.store.control import ControlStore
from core.store.control.portals import StoredPortal, add_portal

MADE = datetime(2026, 11, 1, tzinfo=UTC)


def card(metric_id: str, chart_type: str = "number", **more: Any) -> PortalMetric:
    """One card, under the one before when they are put on a portal together."""
    compare = more.pop("compare", None)
    if compare is not None:
        more["comparison"] = Comparison(enabled=True, period=ComparisonPeriod(compare))
    given = {"display_name": metric_id, "position": Position(0, 0), "size": Size(6, 2), **more}
    return PortalMetric(metric_id=metric_id, chart_type=ChartType(chart_type), **given)


def before_after(
    metric_id: str = "perf.latency.avg", *, value: float = 2400, source: str = "manual"
) -> BeforeAfter:
    return BeforeAfter(
        "comparison_1",
        "Response time",
        Baseline("Before Agent", value, BaselineSource(source)),
        CurrentMetric("With Agent", metric_id),
    )


def portal(*cards: PortalMetric, customer_id: str = "cust_a", **more: Any) -> PortalDefinition:
    """A portal with these cards one under the other."""
    placed = [
        PortalMetric(**{**vars(one), "position": Position(row * one.size.height, 0)}) if row else one
        for row, one in enumerate(cards)
    ]
    given = {
        "portal_id": f"portal_{customer_id.replace('_', '')}",
        "name": "Dashboard",
        "status": PortalStatus.ACTIVE,
        "branding": Branding("Your agents"),
        **more,
    }
    return PortalDefinition(customer_id=customer_id, metrics=tuple(placed), **given)


def keep_portal(store: ControlStore, definition: PortalDefinition) -> StoredPortal:
    with store.writing() as connection:
        return add_portal(connection, definition, now=MADE)
