"""Mails of every kind, from what was claimed to what a server or a folder is handed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from core.delivery.claims import Claimed
from core.delivery.letters import (
    AlertLetter,
    Compose,
    Letter,
    LinkLetter,
    OperatorLetter,
    ReportLetter,
)
from core.delivery.links import PortalLink, PortalLinks
from core.delivery.message import Attachment, Envelope, NotComposed, address, message_bytes
from core.delivery.outbox import OutboxKind
from core.delivery.outcome import Outcome
from core.delivery.report_files import read_report_files
from core.delivery.sink import write_mail
from core.delivery.smtp import MailServer, SmtpConnection
from core.periods import zone
from core.settings import Settings
from core.store.control import ControlStore
from core.store.control.portals import find_portal

NO_SENDER = "Proofline <reports@proofline.invalid>"
_PDF, _CSV = "application/pdf", "text/csv"


def why_mail_waits(settings: Settings) -> str | None:
    """Why no mail can be sent at all, and what to do about it; None where it can."""
    if settings.smtp_url and not settings.mail_from:
        return "mails wait: set PROOFLINE_MAIL_FROM to the address that they are from"
    if not settings.smtp_url and settings.mail_folder is None:
        return "mails wait: set PROOFLINE_SMTP_URL to a mail server (or PROOFLINE_MAIL_SINK to a folder)"
    return None


@dataclass
class Mailing:
    """Sends mails one after the other; the connection is kept until `close`."""

    settings: Settings
    store: ControlStore
    compose: Compose
    server: MailServer | None = None

    def __post_init__(self) -> None:
        url = self.settings.smtp_url
        self._links = PortalLinks(self.settings)
        self._connection = SmtpConnection(self.server or MailServer(url)) if url else None

    def prepare(self, claimed: Claimed, *, now: datetime) -> Callable[[], Outcome]:
        """Writes the mail; what is returned sends it. NotComposed where there is nothing that could be sent."""
        sender = self.settings.mail_from or NO_SENDER
        recipient = str(claimed.recipient)
        letter, files = self._letter(claimed, now)
        envelope = Envelope(
            sender=sender,
            recipient=recipient,
            message_id=claimed.delivery_id,
            at=now,
            unsubscribe=_stop_by(sender, claimed) if claimed.report_id else None,
        )
        raw = message_bytes(envelope, self.compose(letter), files)
        connection, folder = self._connection, self.settings.mail_folder
        if connection is None:
            if folder is None:
                raise NotComposed("there is no mail server")
            return lambda: write_mail(folder, claimed.delivery_id, raw)
        return lambda: connection.send(address(sender).addr_spec, recipient, raw)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _letter(self, claimed: Claimed, now: datetime) -> tuple[Letter, Sequence[Attachment]]:
        payload = claimed.payload
        match claimed.kind:
            case OutboxKind.MAIL_REPORT:
                return self._report(claimed, now)
            case OutboxKind.MAIL_LINK:
                return self._fresh_link(claimed, now), ()
            case OutboxKind.ALERT_MAIL:
                return AlertLetter(payload["message"]["data"]), ()
            case _:
                return OperatorLetter(payload["subject"], payload["text"]), ()

    def _report(self, claimed: Claimed, now: datetime) -> tuple[Letter, Sequence[Attachment]]:
        report_id, n = str(claimed.report_id), int(claimed.archive_n or 0)
        files = read_report_files(self.settings, self.store, report_id, n)
        archived = files.archived
        link = self._link(claimed, now)
        letter = ReportLetter(
            brief=files.brief,
            report_name=archived.name,
            has_csv=files.csv is not None,
            portal_link=link.url,
            link_until=link.until,
            stop_by=address(self.settings.mail_from or NO_SENDER).addr_spec,
            restates=archived.restates is not None,
        )
        stem = f"report-{archived.period_start.astimezone(zone(archived.zone)):%Y-%m-%d}"
        attached = [Attachment(f"{stem}.pdf", _PDF, files.pdf)]
        if files.csv is not None:
            attached.append(Attachment(f"{stem}.csv", _CSV, files.csv))
        return letter, attached

    def _fresh_link(self, claimed: Claimed, now: datetime) -> LinkLetter:
        with self.store.reading() as connection:
            portal = find_portal(connection, str(claimed.portal_id), claimed.customer_id)
        if portal is None:
            raise NotComposed("its portal is gone")
        link = self._link(claimed, now)
        locale = str(claimed.payload.get("locale") or "en")
        return LinkLetter(portal.definition.branding.title, link.url, link.until, locale)

    def _link(self, claimed: Claimed, now: datetime) -> PortalLink:
        if claimed.portal_id is None or claimed.customer_id is None:
            raise NotComposed("it belongs to no portal")
        return self._links.link(
            claimed.portal_id,
            claimed.customer_id,
            delivery_id=claimed.delivery_id,
            attempt=claimed.attempt,
            now=now,
        )


def _stop_by(sender: str, claimed: Claimed) -> str:
    """A mail to whoever sends, which names what is not wanted any more."""
    return f"mailto:{quote(address(sender).addr_spec, safe='@')}?subject={quote(f'unsubscribe {claimed.report_id}')}"
