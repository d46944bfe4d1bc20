"""Webhooks of portals as bodies and answers have them. What a header says is written, and never read back."""

import secrets
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from api.paging import Pagination
from api.schemas import WHOLE, Asked, Line, Sent, Told, left_out
from core.store.control.portal_webhooks import StoredWebhook
from core.webhooks import MAX_HEADER_VALUE_CHARACTERS, MAX_HEADERS, Webhook, WebhookEvent

# Stands for every header's value in answers; sent back, it leaves that value as it is.
MASK = "********"
_URL = "https, on the public internet"

_EXAMPLE: dict[str, Any] = {
    "portal_id": "portal_4fQ9sVbX2LmT7cKpW8RzYd",
    "url": "https://api.acme.com/webhooks/portal",
    "events": [event.value for event in WebhookEvent],
    "headers": {"X-Webhook-Secret": "your_webhook_secret"},
}
_TOLD = {
    "webhook_id": "webhook_5f3c9a1b2d4e6f70",
    **_EXAMPLE,
    "headers": {"X-Webhook-Secret": MASK},
    "is_enabled": True,
    "disabled_reason": None,
    "created_at": "2025-01-06T10:00:00Z",
    "updated_at": "2025-01-06T10:00:00Z",
}
_SECRET = "whsec_bm90IGEgc2VjcmV0LCBidXQgYW4gZXhhbXBsZQ=="  # noqa: S105  (an example)

_Event = Annotated[WebhookEvent, Field(strict=False)]
_Events = Annotated[list[_Event], Field(min_length=1, max_length=len(WebhookEvent))]
_Header = Annotated[str, Field(max_length=MAX_HEADER_VALUE_CHARACTERS)]


class NewWebhook(Sent):
    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})
    portal_id: Line
    url: str = Field(description=_URL)
    events: _Events
    headers: Annotated[dict[str, _Header], Field(max_length=MAX_HEADERS)] | None = Field(
        None, description="Sent with every message, for receivers that look for a word they know"
    )
    is_enabled: bool = True

    def to_webhook(self) -> Webhook:
        return Webhook(
            webhook_id=f"webhook_{secrets.token_hex(8)}",
            portal_id=self.portal_id,
            url=self.url,
            events=tuple(dict.fromkeys(self.events)),
            headers=dict(self.headers or {}),
            is_enabled=self.is_enabled,
        )


class WebhookPatch(Sent):
    """What is left out stays as it is; events are replaced, headers merged, and null takes one away."""

    url: str = left_out(description=_URL)
    events: _Events = left_out()
    headers: dict[str, _Header | None] | None = Field(
        None, description=f"null, or a header's null, takes away; {MASK} leaves as it is"
    )
    is_enabled: bool = left_out(description="true also where it was disabled because of its receiver")

    def changes(self, before: Webhook) -> dict[str, Any]:
        """The fields that were sent, as the webhook has them."""
        sent = {name: getattr(self, name) for name in self.model_fields_set}
        if "events" in sent:
            sent["events"] = tuple(dict.fromkeys(self.events))
        if "headers" in sent:
            sent["headers"] = merged_headers(before.headers, self.headers)
        return sent


def merged_headers(before: Mapping[str, str], sent: Mapping[str, str | None] | None) -> dict[str, str]:
    """Names that differ in case are one; of a header that is there the mask says nothing."""
    if sent is None:
        return {}
    named = {name.lower(): value for name, value in sent.items()}
    kept = {n: v for n, v in before.items() if named.get(n.lower(), MASK) == MASK}
    there = {name.lower() for name in kept}
    given = {n: v for n, v in sent.items() if v is not None and not (v == MASK and n.lower() in there)}
    return {**kept, **given}


class WebhooksAsked(Asked):
    portal_id: Line | None = Field(None, description="Only this portal's")
    limit: Annotated[int, Field(ge=1, le=1000), WHOLE] = 50
    cursor: str | None = Field(None, description="`next_cursor` of the page before")


class WebhookTold(Told):
    model_config = ConfigDict(json_schema_extra={"example": _TOLD})
    webhook_id: str
    portal_id: str
    url: str
    events: list[str]
    headers: dict[str, str] = Field(description="Their values are not read back")
    is_enabled: bool
    disabled_reason: str | None = Field(description="Why nothing is sent, where nobody decided so")
    created_at: str
    updated_at: str


class WebhookMade(WebhookTold):
    model_config = ConfigDict(json_schema_extra={"example": {**_TOLD, "signing_secret": _SECRET}})
    signing_secret: str = Field(description="Signs every message, as Standard Webhooks does; told only now")


class SecretTold(Told):
    webhook_id: str
    signing_secret: str
    previous_valid_until: str = Field(description="Until then messages carry the old signature too")


class WebhooksTold(Told):
    data: list[WebhookTold]
    pagination: Pagination


class WebhookDeleted(Told):
    deleted: bool
    webhook_id: str


def told(stored: StoredWebhook) -> dict[str, Any]:
    """A webhook as answers have it."""
    webhook = stored.webhook
    return {
        "webhook_id": webhook.webhook_id,
        "portal_id": webhook.portal_id,
        "url": webhook.url,
        "events": [event.value for event in webhook.events],
        "headers": dict.fromkeys(webhook.headers, MASK),
        "is_enabled": webhook.is_enabled,
        "disabled_reason": stored.disabled_reason,
        "created_at": stored.created_at,
        "updated_at": stored.updated_at,
    }
