"""Customers as the API names them: which text can be a customer's id.

What is known of a customer (name, zone, locale) comes from events and from the control store.
"""

from functools import lru_cache

from core.errors import InvalidCustomerId
from core.text import line

# A client that means everybody leaves the id out; one of these words is a slip that must not be obeyed.
_NOBODY = frozenset(("all", "any", "none", "null", "nil", "undefined", "nan", "true", "false"))


# Asked with every question, mostly about the same customers.
@lru_cache(maxsize=1024)
def check_customer_id(text: str, *, param: str = "customer_id") -> str:
    """The id in its kept form; InvalidCustomerId when it cannot be one, so that it never means everybody."""
    try:
        customer_id = line(text)
    except ValueError as reason:
        raise InvalidCustomerId(f"The customer id {reason}", param=param) from None
    if customer_id.casefold() in _NOBODY or not any(c.isalnum() for c in customer_id):
        raise InvalidCustomerId("This can be no customer's id; leave it out for all customers", param=param)
    return customer_id
