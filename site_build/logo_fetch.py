"""A picture from an address that somebody else named: one that may be shown, or refused with a reason.

How an address is asked without danger is `core.outbound`'s.
"""

import struct
from dataclasses import dataclass

from core.addresses import Reach
from core.outbound import Bounds, Outbound, OutboundError

MAX_BYTES = 512 * 1024
MAX_PIXELS = 2000
SECONDS = 5.0


class LogoRefused(Exception):  # noqa: N818  (an answer, not a fault)
    """Why there is no logo, for the portal's owner."""


@dataclass(frozen=True)
class Picture:
    """A picture's bytes and the ending of its name: png, jpg or webp."""

    data: bytes
    suffix: str


def fetch(url: str, reach: Reach, seconds: float = SECONDS) -> Picture:
    """The picture there; LogoRefused where there is none that may be shown."""
    try:
        data = _body(url, reach, seconds)
    except OutboundError as error:
        raise LogoRefused(error.reason) from None
    return _judged(data)


def _body(url: str, reach: Reach, seconds: float) -> bytes:
    way = Outbound(reach, Bounds(seconds, seconds, MAX_BYTES))
    answer = way.request("GET", url, headers={"Accept": "image/png, image/jpeg, image/webp"})
    if answer.status != 200:
        raise LogoRefused(f"its address answers {answer.status}; redirects are not followed")
    if not answer.is_whole:
        raise LogoRefused(f"it is larger than {MAX_BYTES // 1024} KiB")
    return answer.body


def _judged(data: bytes) -> Picture:
    try:
        suffix, width, height = _kind(data)
    except (struct.error, IndexError):
        raise LogoRefused("it is a picture that breaks off") from None
    if not (1 <= width <= MAX_PIXELS and 1 <= height <= MAX_PIXELS):
        raise LogoRefused(f"it is {width} by {height} pixels; at most {MAX_PIXELS} each way are shown")
    return Picture(data, suffix)


def _kind(data: bytes) -> tuple[str, int, int]:
    """What it is by its own bytes, and its width and height."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR":
        return "png", *struct.unpack_from(">II", data, 16)
    if data.startswith(b"\xff\xd8\xff"):
        return "jpg", *_jpeg_size(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp", *_webp_size(data)
    raise LogoRefused("it is no PNG, JPEG or WebP picture")


def _jpeg_size(data: bytes) -> tuple[int, int]:
    at = 2
    while True:
        marker, length = struct.unpack_from(">xBH", data, at)
        # The frame's own header; C4, C8 and CC are tables between them.
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        at += 2 + max(length, 2)


def _webp_size(data: bytes) -> tuple[int, int]:
    if data[12:16] == b"VP8X":
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
        return width, height
    if data[12:16] == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", data, 26)
    return width & 0x3FFF, height & 0x3FFF
