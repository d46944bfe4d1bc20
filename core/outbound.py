"""The one way out by HTTP, to addresses that somebody else named: webhooks, incoming webhooks of chats, logos.

Which addresses may be reached is `core.addresses`'. A name is looked up once a request, every address that it has is
judged, and the connection goes to one of those that were judged: there is no second look-up that could differ.
Redirects are not followed, proxies of the environment not asked, cookies not kept, bodies not unpacked.
"""

import io
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead
from ipaddress import ip_address
from threading import Thread
from typing import Any, cast
from urllib.parse import urlsplit

from core.addresses import Reach, check_url

_MAX_HEAD_BYTES = 64 * 1024
Found = tuple[socket.AddressFamily, Any]
Resolve = Callable[[str, int], Sequence[Found]]


class Trouble(StrEnum):
    """Why there was no answer."""

    BLOCKED_ADDRESS = "BLOCKED_ADDRESS"
    NAME_NOT_FOUND = "NAME_NOT_FOUND"
    CONNECTION_FAILED = "CONNECTION_FAILED"
    CONNECTION_LOST = "CONNECTION_LOST"
    TIMEOUT = "TIMEOUT"
    TLS_ERROR = "TLS_ERROR"
    NOT_HTTP = "NOT_HTTP"


class OutboundError(Exception):
    """No answer, and why; nothing that the other side sent is in it."""

    def __init__(self, trouble: Trouble, reason: str) -> None:
        super().__init__(reason)
        self.trouble = trouble
        self.reason = reason


@dataclass(frozen=True)
class Bounds:
    """How long the whole takes at most, how long the connection of it, and how much of a body is read."""

    seconds: float = 15.0
    connect_seconds: float = 5.0
    body_bytes: int = 64 * 1024


@dataclass(frozen=True)
class Answer:
    """Headers are named in lower case. A body that is longer than was read is not whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    is_whole: bool


def look_up(host: str, port: int) -> list[Found]:
    """Every address of that name, in the system's order."""
    return [(info[0], info[4]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@dataclass(frozen=True)
class Outbound:
    """The way out of this installation."""

    reach: Reach
    bounds: Bounds = Bounds()
    resolve: Resolve = look_up

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        when_sent: Callable[[], object] = lambda: None,
    ) -> Answer:
        """The answer, whatever its status; OutboundError where there is none in time."""
        deadline = time.monotonic() + self.bounds.seconds
        try:
            connection = _Connection(check_url(url, self.reach), self, deadline)
        except ValueError as reason:
            raise OutboundError(Trouble.BLOCKED_ADDRESS, f"its address {reason}") from None
        with _told(), closing(connection.line):
            connection.connect()
            connection.request(method, connection.target, body, dict(headers))
            when_sent()
            return _read(connection.getresponse(), self.bounds.body_bytes)


class _Connection(HTTPConnection):
    """To an address that was judged, under the name that was asked for."""

    def __init__(self, url: str, way: Outbound, deadline: float) -> None:
        parts = urlsplit(url)
        self._is_secure = parts.scheme == "https"
        # The standard port stays out of the Host header.
        self.default_port = 443 if self._is_secure else 80
        super().__init__(str(parts.hostname), parts.port or self.default_port)
        self.target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._way, self._deadline = way, deadline
        # Open until the answer was read; the library lets go of its socket before that.
        self.line = ExitStack()

    def connect(self) -> None:
        until = min(self._deadline, time.monotonic() + self._way.bounds.connect_seconds)
        sock = _connected(_judged(self._look_up(until), self._way.reach), until)
        if self._is_secure:
            sock.settimeout(_left(self._deadline))
            sock = ssl.create_default_context().wrap_socket(sock, server_hostname=self.host)
        self.line.callback(sock.close)
        most = _MAX_HEAD_BYTES + 2 * self._way.bounds.body_bytes
        self.sock = cast(socket.socket, _Wire(sock, self._deadline, most))

    def _look_up(self, until: float) -> Sequence[Found]:
        """A resolver cannot be interrupted, so it is waited for no longer than this."""
        said: list[Sequence[Found] | OSError | UnicodeError] = []

        def ask() -> None:
            try:
                said.append(self._way.resolve(self.host, self.port))
            except (OSError, UnicodeError) as problem:
                said.append(problem)

        asking = Thread(target=ask, name="look-up", daemon=True)
        asking.start()
        asking.join(_left(until))
        if not said:
            raise OutboundError(Trouble.TIMEOUT, "its name could not be looked up in time")
        if isinstance(said[0], Exception) or not said[0]:
            raise OutboundError(Trouble.NAME_NOT_FOUND, "its name has no address")
        return said[0]


def _judged(found: Sequence[Found], reach: Reach) -> Sequence[Found]:
    """All of them, or none: a name that also leads inside is not to be trusted with either."""
    for _, address in found:
        if not reach.allows(ip_address(str(address[0]).partition("%")[0])):
            raise OutboundError(Trouble.BLOCKED_ADDRESS, "its address leads to where this service may not go")
    return found


def _connected(found: Sequence[Found], until: float) -> socket.socket:
    problem: OSError | None = None
    for family, address in found:
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.settimeout(_left(until))
            sock.connect(address)
        except OSError as failed:
            sock.close()
            problem = failed
        else:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock
    if isinstance(problem, TimeoutError):
        raise problem
    raise OutboundError(Trouble.CONNECTION_FAILED, "nobody answers there") from problem


class _Wire:
    """A socket on which all reading and writing together ends in time, and reading also in bytes."""

    def __init__(self, sock: socket.socket, deadline: float, most: int) -> None:
        self._sock, self._deadline, self._most = sock, deadline, most

    def sendall(self, data: bytes) -> None:
        self._sock.settimeout(_left(self._deadline))
        self._sock.sendall(data)

    def recv_into(self, buffer: Any) -> int:
        self._sock.settimeout(_left(self._deadline))
        count = self._sock.recv_into(buffer)
        self._most -= count
        if self._most < 0:
            raise OutboundError(Trouble.NOT_HTTP, "what it answers has no end")
        return count

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reading(self))

    def close(self) -> None:
        """The line is hung up by whoever opened it."""


class _Reading(io.RawIOBase):
    def __init__(self, wire: _Wire) -> None:
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._wire.recv_into(buffer)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _read(response: HTTPResponse, most: int) -> Answer:
    body = response.read(most + 1)
    # What a length was announced for and did not come is an answer that broke off.
    if len(body) <= most and response.length:
        raise ConnectionResetError
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, headers, body[:most], is_whole=len(body) <= most)


@contextmanager
def _told() -> Iterator[None]:
    """What may go wrong on the wire, in the few kinds that matter to whoever tries again."""
    try:
        yield
    except TimeoutError:
        raise OutboundError(Trouble.TIMEOUT, "it did not answer in time") from None
    except ssl.SSLError as problem:
        reason = getattr(problem, "verify_message", "") or (problem.reason or "refused").lower()
        said = reason.replace("_", " ")
        raise OutboundError(Trouble.TLS_ERROR, f"there is no secure connection: {said}") from None
    except (ConnectionError, IncompleteRead):
        raise OutboundError(
            Trouble.CONNECTION_LOST, "the connection was closed before the answer was whole"
        ) from None
    except (HTTPException, UnicodeError):
        raise OutboundError(Trouble.NOT_HTTP, "what it answers is not HTTP") from None
    except OSError:
        raise OutboundError(Trouble.CONNECTION_FAILED, "it cannot be reached") from None
