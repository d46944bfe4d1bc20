"""Customers: list, read, set their name, zone and locale, erase. What was set wins over what events say."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api import customers
from api.answers import tagged_answer, to_json
from api.customers import (
    CustomerPatch,
    CustomersAsked,
    CustomersTold,
    CustomerTold,
    ErasureTold,
    told_of_erasure,
)
from api.deps import Admin, AnyCaller, ServicesDep, Writer
from api.entry import Caller
from api.openapi import refusals
from api.paging import Paging
from api.schemas import NothingAsked
from api.scope import reader_of
from api.services import Services
from api.writes import WriteDep, check_if_match
from core.customers import check_customer_id
from core.erasures import all_erasures, find_erasure, request_erasure
from core.errors import CustomerNotFound, NothingPublished
from core.known_customers import KnownCustomer, find_customer, list_customers
from core.store.control.customers import (
    CustomerSettings,
    customer_settings,
    set_customer,
    settings_by_customer,
)
from core.store.control.forgetting import customers_in
from core.store.readers import Reader

router = APIRouter(prefix="/v1/portal/customers", tags=["Customers"])
erasures = APIRouter(prefix="/v1/portal/erasures", tags=["Customers"])
Nothing = Annotated[NothingAsked, Query()]


@router.get("", response_model=CustomersTold, responses=refusals(403))
def list_known_customers(
    request: Request, caller: AnyCaller, services: ServicesDep, asked: Annotated[CustomersAsked, Query()]
) -> Response:
    """The customers that this key can see, by their ids: those of events, and those that were set here."""
    question = {"list": "customers", "customer_id": caller.customer_id}
    paging = Paging(caller, question, asked.cursor, asked.limit)
    after = paging.after
    with services.store.reading() as connection:
        said = _visible(settings_by_customer(connection), caller.customer_id)
    with _reader(services, caller.customer_id) as reader:
        found, total = list_customers(reader, said, after=after[0] if after else "", limit=paging.wanted)
    found = [one for one in found if not services.erased.has(one.customer_id)]
    answer = paging.answer(found, total, told=customers.told, place=lambda one: (one.customer_id,))
    return tagged_answer(request, to_json(answer))


# An id is any text, and a slash in it is no border between two.
@router.get("/{customer_id:path}", response_model=CustomerTold, responses=refusals(403, 404))
def get_customer(
    request: Request, customer_id: str, caller: AnyCaller, services: ServicesDep, _asked: Nothing
) -> Response:
    """One customer's name, zone and locale."""
    customer_id = _own(customer_id, caller, services)
    with services.store.reading() as connection:
        found = _found(services, connection, customer_id)
    return tagged_answer(request, to_json(customers.told(_known(found))))


@router.patch("/{customer_id:path}", response_model=CustomerTold, responses=refusals(403, 404, 412))
def update_customer(
    request: Request,
    customer_id: str,
    body: CustomerPatch,
    caller: Writer,
    services: ServicesDep,
    write: WriteDep,
    _asked: Nothing,
) -> Response:
    """Sets what is sent. One that no event has named yet is made, so that it can have a portal before."""
    customer_id = _own(customer_id, caller, services)
    changes = body.changes()

    def act(connection: Connection) -> dict[str, Any]:
        before = _found(services, connection, customer_id)
        if not changes:
            before = _known(before)
        check_if_match(request, None if before is None else customers.told(before))
        if changes:
            said = set_customer(connection, customer_id, changes, now=services.now())
            before = _told_of(services, said, customer_id)
        return customers.told(_known(before))

    return write(act)


@router.delete(
    "/{customer_id:path}", status_code=202, response_model=ErasureTold, responses=refusals(403, 404)
)
def erase_customer(
    customer_id: str, caller: Admin, services: ServicesDep, write: WriteDep, _asked: Nothing
) -> Response:
    """Erases a customer for good. Portals, reports, keys and rules are gone when this answers; events, snapshots and
    files follow with the pipeline's next run, which `GET /v1/portal/erasures/{erasure_id}` shows. Asked again it is the
    same erasure. Nothing of the customer is taken in any more."""
    checked = _own_or_erased(customer_id, caller)

    def act(connection: Connection) -> dict[str, Any]:
        known = find_erasure(connection, checked)
        if known is None:
            if _found(services, connection, checked) is None and checked not in customers_in(connection):
                raise _unknown()
            known = request_erasure(connection, checked, by=caller.key.key_id, now=services.now())
        return told_of_erasure(known)

    answer = write(act, status=202)
    services.erased.look_again()
    return answer


@erasures.get("/{erasure_id}", response_model=ErasureTold, responses=refusals(403, 404))
def get_erasure(
    request: Request, erasure_id: str, caller: Admin, services: ServicesDep, _asked: Nothing
) -> Response:
    """How far the erasure of a customer has come, and what was removed."""
    with services.store.reading() as connection:
        found = [one for one in all_erasures(connection) if one.erasure_id == erasure_id]
    if not found or caller.customer_id is not None:
        raise CustomerNotFound("There is no such erasure", param="erasure_id")
    return tagged_answer(request, to_json(told_of_erasure(found[0])))


def _own(customer_id: str, caller: Caller, services: Services) -> str:
    """The id, if this key may see it; for a key of one customer there is no other."""
    checked = _own_or_erased(customer_id, caller)
    if services.erased.has(checked):
        raise _unknown()
    return checked


def _own_or_erased(customer_id: str, caller: Caller) -> str:
    checked = check_customer_id(customer_id)
    if caller.customer_id not in (None, checked):
        raise _unknown()
    return checked


def _found(services: Services, connection: Connection, customer_id: str) -> KnownCustomer | None:
    return _told_of(services, customer_settings(connection, customer_id), customer_id)


def _told_of(services: Services, said: CustomerSettings | None, customer_id: str) -> KnownCustomer | None:
    with _reader(services, customer_id) as reader:
        return find_customer(reader, said, customer_id)


def _known(found: KnownCustomer | None) -> KnownCustomer:
    if found is None:
        raise _unknown()
    return found


def _unknown() -> CustomerNotFound:
    return CustomerNotFound("This key can see no such customer", param="customer_id")


@contextmanager
def _reader(services: Services, customer_id: str | None) -> Iterator[Reader | None]:
    """None before anything is published: customers can be set before their first event."""
    try:
        reader = reader_of(services, customer_id)
    except NothingPublished:
        yield None
        return
    with reader:
        yield reader


def _visible(said: dict[str, CustomerSettings], customer_id: str | None) -> dict[str, CustomerSettings]:
    return said if customer_id is None else {c: s for c, s in said.items() if c == customer_id}
