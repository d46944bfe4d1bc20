"""HTTP on a connection, stricter than the server below: deadlines, a bound on connections, our envelope.

uvicorn with h11 refuses malformed requests, but in plain text, and would wait for the rest of a header for
ever. Built on its protocol class, so a new version of it is tried before its pin is moved.
"""

import asyncio
import sys
from http import HTTPStatus
from typing import ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.answers import JSON, to_json
from api.envelope import envelope
from api.errors import HeadersTooLarge, UriTooLong
from core.errors import InvalidParameter, ProoflineError, Unavailable
from core.settings import Settings

MAX_HEAD_BYTES = 16 * 1024
HEAD_SECONDS = 10.0
# An answer that came before the body's end: how long the rest may still come in, so that the answer arrives.
LINGER_SECONDS = 5.0


class DoorProtocol(H11Protocol):
    """One connection; `bound_to` gives it an installation's settings."""

    base_url: ClassVar[str] = ""
    max_connections: ClassVar[int] = 512
    _deadline: asyncio.TimerHandle | None = None
    _is_refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.max_connections:
            self._say(Unavailable("Too many connections are open; try again"))
            self.transport.close()
            return
        self._limit(HEAD_SECONDS)

    def data_received(self, data: bytes) -> None:
        # Of what was refused the rest is read and forgotten.
        if not self._is_refused:
            super().data_received(data)
            self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self._is_refused:
            self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unlimit()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  (the server's words are not ours)
        # Called while the parser's error is being handled; it knows whether something was too long.
        problem = sys.exception()
        if getattr(problem, "error_status_hint", 400) != 431:
            self._refuse(InvalidParameter("The request is not valid HTTP"))
        elif b"\n" in self.conn.trailing_data[0]:
            self._refuse(HeadersTooLarge(f"The headers are longer than {MAX_HEAD_BYTES} bytes"))
        else:
            self._refuse(UriTooLong("The address is too long"))

    def _unsupported_upgrade_warning(self) -> None:
        """Asking for an upgrade is no event here: it is answered as the request that it also is."""

    def _watch(self) -> None:
        """Starts or stops the deadline by what the client still owes."""
        if self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
            self._limit(HEAD_SECONDS)
        elif self.conn.their_state is h11.SEND_BODY and self.conn.our_state is h11.DONE:
            self._limit(LINGER_SECONDS)
        else:
            # The server's own keep-alive timeout ends a connection that waits between two requests.
            self._unlimit()

    def _limit(self, seconds: float) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(seconds, self.transport.close)

    def _unlimit(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse(self, error: ProoflineError) -> None:
        """Says why, and ends: closed with bytes unread, the connection would be reset and the answer lost."""
        self._is_refused = True
        if not self._say(error) or not self.transport.can_write_eof():
            self.transport.close()
            return
        self.transport.write_eof()
        self._unlimit()
        self._limit(LINGER_SECONDS)

    def _say(self, error: ProoflineError) -> bool:
        """Sends the refusal; not where an earlier request on this connection is being answered."""
        body = to_json(envelope(error, path="/", base_url=self.base_url))
        headers = [("content-type", JSON), ("content-length", str(len(body))), ("connection", "close")]
        if isinstance(error, Unavailable):
            headers.append(("retry-after", "1"))
        events = (
            h11.Response(
                status_code=error.status, headers=headers, reason=HTTPStatus(error.status).phrase.encode()
            ),
            h11.Data(data=body),
            h11.EndOfMessage(),
        )
        try:
            self.transport.write(b"".join(self.conn.send(event) or b"" for event in events))
        except h11.LocalProtocolError:
            return False
        return True


def bound_to(settings: Settings) -> type[DoorProtocol]:
    """The protocol of one installation; the server makes one of it for each connection."""

    class Bound(DoorProtocol):
        base_url = settings.base_url
        max_connections = settings.max_connections

    return Bound
