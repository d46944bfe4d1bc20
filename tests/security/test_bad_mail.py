"""Hostile texts on their way into a mail: one subject, one recipient, no header that nobody meant, one message."""

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from core.delivery.letters import Words
from core.delivery.message import Envelope as Addressed
from core.delivery.message import NotComposed, message_bytes
from core.delivery.smtp import MailServer, SmtpConnection
from core.reports.check import check_report
from core.reports.definition import DeliveryMethod, Frequency, ReportDefinition, ReportDelivery, Schedule
from core.text import line
from tests.builders.events import NOON
from tests.builders.ports import free_port
from tests.security.entries import Entry, entry, taken

_TO = "ceo@example.com"
_MEANT = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version"}


def _raw(subject: str, text: str = "Hello") -> bytes:
    addressed = Addressed("Reports <reports@example.org>", _TO, "delivery_1", NOON)
    return message_bytes(addressed, Words(subject, text, f"<p>{text}</p>"))


def _read(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


@pytest.mark.parametrize("one", taken(group="email_header", where="report name", but=("MAIL-010",)), ids=str)
def test_no_subject_becomes_another_header(one: Entry) -> None:
    """Whatever a title may be: either it is refused, or the subject is this text and nothing else is there."""
    for text in (one.text, f"Report {one.text} of a month", one.text * 9):
        try:
            raw = _raw(text)
        except NotComposed:
            continue
        names = [name for name in _read(raw) if name not in ("Content-Type", "Content-Transfer-Encoding")]
        assert sorted(names) == sorted(_MEANT)
        assert b"Bcc" not in raw.partition(b"Subject")[0] and not _read(raw)["Bcc"]
        assert _read(raw).get_all("To") == [_TO]


def test_a_name_of_thousands_of_characters_is_none() -> None:
    with pytest.raises(ValueError, match="200"):
        line(entry("MAIL-010").text)


def _faults(recipients: list[str], **more: Any) -> tuple[list[str], ReportDefinition]:
    definition = ReportDefinition(
        "report_1",
        "portal_1",
        "Monthly",
        Schedule(Frequency.DAILY, "09:00"),
        ReportDelivery(DeliveryMethod.EMAIL, tuple(recipients)),
    )
    found = check_report(definition)
    return [fault.param for fault in found.faults], found.definition


_GOOD = ("MAIL-024",)


@pytest.mark.parametrize("one", taken(group="email_header", where="delivery.recipients", but=_GOOD), ids=str)
def test_what_is_not_one_bare_address_is_refused(one: Entry) -> None:
    sent = [f"u{n}@e.example" for n in range(51)] if one.id == "MAIL-023" else one.input
    params, _ = _faults(sent)
    assert params and all(param.startswith("delivery.recipients") for param in params)


def test_one_mailbox_gets_one_mail() -> None:
    one = entry("MAIL-024")
    params, kept = _faults(one.input)
    assert params == [] and len(kept.delivery.recipients) == 1


@pytest.fixture
def sink() -> Iterator[tuple[list[bytes], str]]:
    taken_in: list[bytes] = []

    class Handler:
        async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
            taken_in.append(envelope.original_content or b"")
            return "250 taken"

    port = free_port()
    controller = Controller(Handler(), hostname="127.0.0.1", port=port, ready_timeout=120)
    controller.start()
    yield taken_in, f"smtp://127.0.0.1:{port}"
    controller.stop()


_ENDS = {
    "MAIL-027": (".\r\nMAIL FROM:<x>",),
    "MAIL-028": ("a\n.\nMAIL FROM:<x>\n", "a\r.\rMAIL FROM:<x>\r", "\r\n.\r\n"),
}


@pytest.mark.parametrize("one", taken(ids=tuple(_ENDS)), ids=str)
def test_no_text_ends_a_mail(sink: tuple[list[bytes], str], one: Entry) -> None:
    mails, url = sink
    for text in _ENDS[one.id]:
        mails.clear()
        connection = SmtpConnection(MailServer(url))
        assert connection.send("reports@example.org", _TO, _raw("A subject", text)).is_delivered
        connection.close()
        assert len(mails) == 1
        body = _read(mails[0]).get_body(("plain",))
        assert (body is not None and "MAIL FROM" in body.get_content()) or "MAIL" not in text
