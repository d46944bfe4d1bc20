"""A mail server that is real, and refuses whom it is told to."""

import ssl
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Mail:
    sender: str
    recipient: str
    raw: bytes

    @property
    def message(self) -> Message:
        return message_from_bytes(self.raw)


class MailHandler:
    """Takes everything but what `refusals` says of a recipient; `data_answer` is said when a mail is whole."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.refusals: dict[str, list[str]] = {}
        self.data_answer: list[str] = []
        self.tried: list[str] = []
        self.hangs = 0.0
        self.drops = 0

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.tried.append(address)
        waiting = self.refusals.get(address)
        if waiting:
            return waiting.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        import asyncio

        if self.hangs:
            await asyncio.sleep(self.hangs)
        if self.drops:
            self.drops -= 1
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
            return "421 gone"
        if self.data_answer:
            return self.data_answer.pop(0)
        content = envelope.original_content or b""
        self.mails += [Mail(envelope.mail_from or "", to, content) for to in envelope.rcpt_tos]
        return "250 taken"


@dataclass
class MailBox:
    handler: MailHandler
    controller: Controller
    url: str


def authenticator(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"acme", b"s3cret pass")
    return AuthResult(success=good, handled=False)


@dataclass(frozen=True)
class Certificate:
    """For localhost and the receiver, trusted while a test wants it to be."""

    cert: Path
    key: Path

    def server(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, self.key)
        return context
