"""Configurations of reports with sensible defaults, and a way to keep one."""

from datetime import datetime
from typing import Any

from core.reports.definition import (
    DeliveryMethod,
    Frequency,
    ReportContent,
    ReportDefinition,
    ReportDelivery,
    Schedule,
)
from core.store.control import ControlStore
from core.store.control.reports import StoredReport, add_report
from tests.builders.portals import MADE

DAILY = Schedule(Frequency.DAILY, "09:00", timezone="UTC")


def report(portal_id: str = "portal_custa", **more: Any) -> ReportDefinition:
    """A daily report at nine in UTC, mailed to one person."""
    given = {
        "report_id": f"report_{portal_id.removeprefix('portal_')}",
        "name": "Daily value",
        "schedule": DAILY,
        "delivery": ReportDelivery(DeliveryMethod.EMAIL, ("ceo@acme.example",)),
        "content": ReportContent(include_raw_data=True),
        **more,
    }
    return ReportDefinition(portal_id=portal_id, **given)


def keep_report(store: ControlStore, definition: ReportDefinition, *, now: datetime = MADE) -> StoredReport:
    with store.writing() as connection:
        return add_report(connection, definition, now=now)
