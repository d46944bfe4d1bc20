"""What every client has: where the API is, the key, timeouts and retries, and a connection pool to close."""

import os
from abc import ABC, abstractmethod
from dataclasses import replace
from types import EllipsisType, TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx2

from ._exchange import Connection
from ._operation import Sender
from ._retries import Retries
from ._senders import AwaitingSender, BlockingSender
from .errors import ProoflineError

DEFAULT_BASE_URL = "http://127.0.0.1:8000"
_DEFAULT_SECONDS = 30.0


def connection_of(
    api_key: str | None, base_url: str | None, timeout: float | None, max_retries: int
) -> Connection:
    """What was given, else what the environment says; ProoflineError says what is missing or wrong."""
    key = api_key or os.environ.get("PROOFLINE_API_KEY", "")
    if not key:
        raise ProoflineError("An API key is needed: api_key=…, or PROOFLINE_API_KEY in the environment")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ProoflineError("The API key has signs in it that no key has; was something pasted along?")
    where = base_url or os.environ.get("PROOFLINE_BASE_URL") or DEFAULT_BASE_URL
    return Connection(_checked(where), key, timeout, Retries(max_retries))


def _checked(base_url: str) -> str:
    parts = urlsplit(base_url)
    is_plain = not (parts.query or parts.fragment or parts.username or parts.password)
    if parts.scheme not in ("http", "https") or not parts.hostname or not is_plain:
        raise ProoflineError(f"base_url must be as {DEFAULT_BASE_URL}, not {base_url!r}")
    return base_url.rstrip("/")


class _Client(ABC):
    _connection: Connection

    @abstractmethod
    def _attach(self, sender: Sender) -> None:
        """Gives the client its resources, which send by `sender`."""

    @abstractmethod
    def _sender(self) -> Sender:
        """What sends over the client's connections."""

    def with_options(
        self, *, timeout: float | EllipsisType | None = ..., max_retries: int | EllipsisType = ...
    ) -> Self:
        """A client of the same connections, patient in its own way; a timeout of None waits for ever."""
        connection = self._connection
        if not isinstance(timeout, EllipsisType):
            connection = replace(connection, timeout=timeout)
        if not isinstance(max_retries, EllipsisType):
            connection = replace(connection, retries=Retries(max_retries))
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._connection = connection
        other._attach(other._sender())
        return other

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self._connection.base_url!r})"


class BlockingClient(_Client):
    """Safe to share between threads. Close it, or use it in `with`."""

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        timeout: float | None = _DEFAULT_SECONDS,
        max_retries: int = 2,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self._connection = connection_of(api_key, base_url, timeout, max_retries)
        self._http = httpx2.Client(transport=transport)
        self._attach(self._sender())

    def _sender(self) -> Sender:
        return BlockingSender(self._http, self._connection)

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AwaitingClient(_Client):
    """For one event loop. Close it, or use it in `async with`."""

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        timeout: float | None = _DEFAULT_SECONDS,
        max_retries: int = 2,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._connection = connection_of(api_key, base_url, timeout, max_retries)
        self._http = httpx2.AsyncClient(transport=transport)
        self._attach(self._sender())

    def _sender(self) -> Sender:
        return AwaitingSender(self._http, self._connection)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
