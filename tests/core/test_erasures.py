"""Promise: once a customer's erasure was asked for, the control store has nothing of them, and takes nothing in."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core import keys
from core.erasures import CustomerErased, find_erasure, reapply, refuse_erased, request_erasure
from core.settings import Settings
from core.store.control import ControlStore
from core.store.control.customers import set_customer
from core.store.control.forgetting import ANY_ID_COLUMNS, CUSTOMER_COLUMNS, ID_COLUMNS
from core.store.control.report_tables import METADATA
from core.tombstones import Tombstones, digest_of
from tests.builders.kept import NOT_OF_CUSTOMERS, keep_everywhere, rows_of

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
ACME, ZETA = "cust_acme_qk3vYp2", "cust_zeta"
CANARY = "canary-8dKq2LmZx71"


@pytest.fixture
def full(store: ControlStore) -> ControlStore:
    """A store with something of two customers in every table."""
    with store.writing() as connection:
        keep_everywhere(connection, ZETA, "zeta777", "of zeta")
    with store.reading() as connection:
        assert all(
            rows_of(connection)[t.name] for t in METADATA.sorted_tables if t.name not in NOT_OF_CUSTOMERS
        )
    return store


def test_every_table_says_whose_its_rows_are() -> None:
    known = {*CUSTOMER_COLUMNS, *ID_COLUMNS, *ANY_ID_COLUMNS}
    silent = [t.name for t in METADATA.sorted_tables if not known & set(t.c.keys())]
    assert silent == list(NOT_OF_CUSTOMERS)


def test_nothing_of_the_customer_is_left_and_nothing_of_others_is_gone(full: ControlStore) -> None:
    with full.reading() as connection:
        before = rows_of(connection)
    with full.writing() as connection:
        keep_everywhere(connection, ACME, "acme", CANARY)
        erasure = request_erasure(connection, ACME, by="key_1", now=NOW)
    with full.reading() as connection:
        after = rows_of(connection)
    assert ACME not in str(after) and CANARY not in str(after)
    assert {**after, "erasures": []} == before
    assert erasure.work.portal_ids == ("portal_acme",)
    assert erasure.work.report_ids == ("report_acme",)
    assert erasure.work.removed["control store: portals"] == 1


def test_the_file_of_the_store_holds_no_byte_of_them_after_it_is_compacted(full: ControlStore) -> None:
    with full.writing() as connection:
        keep_everywhere(connection, ACME, "acme", CANARY)
    with full.writing() as connection:
        request_erasure(connection, ACME, by="key_1", now=NOW)
    full.compact()
    with full.reading() as connection:
        assert len(rows_of(connection)["portals"]) == 1, "and it goes on working"
        file = connection.engine.url.database or ""
    if Path(file).is_file():
        assert CANARY.encode() not in Path(file).read_bytes()


def test_asked_again_it_is_the_same_erasure(store: ControlStore) -> None:
    with store.writing() as connection:
        first = request_erasure(connection, ACME, by="key_1", now=NOW)
        again = request_erasure(connection, ACME, by="key_2", now=NOW)
        assert again == first
        assert find_erasure(connection, ACME) == first
        assert find_erasure(connection, ZETA) is None


def test_an_erased_customer_cannot_be_set_again(store: ControlStore) -> None:
    with store.writing() as connection:
        request_erasure(connection, ACME, by="key_1", now=NOW)
    with pytest.raises(CustomerErased, match="was erased"), store.writing() as connection:
        set_customer(connection, ACME, {"name": "Acme"}, now=NOW)
    with pytest.raises(CustomerErased):
        keys.create_key(store, name="again", role=keys.Role.READ, customer_id=ACME, now=NOW)
    with store.writing() as connection:
        refuse_erased(connection, ZETA)
        refuse_erased(connection, None)
        set_customer(connection, ZETA, {"name": "Zeta"}, now=NOW)


def test_after_a_restore_the_digest_alone_erases_again(full: ControlStore) -> None:
    with full.reading() as connection:
        before = rows_of(connection)
    with full.writing() as connection:
        keep_everywhere(connection, ACME, "acme", CANARY)
        erasure = reapply(connection, digest_of(ACME), by="restore", now=NOW)
        assert not erasure.is_done
    with full.reading() as connection:
        assert {**rows_of(connection), "erasures": []} == before


@pytest.mark.parametrize(
    "text",
    [
        ACME,
        f" {ACME} ",
        f'"customer_id": "{ACME}"',
        f"otlp/{ACME}/a.jsonl",
        f"x={ACME},",
        f"`otlp/{ACME}.jsonl:3`",
    ],
)
def test_a_tombstone_knows_the_customer_again_in_any_text(text: str) -> None:
    assert Tombstones(frozenset([digest_of(ACME)])).mentioned_in(text)


@pytest.mark.parametrize("text", ["", "cust_acme", f"{ACME}2", f"my{ACME}", ZETA])
def test_and_nobody_else(text: str) -> None:
    erased = Tombstones(frozenset([digest_of(ACME)]))
    assert not erased.mentioned_in(text)
    assert not erased.names(text)


def test_a_store_without_erasures_refuses_nobody(store_settings: Settings, store: ControlStore) -> None:
    with store.reading() as connection:
        refuse_erased(connection, ACME)
    assert not Tombstones().names(ACME)
