"""Answers about webhooks."""

from .._answer import Answer
from ..words import WebhookEvent
from .common import Pagination


class Webhook(Answer):
    webhook_id: str
    portal_id: str
    url: str
    events: list[WebhookEvent]
    headers: dict[str, str]
    """Their values are not read back."""
    is_enabled: bool
    disabled_reason: str | None
    """Why nothing is sent, where nobody decided so."""
    created_at: str
    updated_at: str


class WebhookCreated(Webhook):
    signing_secret: str
    """Signs every message, as Standard Webhooks does; told only now."""


class WebhookPage(Answer):
    data: list[Webhook]
    pagination: Pagination


class WebhookDeleted(Answer):
    deleted: bool
    webhook_id: str


class RotatedSecret(Answer):
    webhook_id: str
    signing_secret: str
    previous_valid_until: str
    """Until then messages carry the old signature too."""
