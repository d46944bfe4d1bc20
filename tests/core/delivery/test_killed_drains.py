"""Whoever sends is killed where it hurts most: nothing is lost, and what comes twice has the same id."""

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from core.store.control.tables import OUTBOX
from tests.builders.waiting import LONG
from tests.core.delivery.conftest import Stage
from tests.core.delivery.mailboxes import MailBox
from tests.core.delivery.receivers import Receiver, say

POINTS = ("outbox.before_connect", "outbox.after_DATA", "outbox.after_250_before_commit")
CHILD = Path(__file__).with_name("child.py")
ROOT = Path(__file__).parents[3]


def drained_apart(stage: Stage, point: str = "") -> int:
    """A drain in another process, which ends at the point; its exit code."""
    settings = stage.settings
    given = {
        "home": str(settings.home),
        "private_targets": settings.private_targets,
        "smtp_url": settings.smtp_url,
        "mail_from": settings.mail_from,
    }
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PROOFLINE_FAULT_POINT": point}
    done = subprocess.run(
        [sys.executable, str(CHILD), json.dumps(given), stage.clock().isoformat()],
        env=environment,
        capture_output=True,
        timeout=LONG,
        check=False,
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()[-2000:]
    return done.returncode


def states(stage: Stage) -> Counter[str]:
    from sqlalchemy import select

    with stage.store.reading() as connection:
        return Counter(connection.scalars(select(OUTBOX.c.state)))


@pytest.mark.parametrize("point", POINTS)
def test_a_drain_that_is_killed_loses_no_message(stage: Stage, receiver: Receiver, point: str) -> None:
    for name in ("webhook_1", "webhook_2"):
        stage.webhook(f"{receiver.base}/{name}", name)
    sent = {stage.event(number, f"webhook_{1 + number % 2}") for number in range(6)}
    assert drained_apart(stage, f"{point}:2") == -signal.SIGKILL
    stage.clock.move(seconds=61)
    assert drained_apart(stage) == 0
    assert states(stage) == {"delivered": 6}
    counted = Counter(receiver.ids())
    assert counted.keys() == sent
    # Two were under way at most, one a lane; of those only the one at this point is where it is for certain.
    assert counted.total() - len(sent) <= (1 if point == POINTS[0] else 2)
    assert max(counted.values()) <= 2
    bodies = {(call.headers["webhook-id"], call.body) for call in receiver.calls}
    assert len(bodies) == 6


@pytest.mark.parametrize("point", POINTS)
def test_a_drain_that_is_killed_loses_no_mail(stage: Stage, mailbox: MailBox, point: str) -> None:
    stage.with_mail(mailbox)
    sent = {stage.mail(f"u{number}@acme.example") for number in range(4)}
    assert drained_apart(stage, f"{point}:2") == -signal.SIGKILL
    stage.clock.move(seconds=61)
    assert drained_apart(stage) == 0
    assert states(stage) == {"delivered": 4}
    counted = Counter(str(mail.message["Message-ID"]) for mail in mailbox.handler.mails)
    assert counted.keys() == {f"<{one}@acme.example>" for one in sent}
    assert counted.total() - len(sent) <= (0 if point == POINTS[0] else 1)


def test_an_attempt_that_was_cut_short_says_so(stage: Stage, receiver: Receiver) -> None:
    from core.delivery.history import find_delivery

    stage.webhook(f"{receiver.base}/hook")
    delivery_id = stage.event()
    drained_apart(stage, POINTS[2])
    stage.clock.move(seconds=61)
    stage.drain()
    with stage.store.reading() as connection:
        found = find_delivery(connection, delivery_id, now=stage.clock())
    assert found is not None
    assert [one.error_class for one in found.attempts] == ["INTERRUPTED", None]


@pytest.mark.nightly
@pytest.mark.parametrize("point", POINTS)
def test_seventeen_kills_at_each_point_lose_no_mail(stage: Stage, mailbox: MailBox, point: str) -> None:
    stage.with_mail(mailbox)
    kills, sent = 0, set[str]()
    for number in range(17):
        sent |= {stage.mail(f"u{number}-{one}@acme.example") for one in range(3)}
        kills += drained_apart(stage, f"{point}:{1 + number % 3}") == -signal.SIGKILL
        stage.clock.move(seconds=61)
    assert drained_apart(stage) == 0
    assert states(stage) == {"delivered": 51}
    counted = Counter(str(mail.message["Message-ID"]) for mail in mailbox.handler.mails)
    assert counted.keys() == {f"<{one}@acme.example>" for one in sent}
    assert kills >= 15 and counted.total() - 51 <= (0 if point == POINTS[0] else kills)


@pytest.mark.nightly
def test_ten_thousand_messages_through_failures_and_kills(stage: Stage, receiver: Receiver) -> None:
    chance = random.Random(7)

    def sometimes(handler: BaseHTTPRequestHandler) -> None:
        say(500 if chance.random() < 0.3 else 200)(handler)

    sent = set[str]()
    for name in range(10):
        receiver.answers[f"/{name}"] = sometimes
        stage.webhook(f"{receiver.base}/{name}", f"webhook_{name}")
        sent |= {stage.event(number, f"webhook_{name}") for number in range(1000)}
    kills = rounds = 0
    while states(stage)["pending"]:
        rounds += 1
        assert rounds < 400
        point = f"{POINTS[kills % 3]}:{chance.randrange(1, 400)}" if kills < 20 else ""
        kills += drained_apart(stage, point) == -signal.SIGKILL
        stage.clock.move(minutes=2 if kills < 20 else 60)
    assert kills == 20
    delivered = Counter(receiver.ids())
    assert states(stage)["delivered"] + states(stage)["dead"] == 10_000
    # Three failures in ten attempts each: about 0.06 of ten thousand would be given up.
    assert states(stage)["dead"] <= 3
    assert delivered.keys() == sent
    assert len({(call.headers["webhook-id"], call.body) for call in receiver.calls}) == 10_000
