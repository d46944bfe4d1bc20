"""Which customer a request is about, and the reader that can see just that.

A key of one customer is about that customer whether it says so or not. For every other id it gets the answer
that an unknown id gets.
"""

from functools import partial

from api.entry import Caller
from api.services import Services
from core.customers import check_customer_id
from core.errors import CustomerNotFound, NothingPublished
from core.measures import units_of_outcome
from core.store.control.customers import customer_settings
from core.store.readers import Reader


def customer_of(
    services: Services, caller: Caller, asked: str | None, *, param: str = "customer_id"
) -> str | None:
    """The one customer, or None for all of them; InvalidCustomerId, CustomerNotFound."""
    return (
        caller.customer_id
        if asked is None
        else named_customer(services, caller.customer_id, asked, param=param)
    )


def named_customer(services: Services, only: str | None, asked: str, *, param: str) -> str:
    """The customer that was named, as somebody may who sees only one customer (None: everybody)."""
    customer_id = check_customer_id(asked, param=param)
    is_known = not services.erased.has(customer_id) and (
        _is_known(services, customer_id) if only is None else customer_id == only
    )
    if not is_known:
        raise CustomerNotFound("This key can see no such customer", param=param)
    return customer_id


def _is_known(services: Services, customer_id: str) -> bool:
    """By its events, or because somebody has set it; that is asked second, because it is seldom all."""
    try:
        has_events = services.metrics.has_customer(customer_id)
    except NothingPublished:
        if _is_set(services, customer_id):
            return True
        raise
    return has_events or _is_set(services, customer_id)


def _is_set(services: Services, customer_id: str) -> bool:
    with services.store.reading() as connection:
        return customer_settings(connection, customer_id) is not None


def reader_of(services: Services, customer_id: str | None) -> Reader:
    """A reader of this customer's rows, or of everybody's for None; to be closed by whoever asked."""
    if customer_id is None:
        return services.metrics.for_all()
    return services.metrics.for_customer(customer_id)


def reader_for(services: Services, caller: Caller, customer_id: str | None) -> Reader:
    """The same for a caller. Who sees everybody may ask one customer's rows for what only another's have so far."""
    reader = reader_of(services, customer_id)
    if caller.customer_id is None and customer_id is not None:
        reader.units_beyond = partial(_units_of_everybody, services)
    return reader


def _units_of_everybody(services: Services, name: str) -> dict[str, str]:
    with services.metrics.for_all() as everybody:
        return units_of_outcome(everybody, name)
