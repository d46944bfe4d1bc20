"""Messages of webhooks are believed when somebody who knows the secret signed them just now, and never else."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from core.delivery.signing import signed_headers
from core.webhooks import new_signing_secret
from proofline import PortalClient, WebhookVerificationError, verify_webhook

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
MESSAGE = {
    "event": "portal.accessed",
    "timestamp": "2026-11-02T12:00:00Z",
    "data": {"portal_id": "portal_1", "user_ip": "203.0.113.0", "pages_viewed": 3},
}
BODY = json.dumps(MESSAGE)
SECRET = new_signing_secret()


def headers(*secrets: str, body: str = BODY, at: datetime = NOW) -> dict[str, str]:
    """As the service signs."""
    signed = signed_headers(secrets or (SECRET,), message_id="msg_1", body=body.encode(), now=at)
    return {name.title(): value for name, value in signed.items()}


def verified(given: dict[str, str], body: str | bytes = BODY, secret: str = SECRET, **more: Any) -> Any:
    return verify_webhook(body, given, secret, now=more.pop("now", NOW).timestamp(), **more)


def test_a_message_that_is_signed_is_read() -> None:
    message = verified(headers())
    assert message.event == "portal.accessed" and message.data.pages_viewed == 3
    assert verified(headers(), BODY.encode()) == MESSAGE


def test_a_client_has_it_at_hand() -> None:
    assert PortalClient("pl_live_x").webhooks.verify is verify_webhook


def test_while_the_secret_changes_either_of_two_signatures_will_do() -> None:
    old = new_signing_secret()
    both = headers(old, SECRET)
    assert verified(both) == verified(both, secret=old) == MESSAGE


def test_a_message_of_another_secret_is_refused() -> None:
    with pytest.raises(WebhookVerificationError, match="No signature"):
        verified(headers(new_signing_secret()))


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Webhook-Id", "msg_2"),
        ("Webhook-Timestamp", str(int(NOW.timestamp()) + 1)),
        ("Webhook-Signature", headers(body="{}")["Webhook-Signature"]),
    ],
    ids=["id", "timestamp", "signature"],
)
def test_whatever_was_changed_the_message_is_refused(name: str, other: str) -> None:
    given = headers()
    with pytest.raises(WebhookVerificationError):
        verified(given | {name: other})
    with pytest.raises(WebhookVerificationError, match=f"{name.lower()} is missing"):
        verified({each: value for each, value in given.items() if each != name})


def test_a_body_that_was_changed_is_refused() -> None:
    with pytest.raises(WebhookVerificationError):
        verified(headers(), BODY.replace("portal_1", "portal_2"))


@pytest.mark.parametrize("seconds", [-301, 301])
def test_an_old_message_and_one_of_the_future_are_refused(seconds: int) -> None:
    then = datetime.fromtimestamp(NOW.timestamp() + seconds, UTC)
    with pytest.raises(WebhookVerificationError, match="more than 300 seconds"):
        verified(headers(at=then))
    assert verified(headers(at=then), tolerance_seconds=302) == MESSAGE


@pytest.mark.parametrize("signature", ["", "v1", "v1,", "v1,***", "v1a,AAAA", "v2,AAAA", "v1,é"])
def test_odd_signatures_are_refused(signature: str) -> None:
    with pytest.raises(WebhookVerificationError):
        verified(headers() | {"Webhook-Signature": signature})


@pytest.mark.parametrize("timestamp", ["", "now", "-1", "1e9", "9" * 40, "१"])
def test_odd_times_are_refused(timestamp: str) -> None:
    with pytest.raises(WebhookVerificationError):
        verified(headers() | {"Webhook-Timestamp": timestamp})


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_é", "whsec_***", "hunter2!"])
def test_what_is_no_secret_is_refused_with_a_reason(secret: str) -> None:
    with pytest.raises(WebhookVerificationError, match="whsec_"):
        verified(headers(), secret=secret)


def test_a_signed_body_that_is_no_object_is_refused() -> None:
    for body in ("[]", "nothing", ""):
        with pytest.raises(WebhookVerificationError, match="no JSON object"):
            verified(headers(body=body), body)


def test_secrets_are_those_of_the_service() -> None:
    assert len(base64.b64decode(SECRET.removeprefix("whsec_"))) >= 24
