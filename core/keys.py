"""API keys: made, listed, revoked, and looked up when a request brings one.

A key is shown once, when it is made; the store keeps its SHA-256. That is enough for a secret of more than
192 random bits, which cannot be guessed from its hash. What a role may do is decided where it is asked for.
"""

import hashlib
import re
import secrets
import string
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Select, select, update

from core.erasures import refuse_erased
from core.store.control import ControlStore
from core.store.control.tables import API_KEYS
from core.text import line

PREFIX = "pl_live_"
_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
# 40 characters of base 62 are 238 bits.
_SECRET_CHARACTERS = 40
_HINT_CHARACTERS = len(PREFIX) + 4
_KEY = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{_SECRET_CHARACTERS}}}", re.ASCII)


class Role(StrEnum):
    """What a key may do; each role may also do what those before it may."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"

    def includes(self, other: "Role") -> bool:
        order = list(Role)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True)
class ApiKey:
    """A key as it is kept; `customer_id` is the only customer it may see, None is all of them."""

    key_id: str
    name: str
    hint: str
    role: Role
    customer_id: str | None
    created_at: datetime
    revoked_at: datetime | None


def create_key(
    store: ControlStore, *, name: str, role: Role, customer_id: str | None, now: datetime
) -> tuple[ApiKey, str]:
    """A new key and its text, which is not kept; ValueError when the name or customer id is no clean text."""
    text = PREFIX + "".join(secrets.choice(_BASE62) for _ in range(_SECRET_CHARACTERS))
    key = ApiKey(
        key_id="key_" + secrets.token_hex(8),
        name=line(name),
        hint=text[:_HINT_CHARACTERS],
        role=role,
        customer_id=None if customer_id is None else line(customer_id),
        created_at=now,
        revoked_at=None,
    )
    row = {**asdict(key), "role": role.value, "secret_sha256": _sha256(text)}
    with store.writing() as connection:
        refuse_erased(connection, key.customer_id)
        connection.execute(API_KEYS.insert().values(row))
    return key, text


def list_keys(store: ControlStore) -> list[ApiKey]:
    """All keys, revoked ones too, oldest first."""
    with store.reading() as connection:
        rows = connection.execute(_keys().order_by(API_KEYS.c.created_at, API_KEYS.c.key_id)).all()
    return [_key(row) for row in rows]


def revoke_key(store: ControlStore, key_id: str, *, now: datetime) -> bool:
    """True when there is such a key; it stops working within a second and stays in the list."""
    with store.writing() as connection:
        known = connection.execute(_keys().where(API_KEYS.c.key_id == key_id)).first()
        connection.execute(
            update(API_KEYS)
            .where(API_KEYS.c.key_id == key_id, API_KEYS.c.revoked_at.is_(None))
            .values(revoked_at=now)
        )
    return known is not None


def find_key(store: ControlStore, text: str, *, hasty: bool = False) -> ApiKey | None:
    """The key with this text, unless it is revoked. Looked up by hash, so its time tells nothing. StoreUnavailable,
    soon where `hasty`."""
    if not _KEY.fullmatch(text):
        return None
    with store.reading(hasty=hasty) as connection:
        row = connection.execute(
            _keys().where(API_KEYS.c.secret_sha256 == _sha256(text), API_KEYS.c.revoked_at.is_(None))
        ).first()
    return None if row is None else _key(row)


_COLUMNS = tuple(API_KEYS.c[field.name] for field in fields(ApiKey))


def _keys() -> Select[Any]:
    return select(*_COLUMNS)


def _key(row: Row[Any]) -> ApiKey:
    values = row._asdict()
    return ApiKey(**{**values, "role": Role(values["role"])})


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
