"""Where the next page of a list begins, as clients carry it: opaque, and good only for who got it.

A cursor names the last thing of a page by its place in the order, so things that come or go in between move
nothing. It is signed with the caller's own id, which no answer shows, over what was asked.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence

from core.errors import InvalidParameter

_SIGNATURE_BYTES = 16
_MAX_CHARACTERS = 2000


def to_cursor(place: Sequence[str], *, caller: str, question: Mapping[str, str | None]) -> str:
    """The cursor of this place for whoever asks the same again."""
    body = json.dumps(list(place), ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_signature(body, caller, question) + body).decode().rstrip("=")


def from_cursor(text: str, *, caller: str, question: Mapping[str, str | None]) -> list[str]:
    """The place; InvalidParameter for a cursor of another caller or question, or of nobody."""
    signed = _decoded(text)
    signature, body = signed[:_SIGNATURE_BYTES], signed[_SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _signature(body, caller, question)):
        raise _unknown()
    place: list[str] = json.loads(body)
    return place


def _decoded(text: str) -> bytes:
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        signed = base64.b64decode(padded, altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise _unknown() from None
    # One text a cursor: bits that mean nothing must be as they were made.
    if len(text) > _MAX_CHARACTERS or base64.urlsafe_b64encode(signed).decode().rstrip("=") != text:
        raise _unknown()
    return signed


def _signature(body: bytes, caller: str, question: Mapping[str, str | None]) -> bytes:
    asked = json.dumps(question, sort_keys=True).encode()
    digest = hashlib.sha256(len(asked).to_bytes(4, "big") + asked + body).digest()
    return hmac.new(caller.encode(), digest, hashlib.sha256).digest()[:_SIGNATURE_BYTES]


def _unknown() -> InvalidParameter:
    return InvalidParameter(
        "The cursor is not one that this key got for this question; begin without it", param="cursor"
    )
