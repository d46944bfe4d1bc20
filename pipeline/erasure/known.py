"""Who was erased, and who waits for it: from the control store, and from the records that lie beside the warehouse.

The records outlive a control store that was put back from a backup, and are there when it cannot be read.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from sqlalchemy import Connection

from core.erasure_records import reapply_missing, tombstones_in
from core.erasures import Erasure, added, all_erasures, keep_work, tombstones
from core.settings import Settings, SettingsError
from core.store.control import ControlStoreDamagedError, StoreUnavailable, existing_control_store
from core.tombstones import Tombstones, agent_digest_of
from pipeline.errors import NotPublishedError
from pipeline.home import Home
from pipeline.ingest import tables
from pipeline.ingest.tables import EVENT_TABLES

UNREADABLE = (ControlStoreDamagedError, StoreUnavailable, SettingsError)
_STATE = "erased"
_AS_OF = "data_as_of"


@dataclass(frozen=True)
class Known:
    """All tombstones, and the erasures that are not finished."""

    tombstones: Tombstones
    pending: tuple[Erasure, ...]


def read(settings: Settings) -> Known:
    """Who was erased. A control store that cannot be read is asked again by the next run."""
    erasures = _in_the_store(settings)
    found, filed = tombstones(erasures), tombstones_in(settings.erasures_dir)
    return Known(
        Tombstones(found.customers | filed.customers, found.agents | filed.agents),
        tuple(one for one in erasures if not one.is_done),
    )


def covered(database: Path) -> frozenset[str]:
    """The digests of those whom this database was built without."""
    with duckdb.connect(str(database), read_only=True) as connection:
        if not connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'state'").fetchone():
            return frozenset()
        return frozenset(json.loads(tables.get_state(connection, _STATE) or "[]"))


def note_covered(connection: duckdb.DuckDBPyConnection, known: Known, home: Home) -> None:
    """Notes in a build whom it was built without. Everybody else's data reaches as far as it did: that the newest
    event was an erased customer's takes nothing from the others."""
    tables.set_state(connection, _STATE, json.dumps(sorted(known.tombstones.customers)))
    if not known.pending or not home.warehouse.exists():
        return
    with duckdb.connect(str(home.warehouse), read_only=True) as before:
        earlier = tables.get_state(before, _AS_OF)
    if earlier and earlier > (tables.get_state(connection, _AS_OF) or ""):
        tables.set_state(connection, _AS_OF, earlier)


def is_ready(home: Home, known: Known) -> bool:
    """Whether erasures wait for nothing but their end: what is published was built without them, or nothing is."""
    if not known.pending:
        return False
    if not home.warehouse.exists():
        return not any(home.raw.glob("*.json")) and not any(home.published.glob("snap-*"))
    return {one.customer_digest for one in known.pending} <= covered(home.warehouse)


def refuse_if_newer(settings: Settings, build: Path) -> None:
    """NotPublishedError where somebody was erased while this was built."""
    if read(settings).tombstones.customers - covered(build):
        raise NotPublishedError(
            "A customer was erased while this was built, so it is not published. The next run builds without them;"
            " the snapshot before goes on serving until then."
        )


def note_agents(settings: Settings, known: Known) -> Known:
    """Adds the agents that worked for nobody else, while the warehouse still knows whose they were."""
    home = Home(settings.home)
    if not home.warehouse.exists():
        return known
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        theirs, others = _agents(connection, known.tombstones)
    agents = set(map(agent_digest_of, theirs))
    with _writing(settings) as connection:
        for one in _unfinished(connection):
            kept = tuple(sorted({*one.work.agent_digests, *agents}))
            keep_work(connection, one.erasure_id, replace(one.work, agent_digests=kept))
    found = known.tombstones.agents.union(agents).difference(map(agent_digest_of, others))
    return Known(Tombstones(known.tombstones.customers, found), known.pending)


def note_removed(settings: Settings, counts: Mapping[str, int]) -> None:
    """Adds to what the unfinished erasures have removed; from shared files it counts for each of them."""
    with _writing(settings) as connection:
        for one in _unfinished(connection):
            keep_work(connection, one.erasure_id, replace(one.work, removed=added(one.work.removed, counts)))


def _unfinished(connection: Connection) -> list[Erasure]:
    return [one for one in all_erasures(connection) if not one.is_done]


@contextmanager
def _writing(settings: Settings) -> Iterator[Connection]:
    store = existing_control_store(settings)
    assert store is not None, "an erasure waits, so there is a store that says so"
    try:
        with store.writing() as connection:
            yield connection
    finally:
        store.close()


def without_agents_of_others(erased: Tombstones, connection: duckdb.DuckDBPyConnection) -> Tombstones:
    """The tombstones without agents that work for somebody else by now, as these events have it."""
    _, others = _agents(connection, erased)
    return Tombstones(erased.customers, erased.agents.difference(map(agent_digest_of, others)))


def _agents(connection: duckdb.DuckDBPyConnection, erased: Tombstones) -> tuple[set[str], set[str]]:
    """Those that worked for nobody but erased customers, and all others."""
    pairs = " UNION ".join(f"SELECT customer_id, agent_id FROM raw.{name}" for name in EVENT_TABLES)
    rows = connection.execute(f"SELECT * FROM ({pairs}) WHERE agent_id IS NOT NULL").fetchall()
    others = {agent for customer, agent in rows if not erased.names(customer)}
    return {agent for _, agent in rows} - others, others


def _in_the_store(settings: Settings) -> list[Erasure]:
    if not (settings.database_url or settings.control_path.exists()):
        return []
    try:
        store = existing_control_store(settings)
        if store is None:
            return []
        try:
            reapply_missing(store, settings.erasures_dir, now=datetime.now(UTC))
            with store.reading() as connection:
                return all_erasures(connection)
        finally:
            store.close()
    except UNREADABLE:
        return []
