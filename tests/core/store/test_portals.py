"""Portals and customers as they are kept: nobody's but their owner's, in order, and through every version."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from core.errors import PortalAlreadyExists
from core.portals.definition import Access, Layout, PortalDefinition, PortalStatus, Section
from core.store.control import ControlStore
from core.store.control.customers import customer_settings, set_customer, settings_by_customer
from core.store.control.places import Place
from core.store.control.portal_webhooks import add_webhook, find_webhook
from core.store.control.portals import (
    add_portal,
    all_portals,
    change_portal,
    find_portal,
    list_portals,
    password_hash,
    portals_showing,
    set_password,
    touch_portal,
)
from core.store.control.tables import PORTALS
from core.webhooks import Webhook, WebhookEvent
from tests.builders.portals import before_after, card, portal

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def _draft(number: int = 1, **more: object) -> PortalDefinition:
    given = {
        "portal_id": f"portal_{number}",
        "name": f"Portal {number}",
        "status": PortalStatus.DRAFT,
        **more,
    }
    return portal(card("cost.total"), **given)


def test_a_portal_comes_back_as_it_was_given(store: ControlStore) -> None:
    whole = replace(
        portal(card("cost.total", "pie", compare="yoy"), comparisons=(before_after(),)),
        layout=Layout(24, (Section(("cost.total",), "Übersicht", True),)),
        access=Access(True, ("*.acme.com", "localhost:3000"), public=True),
    )
    with store.writing() as connection:
        add_portal(connection, whole, now=NOW)
    with store.reading() as connection:
        found = find_portal(connection, whole.portal_id, "cust_a")
    assert found is not None and found.definition == whole
    assert (found.created_at, found.updated_at, found.last_accessed_at) == (NOW, NOW, None)


def test_a_portal_is_there_for_its_customer_and_for_those_who_see_all(store: ControlStore) -> None:
    with store.writing() as connection:
        add_portal(connection, _draft(), now=NOW)
        add_portal(connection, _draft(2, customer_id="cust_b"), now=NOW)
        seen = {
            (who, number): find_portal(connection, f"portal_{number}", who) is not None
            for who in ("cust_a", "cust_b", None)
            for number in (1, 2, 3)
        }
    assert [key for key, is_seen in seen.items() if is_seen] == [
        ("cust_a", 1), ("cust_b", 2), (None, 1), (None, 2),
    ]  # fmt: skip


def test_the_store_itself_keeps_two_portals_from_one_name(store: ControlStore) -> None:
    with store.writing() as connection:
        add_portal(connection, _draft(), now=NOW)
        with pytest.raises(PortalAlreadyExists):
            add_portal(connection, _draft(2, name="PORTAL 1"), now=NOW)
    row = {
        "portal_id": "portal_x", "customer_id": "cust_a", "name": "Portal 1", "folded_name": "portal 1",
        "status": "draft", "definition_json": "{}", "created_at": NOW, "updated_at": NOW,
    }  # fmt: skip
    with pytest.raises(IntegrityError), store.writing() as connection:
        connection.execute(PORTALS.insert().values(row))
    with store.writing() as connection:
        connection.execute(PORTALS.insert().values({**row, "status": "archived"}))


def test_a_change_that_changes_nothing_leaves_the_time(store: ControlStore) -> None:
    with store.writing() as connection:
        stored = add_portal(connection, _draft(), now=NOW)
        assert change_portal(connection, stored, _draft(), now=LATER) == stored
        active = replace(_draft(), status=PortalStatus.ACTIVE)
        assert change_portal(connection, stored, active, now=LATER).updated_at == LATER
        touch_portal(connection, "portal_1", now=LATER + timedelta(hours=1))
        found = find_portal(connection, "portal_1", None)
    assert found is not None and found.definition == active
    assert (found.updated_at, found.last_accessed_at) == (LATER, LATER + timedelta(hours=1))


def test_a_password_is_kept_apart(store: ControlStore) -> None:
    with store.writing() as connection:
        stored = add_portal(connection, _draft(), now=NOW)
        assert (stored.has_password, password_hash(connection, "portal_1")) == (False, None)
        assert set_password(connection, stored, None, now=LATER) == stored
        kept = set_password(connection, stored, "$argon2id$x", now=LATER)
        assert (kept.has_password, kept.updated_at) == (True, LATER)
        assert password_hash(connection, "portal_1") == "$argon2id$x"
        assert find_portal(connection, "portal_1", "cust_a") == kept
        assert not set_password(connection, kept, None, now=LATER).has_password
        assert password_hash(connection, "portal_none") is None


def test_portals_are_listed_in_the_order_in_which_they_were_made(store: ControlStore) -> None:
    with store.writing() as connection:
        for number, minutes in ((5, 0), (1, 1), (4, 1), (2, 2), (3, 3)):
            add_portal(connection, _draft(number), now=NOW + timedelta(minutes=minutes))
        add_portal(connection, _draft(9, customer_id="cust_b"), now=NOW)
        seen, place = list[str](), None
        while True:
            page, total = list_portals(connection, "cust_a", status=None, after=place, limit=2)
            assert total == 5
            if not page:
                break
            seen += [stored.definition.portal_id for stored in page]
            place = Place(page[-1].created_at, page[-1].definition.portal_id)
    assert seen == ["portal_5", "portal_1", "portal_4", "portal_2", "portal_3"]


def test_those_of_some_states_are_found_for_all_customers(store: ControlStore) -> None:
    with store.writing() as connection:
        for number, status in enumerate(PortalStatus):
            add_portal(connection, _draft(number, status=status, customer_id=f"cust_{number}"), now=NOW)
        found = all_portals(connection, statuses=(PortalStatus.ACTIVE, PortalStatus.ARCHIVED))
        assert all_portals(connection, statuses=()) == []
    assert [stored.definition.customer_id for stored in found] == ["cust_1", "cust_2"]


def test_what_shows_a_metric_is_found_and_nothing_that_only_names_it(store: ControlStore) -> None:
    shows = portal(card("cm_roi"), portal_id="portal_1", name="1")
    compares = portal(comparisons=(before_after("cm_roi"),), portal_id="portal_2", name="2")
    names = portal(card("cost.total", display_name="cm_roi"), portal_id="portal_3", name="cm_roi")
    longer = portal(card("cm_roi_2"), portal_id="portal_4", name="4")
    foreign = portal(card("cm_roi"), portal_id="portal_5", customer_id="cust_b")
    gone = portal(card("cm_roi"), portal_id="portal_6", name="6", status=PortalStatus.ARCHIVED)
    with store.writing() as connection:
        for one in (shows, compares, names, longer, foreign, gone):
            add_portal(connection, one, now=NOW)
        assert portals_showing(connection, "cm_roi", "cust_a") == ["portal_1", "portal_2"]
        assert portals_showing(connection, "cm_roi", None) == ["portal_1", "portal_2", "portal_5"]


def test_webhooks_go_with_their_portal(store: ControlStore) -> None:
    webhook = Webhook("webhook_1", "portal_1", "https://acme.com", (WebhookEvent.PORTAL_ACCESSED,))
    with store.writing() as connection:
        add_portal(connection, _draft(), now=NOW)
        add_webhook(connection, webhook, secret="whsec_x", now=NOW)
        assert find_webhook(connection, "webhook_1", "cust_a") is not None
        assert find_webhook(connection, "webhook_1", "cust_b") is None
        connection.execute(PORTALS.delete().where(PORTALS.c.portal_id == "portal_1"))
        assert find_webhook(connection, "webhook_1", None) is None
    with pytest.raises(IntegrityError), store.writing() as connection:
        add_webhook(connection, webhook, secret="whsec_x", now=NOW)


def test_what_is_set_on_a_customer_is_kept_field_by_field(store: ControlStore) -> None:
    with store.writing() as connection:
        assert customer_settings(connection, "cust_a") is None
        set_customer(connection, "cust_a", {"timezone": "Europe/Berlin"}, now=NOW)
        said = set_customer(connection, "cust_a", {"name": "Acme"}, now=LATER)
        assert (said.name, said.timezone, said.locale, said.updated_at) == (
            "Acme",
            "Europe/Berlin",
            None,
            LATER,
        )
        assert set_customer(connection, "cust_a", {"name": "Acme"}, now=LATER + timedelta(1)) == said
        assert customer_settings(connection, "cust_a") == said
        assert set_customer(connection, "cust_a", {"timezone": None}, now=LATER).timezone is None
        set_customer(connection, "cust_b", {"locale": "de"}, now=NOW)
        assert {c: s.locale for c, s in settings_by_customer(connection).items()} == {
            "cust_a": None,
            "cust_b": "de",
        }
