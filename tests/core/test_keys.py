"""Keys are shown once, kept as a hash, and stop when they are revoked."""

import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core import keys
from core.settings import Settings
from core.store.control import ControlStore, open_control_store

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def _make(store: ControlStore, customer_id: str | None = None) -> tuple[keys.ApiKey, str]:
    return keys.create_key(store, name="ci", role=keys.Role.WRITE, customer_id=customer_id, now=NOW)


def test_a_key_is_found_by_its_text_with_its_role_and_customer(store: ControlStore) -> None:
    acme, acme_text = _make(store, "acme")
    globex, globex_text = _make(store, "globex")
    assert keys.find_key(store, acme_text) == acme
    assert keys.find_key(store, globex_text) == globex
    assert (acme.role, acme.customer_id, globex.customer_id) == (keys.Role.WRITE, "acme", "globex")


def test_a_key_has_more_than_192_random_bits(store: ControlStore) -> None:
    _, text = _make(store)
    assert re.fullmatch(r"pl_live_[0-9A-Za-z]{40}", text)
    assert 62**40 > 2**192


def test_only_the_hash_is_on_the_disk(tmp_path: Path) -> None:
    store = open_control_store(Settings(home=tmp_path))
    key, text = _make(store)
    store.close()
    disk = (tmp_path / "control.sqlite").read_bytes()
    assert text.encode() not in disk and text[len(key.hint) :].encode() not in disk
    assert hashlib.sha256(text.encode()).hexdigest().encode() in disk


def test_a_revoked_key_is_found_no_more_but_stays_in_the_list(store: ControlStore) -> None:
    key, text = _make(store)
    other, other_text = _make(store)
    assert keys.revoke_key(store, key.key_id, now=NOW)
    assert keys.find_key(store, text) is None
    assert keys.find_key(store, other_text) == other
    listed = {k.key_id: k.revoked_at for k in keys.list_keys(store)}
    assert listed == {key.key_id: NOW, other.key_id: None}


def test_revoking_twice_keeps_the_first_time_and_an_unknown_key_is_said_to_be_unknown(store) -> None:
    key, _ = _make(store)
    later = NOW.replace(hour=13)
    assert keys.revoke_key(store, key.key_id, now=NOW) and keys.revoke_key(store, key.key_id, now=later)
    assert keys.list_keys(store)[0].revoked_at == NOW
    assert not keys.revoke_key(store, "key_none", now=NOW)


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t[:8],
        lambda t: t[:-1],
        lambda t: t + "x",
        lambda t: t + "\0",
        lambda t: t.swapcase(),
        lambda _: "",
    ],
)
def test_nothing_but_the_whole_key_is_the_key(store: ControlStore, change) -> None:
    _, text = _make(store)
    assert keys.find_key(store, change(text)) is None


def test_a_role_may_do_what_the_roles_before_it_may() -> None:
    assert keys.Role.ADMIN.includes(keys.Role.WRITE) and keys.Role.WRITE.includes(keys.Role.READ)
    assert not keys.Role.READ.includes(keys.Role.WRITE) and not keys.Role.WRITE.includes(keys.Role.ADMIN)


def test_a_name_that_is_no_clean_text_is_refused(store: ControlStore) -> None:
    with pytest.raises(ValueError, match="control"):
        keys.create_key(store, name="a\x00b", role=keys.Role.READ, customer_id=None, now=NOW)
    with pytest.raises(ValueError, match="empty"):
        keys.create_key(store, name="ci", role=keys.Role.READ, customer_id=" ", now=NOW)
