"""Promise: who has been told that something is deleted or archived finds nothing of it sent or shown after that."""

import random
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from core.delivery.outbox import OutboxKind
from core.delivery.under_way import wait_for_sends
from core.portals.definition import PortalStatus
from core.reports.definition import DeliveryMethod, ReportDelivery
from core.store.control.portals import change_portal, find_portal
from core.store.control.reports import remove_report
from tests.core.delivery.conftest import Stage, certificate, certificate_files, mailbox, stage
from tests.core.delivery.mailboxes import MailBox
from tests.core.delivery.test_report_delivery import NOW, archive, keep_report, queue

__all__ = ["certificate", "certificate_files", "mailbox", "stage"]

PEOPLE = tuple(f"u{number}@acme.example" for number in range(4))


def _delete(stage: Stage) -> None:
    with stage.store.writing() as connection:
        remove_report(connection, "report_1")
    assert wait_for_sends(stage.store, now=stage.clock, report_id="report_1")


def _put_at_rest(stage: Stage) -> None:
    _set_status(stage, PortalStatus.ARCHIVED)
    assert wait_for_sends(stage.store, now=stage.clock, portal_id="portal_A")


def _set_status(stage: Stage, status: PortalStatus) -> None:
    with stage.store.writing() as connection:
        portal = find_portal(connection, "portal_A", None)
        assert portal is not None
        change_portal(connection, portal, replace(portal.definition, status=status), now=NOW)


@pytest.mark.parametrize("rounds", [4, pytest.param(100, marks=pytest.mark.nightly)])
@pytest.mark.parametrize("end", [_delete, _put_at_rest])
def test_no_mail_goes_out_after_the_deletion_or_the_archiving_was_told(
    stage: Stage, mailbox: MailBox, end: Callable[[Stage], None], rounds: int
) -> None:
    """A drain is under way; the deletion comes when so many mails are in, which is another moment in each round.

    There are more rounds where it came after the last mail in all of them.
    """
    stage.with_mail(mailbox)
    archive(stage)
    chance, cut_short = random.Random(rounds), 0
    for number in range(rounds + 100):
        if number >= rounds and cut_short:
            break
        keep_report(stage, ReportDelivery(DeliveryMethod.EMAIL, PEOPLE))
        waiting = [queue(stage, OutboxKind.MAIL_REPORT, one, n=1000 + number) for one in PEOPLE]
        archive(stage, n=1000 + number)
        before = len(mailbox.handler.mails)
        mailbox.handler.hangs = 0.01 * chance.random()
        draining = threading.Thread(target=stage.drain)
        draining.start()
        wanted = before + chance.randrange(0, len(PEOPLE))
        while len(mailbox.handler.mails) < wanted and draining.is_alive():
            pass
        end(stage)
        told = len(mailbox.handler.mails)
        draining.join()
        assert len(mailbox.handler.mails) == told, "nothing came after that was told"
        states = [stage.row(one).state for one in waiting]
        assert set(states) <= {"delivered", "cancelled"}
        cut_short += "cancelled" in states
        _again(stage)
    assert cut_short, "in some rounds it came before the last mail"


def _again(stage: Stage) -> None:
    """As it was before: archived is final for people, and not for a test."""
    with stage.store.writing() as connection:
        connection.exec_driver_sql("UPDATE portals SET status = 'active'")
        remove_report(connection, "report_1")
