"""What the API has set on customers; it wins over what events say of them."""

from sqlalchemy import Connection, select

from core.store.control.tables import CUSTOMERS


def zones_by_customer(connection: Connection) -> dict[str, str]:
    """The IANA zones that were set, by customer; the others keep the one of their events."""
    rows = connection.execute(
        select(CUSTOMERS.c.customer_id, CUSTOMERS.c.timezone).where(CUSTOMERS.c.timezone.is_not(None))
    )
    return {row.customer_id: row.timezone for row in rows}
