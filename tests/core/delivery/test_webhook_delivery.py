"""Messages to webhooks: signed, at least once, tried again as Standard Webhooks says, dead with a reason."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler

import pytest
from standardwebhooks.webhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from core.delivery.drain import drain
from core.portals.definition import PortalStatus
from core.store.control.portal_webhooks import change_webhook, find_webhook, remove_webhook, rotate_secret
from core.store.control.portals import change_portal, find_portal
from core.webhooks import new_signing_secret
from tests.builders.waiting import comes
from tests.core.delivery.conftest import Stage, compose
from tests.core.delivery.mailboxes import Certificate
from tests.core.delivery.receivers import PATIENT, QUICK, Answer, Receiver, dribble, hang, raw, reset, say


def test_a_message_arrives_signed_with_the_headers_of_its_webhook(stage: Stage, receiver: Receiver) -> None:
    stage.clock.at = datetime.now(UTC)
    secret = stage.webhook(f"{receiver.base}/hook", headers={"X-Webhook-Secret": "open sesame"})
    delivery_id = stage.event()
    assert stage.drain().sent == 1
    (call,) = receiver.calls
    assert call.headers["x-webhook-secret"] == "open sesame"
    assert call.headers["webhook-id"] == delivery_id
    assert Verifier(secret).verify(call.body, call.headers)["event"] == "portal.accessed"
    with pytest.raises(WebhookVerificationError):
        Verifier(secret).verify(call.body.replace(b"accessed", b"acCessed"), call.headers)
    assert stage.row(delivery_id).state == "delivered"


def test_after_a_rotation_both_secrets_verify_for_a_day(stage: Stage, receiver: Receiver) -> None:
    stage.clock.at = datetime.now(UTC) - timedelta(hours=24)
    old, new = stage.webhook(f"{receiver.base}/hook"), new_signing_secret()
    with stage.store.writing() as connection:
        rotate_secret(connection, "webhook_1", new, now=stage.clock() + timedelta(minutes=1))
    stage.clock.at = datetime.now(UTC)
    stage.event(1)
    stage.drain()
    stage.clock.move(minutes=1)
    stage.event(2)
    stage.drain()
    first, second = receiver.calls
    for secret in (old, new):
        Verifier(secret).verify(first.body, first.headers)
    Verifier(new).verify(second.body, second.headers)
    with pytest.raises(WebhookVerificationError):
        Verifier(old).verify(second.body, second.headers)


@pytest.mark.parametrize(
    ("answer", "error_class", "status"),
    [
        (say(500), "SERVER_ERROR", 500),
        (say(404), "REFUSED", 404),
        (say(302, Location="http://127.0.0.3/secret"), "REDIRECT", 302),
        (say(307, Location="http://127.0.0.3/secret"), "REDIRECT", 307),
        (say(429), "RATE_LIMITED", 429),
        (hang, "TIMEOUT", None),
        (dribble, "TIMEOUT", None),
        (reset, "CONNECTION_LOST", None),
        (raw(b"\x00\x01\x02 what\r\n\r\n"), "NOT_HTTP", None),
        (raw(b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 1024 * 1024 + b"\r\n\r\n"), "NOT_HTTP", None),
        (raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n"), "NOT_HTTP", None),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), "CONNECTION_LOST", None),
    ],
)
def test_whatever_a_receiver_does_wrong_is_a_reason_and_another_attempt(
    stage: Stage, receiver: Receiver, answer: Answer, error_class: str, status: int | None
) -> None:
    stage.webhook(f"{receiver.base}/hook")
    receiver.answers["/hook"] = answer
    delivery_id = stage.event()
    stage.way = replace(stage.way, bounds=QUICK if error_class == "TIMEOUT" else PATIENT)
    report = stage.drain()
    assert (report.sent, report.retried, report.dead) == (0, 1, 0)
    row = stage.row(delivery_id)
    assert (row.state, row.last_error_class, row.last_status) == ("pending", error_class, status)
    assert row.next_attempt_at == stage.clock() + timedelta(seconds=5)
    assert "secret" not in row.last_error and "what" not in row.last_error.split()[-1:]
    receiver.answers["/hook"] = say(204)
    stage.way = replace(stage.way, bounds=PATIENT)
    stage.clock.move(seconds=6)
    assert stage.drain().sent == 1
    assert len(set(receiver.ids())) == 1
    assert len({call.body for call in receiver.calls}) == 1


def test_a_body_without_end_is_not_read_and_counts_as_taken(stage: Stage, receiver: Receiver) -> None:
    stage.webhook(f"{receiver.base}/hook")
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n"
    receiver.answers["/hook"] = raw(head + b"x" * 200_000)
    stage.event()
    assert stage.drain().sent == 1


def test_nobody_listening_and_a_false_certificate_are_told_apart(
    stage: Stage, certificate_files: Certificate, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    secure = Receiver(certificate.server())
    try:
        stage.webhook(f"{secure.base}/hook", "webhook_1")
        stage.event(1)
        assert stage.drain().sent == 1
        monkeypatch.delenv("SSL_CERT_FILE")
        untrusted = stage.event(2)
        stage.drain()
        assert stage.row(untrusted).last_error_class == "TLS_ERROR"
        assert "self" in stage.row(untrusted).last_error
    finally:
        secure.close()
    stage.clock.move(seconds=6)
    stage.drain()
    assert stage.row(untrusted).last_error_class == "CONNECTION_FAILED"


def test_ten_attempts_over_three_days_and_then_it_is_dead(stage: Stage, receiver: Receiver) -> None:
    stage.webhook(f"{receiver.base}/hook")
    receiver.answers["/hook"] = say(500)
    delivery_id, begun = stage.event(), stage.clock()
    waits = []
    while stage.row(delivery_id).state == "pending":
        before = stage.clock()
        stage.drain()
        stage.clock.at = stage.row(delivery_id).next_attempt_at
        waits.append(stage.clock() - before)
    assert len(receiver.calls) == 10
    assert stage.clock() - begun == timedelta(hours=75, minutes=35, seconds=5)
    row = stage.row(delivery_id)
    assert (row.state, row.attempt, row.last_error) == ("dead", 10, "it answers 500")
    assert stage.drain().sent == 0 and len(receiver.calls) == 10


def test_retry_after_is_obeyed_up_to_a_day_and_by_all_that_waits_for_that_receiver(
    stage: Stage, receiver: Receiver
) -> None:
    stage.webhook(f"{receiver.base}/hook")
    receiver.answers["/hook"] = say(429, Retry_After="600")
    first, second = stage.event(1), stage.event(2)
    stage.drain()
    assert len(receiver.calls) == 1
    then = stage.clock() + timedelta(minutes=10)
    assert {stage.row(first).next_attempt_at, stage.row(second).next_attempt_at} == {then}
    stage.clock.at = then
    receiver.answers["/hook"] = say(503, Retry_After="999999999")
    stage.drain()
    assert stage.row(second).next_attempt_at == then + timedelta(hours=24)


def test_410_disables_the_webhook_and_what_waits_is_dead(stage: Stage, receiver: Receiver) -> None:
    stage.webhook(f"{receiver.base}/hook")
    receiver.answers["/hook"] = say(410)
    first, second = stage.event(1), stage.event(2)
    stage.drain()
    assert len(receiver.calls) == 1
    assert (stage.row(first).state, stage.row(first).last_error_class) == ("dead", "GONE")
    assert (stage.row(second).state, stage.row(second).last_error_class) == ("dead", "ENDPOINT_OFF")
    with stage.store.reading() as connection:
        stored = find_webhook(connection, "webhook_1", None)
    assert stored is not None and not stored.webhook.is_enabled
    assert "410" in str(stored.disabled_reason)


def test_what_is_kept_at_one_instant_is_sent_in_the_order_it_came(stage: Stage, receiver: Receiver) -> None:
    stage.webhook(f"{receiver.base}/hook")
    kept = [stage.event(n) for n in range(30)]
    stage.drain()
    assert receiver.ids() == kept


def test_five_days_of_failures_switch_a_webhook_off_and_the_operator_is_told(
    stage: Stage, receiver: Receiver
) -> None:
    stage.settings = replace(stage.settings, operator_mail="ops@vendor.example")
    stage.webhook(f"{receiver.base}/hook")
    receiver.answers["/hook"] = say(500)
    for day in range(6):
        stage.event(day)
        stage.drain()
        stage.clock.move(days=1, minutes=1)
    with stage.store.reading() as connection:
        stored = find_webhook(connection, "webhook_1", None)
    assert stored is not None and not stored.webhook.is_enabled
    assert stored.disabled_reason == "Everything that it was sent failed for 5 days; last: it answers 500"
    stage.drain()
    folder = stage.settings.mail_folder
    assert folder is not None
    (mail,) = folder.glob("*.eml")
    assert "webhook_1" in mail.read_text()
    with stage.store.writing() as connection:
        change_webhook(connection, stored, replace(stored.webhook, is_enabled=True), now=stage.clock())
    receiver.answers.clear()
    again = stage.event(99)
    stage.drain()
    assert stage.row(again).state == "delivered"


def test_one_success_in_between_begins_the_five_days_anew(stage: Stage, receiver: Receiver) -> None:
    stage.webhook(f"{receiver.base}/hook")
    for day in range(9):
        receiver.answers["/hook"] = say(200 if day == 4 else 500)
        stage.event(day)
        stage.drain()
        stage.clock.move(days=1)
    with stage.store.reading() as connection:
        stored = find_webhook(connection, "webhook_1", None)
    assert stored is not None and stored.webhook.is_enabled


def test_a_slow_receiver_delays_nobody_else(stage: Stage, receiver: Receiver) -> None:
    came: list[bool] = []

    def quick() -> int:
        return [call.path for call in receiver.calls].count("/quick")

    def when_all_others_came(handler: BaseHTTPRequestHandler) -> None:
        # Within the time after which the call would be given up, and the others would go out anyway.
        came.append(comes(lambda: quick() == 12, within=PATIENT.seconds - 10))
        say(429)(handler)

    receiver.answers["/slow"] = when_all_others_came
    stage.webhook(f"{receiver.base}/slow", "webhook_0")
    for number in range(20):
        stage.event(number, "webhook_0")
    for name in range(1, 5):
        stage.webhook(f"{receiver.base}/quick", f"webhook_{name}")
        for number in range(3):
            stage.event(number, f"webhook_{name}")
    assert stage.drain().sent == 12
    assert quick() == 12 and came == [True]
    assert [call.path for call in receiver.calls].count("/slow") == 1


def test_a_receiver_that_does_not_answer_in_time_is_left_alone(stage: Stage, receiver: Receiver) -> None:
    stage.way = replace(stage.way, bounds=QUICK)
    receiver.answers["/hook"] = hang
    stage.webhook(f"{receiver.base}/hook")
    kept = [stage.event(number) for number in range(20)]
    assert stage.drain().sent == 0
    assert [stage.row(one).attempt for one in kept] == [1, *[0] * 19]


def test_each_receiver_gets_one_message_at_a_time(stage: Stage, receiver: Receiver) -> None:
    at_once, most = 0, 0

    def slowly(handler: object) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        time.sleep(0.02)
        at_once -= 1
        say(200)(handler)  # type: ignore[arg-type]

    receiver.answers["/hook"] = slowly
    stage.webhook(f"{receiver.base}/hook")
    for number in range(10):
        stage.event(number)
    assert stage.drain().sent == 10
    assert most == 1


def test_two_drainers_at_once_send_everything_once(stage: Stage, receiver: Receiver) -> None:
    from threading import Thread

    for name in range(4):
        stage.webhook(f"{receiver.base}/hook", f"webhook_{name}")
        for number in range(10):
            stage.event(number, f"webhook_{name}")
    drains = [Thread(target=stage.drain) for _ in range(2)]
    for one in drains:
        one.start()
    for one in drains:
        one.join()
    stage.drain()
    assert len(receiver.calls) == 40
    assert len(set(receiver.ids())) == 40


def test_nothing_is_sent_after_a_webhook_was_deleted_or_while_its_portal_rests(
    stage: Stage, receiver: Receiver
) -> None:
    for name in ("webhook_1", "webhook_2"):
        stage.webhook(f"{receiver.base}/hook", name)
    deleted, resting = stage.event(1, "webhook_1"), stage.event(1, "webhook_2")
    with stage.store.writing() as connection:
        remove_webhook(connection, "webhook_1")
        portal = find_portal(connection, "portal_A", None)
        assert portal is not None
        change_portal(
            connection, portal, replace(portal.definition, status=PortalStatus.DRAFT), now=stage.clock()
        )
    assert stage.drain().cancelled == 2
    assert receiver.calls == []
    assert stage.row(deleted).state == stage.row(resting).state == "cancelled"
    assert stage.row(resting).last_error == "its portal is not active"
    assert stage.row(resting).attempt == 0


def test_an_event_that_is_put_in_twice_is_sent_once(stage: Stage, receiver: Receiver) -> None:
    stage.webhook(f"{receiver.base}/hook")
    assert stage.event(1) == stage.event(1)
    stage.drain()
    stage.event(1)
    stage.drain()
    assert len(receiver.calls) == 1


def test_a_lease_that_ran_out_is_anybodys_and_the_first_owners_word_counts_no_more(
    stage: Stage, receiver: Receiver
) -> None:
    from core.delivery.claims import claim
    from core.delivery.outcome import delivered
    from core.delivery.settle import settle

    stage.webhook(f"{receiver.base}/hook")
    delivery_id = stage.event()
    with stage.store.writing() as connection:
        lost, _ = claim(connection, "webhook_1", owner="gone", now=stage.clock())
    assert lost is not None
    assert stage.drain().sent == 0
    stage.clock.move(seconds=61)
    assert stage.drain().sent == 1
    with stage.store.writing() as connection:
        assert settle(connection, lost, delivered(200), now=stage.clock(), random=lambda: 0.5) is None
    assert stage.row(delivery_id).attempt == 2


def test_the_time_of_a_drain_is_bounded(stage: Stage, receiver: Receiver) -> None:
    stage.webhook(f"{receiver.base}/hook")
    for number in range(5):
        stage.event(number)
    report = drain(stage.store, stage.settings, now=stage.clock, compose=compose, way=stage.way, seconds=-1)
    assert (report.sent, report.waiting) == (0, 5)


def test_what_is_said_is_json_of_the_documented_form(stage: Stage, receiver: Receiver) -> None:
    stage.webhook(f"{receiver.base}/hook")
    stage.event(7)
    stage.drain()
    assert json.loads(receiver.calls[0].body) == {
        "event": "portal.accessed",
        "timestamp": "2026-11-02T09:00:00Z",
        "data": {"n": 7},
    }
