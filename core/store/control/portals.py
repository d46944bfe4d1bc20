"""Portals as they are kept: the configuration, when it was made, changed and last looked at, and its password.

Only the password's hash is here, and it leaves by one function. A caller that may see one customer names it
everywhere; a portal of another one is not there. What a configuration may be is `core.portals`' business.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select, true, update

from core.erasures import refuse_erased
from core.errors import PortalAlreadyExists
from core.portals.definition import PortalDefinition, PortalStatus
from core.portals.plain import from_plain, to_plain
from core.store.control.places import Place
from core.store.control.places import after as after_place
from core.store.control.tables import PORTALS
from core.text import same_name

_OWN_COLUMNS = ("portal_id", "customer_id", "name", "status")


@dataclass(frozen=True)
class StoredPortal:
    """A portal with its times; `last_accessed_at` is None until somebody has looked at it."""

    definition: PortalDefinition
    created_at: datetime
    updated_at: datetime
    last_accessed_at: datetime | None = None
    has_password: bool = False


def find_portal(connection: Connection, portal_id: str, customer_id: str | None) -> StoredPortal | None:
    """The portal of that id, archived ones too, if it is this customer's (None: any customer's)."""
    row = connection.execute(
        select(PORTALS).where(PORTALS.c.portal_id == portal_id, _visible(customer_id))
    ).first()
    return None if row is None else _stored(row)


def all_portals(connection: Connection, *, statuses: Iterable[PortalStatus]) -> list[StoredPortal]:
    """Every portal of every customer in one of these states, oldest first."""
    words = [status.value for status in statuses]
    rows = connection.execute(_in_order().where(PORTALS.c.status.in_(words)))
    return [_stored(row) for row in rows]


def list_portals(
    connection: Connection,
    customer_id: str | None,
    *,
    status: PortalStatus | None,
    after: Place | None,
    limit: int,
) -> tuple[list[StoredPortal], int]:
    """The next portals of a customer (None: of everybody), oldest first, and how many there are in all."""
    wanted = and_(_visible(customer_id), true() if status is None else PORTALS.c.status == status.value)
    total = connection.scalar(select(func.count()).select_from(PORTALS).where(wanted))
    rows = connection.execute(
        _in_order().where(wanted, after_place(after, PORTALS.c.created_at, PORTALS.c.portal_id)).limit(limit)
    )
    return [_stored(row) for row in rows], int(total or 0)


def portals_showing(connection: Connection, metric_id: str, customer_id: str | None) -> list[str]:
    """Ids of the portals of a customer (None: of everybody) that show this metric and are not archived."""
    rows = connection.execute(
        _in_order().where(
            _visible(customer_id),
            PORTALS.c.status != PortalStatus.ARCHIVED.value,
            PORTALS.c.definition_json.contains(f'"{metric_id}"', autoescape=True),
        )
    )
    definitions = (_stored(row).definition for row in rows)
    return [d.portal_id for d in definitions if metric_id in d.metric_ids]


def add_portal(
    connection: Connection, definition: PortalDefinition, *, password_hash: str | None = None, now: datetime
) -> StoredPortal:
    """Keeps a new portal; PortalAlreadyExists when the customer has one of that name that is not archived."""
    refuse_erased(connection, definition.customer_id)
    _require_free_name(connection, definition)
    row = {**_columns(definition), "password_hash": password_hash, "created_at": now, "updated_at": now}
    connection.execute(PORTALS.insert().values(row))
    return StoredPortal(definition, now, now, has_password=password_hash is not None)


def change_portal(
    connection: Connection, before: StoredPortal, definition: PortalDefinition, *, now: datetime
) -> StoredPortal:
    """Keeps a new version; one that changes nothing leaves `updated_at` as it was. PortalAlreadyExists."""
    if definition == before.definition:
        return before
    _require_free_name(connection, definition)
    connection.execute(
        update(PORTALS).where(_is(definition.portal_id)).values(**_columns(definition), updated_at=now)
    )
    return replace(before, definition=definition, updated_at=now)


def set_password(
    connection: Connection, stored: StoredPortal, password_hash: str | None, *, now: datetime
) -> StoredPortal:
    """Keeps the hash of another password; None takes the password away."""
    if password_hash is None and not stored.has_password:
        return stored
    connection.execute(
        update(PORTALS)
        .where(_is(stored.definition.portal_id))
        .values(password_hash=password_hash, updated_at=now)
    )
    return replace(stored, has_password=password_hash is not None, updated_at=now)


def password_hash(connection: Connection, portal_id: str) -> str | None:
    """The argon2id hash of the portal's password; None where it has none, or there is no such portal."""
    found: str | None = connection.scalar(select(PORTALS.c.password_hash).where(_is(portal_id)))
    return found


def touch_portal(connection: Connection, portal_id: str, *, now: datetime) -> None:
    """Notes that somebody looks at the portal now; its configuration has not changed by that."""
    connection.execute(update(PORTALS).where(_is(portal_id)).values(last_accessed_at=now))


def _require_free_name(connection: Connection, definition: PortalDefinition) -> None:
    if definition.status is PortalStatus.ARCHIVED:
        return
    other = connection.scalar(
        select(PORTALS.c.portal_id).where(
            PORTALS.c.customer_id == definition.customer_id,
            PORTALS.c.folded_name == same_name(definition.name),
            PORTALS.c.status != PortalStatus.ARCHIVED.value,
            PORTALS.c.portal_id != definition.portal_id,
        )
    )
    if other is not None:
        raise PortalAlreadyExists(
            "This customer has a portal of this name; choose another name or archive that one", param="name"
        )


def _is(portal_id: str) -> ColumnElement[bool]:
    return PORTALS.c.portal_id == portal_id


def _visible(customer_id: str | None) -> ColumnElement[bool]:
    return true() if customer_id is None else PORTALS.c.customer_id == customer_id


def _in_order() -> Any:
    return select(PORTALS).order_by(PORTALS.c.created_at, PORTALS.c.portal_id)


def _columns(definition: PortalDefinition) -> dict[str, Any]:
    plain = to_plain(definition)
    own = {name: plain.pop(name) for name in _OWN_COLUMNS}
    folded = same_name(definition.name)
    return {**own, "folded_name": folded, "definition_json": json.dumps(plain, ensure_ascii=False)}


def _stored(row: Row[Any]) -> StoredPortal:
    own = {name: getattr(row, name) for name in _OWN_COLUMNS}
    return StoredPortal(
        from_plain({**json.loads(row.definition_json), **own}),
        row.created_at,
        row.updated_at,
        row.last_accessed_at,
        has_password=row.password_hash is not None,
    )
