"""Passwords of portals: which text may be one, its argon2id hash, and whether a text is the right one.

Hashing takes tens of milliseconds and 19 MiB on purpose, so it is done outside of transactions. How often
somebody may guess is the door's business.
"""

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MIN_PASSWORD_CHARACTERS = 8
MAX_PASSWORD_CHARACTERS = 200


def check_password(text: str) -> str:
    """The password in the form that is hashed; ValueError gives the reason why it can be none."""
    password = _normal(text)
    if not MIN_PASSWORD_CHARACTERS <= len(password) <= MAX_PASSWORD_CHARACTERS:
        raise ValueError(f"must have {MIN_PASSWORD_CHARACTERS} to {MAX_PASSWORD_CHARACTERS} characters")
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in password):
        raise ValueError("must not hold control characters")
    return password


def hash_password(text: str) -> str:
    """The argon2id hash of a text that `check_password` lets pass; another one each time."""
    return _hasher().hash(check_password(text))


def is_password(stored_hash: str, text: str) -> bool:
    """Whether this text has that hash; a text that can be no password costs no hashing."""
    from argon2.exceptions import VerificationError

    try:
        return _hasher().verify(stored_hash, check_password(text))
    except (VerificationError, ValueError):
        return False


@cache
def _hasher() -> "PasswordHasher":
    # Loaded late: the command line and the pipeline have no passwords.
    from argon2 import PasswordHasher, Type

    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, type=Type.ID)


def _normal(text: str) -> str:
    # The same password typed on another keyboard; a text that is far too long is not worth normalising.
    too_long = len(text) > 4 * MAX_PASSWORD_CHARACTERS
    return text if too_long else unicodedata.normalize("NFC", text)
