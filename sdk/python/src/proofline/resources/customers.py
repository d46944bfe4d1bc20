"""Customers: their names, zones and locales."""

from typing import Unpack

from .._call import Call, Pages
from .._operation import Mode, Resource, operation, paged
from ..answers.customers import Customer, CustomerPage, Erasure
from ..params.common import PageQuery, PageSize
from ..params.customers import CustomerChanges

_ALL = "/v1/portal/customers"
_ONE = "/v1/portal/customers/{customer_id}"


class Customers(Resource[Mode]):
    """Customers: their names, zones and locales."""

    @operation
    def list(self, **query: Unpack[PageQuery]) -> Call[CustomerPage]:
        """One page of the customers that this key can see; `iterate` goes through all pages."""
        return Call("GET", _ALL, CustomerPage, query=query)

    @paged
    def iterate(self, **query: Unpack[PageSize]) -> Pages[Customer]:
        """All customers that this key can see, page by page."""
        return Pages(Call("GET", _ALL, CustomerPage, query=query), "data", Customer)

    @operation
    def get(self, customer_id: str) -> Call[Customer]:
        """One customer."""
        return Call("GET", _ONE, Customer, {"customer_id": customer_id})

    @operation
    def update(
        self, customer_id: str, *, if_match: str | None = None, **changes: Unpack[CustomerChanges]
    ) -> Call[Customer]:
        """Sets what is given, which wins over what events say; None goes back to that."""
        return Call("PATCH", _ONE, Customer, {"customer_id": customer_id}, body=changes, if_match=if_match)

    @operation
    def erase(self, customer_id: str) -> Call[Erasure]:
        """Erases a customer for good, with everything that is known of it; by admin keys. `erasure` watches it."""
        return Call("DELETE", _ONE, Erasure, {"customer_id": customer_id})

    @operation
    def erasure(self, erasure_id: str) -> Call[Erasure]:
        """How far the erasing of a customer has come, and what was removed."""
        return Call("GET", "/v1/portal/erasures/{erasure_id}", Erasure, {"erasure_id": erasure_id})
