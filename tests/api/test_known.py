"""What is known while the store is locked: only what nobody has taken back, also while somebody waits for the lock."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from api import keyring
from api.keyring import KeyRing
from api.known_portals import KnownPortals
from api.standings import Standings
from core import keys
from core.settings import Settings
from core.store.control import ControlStore, StoreUnavailable, open_control_store
from tests.builders import NOON, card, keep_portal, portal

PORTAL = "portal_ofA"


@pytest.fixture
def store(tmp_path: Path) -> ControlStore:
    made = open_control_store(Settings(home=tmp_path))
    keep_portal(made, portal(card("cost.total"), portal_id=PORTAL, name="of a"))
    return made


def _waits_in_vain(meanwhile: Callable[[], object]) -> Callable[..., None]:
    """A look into a store that stays locked, during which something happens."""

    def look(*_: object, **__: object) -> None:
        meanwhile()
        raise StoreUnavailable

    return look


def _nothing() -> None:
    """Nobody takes anything back."""


@pytest.mark.parametrize("is_taken_back", [False, True])
def test_a_key_that_was_revoked_while_somebody_waited_is_not_remembered(
    store: ControlStore, monkeypatch: pytest.MonkeyPatch, is_taken_back: bool
) -> None:
    _, text = keys.create_key(store, name="one", role=keys.Role.READ, customer_id=None, now=NOON)
    now = [0.0]
    ring = KeyRing(store, clock=lambda: now[0])
    assert asyncio.run(ring.find(text))
    now[0] += 1

    meanwhile = partial(ring._remembered.pop, text) if is_taken_back else _nothing
    monkeypatch.setattr(keyring, "find_key", _waits_in_vain(meanwhile))
    if not is_taken_back:
        assert asyncio.run(ring.find(text))
        return
    with pytest.raises(StoreUnavailable):
        asyncio.run(ring.find(text))
    assert text not in ring._remembered


@pytest.mark.parametrize("is_taken_back", [False, True])
def test_a_standing_that_was_forgotten_while_somebody_waited_is_not_believed(
    store: ControlStore, monkeypatch: pytest.MonkeyPatch, is_taken_back: bool
) -> None:
    now = [0.0]
    standings = Standings(store, clock=lambda: now[0])
    assert asyncio.run(standings.of(PORTAL))
    now[0] += 1

    meanwhile = partial(standings.forget, PORTAL) if is_taken_back else _nothing
    monkeypatch.setattr(standings, "_read", _waits_in_vain(meanwhile))
    if not is_taken_back:
        assert asyncio.run(standings.of(PORTAL))
        return
    with pytest.raises(StoreUnavailable):
        asyncio.run(standings.of(PORTAL))


@pytest.mark.parametrize("is_taken_back", [False, True])
def test_a_portal_that_was_found_archived_while_somebody_waited_is_not_shown(
    store: ControlStore, monkeypatch: pytest.MonkeyPatch, is_taken_back: bool
) -> None:
    known = KnownPortals(store)
    assert known.of(PORTAL, None)
    meanwhile = known._known.clear if is_taken_back else _nothing
    monkeypatch.setattr(known, "_read", _waits_in_vain(meanwhile))
    if not is_taken_back:
        assert known.of(PORTAL, None)
        return
    with pytest.raises(StoreUnavailable):
        known.of(PORTAL, None)
