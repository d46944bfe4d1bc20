"""Makes tokens: what one says when it is new, the session that a browser gets for it, and the signature."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import jwt

from core.tokens.claims import Claims, Kind, Permission, new_jti
from core.tokens.verify import ALGORITHM

# How long the right password of a public portal is remembered.
PASSWORD_SECONDS = 12 * 3600


@dataclass(frozen=True)
class SigningKey:
    """A secret and its name; the name stands in the header of what it signed."""

    kid: str
    secret: str

    def __repr__(self) -> str:
        return f"SigningKey({self.kid!r})"


def new_claims(
    portal_id: str,
    customer_id: str,
    permissions: Iterable[Permission],
    *,
    seconds: int,
    now: datetime,
    is_preview: bool = False,
) -> Claims:
    """A new token's claims; it ends `seconds` after the full second in which it begins."""
    issued_at = int(now.timestamp())
    return Claims(
        portal_id=portal_id,
        customer_id=customer_id,
        jti=new_jti(now),
        issued_at=issued_at,
        expires_at=issued_at + seconds,
        permissions=frozenset(permissions),
        is_preview=is_preview,
    )


def session_of(claims: Claims, *, earlier: Claims | None = None, password_mark: str | None = None) -> Claims:
    """A browser's session: as good as what it came from, for as long, and revoked with it.

    It goes on where the `earlier` session of this browser at this portal was: the same visit, the password given.
    """
    goes_on = earlier is not None and earlier.portal_id == claims.portal_id
    visit, mark = (earlier.session_id, earlier.password_mark) if earlier and goes_on else (None, None)
    return replace(claims, session_id=visit or secrets.token_hex(16), password_mark=password_mark or mark)


def password_mark(password_hash: str) -> str:
    """Tells one password from the next, and nothing of either."""
    return hashlib.sha256(password_hash.encode()).hexdigest()[:32]


def sign(claims: Claims, key: SigningKey) -> str:
    """The text of the token, or of the session."""
    kind = Kind.TOKEN if claims.session_id is None else Kind.SESSION
    headers = {"kid": key.kid, "typ": kind.value}
    return jwt.encode(claims.to_plain(), key.secret, algorithm=ALGORITHM, headers=headers)
