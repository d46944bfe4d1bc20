"""Tokens that were taken back before their end: one by its jti, or all that a portal had until then.

A row outlives every token that it could concern by a day, and goes after that.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from core.store.control.tables import TOKEN_REVOCATIONS as ROWS
from core.tokens.claims import Claims, microsecond

# Tokens live 30 days at most.
KEPT = timedelta(days=31)
_ALL = ""


@dataclass(frozen=True)
class Revocations:
    """What is revoked of one portal; `until` is the microsecond up to which every token is, or None."""

    jtis: frozenset[str] = field(default_factory=frozenset)
    until: int | None = None

    def include(self, claims: Claims) -> bool:
        is_old = self.until is not None and claims.issued_microsecond <= self.until
        return is_old or claims.jti in self.jtis


def revocations(connection: Connection, portal_id: str) -> Revocations:
    rows = connection.execute(select(ROWS.c.jti, ROWS.c.revoked_at).where(ROWS.c.portal_id == portal_id))
    return _read((row.jti, row.revoked_at) for row in rows)


def revoke_token(connection: Connection, portal_id: str, jti: str, *, now: datetime) -> None:
    """The token with this jti opens nothing any more, whether it was ever issued or not."""
    _keep(connection, portal_id, jti, now)


def revoke_all_tokens(connection: Connection, portal_id: str, *, now: datetime) -> None:
    """No token that the portal has had until now opens anything; later ones do."""
    _keep(connection, portal_id, _ALL, now)


def _keep(connection: Connection, portal_id: str, jti: str, now: datetime) -> None:
    connection.execute(delete(ROWS).where(ROWS.c.revoked_at < now - KEPT))
    connection.execute(delete(ROWS).where(ROWS.c.portal_id == portal_id, ROWS.c.jti == jti))
    connection.execute(ROWS.insert().values(portal_id=portal_id, jti=jti, revoked_at=now))


def _read(rows: Iterable[tuple[str, datetime]]) -> Revocations:
    found = dict(rows)
    until = found.pop(_ALL, None)
    return Revocations(frozenset(found), None if until is None else microsecond(until))
