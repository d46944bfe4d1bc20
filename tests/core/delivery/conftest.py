"""A receiver and a mail server that are real, and fail as they are told to; a clock that stands until it is moved."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from core.delivery.drain import DrainReport, Way, drain
from core.delivery.letters import Letter, OperatorLetter, Words
from core.delivery.outbox import Item, OutboxKind, enqueue
from core.delivery.smtp import MailServer
from core.outbound import Bounds
from core.portals.definition import Branding, PortalDefinition, PortalStatus
from core.settings import Settings
from core.store.control import ControlStore, open_control_store
from core.store.control.portal_webhooks import add_webhook
from core.store.control.portals import add_portal
from core.webhooks import Webhook, WebhookEvent, new_signing_secret
from tests.builders.ports import free_port

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
HOST, INSIDE = "127.0.0.2", "127.0.0.3"
# No answer that is meant to come takes this long, on any machine; what never comes is given up soon.
PATIENT, QUICK = Bounds(seconds=60, connect_seconds=60), Bounds(seconds=0.6, connect_seconds=0.4)
Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Clock:
    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class Call:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float


class Receiver:
    """Answers 200 unless a path has another answer."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.calls: list[Call] = []
        self.answers: dict[str, Answer] = {}
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.calls.append(Call(self.path, headers, body, time.monotonic()))
                receiver.answers.get(self.path, say(200))(self)

            do_GET = do_POST  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: Any, client_address: Any) -> None:
                """Whoever hangs up does so on purpose here."""

        self.server = Server((HOST, 0), Handler)
        if context is not None:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.base = f"{'https' if context else 'http'}://{HOST}:{self.server.server_port}"
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()

    def ids(self) -> list[str]:
        return [call.headers["webhook-id"] for call in self.calls]


def say(status: int, body: bytes = b"", **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def hang(handler: BaseHTTPRequestHandler) -> None:
    """Says nothing until the caller hangs up."""
    handler.connection.settimeout(300)
    with suppress(OSError):
        handler.connection.recv(1)
    handler.close_connection = True


def raw(data: bytes) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(data)
        handler.close_connection = True

    return answer


def reset(handler: BaseHTTPRequestHandler) -> None:
    linger = b"\x01\0\0\0\0\0\0\0"
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.close_connection = True
    handler.connection.close()


def dribble(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    for _ in range(1000):
        try:
            handler.wfile.write(b"x")
            handler.wfile.flush()
        except OSError:
            return
        time.sleep(0.1)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


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


def _authenticator(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"acme", b"s3cret pass")
    return AuthResult(success=good, handled=False)


@pytest.fixture
def mailbox(certificate: "Certificate") -> Iterator[MailBox]:
    """STARTTLS and a password are required, as real servers do."""
    handler = MailHandler()
    # The library tries the port that it was told, so it must be told one.
    port = free_port()
    controller = Controller(
        handler,
        hostname="127.0.0.1",
        port=port,
        server_hostname="sink.test",
        tls_context=certificate.server(),
        require_starttls=True,
        auth_required=True,
        authenticator=_authenticator,
        ready_timeout=120,
    )
    controller.start()
    yield MailBox(handler, controller, f"smtp+starttls://acme:s3cret%20pass@localhost:{port}")
    controller.stop()


@dataclass(frozen=True)
class Certificate:
    """For localhost and the receiver, trusted while a test wants it to be."""

    cert: Path
    key: Path

    def server(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, self.key)
        return context


@pytest.fixture(scope="session")
def certificate_files(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    import subprocess

    folder = tmp_path_factory.mktemp("certificate")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
            ),
            *("-keyout", str(key), "-out", str(cert), "-days", "2", "-subj", "/CN=localhost"),
            *("-addext", f"subjectAltName=DNS:localhost,IP:127.0.0.1,IP:{HOST}"),
        ],
        check=True,
        capture_output=True,
    )
    return Certificate(cert, key)


@pytest.fixture
def certificate(certificate_files: Certificate, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate_files.cert))
    return certificate_files


def compose(letter: Letter) -> Words:
    """Plain words: templates are tested where they are."""
    if isinstance(letter, OperatorLetter):
        return Words(letter.subject, letter.text)
    link = getattr(letter, "portal_link", "")
    return Words(
        f"About {type(letter).__name__}", f"Hello\n.\n{link}\n", f"<p>Hello <a href='{link}'>portal</a></p>"
    )


PORTAL = PortalDefinition(
    portal_id="portal_A",
    customer_id="cust_a",
    name="A",
    status=PortalStatus.ACTIVE,
    branding=Branding(title="What A gets"),
    metrics=(),
)


@dataclass
class Stage:
    """An installation with an active portal, and all that is done with the outbox in tests."""

    settings: Settings
    store: ControlStore
    clock: Clock = field(default_factory=Clock)
    way: Way = field(default_factory=lambda: Way(random=lambda: 0.5, bounds=PATIENT))

    def drain(self, **more: Any) -> DrainReport:
        return drain(self.store, self.settings, now=self.clock, compose=compose, way=self.way, **more)

    def webhook(self, url: str, name: str = "webhook_1", **more: Any) -> str:
        """Registers one and returns its signing secret."""
        secret = new_signing_secret()
        with self.store.writing() as connection:
            made = Webhook(name, "portal_A", url, tuple(WebhookEvent), **more)
            add_webhook(connection, made, secret=secret, now=self.clock())
        return secret

    def event(self, number: int = 1, webhook_id: str = "webhook_1") -> str:
        data = {"event": "portal.accessed", "timestamp": "2026-11-02T09:00:00Z", "data": {"n": number}}
        return self.put(
            kind=OutboxKind.WEBHOOK_EVENT,
            dedupe_key=f"event {number}|{webhook_id}",
            payload=data,
            customer_id="cust_a",
            portal_id="portal_A",
            webhook_id=webhook_id,
        )

    def mail(self, recipient: str = "ceo@acme.example", subject: str = "Hello") -> str:
        return self.put(
            kind=OutboxKind.MAIL_OPERATOR,
            dedupe_key=f"mail|{recipient}|{subject}",
            payload={"subject": subject, "text": "Something happened.\n.\nReally.\n"},
            recipient=recipient,
        )

    def put(self, **item: Any) -> str:
        with self.store.writing() as connection:
            return enqueue(connection, Item(now=self.clock(), **item))

    def row(self, delivery_id: str) -> Any:
        from sqlalchemy import select

        from core.store.control.tables import OUTBOX

        with self.store.reading() as connection:
            return connection.execute(select(OUTBOX).where(OUTBOX.c.delivery_id == delivery_id)).one()

    def with_mail(self, box: MailBox, **server: float) -> None:
        self.settings = replace(
            self.settings, smtp_url=box.url, mail_from="Acme Reports <reports@acme.example>"
        )
        self.way = replace(self.way, mail_server=MailServer(box.url, **server))


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    settings = Settings(home=tmp_path / "home", private_targets=(f"{HOST}/32",))
    store = open_control_store(settings)
    with store.writing() as connection:
        add_portal(connection, PORTAL, now=NOW)
    yield Stage(settings, store)
    store.close()
