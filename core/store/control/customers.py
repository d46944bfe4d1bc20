"""What the API has set on customers; it wins over what events say of them.

None leaves the events' word. What the two say together is `core.customers`' business.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from core.erasures import refuse_erased
from core.store.control.tables import CUSTOMERS

_SETTABLE = ("name", "timezone", "locale")


@dataclass(frozen=True)
class CustomerSettings:
    """What was set on one customer, and when it was changed."""

    customer_id: str
    name: str | None = None
    timezone: str | None = None
    locale: str | None = None
    updated_at: datetime | None = None


def customer_settings(connection: Connection, customer_id: str) -> CustomerSettings | None:
    """What was set on this customer; None where nobody has set anything."""
    row = connection.execute(select(CUSTOMERS).where(CUSTOMERS.c.customer_id == customer_id)).first()
    return None if row is None else _settings(row)


def settings_by_customer(connection: Connection) -> dict[str, CustomerSettings]:
    """What was set, by customer: as many as somebody has set, not as many as there are."""
    return {row.customer_id: _settings(row) for row in connection.execute(select(CUSTOMERS))}


def zones_by_customer(connection: Connection) -> dict[str, str]:
    """The IANA zones that were set, by customer; the others keep the one of their events."""
    rows = connection.execute(
        select(CUSTOMERS.c.customer_id, CUSTOMERS.c.timezone).where(CUSTOMERS.c.timezone.is_not(None))
    )
    return {row.customer_id: row.timezone for row in rows}


def set_customer(
    connection: Connection, customer_id: str, changes: Mapping[str, str | None], *, now: datetime
) -> CustomerSettings:
    """Keeps what is named in `changes`: name, timezone, locale. A customer nobody has set anything on is made;
    CustomerErased for one who was erased."""
    refuse_erased(connection, customer_id)
    before = customer_settings(connection, customer_id)
    known = before or CustomerSettings(customer_id)
    said: dict[str, Any] = {name: changes[name] for name in _SETTABLE if name in changes}
    after = replace(known, **said)
    if before is not None and after == before:
        return before
    after = replace(after, updated_at=now)
    values = {name: getattr(after, name) for name in (*_SETTABLE, "updated_at")}
    if before is None:
        connection.execute(CUSTOMERS.insert().values(customer_id=customer_id, **values))
    else:
        connection.execute(update(CUSTOMERS).where(CUSTOMERS.c.customer_id == customer_id).values(**values))
    return after


def _settings(row: Row[tuple[object, ...]]) -> CustomerSettings:
    return CustomerSettings(row.customer_id, row.name, row.timezone, row.locale, row.updated_at)
