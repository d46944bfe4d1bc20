"""Webhooks: who hears of what happens at a portal."""

from typing import Unpack

from .._call import Call, Pages
from .._operation import Mode, Resource, operation, paged
from ..answers.deliveries import Delivery, DeliveryPage, DeliveryQueued
from ..answers.webhooks import RotatedSecret, Webhook, WebhookCreated, WebhookDeleted, WebhookPage
from ..params.webhooks import (
    NewWebhook,
    WebhookChanges,
    WebhookDeliveryFilters,
    WebhookDeliveryQuery,
    WebhookFilters,
    WebhookQuery,
)
from ..webhook_messages import verify_webhook

_ALL = "/v1/portal/webhooks"
_ONE = "/v1/portal/webhooks/{webhook_id}"


class Webhooks(Resource[Mode]):
    """Webhooks: who hears of what happens at a portal."""

    verify = staticmethod(verify_webhook)

    @operation
    def create(
        self, *, idempotency_key: str | None = None, **body: Unpack[NewWebhook]
    ) -> Call[WebhookCreated]:
        """A new webhook, with the secret that signs what it is sent: keep it, it is told only now."""
        return Call("POST", _ALL, WebhookCreated, body=body, idempotency_key=idempotency_key)

    @operation
    def get(self, webhook_id: str) -> Call[Webhook]:
        """One webhook; its secret and its headers' values are not told again."""
        return Call("GET", _ONE, Webhook, {"webhook_id": webhook_id})

    @operation
    def list(self, **query: Unpack[WebhookQuery]) -> Call[WebhookPage]:
        """One page of the webhooks that this key can see; `iterate` goes through all pages."""
        return Call("GET", _ALL, WebhookPage, query=query)

    @paged
    def iterate(self, **query: Unpack[WebhookFilters]) -> Pages[Webhook]:
        """All webhooks that this key can see, page by page."""
        return Pages(Call("GET", _ALL, WebhookPage, query=query), "data", Webhook)

    @operation
    def update(
        self, webhook_id: str, *, if_match: str | None = None, **changes: Unpack[WebhookChanges]
    ) -> Call[Webhook]:
        """Changes what is given: events are replaced, headers merged, and a header's None takes it away."""
        return Call("PATCH", _ONE, Webhook, {"webhook_id": webhook_id}, body=changes, if_match=if_match)

    @operation
    def delete(self, webhook_id: str, *, if_match: str | None = None) -> Call[WebhookDeleted]:
        """Deletes a webhook; nothing is sent to it any more."""
        return Call("DELETE", _ONE, WebhookDeleted, {"webhook_id": webhook_id}, if_match=if_match)

    @operation
    def rotate(self, webhook_id: str, *, idempotency_key: str | None = None) -> Call[RotatedSecret]:
        """Another signing secret; for 24 hours messages carry the old signature too."""
        path = f"{_ONE}/rotate"
        at = {"webhook_id": webhook_id}
        return Call("POST", path, RotatedSecret, at, idempotency_key=idempotency_key)

    @operation
    def test(self, webhook_id: str, *, idempotency_key: str | None = None) -> Call[DeliveryQueued]:
        """Sends a message `webhook.test`, signed and tried again as every other."""
        path = f"{_ONE}/test"
        at = {"webhook_id": webhook_id}
        return Call("POST", path, DeliveryQueued, at, idempotency_key=idempotency_key)

    @operation
    def deliveries(self, webhook_id: str, **query: Unpack[WebhookDeliveryQuery]) -> Call[DeliveryPage]:
        """One page of what it was sent or is to be sent, oldest first, with every attempt."""
        return Call("GET", f"{_ONE}/deliveries", DeliveryPage, {"webhook_id": webhook_id}, query)

    @paged
    def iterate_deliveries(self, webhook_id: str, **query: Unpack[WebhookDeliveryFilters]) -> Pages[Delivery]:
        """All that it was sent or is to be sent, page by page."""
        first = Call("GET", f"{_ONE}/deliveries", DeliveryPage, {"webhook_id": webhook_id}, query)
        return Pages(first, "data", Delivery)

    @operation
    def resend(
        self, webhook_id: str, delivery_id: str, *, idempotency_key: str | None = None
    ) -> Call[DeliveryQueued]:
        """Sends a message again, delivered or dead, under the same id."""
        path = f"{_ONE}/deliveries/{{delivery_id}}/resend"
        at = {"webhook_id": webhook_id, "delivery_id": delivery_id}
        return Call("POST", path, DeliveryQueued, at, idempotency_key=idempotency_key)
