"""Webhooks of portals: what one is, which events it hears, which headers it may have, and its signing secret.

What is sent, and when again, is delivery's business; where one is kept is the control store's.
"""

import base64
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

SECRET_PREFIX = "whsec_"  # noqa: S105  (what every secret begins with, not one)
# The signature is HMAC-SHA256, which gains nothing from a longer key.
SECRET_BYTES = 32
ROTATION = timedelta(hours=24)
MAX_WEBHOOKS = 20
MAX_HEADERS = 20
MAX_HEADER_NAME_CHARACTERS = 100
MAX_HEADER_VALUE_CHARACTERS = 1000

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", re.ASCII)
_HEADER_VALUE = re.compile(r"[!-~](?:[ -~]*[!-~])?", re.ASCII)
# What the message, the connection or a proxy decides; a second opinion could smuggle a request into ours.
_RESERVED = frozenset(
    (
        "accept-encoding", "alt-svc", "connection", "content-encoding", "content-length", "content-type", "cookie",
        "date", "expect", "forwarded", "host", "http2-settings", "keep-alive", "max-forwards", "origin", "referer",
        "set-cookie", "te", "trailer", "transfer-encoding", "upgrade", "user-agent", "via",
    )
)  # fmt: skip
_RESERVED_PREFIXES = ("webhook-", "proxy-", "sec-", "x-forwarded-", ":")


class WebhookEvent(StrEnum):
    PORTAL_ACCESSED = "portal.accessed"
    DATA_EXPORTED = "portal.data_exported"
    REPORT_DELIVERED = "report.delivered"
    THRESHOLD_CROSSED = "metric.threshold_crossed"


@dataclass(frozen=True)
class Webhook:
    """Where word of a portal goes. Header values may be secrets, so they are in no representation of it."""

    webhook_id: str
    portal_id: str
    url: str
    events: tuple[WebhookEvent, ...]
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    is_enabled: bool = True


def check_header_name(name: str) -> str:
    """The name of a header that a webhook may add; ValueError gives the reason."""
    if len(name) > MAX_HEADER_NAME_CHARACTERS or not _HEADER_NAME.fullmatch(name):
        raise ValueError(
            f"must be named by at most {MAX_HEADER_NAME_CHARACTERS} letters, digits and -, such as X-Webhook-Secret"
        )
    if name.lower() in _RESERVED or name.lower().startswith(_RESERVED_PREFIXES):
        raise ValueError("is reserved for what is sent; choose another name, such as X-Webhook-Secret")
    return name


def check_header_value(value: str) -> str:
    """Its value; ValueError gives the reason, without the value."""
    if len(value) > MAX_HEADER_VALUE_CHARACTERS or not _HEADER_VALUE.fullmatch(value):
        raise ValueError(
            f"must have a value of 1 to {MAX_HEADER_VALUE_CHARACTERS} printable ASCII characters, with no line"
            " breaks and no spaces around it"
        )
    return value


def new_signing_secret() -> str:
    """A key that receivers verify signatures with, as Standard Webhooks writes it."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii")
