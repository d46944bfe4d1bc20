"""Webhooks as they are sent."""

from collections.abc import Mapping, Sequence
from typing import Required, TypedDict

from ..words import DeliveryState, WebhookEvent


class NewWebhook(TypedDict, total=False):
    portal_id: Required[str]
    url: Required[str]
    events: Required[Sequence[WebhookEvent]]
    headers: Mapping[str, str] | None
    is_enabled: bool


class WebhookChanges(TypedDict, total=False):
    url: str
    events: Sequence[WebhookEvent]
    headers: Mapping[str, str | None] | None
    is_enabled: bool


class WebhookFilters(TypedDict, total=False):
    portal_id: str | None
    limit: int


class WebhookQuery(WebhookFilters, total=False):
    cursor: str | None


class WebhookDeliveryFilters(TypedDict, total=False):
    state: DeliveryState | None
    limit: int


class WebhookDeliveryQuery(WebhookDeliveryFilters, total=False):
    cursor: str | None
