"""A monthly report for each demo portal, to an address that nobody has: what is built of it is made up, too.

They are configurations in the control store, as if somebody had made them by the API; `proofline reports run
--missing` builds the last complete month.
"""

from collections.abc import Iterable
from datetime import datetime

from core.portals.definition import PortalDefinition
from core.reports.definition import (
    DeliveryMethod,
    Frequency,
    ReportComparison,
    ReportContent,
    ReportDefinition,
    ReportDelivery,
    Schedule,
)
from core.store.control import ControlStore
from core.store.control.reports import add_report, find_report

# On the first at seven in UTC, over the customer's own month.
_SCHEDULE = Schedule(Frequency.MONTHLY, "07:00", day_of_month=1)


def make_reports(
    store: ControlStore, portals: Iterable[PortalDefinition], *, now: datetime
) -> list[ReportDefinition]:
    """The demo reports of these portals; those that are not there are made, and what somebody changed stays."""
    made = []
    with store.writing() as connection:
        for portal in portals:
            wanted = _report(portal)
            found = find_report(connection, wanted.report_id, None)
            made.append((found or add_report(connection, wanted, now=now)).definition)
    return made


def _report(portal: PortalDefinition) -> ReportDefinition:
    who = portal.customer_id.removeprefix("cust_")
    return ReportDefinition(
        report_id=f"report_demo{who}",
        portal_id=portal.portal_id,
        name=f"{portal.branding.title}: the month",
        schedule=_SCHEDULE,
        delivery=ReportDelivery(DeliveryMethod.EMAIL, (f"{who}@example.com",)),
        content=ReportContent(include_raw_data=True, comparison_period=ReportComparison.PREVIOUS),
    )
