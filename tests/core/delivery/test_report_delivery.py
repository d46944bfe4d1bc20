"""Reports on their way: a mail for each recipient with the files attached, a signed message, word of it at the end."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from standardwebhooks.webhooks import Webhook as Verifier

from core.delivery.history import deliveries_of_report, find_delivery, resend
from core.delivery.outbox import OutboxKind
from core.portals.definition import PortalStatus
from core.reports.archive import put, write_beside
from core.reports.built import BuiltReport, Headline, ReportBrief
from core.reports.definition import (
    DeliveryMethod,
    Frequency,
    ReportDefinition,
    ReportDelivery,
    Schedule,
)
from core.store.control.portals import change_portal, find_portal
from core.store.control.report_archives import Archived, add_archived
from core.store.control.reports import add_report, change_report, find_report, remove_report
from core.store.control.sender_secrets import sender_secrets
from core.tokens.claims import Claims, Kind
from core.tokens.key_ring import KeyRing
from core.tokens.verify import verify
from tests.core.delivery.conftest import NOW, Stage
from tests.core.delivery.mailboxes import MailBox
from tests.core.delivery.receivers import Receiver, say

BRIEF = ReportBrief(
    title="What A gets",
    customer_name="Acme & Sons",
    period_words="October 2026",
    locale="en",
    brand_colour="#2563EB",
    portal_id="portal_A",
    sentences=("The agent handled 1,000 requests.",),
    headlines=(Headline("Requests", "1,000", "up 5 %"),),
    data_as_of=NOW,
    snapshot="snapshot_1",
)
PDF, CSV = b"%PDF-1.7 the report", b"metric_id,value\r\nusage.requests.total,1000\r\n"
PEOPLE = ("ceo@acme.example", "cto@acme.example")


def keep_report(stage: Stage, delivery: ReportDelivery) -> None:
    definition = ReportDefinition(
        "report_1", "portal_A", "Monthly", Schedule(Frequency.MONTHLY, "09:00", day_of_month=1), delivery
    )
    with stage.store.writing() as connection:
        add_report(connection, definition, now=NOW)


def archive(stage: Stage, n: int = 1) -> None:
    written = write_beside(stage.settings, "report_1", BuiltReport(PDF, CSV, BRIEF, 1, 0.1))
    put(stage.settings, written, "report_1", n)
    start = datetime(2026, 10, 1, tzinfo=UTC)
    archived = Archived(
        archive_id=f"archive_{n}", report_id="report_1", portal_id="portal_A", customer_id="cust_a", n=n,
        name="Monthly", occurrence_id=None, due_at=NOW, period_start=start, period_end=start + timedelta(days=31),
        zone="UTC", snapshot="snapshot_1", compared_with="snapshot_1", data_as_of=NOW, built_at=NOW, pages=1,
        seconds=0.1, pdf_sha256=written.pdf_sha256, pdf_bytes=len(PDF), csv_sha256=written.csv_sha256,
        csv_bytes=len(CSV), numbers={},
    )  # fmt: skip
    with stage.store.writing() as connection:
        add_archived(connection, archived)


def queue(stage: Stage, kind: OutboxKind, recipient: str | None = None, n: int = 1) -> str:
    return stage.put(
        kind=kind,
        dedupe_key=f"report_1|{n}|{recipient or kind}",
        customer_id="cust_a",
        portal_id="portal_A",
        report_id="report_1",
        archive_n=n,
        recipient=recipient,
    )


@pytest.fixture
def mails(stage: Stage) -> Iterator[list[str]]:
    """A report that is built and queued for two people."""
    keep_report(stage, ReportDelivery(DeliveryMethod.EMAIL, PEOPLE))
    archive(stage)
    yield [queue(stage, OutboxKind.MAIL_REPORT, one) for one in PEOPLE]


def read(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_each_recipient_gets_a_mail_with_the_files_and_a_link_of_their_own(
    stage: Stage, mailbox: MailBox, mails: list[str]
) -> None:
    stage.with_mail(mailbox)
    assert stage.drain().sent == 2
    assert sorted(mail.recipient for mail in mailbox.handler.mails) == sorted(PEOPLE)
    message = read(mailbox.handler.mails[0].raw)
    attached = {part.get_filename(): part for part in message.iter_attachments()}
    assert {name: part.get_content_type() for name, part in attached.items()} == {
        "report-2026-10-01.pdf": "application/pdf",
        "report-2026-10-01.csv": "text/csv",
    }
    assert attached["report-2026-10-01.pdf"].get_payload(decode=True) == PDF
    assert attached["report-2026-10-01.csv"].get_payload(decode=True) == CSV
    assert [part.get_content_type() for part in message.walk()][1:4] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert (
        message["List-Unsubscribe"].strip() == "<mailto:reports@acme.example?subject=unsubscribe%20report_1>"
    )
    plain = message.get_body(("plain",))
    assert plain is not None
    token = plain.get_content().partition("?token=")[2].split()[0]
    claims = verify(token, KeyRing(stage.settings).secrets(), kind=Kind.TOKEN, now=NOW, max_seconds=86_400)
    assert isinstance(claims, Claims) and claims.portal_id == "portal_A"
    assert claims.expiry == NOW + timedelta(seconds=stage.settings.max_token_seconds)


def test_word_of_the_delivery_is_sent_once_when_nobody_is_waited_for(
    stage: Stage, mailbox: MailBox, mails: list[str], receiver: Receiver
) -> None:
    stage.with_mail(mailbox)
    stage.webhook(f"{receiver.base}/hook")
    mailbox.handler.refusals[PEOPLE[0]] = ["451 later"]
    mailbox.handler.refusals[PEOPLE[1]] = ["550 no"]
    stage.drain()
    assert receiver.calls == []
    stage.clock.move(minutes=10)
    stage.drain()
    stage.drain()
    (call,) = receiver.calls
    said = json.loads(call.body)
    assert said["event"] == "report.delivered"
    assert said["data"] == {
        "report_id": "report_1",
        "delivery_id": mails[0],
        "portal_id": "portal_A",
        "customer_id": "cust_a",
        "period": {"start": "2026-10-01T00:00:00Z", "end": "2026-11-01T00:00:00Z"},
        "method": "email",
        "recipients_count": 1,
        "archive_id": "archive_1",
        "snapshot": "snapshot_1",
    }


def test_nobody_hears_of_a_report_that_reached_nobody(
    stage: Stage, mailbox: MailBox, mails: list[str], receiver: Receiver
) -> None:
    stage.with_mail(mailbox)
    stage.webhook(f"{receiver.base}/hook")
    mailbox.handler.refusals = {one: ["550 no"] for one in PEOPLE}
    stage.drain()
    stage.drain()
    assert receiver.calls == []


def test_nothing_is_mailed_after_the_report_was_deleted_or_the_address_taken_off(
    stage: Stage, mails: list[str]
) -> None:
    with stage.store.writing() as connection:
        stored = find_report(connection, "report_1", None)
        assert stored is not None
        delivery = replace(stored.definition.delivery, recipients=PEOPLE[1:])
        change_report(connection, stored, replace(stored.definition, delivery=delivery), now=NOW)
    assert (stage.drain().cancelled, stage.row(mails[0]).state) == (1, "cancelled")
    again = queue(stage, OutboxKind.MAIL_REPORT, PEOPLE[1], n=2)
    with stage.store.writing() as connection:
        remove_report(connection, "report_1")
    stage.drain()
    assert stage.row(again).state == "cancelled"
    folder = stage.settings.mail_folder
    assert folder is not None and len(list(folder.iterdir())) == 1


def test_a_portal_that_rests_has_no_reports_sent(stage: Stage, mails: list[str]) -> None:
    with stage.store.writing() as connection:
        portal = find_portal(connection, "portal_A", None)
        assert portal is not None
        archived = replace(portal.definition, status=PortalStatus.ARCHIVED)
        change_portal(connection, portal, archived, now=NOW)
    assert stage.drain().cancelled == 2


def test_a_webhook_gets_the_report_in_words_with_its_files_signed(stage: Stage, receiver: Receiver) -> None:
    stage.clock.at = datetime.now(UTC)
    url = f"{receiver.base}/report"
    keep_report(stage, ReportDelivery(DeliveryMethod.WEBHOOK, (), url, {"X-Word": "sesame"}))
    archive(stage)
    delivery_id = queue(stage, OutboxKind.WEBHOOK_REPORT)
    receiver.answers["/report"] = say(500)
    stage.drain()
    receiver.answers.clear()
    stage.clock.move(seconds=6)
    assert stage.drain().sent == 1
    first, second = receiver.calls
    assert first.body == second.body and first.headers["webhook-id"] == delivery_id
    with stage.store.writing() as connection:
        (secret,) = sender_secrets(connection, "report_1", now=stage.clock())
    said = Verifier(secret).verify(second.body, second.headers)
    assert second.headers["x-word"] == "sesame"
    data = said["data"]
    assert said["event"] == "report.ready" and data["summary"] == list(BRIEF.sentences)
    assert data["headlines"] == [{"label": "Requests", "value": "1,000", "change": "up 5 %"}]
    pdf, csv = data["files"]
    assert base64.b64decode(pdf["content_base64"]) == PDF and base64.b64decode(csv["content_base64"]) == CSV
    assert pdf["url"].endswith("/v1/portal/reports/report_1/archive/1.pdf")
    assert "token" not in second.body.decode()


def test_a_file_that_is_not_what_it_was_is_not_sent(stage: Stage, mails: list[str]) -> None:
    (stage.settings.reports_dir / "report_1" / "1" / "report.pdf").write_bytes(b"%PDF-1.7 another one")
    assert stage.drain().sent == 0
    row = stage.row(mails[0])
    assert (row.state, row.last_error_class) == ("pending", "NOT_COMPOSED")
    assert "damaged" in row.last_error


def test_what_was_delivered_can_be_sent_again_under_its_id(
    stage: Stage, mailbox: MailBox, mails: list[str]
) -> None:
    stage.with_mail(mailbox)
    stage.drain()
    with stage.store.writing() as connection:
        found = find_delivery(connection, mails[0], now=NOW)
        assert found is not None
        resend(connection, found, now=NOW)
    assert stage.drain().sent == 1
    ids = [str(mail.message["Message-ID"]) for mail in mailbox.handler.mails]
    assert ids.count(f"<{mails[0]}@acme.example>") == 2
    with stage.store.reading() as connection:
        listed, total = deliveries_of_report(connection, "report_1", after=None, limit=10, now=NOW)
    assert total == 2
    assert {one.recipient: len(one.attempts) for one in listed} == {PEOPLE[0]: 2, PEOPLE[1]: 1}
