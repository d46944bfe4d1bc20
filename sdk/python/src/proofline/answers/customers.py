"""Answers about customers."""

from .._answer import Answer
from .common import Pagination


class Customer(Answer):
    customer_id: str
    name: str
    timezone: str
    """IANA zone of its days."""
    locale: str
    """How its numbers and dates are written, BCP 47."""
    has_events: bool
    """Whether published events know it."""
    updated_at: str | None
    """When something was last set; None for never."""


class CustomerPage(Answer):
    data: list[Customer]
    pagination: Pagination
