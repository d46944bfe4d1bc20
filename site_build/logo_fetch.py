"""A picture from an address that somebody else named: fetched under guards, or refused with a reason.

Which addresses may be reached is `core.addresses`'; it is asked again for the very address that is connected to.
"""

import socket
import ssl
import struct
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from ipaddress import ip_address
from threading import Timer
from urllib.parse import urlsplit

from core.addresses import Reach, check_url

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
        data = _body(check_url(url, reach), reach, seconds)
    except ValueError as reason:
        raise LogoRefused(f"its address {reason}") from None
    except (OSError, HTTPException) as error:
        raise LogoRefused(f"it could not be fetched: {type(error).__name__}") from None
    return _judged(data)


class _Connection(HTTPConnection):
    """To an address that was judged, under the name that was asked for."""

    def __init__(self, host: str, port: int, reach: Reach, seconds: float, *, is_secure: bool) -> None:
        super().__init__(host, port, timeout=seconds)
        self._reach, self._is_secure = reach, is_secure

    def connect(self) -> None:
        address = _judged_address(self.host, self.port, self._reach)
        self.sock = socket.create_connection((address, self.port), timeout=self.timeout)
        if self._is_secure:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self.host)


def _judged_address(host: str, port: int, reach: Reach) -> str:
    """Where the name leads; refused when any of its addresses is not to be reached."""
    found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for address in found:
        if not reach.allows(ip_address(address.partition("%")[0])):
            raise LogoRefused("its address leads to where this service may not go")
    return found[0]


def _body(url: str, reach: Reach, seconds: float) -> bytes:
    parts = urlsplit(url)
    is_secure = parts.scheme == "https"
    port = parts.port or (443 if is_secure else 80)
    with closing(_Connection(str(parts.hostname), port, reach, seconds, is_secure=is_secure)) as connection:
        connection.connect()
        # Whoever sends a byte now and then is not waited for.
        watch = Timer(seconds, _hang_up, [connection.sock])
        watch.daemon = True
        watch.start()
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("GET", target, headers={"Accept": "image/png, image/jpeg, image/webp"})
            return _read(connection)
        finally:
            watch.cancel()


def _hang_up(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _read(connection: HTTPConnection) -> bytes:
    answer = connection.getresponse()
    if answer.status != 200:
        raise LogoRefused(f"its address answers {answer.status}; redirects are not followed")
    data = answer.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise LogoRefused(f"it is larger than {MAX_BYTES // 1024} KiB")
    if answer.length:
        raise LogoRefused("it did not arrive whole in time")
    return data


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
