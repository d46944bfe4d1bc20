"""Answers about customers."""

from .._answer import Answer
from ..words import ErasureState
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


class Erasure(Answer):
    """The erasing of a customer: it holds at once, and is done when nothing is left anywhere."""

    erasure_id: str
    state: ErasureState
    requested_at: str
    finished_at: str | None
    removed: dict[str, int]
    """How much, by place."""
    record: Answer | None
    """The signed record of what went."""
