"""Mails to a real server over TLS: each to one recipient, tried again for two days, never with a header too many."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from threading import Thread

import pytest

from core.delivery.letters import Words
from core.delivery.message import Attachment, Envelope, NotComposed, message_bytes
from core.delivery.outbox import OutboxKind
from core.settings import load
from core.settings_text import SettingsError
from tests.core.delivery.conftest import NOW, Stage
from tests.core.delivery.mailboxes import MailBox


def test_a_mail_goes_over_tls_with_a_password_and_arrives_as_it_was_written(
    stage: Stage, mailbox: MailBox
) -> None:
    stage.with_mail(mailbox)
    delivery_id = stage.mail(subject="Grüße – 12 % mehr")
    assert stage.drain().sent == 1
    (mail,) = mailbox.handler.mails
    message = message_from_bytes(mail.raw, policy=policy.default)
    assert (mail.sender, mail.recipient) == ("reports@acme.example", "ceo@acme.example")
    assert message["Subject"] == "Grüße – 12 % mehr"
    assert message["From"] == "Acme Reports <reports@acme.example>"
    assert message["Message-ID"] == f"<{delivery_id}@acme.example>"
    assert message.get_content().replace("\r\n", "\n") == "Something happened.\n.\nReally.\n"
    assert stage.row(delivery_id).last_status == 250


def test_several_mails_go_over_one_connection(stage: Stage, mailbox: MailBox) -> None:
    stage.with_mail(mailbox)
    for number in range(5):
        stage.mail(f"u{number}@acme.example")
    assert stage.drain().sent == 5
    assert len({mail.message["Message-ID"] for mail in mailbox.handler.mails}) == 5


def test_451_is_tried_again_with_the_same_message_id(stage: Stage, mailbox: MailBox) -> None:
    stage.with_mail(mailbox)
    mailbox.handler.refusals["ceo@acme.example"] = ["451 4.7.1 greylisted, come back"]
    mailbox.handler.data_answer = ["451 busy"]
    delivery_id = stage.mail()
    assert stage.drain().retried == 1
    row = stage.row(delivery_id)
    assert (row.last_error_class, row.last_status) == ("MAIL_DEFERRED", 451)
    assert "greylisted" in row.last_error
    assert row.next_attempt_at == NOW + timedelta(minutes=5)
    stage.clock.move(minutes=5)
    assert stage.drain().retried == 1
    stage.clock.move(minutes=15)
    assert stage.drain().sent == 1
    assert len(mailbox.handler.mails) == 1


def test_a_refusal_for_one_recipient_is_nothing_to_the_others(stage: Stage, mailbox: MailBox) -> None:
    stage.with_mail(mailbox)
    people = [f"u{number}@acme.example" for number in range(3)]
    mailbox.handler.refusals["u1@acme.example"] = ["550 5.1.1 no such user"]
    sent = [stage.mail(one) for one in people]
    report = stage.drain()
    assert (report.sent, report.dead) == (2, 1)
    stage.clock.move(days=3)
    stage.drain()
    assert [stage.row(one).state for one in sent] == ["delivered", "dead", "delivered"]
    assert sorted(mailbox.handler.tried) == people
    assert stage.row(sent[1]).last_error_class == "MAIL_REJECTED"


def test_a_wrong_password_is_one_attempt_a_drain_for_all_mails(stage: Stage, mailbox: MailBox) -> None:
    stage.with_mail(mailbox)
    wrong = mailbox.url.replace("s3cret", "stolen")
    stage.with_mail(replace(mailbox, url=wrong))
    sent = [stage.mail(f"u{number}@acme.example") for number in range(3)]
    stage.drain()
    assert [stage.row(one).attempt for one in sent].count(1) == 1
    (row,) = [stage.row(one) for one in sent if stage.row(one).attempt]
    assert (row.last_error_class, row.last_status) == ("MAIL_SERVER_REFUSED", 535)
    assert "stolen" not in row.last_error


def test_a_server_that_hangs_or_drops_the_line_after_the_mail_is_tried_again(
    stage: Stage, mailbox: MailBox
) -> None:
    stage.with_mail(mailbox, accept_seconds=0.3)
    mailbox.handler.hangs = 60.0
    delivery_id = stage.mail()
    stage.drain()
    assert stage.row(delivery_id).last_error_class == "TIMEOUT"
    mailbox.handler.hangs, mailbox.handler.drops = 0.0, 1
    stage.with_mail(mailbox)
    stage.clock.move(minutes=5)
    stage.drain()
    assert stage.row(delivery_id).last_error_class == "CONNECTION_LOST"
    stage.clock.move(minutes=15)
    assert stage.drain().sent == 1


@pytest.fixture
def silent() -> Iterator[str]:
    """Takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held: list[socket.socket] = []
        server.settimeout(300)

        def hold() -> None:
            try:
                held.append(server.accept()[0])
            except OSError:
                return

        thread = Thread(target=hold)
        thread.start()
        yield f"smtps://u:p@localhost:{server.getsockname()[1]}"
        socket.create_connection(server.getsockname()).close()
        thread.join()
        for one in held:
            one.close()


