"""An answer's bytes: JSON with exact numbers, its ETag, and the short answer to a client that has it already.

Numbers are never rounded here: a Decimal is written digit by digit as the JSON number that it is.
"""

import hashlib
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from core.periods import format_instant

JSON = "application/json"
# A number depends on who asks, so no shared cache may keep it, and none may use it without asking again.
PRIVATE = "private, no-cache"


def to_json(value: Any) -> bytes:
    """UTF-8 JSON; a Decimal is exact, an aware datetime is its UTC instant."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_PASSTHROUGH_DATETIME)


def decimal_text(number: Decimal) -> str:
    """All digits, no exponent and no zeros at the end: 1547.82, 0.000000001, 0."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def etag_of(body: bytes) -> str:
    """A strong ETag: the same bytes, the same tag."""
    return f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'


def json_answer(value: Any, status: int = 200) -> Response:
    """An answer that is made anew each time."""
    return bytes_answer(to_json(value), status)


def bytes_answer(body: bytes, status: int = 200) -> Response:
    return Response(body, status, media_type=JSON, headers={"Cache-Control": PRIVATE})


def tagged_answer(request: Request, body: bytes, tag: str | None = None) -> Response:
    """The answer with its ETag (`etag_of` its body), or 304 when the client has these very bytes."""
    tag = etag_of(body) if tag is None else tag
    headers = {"ETag": tag, "Cache-Control": PRIVATE}
    if has_tag(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=JSON, headers=headers)


def has_tag(header: str | None, tag: str) -> bool:
    """Whether this If-Match or If-None-Match names the tag; `*` names every one, and a weak one will do."""
    if header is None:
        return False
    named = {entry.strip().removeprefix("W/") for entry in header.split(",")}
    return "*" in named or tag in named


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return format_instant(value)
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError("an answer cannot hold a number that is not finite")
        return orjson.Fragment(decimal_text(value))
    raise TypeError(f"an answer cannot hold a {type(value).__name__}")
