"""The demo's portals: sound, open to everybody, made once, and left alone after that."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.metric_info import find_for_use
from core.portals.check import check_portal
from core.portals.definition import PortalDefinition, PortalStatus
from core.settings import Settings
from core.store.control import ControlStore, open_control_store
from core.store.control.portals import all_portals, change_portal, find_portal
from pipeline.demo.cast import NAMED
from pipeline.demo.portals import make_portals

NOW = datetime(2026, 11, 20, tzinfo=UTC)
EVERYBODY = [customer.customer_id for customer in NAMED]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ControlStore]:
    store = open_control_store(Settings(home=tmp_path))
    yield store
    store.close()


def _kept(store: ControlStore) -> list[PortalDefinition]:
    with store.reading() as connection:
        return [one.definition for one in all_portals(connection, statuses=list(PortalStatus))]


def test_every_demo_portal_is_sound_active_and_public(store: ControlStore) -> None:
    made = make_portals(store, EVERYBODY, now=NOW)
    assert len(made) == 6
    for definition in made:
        assert check_portal(definition, find_metric=find_for_use).faults == ()
        assert definition.status is PortalStatus.ACTIVE
        assert definition.access.public
    assert len({d.branding.primary_color for d in made}) == 6
    assert len({d.branding.theme for d in made}) == 3


def test_the_second_time_nothing_is_made(store: ControlStore) -> None:
    first = make_portals(store, EVERYBODY, now=NOW)
    assert make_portals(store, EVERYBODY, now=NOW) == first
    assert len(_kept(store)) == 6


def test_only_customers_of_the_demo_get_one(store: ControlStore) -> None:
    assert [d.customer_id for d in make_portals(store, ["cust_hanseat", "cust_z"], now=NOW)] == [
        "cust_hanseat"
    ]
    assert len(_kept(store)) == 1


def test_what_somebody_changed_or_archived_stays_so(store: ControlStore) -> None:
    changed, archived, *_ = make_portals(store, EVERYBODY, now=NOW)
    changed = replace(changed, name="Ours")
    with store.writing() as connection:
        for one in (changed, replace(archived, status=PortalStatus.ARCHIVED)):
            before = find_portal(connection, one.portal_id, None)
            assert before is not None
            change_portal(connection, before, one, now=NOW)
    again = make_portals(store, EVERYBODY, now=NOW)
    assert changed in again
    assert archived.portal_id not in {one.portal_id for one in again}
    assert len(_kept(store)) == 6