def test_a_silent_server_is_not_waited_for_long(stage: Stage, mailbox: MailBox, silent: str) -> None:
    stage.with_mail(replace(mailbox, url=silent), connect_seconds=0.3)
    delivery_id = stage.mail()
    stage.drain()
    assert stage.row(delivery_id).last_error_class == "TIMEOUT"


def test_a_certificate_that_nobody_trusts_gets_no_password(
    stage: Stage, mailbox: MailBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    stage.with_mail(mailbox)
    delivery_id = stage.mail()
    stage.drain()
    assert stage.row(delivery_id).last_error_class == "TLS_ERROR"
    assert mailbox.handler.mails == []


def test_mail_is_given_up_after_two_days(stage: Stage, mailbox: MailBox) -> None:
    stage.with_mail(mailbox)
    mailbox.handler.refusals["ceo@acme.example"] = ["451 later"] * 20
    delivery_id = stage.mail()
    waits = []
    while stage.row(delivery_id).state == "pending":
        stage.drain()
        then = stage.row(delivery_id).next_attempt_at
        waits.append(then - stage.clock())
        stage.clock.at = then
    assert waits[:6] == [timedelta(minutes=m) for m in (5, 15, 60, 240, 720, 1440)]
    assert stage.clock() - NOW == timedelta(hours=48)
    assert len(mailbox.handler.tried) == 8
    assert stage.row(delivery_id).state == "dead"


def test_without_a_server_mails_wait_in_production_and_say_so_and_are_files_in_development(
    stage: Stage,
) -> None:
    stage.settings = replace(stage.settings, env="production")
    delivery_id = stage.mail()
    report = stage.drain()
    assert (report.sent, report.waiting) == (0, 1)
    assert report.waiting_reason is not None and "PROOFLINE_SMTP_URL" in report.waiting_reason
    assert stage.row(delivery_id).attempt == 0
    stage.settings = replace(stage.settings, env="development")
    assert stage.drain().sent == 1
    assert stage.settings.mail_folder is not None
    (file,) = stage.settings.mail_folder.iterdir()
    assert (file.name, file.stat().st_mode & 0o777) == (f"{delivery_id}.eml", 0o600)


@pytest.mark.parametrize(
    "text",
    [
        "a\nBcc: x@evil.example",
        "a\r\nBcc: x",
        "a\x0bBcc: x",
        "a\u2028Bcc: x",
        "a\x85Bcc: x",
        "=?utf-8?q?=0ABcc:_x@evil.example?=",
        "=?utf-8?b?CkJjYzogeA==?=",
        "\u202egnp.exe",
        "a\ud800",
        " ",
    ],
)
@pytest.mark.parametrize("where", ["subject", "recipient", "sender", "file"])
def test_no_line_of_a_header_can_become_another(text: str, where: str) -> None:
    """The self-test of our own builder: what Python's own writes depends on its version."""
    envelope = Envelope(
        sender=f"{text} <a@acme.example>" if where == "sender" else "a@acme.example",
        recipient=f"{text}@acme.example" if where == "recipient" else "b@acme.example",
        message_id="dlv_1",
        at=NOW,
    )
    words = Words(text if where == "subject" else "Hello", "body")
    files = [Attachment(text if where == "file" else "a.pdf", "application/pdf", b"%PDF")]
    if (text, where) in {(" ", "sender")}:
        return
    with pytest.raises(NotComposed):
        message_bytes(envelope, words, files)


def test_what_stands_in_a_body_ends_no_mail(stage: Stage, mailbox: MailBox) -> None:
    stage.with_mail(mailbox)
    stage.put(
        kind=OutboxKind.MAIL_OPERATOR,
        dedupe_key="m",
        payload={"subject": "s", "text": ".\r\nMAIL FROM:<x>\n.\n\r.\r\nQUIT"},
        recipient="ceo@acme.example",
    )
    assert stage.drain().sent == 1
    assert len(mailbox.handler.mails) == 1
    assert "MAIL FROM:<x>" in mailbox.handler.mails[0].message.get_payload(decode=True).decode()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PROOFLINE_SMTP_URL", "smtp://user:secret@mail.example"),
        ("PROOFLINE_SMTP_URL", "https://mail.example"),
        ("PROOFLINE_SMTP_URL", "smtps://user@mail.example"),
        ("PROOFLINE_SMTP_URL", "smtps://u:secret@mail.example/?x=1"),
        ("PROOFLINE_MAIL_FROM", "reports"),
        ("PROOFLINE_MAIL_FROM", "=?utf-8?q?x?= <a@b.example>"),
        ("PROOFLINE_MAIL_FROM", "a@b.example, c@d.example"),
        ("PROOFLINE_OPERATOR_MAIL", "Ops <a@b.example>"),
    ],
)
def test_settings_of_mail_that_cannot_be_meant_are_refused_without_their_value(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load({name: value})
    assert refused.value.setting == name and "secret" not in str(refused.value)
