"""What was sent to whom, when again, and why it did not arrive."""

from .._answer import Answer
from ..words import DeliveryState
from .common import Pagination


class DeliveryAttempt(Answer):
    attempt: int
    started_at: str
    ended_at: str | None
    status: int | None
    """Of HTTP, or of SMTP."""
    error_class: str | None
    error: str | None


class Delivery(Answer):
    delivery_id: str
    """Also the message's header webhook-id, or the begin of a mail's Message-ID."""
    method: str
    """email or webhook."""
    event: str | None
    recipient: str | None
    archive_n: int | None
    """The version of the report."""
    state: DeliveryState
    attempts: int
    created_at: str
    next_attempt_at: str | None
    finished_at: str | None
    last_status: int | None
    last_error_class: str | None
    last_error: str | None
    attempt_log: list[DeliveryAttempt]


class DeliveryPage(Answer):
    data: list[Delivery]
    pagination: Pagination


class DeliveryQueued(Answer):
    delivery_id: str
    status: str
    """queued: it is sent within a minute."""
