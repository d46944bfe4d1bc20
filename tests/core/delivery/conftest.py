"""A receiver and a mail server that are real, and fail as they are told to; a clock that stands until it is moved."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from core.delivery.drain import DrainReport, Way, drain
from core.delivery.letters import Letter, OperatorLetter, Words
from core.delivery.outbox import Item, OutboxKind, enqueue
from core.delivery.smtp import MailServer
from core.portals.definition import Branding, PortalDefinition, PortalStatus
from core.settings import Settings
from core.store.control import ControlStore, open_control_store
from core.store.control.portal_webhooks import add_webhook
from core.store.control.portals import add_portal
from core.webhooks import Webhook, WebhookEvent, new_signing_secret
from tests.builders.ports import free_port
from tests.core.delivery.mailboxes import Certificate, MailBox, MailHandler, authenticator
from tests.core.delivery.receivers import HOST, PATIENT, Receiver

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


@dataclass
class Clock:
    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def mailbox(certificate: Certificate) -> Iterator[MailBox]:
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
        authenticator=authenticator,
        ready_timeout=120,
    )
    controller.start()
    yield MailBox(handler, controller, f"smtp+starttls://acme:s3cret%20pass@localhost:{port}")
    controller.stop()


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
