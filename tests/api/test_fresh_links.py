"""Who comes with a mailed link that has ended is mailed a fresh one, at the same address and nowhere else."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core.delivery.drain import drain
from core.delivery.links import PortalLinks
from core.delivery.outbox import Item, OutboxKind, enqueue
from core.portals.definition import PortalStatus
from core.store.control.tables import OUTBOX
from core.store.control.token_revocations import revoke_token
from site_build.mails import compose
from tests.builders.api import NOW
from tests.builders.doors import A, B, Doors
from tests.builders.tokens import decoded

LONG_AGO = NOW - timedelta(days=2)


@pytest.fixture
def delivery_id(doors: Doors) -> str:
    """A mail that brought a link two days ago."""
    with doors.api.services.store.writing() as connection:
        item = Item(
            kind=OutboxKind.MAIL_LINK,
            dedupe_key="the first",
            customer_id="cust_a",
            portal_id=A,
            recipient="ceo@acme.example",
            now=LONG_AGO,
        )
        return enqueue(connection, item)


def ended_link(doors: Doors, delivery_id: str) -> str:
    links = PortalLinks(doors.settings)
    url = links.link(A, "cust_a", delivery_id=delivery_id, attempt=1, now=LONG_AGO).url
    return url.partition("?token=")[2]


def queued(doors: Doors) -> list[Any]:
    with doors.api.services.store.reading() as connection:
        return list(connection.execute(select(OUTBOX).where(OUTBOX.c.enqueued_at > LONG_AGO)))


def ask(doors: Doors, token: str, portal_id: str = A, **form: str) -> Any:
    return doors.browser().post(f"/p/{portal_id}?token={token}", data=form or {"fresh": "1"})


def test_a_link_that_ended_offers_a_fresh_one_and_mails_it_to_the_same_address(
    doors: Doors, delivery_id: str
) -> None:
    token = ended_link(doors, delivery_id)
    page = doors.browser().get(f"/p/{A}?token={token}")
    assert page.status_code == 401 and 'name="fresh"' in page.text
    answer = ask(doors, token)
    assert answer.status_code == 202 and "ceo@acme.example" not in answer.text
    (row,) = queued(doors)
    assert (row.kind, row.recipient, row.portal_id) == ("mail_link", "ceo@acme.example", A)
    drain(doors.api.services.store, doors.settings, now=lambda: NOW + timedelta(minutes=1), compose=compose)
    folder = doors.settings.mail_folder
    assert folder is not None
    mail = (folder / f"{row.delivery_id}.eml").read_text()
    assert "To: ceo@acme.example" in mail and f"/p/{A}?token=3D" in mail.replace("=\n", "")


def test_asking_again_and_again_mails_once_in_a_quarter_of_an_hour(doors: Doors, delivery_id: str) -> None:
    token = ended_link(doors, delivery_id)
    answers = {ask(doors, token).content for _ in range(5)}
    assert len(answers) == 1
    assert len(queued(doors)) == 1


def test_a_link_that_came_by_no_mail_gets_the_same_answer_and_no_mail(doors: Doors, delivery_id: str) -> None:
    known = ask(doors, ended_link(doors, delivery_id))
    before = len(queued(doors))
    unknown = ask(doors, ended_link(doors, "dlv_" + "0" * 32))
    assert (unknown.status_code, unknown.content) == (known.status_code, known.content)
    assert len(queued(doors)) == before


def test_a_link_that_was_taken_back_gets_no_successor(doors: Doors, delivery_id: str) -> None:
    token = ended_link(doors, delivery_id)
    with doors.api.services.store.writing() as connection:
        revoke_token(connection, A, decoded(token)["jti"], now=NOW)
    doors.api.services.standings.forget(A)
    assert ask(doors, token).status_code == 202
    assert queued(doors) == []


def test_a_portal_at_rest_sends_nobody_anything(doors: Doors, delivery_id: str) -> None:
    token = ended_link(doors, delivery_id)
    doors.change(A, status=PortalStatus.DRAFT)
    assert ask(doors, token).status_code == 202
    assert queued(doors) == []


def test_nothing_is_mailed_without_the_wish_or_for_another_portal(doors: Doors, delivery_id: str) -> None:
    token = ended_link(doors, delivery_id)
    assert ask(doors, token, other="1").status_code == 401
    assert ask(doors, token, B).status_code == 401
    assert ask(doors, token[:-4] + "AAAA").status_code == 401
    assert queued(doors) == []
