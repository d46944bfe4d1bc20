"""The zones of customers, for reports whose schedule names none: what the API has set, else what events say."""

from collections.abc import Collection
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from core.errors import NothingPublished, ProoflineError
from core.periods import zone
from core.store.control.customers import zones_by_customer
from core.store.metric_store import MetricStore
from core.store.query import Query

_UTC = zone("UTC")


class CustomerZones:
    """Zones by customer; one of whom nobody knows a zone lives in UTC."""

    def __init__(self, names: dict[str, str]) -> None:
        self._names = names

    def of(self, customer_id: str) -> ZoneInfo:
        try:
            return zone(self._names.get(customer_id, "UTC"))
        except ProoflineError:
            # A name from events that this machine's zones do not have.
            return _UTC


def customer_zones(
    connection: Connection, metrics: MetricStore | None, customer_ids: Collection[str]
) -> CustomerZones:
    """The zones of these customers; without a snapshot there are those that were set."""
    if not customer_ids:
        return CustomerZones({})
    return CustomerZones({**_from_events(metrics, customer_ids), **zones_by_customer(connection)})


def _from_events(metrics: MetricStore | None, customer_ids: Collection[str]) -> dict[str, str]:
    if metrics is None:
        return {}
    query = Query(
        "dim_customers",
        ("customer_id", "timezone"),
        where=("customer_id IN (SELECT unnest($wanted))", "timezone IS NOT NULL"),
        values=(("wanted", sorted(customer_ids)),),
        is_shared=False,
    )
    try:
        with metrics.for_all() as reader:
            return {str(customer_id): str(name) for customer_id, name in reader.rows(query)}
    except NothingPublished:
        return {}
