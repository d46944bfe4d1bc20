"""Which customer a request is about, and the reader that can see just that.

A key of one customer is about that customer whether it says so or not. For every other id it gets the answer
that an unknown id gets.
"""

from api.entry import Caller
from api.services import Services
from core.customers import check_customer_id
from core.errors import CustomerNotFound
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
    is_known = services.metrics.has_customer(customer_id) if only is None else customer_id == only
    if not is_known:
        raise CustomerNotFound("This key can see no such customer", param=param)
    return customer_id


def reader_of(services: Services, customer_id: str | None) -> Reader:
    """A reader of this customer's rows, or of everybody's for None; to be closed by whoever asked."""
    if customer_id is None:
        return services.metrics.for_all()
    return services.metrics.for_customer(customer_id)
