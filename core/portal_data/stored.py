"""What the control store says that a portal's numbers depend on: its configuration, custom metrics, the customer."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from core.custom_metrics import CustomMetricDefinition, is_custom
from core.custom_metrics.references import uses
from core.portal_data.customer import Overrides
from core.portal_data.inputs import Definitions as Definitions
from core.portal_data.inputs import PortalInputs as PortalInputs
from core.portals.definition import PortalDefinition
from core.store.control.custom_metrics import usable_by_owner
from core.store.control.tables import CUSTOMERS


def portal_inputs(connection: Connection, portal: PortalDefinition) -> PortalInputs:
    """What one portal depends on."""
    return all_inputs(connection, [portal])[0]


def all_inputs(connection: Connection, portals: Iterable[PortalDefinition]) -> list[PortalInputs]:
    """What each portal depends on, in their order; what several share is read once."""
    wanted = list(portals)
    customer_ids = {portal.customer_id for portal in wanted}
    overrides = _overrides(connection, customer_ids)
    usable = usable_by_owner(connection, customer_ids)
    return [
        PortalInputs(
            portal,
            used_definitions(portal, usable[portal.customer_id]),
            overrides.get(portal.customer_id, Overrides()),
        )
        for portal in wanted
    ]


def used_definitions(portal: PortalDefinition, usable: Definitions) -> dict[str, CustomMetricDefinition]:
    """Those that the portal's cards name, and those that these use, down to the last."""
    named = [card.metric_id for card in portal.metrics] + [c.current.metric_id for c in portal.comparisons]
    waiting, used = [metric_id for metric_id in named if is_custom(metric_id)], {}
    while waiting:
        metric_id = waiting.pop()
        if metric_id in usable and metric_id not in used:
            used[metric_id] = usable[metric_id]
            waiting.extend(uses(usable[metric_id].formula))
    return used


def _overrides(connection: Connection, customer_ids: Iterable[str]) -> dict[str, Overrides]:
    columns = (CUSTOMERS.c.customer_id, CUSTOMERS.c.name, CUSTOMERS.c.timezone, CUSTOMERS.c.locale)
    rows = connection.execute(select(*columns).where(CUSTOMERS.c.customer_id.in_(sorted(customer_ids))))
    return {row.customer_id: Overrides(row.name, row.timezone, row.locale) for row in rows}
