"""Tokens that open portals: issued, signed, verified, refused with a reason.

Which portals are open and which tokens are revoked is the control store's business; what a token opens is
decided at the door.
"""

from core.tokens.claims import DEFAULT_SECONDS, MIN_SECONDS, Claims, Kind, Permission
from core.tokens.issue import (
    PASSWORD_SECONDS,
    SigningKey,
    new_claims,
    password_mark,
    session_of,
    sign,
)
from core.tokens.refusals import Reason, Refused
from core.tokens.verify import MAX_TOKEN_BYTES, verify

__all__ = [
    "DEFAULT_SECONDS",
    "MAX_TOKEN_BYTES",
    "MIN_SECONDS",
    "PASSWORD_SECONDS",
    "Claims",
    "Kind",
    "Permission",
    "Reason",
    "Refused",
    "SigningKey",
    "new_claims",
    "password_mark",
    "session_of",
    "sign",
    "verify",
]
