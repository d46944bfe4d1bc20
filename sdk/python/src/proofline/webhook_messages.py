"""Messages of webhooks at whoever receives them: are they ours, and what do they say.

They are signed as Standard Webhooks does. A client is not needed to read them.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterable, Mapping

from ._answer import Answer
from .errors import WebhookVerificationError
from .words import MessageEvent

TOLERANCE_SECONDS = 300
_PREFIX = "whsec_"


class WebhookMessage(Answer):
    """What happened. Every attempt of one message has this body, and the same header webhook-id."""

    event: MessageEvent
    timestamp: str
    data: Answer


def verify_webhook(
    body: bytes | str,
    headers: Mapping[str, str],
    secret: str,
    *,
    tolerance_seconds: int = TOLERANCE_SECONDS,
    now: float | None = None,
) -> WebhookMessage:
    """The message, if somebody who knows the secret signed it just now.

    `body` is the request's as it came, byte for byte. Raises WebhookVerificationError. The header webhook-id
    names the message: who has seen it before has this one already.
    """
    raw = body.encode() if isinstance(body, str) else body
    named = {name.lower(): value for name, value in headers.items()}
    message_id, timestamp = (_header(named, name) for name in ("webhook-id", "webhook-timestamp"))
    _require_recent(timestamp, now=time.time() if now is None else now, tolerance=tolerance_seconds)
    expected = _signature(_key(secret), f"{message_id}.{timestamp}.".encode() + raw)
    if not _is_among(expected, _signatures(_header(named, "webhook-signature"))):
        raise WebhookVerificationError("No signature of the message fits the secret")
    return _message(raw)


def _header(named: Mapping[str, str], name: str) -> str:
    value = named.get(name)
    if not value:
        raise WebhookVerificationError(f"The header {name} is missing")
    return value


def _require_recent(timestamp: str, *, now: float, tolerance: int) -> None:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise WebhookVerificationError("webhook-timestamp is no time in seconds")
    if abs(now - int(timestamp)) > tolerance:
        raise WebhookVerificationError(f"The message is more than {tolerance} seconds off this clock")


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except ValueError:
        key = b""
    if not key:
        raise WebhookVerificationError("The secret must be as the API told it: whsec_…")
    return key


def _signature(key: bytes, signed: bytes) -> bytes:
    return hmac.new(key, signed, hashlib.sha256).digest()


def _signatures(header: str) -> Iterable[bytes]:
    """Those of version 1; there are two while a secret is being changed."""
    for each in header.split(" "):
        version, _, text = each.partition(",")
        if version == "v1":
            try:
                yield base64.b64decode(text, validate=True)
            except ValueError:
                continue


def _is_among(expected: bytes, given: Iterable[bytes]) -> bool:
    return any(hmac.compare_digest(expected, each) for each in given)


def _message(raw: bytes) -> WebhookMessage:
    try:
        said = json.loads(raw)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise WebhookVerificationError("The body is no JSON object")
    return WebhookMessage(said)
