"""What a request may measure before anybody looks at what it asks for.

All of it is decided on what was sent, not on a reconstruction of it. Which identity a request has is decided
in `entry`, what it may hold in the schemas.
"""

import asyncio
import re
from collections import Counter
from functools import lru_cache
from urllib.parse import parse_qsl, unquote_to_bytes

from starlette.types import Message, Receive, Scope

from api.errors import BodyTooLarge, HeadersTooLarge, RequestTimedOut, UnsupportedMediaType, UriTooLong
from api.json_body import shown
from core.errors import InvalidParameter

MAX_URI_BYTES = 8 * 1024
MAX_HEADER_BYTES = 16 * 1024
MAX_BODY_BYTES = 256 * 1024
MAX_FORM_BYTES = 4 * 1024
BODY_SECONDS = 10.0

_HOST = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?")
_PAGES = (b"/p/", b"/embed/", b"/assets/")
_METHODS_WITH_BODY = frozenset(("POST", "PUT", "PATCH"))
# Two of these would leave it open which one counts.
_ONCE = frozenset(
    (b"authorization", b"content-type", b"host", b"idempotency-key", b"if-match", b"x-api-version")
)
_LENGTHS = {b"content-length", b"transfer-encoding"}


def check_request_line(scope: Scope) -> None:
    """Address, host and headers; raises what is too much or cannot be read in only one way."""
    raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
    if len(raw_path) + len(scope["query_string"]) > MAX_URI_BYTES:
        raise UriTooLong(f"The address is longer than {MAX_URI_BYTES} bytes")
    if not raw_path.startswith(b"/"):
        raise InvalidParameter("The address must be a path on this host")
    # What no file can be called is told as a missing file, and to nobody who may not see the portal.
    if not raw_path.startswith(_PAGES):
        _require_text(raw_path, "The path")
    _require_text(scope["query_string"], "The query")
    _check_headers(scope["headers"])


def _require_text(encoded: bytes, what: str) -> None:
    try:
        (unquote_to_bytes(encoded) if b"%" in encoded else encoded).decode()
    except UnicodeDecodeError:
        raise InvalidParameter(f"{what} is not UTF-8") from None


def _check_headers(headers: list[tuple[bytes, bytes]]) -> None:
    if sum(len(name) + len(value) + 4 for name, value in headers) > MAX_HEADER_BYTES:
        raise HeadersTooLarge(f"The headers are longer than {MAX_HEADER_BYTES} bytes")
    seen: set[bytes] = set()
    for name, value in headers:
        if name in seen and name in _ONCE:
            raise InvalidParameter("The header is given twice", param=name.decode())
        if name == b"host" and not _HOST.fullmatch(value):
            raise InvalidParameter("The header is not a host", param="host")
        seen.add(name)
    if seen >= _LENGTHS:
        raise InvalidParameter("Content-Length and Transfer-Encoding leave it open where the body ends")


def read_query(scope: Scope) -> dict[str, str]:
    """The query parameters; refuses one that is given twice, because nobody knows which one was meant."""
    pairs = _pairs(scope["query_string"])
    query = dict(pairs)
    if len(query) < len(pairs):
        name = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise InvalidParameter("The parameter is given twice", param=shown(name))
    return query


# Pages ask the same again and again.
@lru_cache(maxsize=512)
def _pairs(query: bytes) -> tuple[tuple[str, str], ...]:
    return tuple(parse_qsl(query.decode("latin-1"), keep_blank_values=True))


async def read_body(scope: Scope, receive: Receive) -> bytes:
    """The whole body within its bounds; b"" for methods that have none."""
    headers = dict(scope["headers"])
    if scope["method"] in ("GET", "HEAD", "OPTIONS"):
        return b""
    declared = headers.get(b"content-length", b"0")
    if not declared.isdigit() or int(declared[:20]) > MAX_BODY_BYTES:
        raise _too_large(MAX_BODY_BYTES)
    body = await _in_time(receive, MAX_BODY_BYTES)
    if body and scope["method"] in _METHODS_WITH_BODY:
        _check_media_type(headers)
    return body


async def read_form(scope: Scope, receive: Receive) -> bytes:
    """The body of a form, as a browser sends one without files."""
    media_type = dict(scope["headers"]).get(b"content-type", b"").partition(b";")[0]
    if media_type.strip().lower() != b"application/x-www-form-urlencoded":
        raise UnsupportedMediaType("The body must be a form")
    return await _in_time(receive, MAX_FORM_BYTES)


async def _in_time(receive: Receive, most: int) -> bytes:
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _collect(receive, most)
    except TimeoutError:
        raise RequestTimedOut(f"The body did not arrive within {BODY_SECONDS:.0f} s") from None


async def _collect(receive: Receive, most: int) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise RequestTimedOut("The connection ended before the body did")
        body += message.get("body", b"")
        if len(body) > most:
            raise _too_large(most)
        if not message.get("more_body", False):
            return bytes(body)


def _check_media_type(headers: dict[bytes, bytes]) -> None:
    if headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
        raise UnsupportedMediaType("Bodies are read as they are, without Content-Encoding")
    media_type, _, parameters = headers.get(b"content-type", b"").partition(b";")
    charset = parameters.strip().lower().replace(b'"', b"")
    if media_type.strip().lower() != b"application/json" or charset not in (b"", b"charset=utf-8"):
        raise UnsupportedMediaType("The body must be JSON in UTF-8, with Content-Type: application/json")


def replay(body: bytes) -> Receive:
    """A `receive` that gives a body that was already read."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive


def _too_large(most: int) -> BodyTooLarge:
    return BodyTooLarge(f"The body is longer than {most} bytes")
