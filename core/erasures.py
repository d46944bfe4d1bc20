"""Erasing a customer: asked for here, which takes effect at once; finished by the pipeline, which alone writes events.

Asking removes everything that people decided about the customer (portals, reports, keys, rules) and leaves a
tombstone in the same transaction: from then on no page opens, nothing is sent, and nothing of theirs is taken in
again. Events, published snapshots and files follow with the next run (`pipeline.erasure`).
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select, update

from core.errors import Conflict
from core.store.control.forgetting import customers_in, forget
from core.store.control.tables import ERASURES
from core.tombstones import Tombstones, digest_of

REQUESTED, DONE = "requested", "done"
# What was promised to whoever asks for one.
ERASED_WITHIN = timedelta(hours=24)


class CustomerErased(Conflict):
    """The customer was erased; nothing of theirs is taken in again."""

    code = "INVALID_STATE"

    def __init__(self) -> None:
        super().__init__(
            "This customer was erased, and nothing of theirs is kept any more; choose another id",
            param="customer_id",
        )


@dataclass(frozen=True)
class Work:
    """What is left to remove, by ids that say nothing of whose they are, and what was removed, by place."""

    portal_ids: tuple[str, ...] = ()
    report_ids: tuple[str, ...] = ()
    agent_digests: tuple[str, ...] = ()
    removed: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Erasure:
    """One customer's erasure. `record` is what was removed, signed; None until it is done."""

    erasure_id: str
    customer_digest: str
    state: str
    requested_by: str
    requested_at: datetime
    work: Work
    finished_at: datetime | None = None
    record: Mapping[str, Any] | None = None

    @property
    def is_done(self) -> bool:
        return self.state == DONE


def request_erasure(connection: Connection, customer_id: str, *, by: str, now: datetime) -> Erasure:
    """Removes what the store has of the customer and leaves the tombstone; asked again, the erasure there is."""
    return _request(connection, digest_of(customer_id), {customer_id}, by=by, now=now)


def reapply(connection: Connection, digest: str, *, by: str, now: datetime) -> Erasure:
    """An erasure of which only the digest is known, as after a restore: to be done again from its beginning."""
    whose = {one for one in customers_in(connection) if digest_of(one) == digest}
    return _request(connection, digest, whose, by=by, now=now, is_anew=True)


def find_erasure(connection: Connection, customer_id: str) -> Erasure | None:
    """The erasure of this customer, if there was one."""
    return _of_digest(connection, digest_of(customer_id))


def is_erased(connection: Connection, customer_id: str) -> bool:
    """Whether nothing of this customer may be kept."""
    return find_erasure(connection, customer_id) is not None


def refuse_erased(connection: Connection, customer_id: str | None) -> None:
    """CustomerErased for whoever would bring one back."""
    if customer_id and is_erased(connection, customer_id):
        raise CustomerErased


def all_erasures(connection: Connection) -> list[Erasure]:
    """Every erasure there was, oldest first."""
    rows = connection.execute(select(ERASURES).order_by(ERASURES.c.requested_at, ERASURES.c.erasure_id))
    return [_erasure(row) for row in rows]


def tombstones(erasures: list[Erasure]) -> Tombstones:
    """Whom these erasures have removed."""
    return Tombstones(
        frozenset(one.customer_digest for one in erasures),
        frozenset(agent for one in erasures for agent in one.work.agent_digests),
    )


def forget_again(connection: Connection, erasure: Erasure) -> Erasure:
    """Removes what came between the request and now; nothing should have."""
    whose = {one for one in customers_in(connection) if digest_of(one) == erasure.customer_digest}
    return _with_forgotten(connection, erasure, whose)


def keep_work(connection: Connection, erasure_id: str, work: Work) -> None:
    """Keeps how far an erasure has come."""
    connection.execute(
        update(ERASURES).where(ERASURES.c.erasure_id == erasure_id).values(work_json=_work_json(work))
    )


def finish(connection: Connection, erasure_id: str, record: Mapping[str, Any], *, now: datetime) -> None:
    """The erasure is done, and this is its record."""
    connection.execute(
        update(ERASURES)
        .where(ERASURES.c.erasure_id == erasure_id)
        .values(state=DONE, finished_at=now, record_json=json.dumps(dict(record), sort_keys=True))
    )


def _request(
    connection: Connection, digest: str, whose: set[str], *, by: str, now: datetime, is_anew: bool = False
) -> Erasure:
    known = _of_digest(connection, digest)
    if known is None:
        known = Erasure(f"erasure_{secrets.token_hex(8)}", digest, REQUESTED, by, now, Work())
        connection.execute(ERASURES.insert().values(**_row(known)))
    elif is_anew and known.is_done:
        connection.execute(
            update(ERASURES).where(ERASURES.c.erasure_id == known.erasure_id).values(state=REQUESTED)
        )
    _with_forgotten(connection, known, whose)
    found = _of_digest(connection, digest)
    assert found is not None
    return found


def _with_forgotten(connection: Connection, erasure: Erasure, whose: set[str]) -> Erasure:
    work = erasure.work
    for customer_id in sorted(whose):
        gone = forget(connection, customer_id)
        work = Work(
            tuple(sorted({*work.portal_ids, *gone.portal_ids})),
            tuple(sorted({*work.report_ids, *gone.report_ids})),
            work.agent_digests,
            added(work.removed, {f"control store: {table}": count for table, count in gone.rows.items()}),
        )
    keep_work(connection, erasure.erasure_id, work)
    return Erasure(**{**vars(erasure), "work": work})


def added(removed: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    """Counts by place, with more of them."""
    return {name: removed.get(name, 0) + more.get(name, 0) for name in sorted({*removed, *more})}


def _of_digest(connection: Connection, digest: str) -> Erasure | None:
    row = connection.execute(select(ERASURES).where(ERASURES.c.customer_digest == digest)).first()
    return None if row is None else _erasure(row)


def _row(erasure: Erasure) -> dict[str, Any]:
    own = {name: value for name, value in vars(erasure).items() if name not in ("work", "record")}
    return own | {"work_json": _work_json(erasure.work), "record_json": None}


def _work_json(work: Work) -> str:
    return json.dumps({**vars(work), "removed": dict(work.removed)}, sort_keys=True)


def _erasure(row: Row[Any]) -> Erasure:
    said = json.loads(row.work_json)
    work = Work(
        tuple(said["portal_ids"]), tuple(said["report_ids"]), tuple(said["agent_digests"]), said["removed"]
    )
    return Erasure(
        row.erasure_id,
        row.customer_digest,
        row.state,
        row.requested_by,
        row.requested_at,
        work,
        row.finished_at,
        None if row.record_json is None else json.loads(row.record_json),
    )
