"""Every customer there is: those that events know, and those that somebody has set; what is set wins.

Which text can be a customer's id is `core.customers`' business.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core.store.control.customers import CustomerSettings
from core.store.query import Query, Row
from core.store.readers import Reader

DEFAULT_TIMEZONE = "UTC"
DEFAULT_LOCALE = "en-US"
_COLUMNS = ("customer_id", "name", "timezone", "locale")


@dataclass(frozen=True)
class KnownCustomer:
    """What holds for a customer; `updated_at` is when somebody last set something, if ever."""

    customer_id: str
    name: str
    timezone: str
    locale: str
    has_events: bool
    updated_at: datetime | None = None


def find_customer(
    reader: Reader | None, said: CustomerSettings | None, customer_id: str
) -> KnownCustomer | None:
    """One customer; None where neither events nor a person knows it. No reader: nothing is published yet."""
    where, values = ("customer_id = $wanted",), (("wanted", customer_id),)
    rows = _rows(reader, Query("dim_customers", _COLUMNS, where=where, values=values, is_shared=False))
    if not rows and said is None:
        return None
    return _known(customer_id, rows[0] if rows else None, said)


def list_customers(
    reader: Reader | None, said: Mapping[str, CustomerSettings], *, after: str, limit: int
) -> tuple[list[KnownCustomer], int]:
    """The next customers after that id, in the order of their ids, and how many there are in all."""
    page = Query(
        "dim_customers",
        _COLUMNS,
        where=("customer_id > $after",),
        values=(("after", after),),
        order_by=("customer_id",),
        limit=limit,
        is_shared=False,
    )
    seen = {str(row[0]): row for row in _rows(reader, page)}
    wanted = sorted({*seen, *(customer_id for customer_id in said if customer_id > after)})[:limit]
    customers = [_known(customer_id, seen.get(customer_id), said.get(customer_id)) for customer_id in wanted]
    return customers, _count(reader, said)


def _count(reader: Reader | None, said: Mapping[str, CustomerSettings]) -> int:
    rows = _rows(
        reader,
        Query(
            "dim_customers",
            ("count(*)", "count(*) FILTER (customer_id IN (SELECT unnest($said)))"),
            values=(("said", sorted(said)),),
            is_shared=False,
        ),
    )
    everybody, both = (int(str(number)) for number in rows[0]) if rows else (0, 0)
    return everybody + len(said) - both


def _rows(reader: Reader | None, query: Query) -> list[Row]:
    return [] if reader is None else reader.rows(query)


def _known(customer_id: str, row: Row | None, said: CustomerSettings | None) -> KnownCustomer:
    _, name, timezone, locale = row or (customer_id, None, None, None)
    set_on = said or CustomerSettings(customer_id)
    return KnownCustomer(
        customer_id=customer_id,
        name=str(set_on.name or name or customer_id),
        timezone=str(set_on.timezone or timezone or DEFAULT_TIMEZONE),
        locale=str(set_on.locale or locale or DEFAULT_LOCALE),
        has_events=row is not None,
        updated_at=set_on.updated_at,
    )
