"""Deliveries as answers have them: what was sent to whom, when again, and why it did not arrive."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from api.paging import Pagination
from api.schemas import WHOLE, Asked, Told
from core.delivery.history import Delivery
from core.delivery.outbox import DeliveryState

_ATTEMPT = {
    "attempt": 1,
    "started_at": "2026-11-02T09:00:00Z",
    "ended_at": "2026-11-02T09:00:15Z",
    "status": None,
    "error_class": "TIMEOUT",
    "error": "it did not answer in time",
}
_EXAMPLE: dict[str, Any] = {
    "delivery_id": "dlv_5f3c9a1b2d4e6f705f3c9a1b2d4e6f70",
    "method": "webhook",
    "event": "portal.accessed",
    "recipient": None,
    "archive_n": None,
    "state": "pending",
    "attempts": 1,
    "created_at": "2026-11-02T09:00:00Z",
    "next_attempt_at": "2026-11-02T09:00:20Z",
    "finished_at": None,
    "last_status": None,
    "last_error_class": "TIMEOUT",
    "last_error": "it did not answer in time",
    "attempt_log": [_ATTEMPT],
}


class DeliveriesAsked(Asked):
    limit: Annotated[int, Field(ge=1, le=1000), WHOLE] = 50
    cursor: str | None = Field(None, description="`next_cursor` of the page before")


class WebhookDeliveriesAsked(DeliveriesAsked):
    state: Annotated[DeliveryState, Field(strict=False)] | None = Field(None, description="Only those in it")


class AttemptTold(Told):
    attempt: int
    started_at: str
    ended_at: str | None
    status: int | None = Field(description="Of HTTP, or of SMTP")
    error_class: str | None
    error: str | None


class DeliveryTold(Told):
    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})
    delivery_id: str = Field(description="Also the message's `webhook-id`, or the begin of its Message-ID")
    method: str = Field(description="email or webhook")
    event: str | None
    recipient: str | None
    archive_n: int | None = Field(description="The version of the report")
    state: str = Field(description="pending, delivered, dead (can be sent again) or cancelled")
    attempts: int
    created_at: str
    next_attempt_at: str | None
    finished_at: str | None
    last_status: int | None
    last_error_class: str | None
    last_error: str | None
    attempt_log: list[AttemptTold]


class DeliveriesTold(Told):
    data: list[DeliveryTold]
    pagination: Pagination


class DeliveryQueued(Told):
    delivery_id: str
    status: str = Field(description="queued: it is sent within a minute")


def told(delivery: Delivery) -> dict[str, Any]:
    """A delivery with all of its attempts."""
    return {
        "delivery_id": delivery.delivery_id,
        "method": "email" if delivery.kind.is_mail else "webhook",
        "event": delivery.event,
        "recipient": delivery.recipient,
        "archive_n": delivery.archive_n,
        "state": delivery.state.value,
        "attempts": delivery.attempt,
        "created_at": delivery.enqueued_at,
        "next_attempt_at": delivery.next_attempt_at,
        "finished_at": delivery.settled_at,
        "last_status": delivery.last_status,
        "last_error_class": delivery.last_error_class,
        "last_error": delivery.last_error,
        "attempt_log": [vars(attempt) for attempt in delivery.attempts],
    }


def queued(delivery_id: str) -> dict[str, Any]:
    return {"delivery_id": delivery_id, "status": "queued"}


def place(delivery: Delivery) -> tuple[str, str]:
    return delivery.enqueued_at.isoformat(), delivery.delivery_id
