"""Why a token opens nothing: each reason, and the sentence in which it is told.

A sentence never repeats what was sent. Reasons are for people and logs; to a program they are all the same.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.tokens.claims import Claims


class Reason(StrEnum):
    """What is wrong with a token, in the order in which it is looked for."""

    TOO_LONG = "too_long"
    MALFORMED = "malformed"
    WRONG_HEADER = "wrong_header"
    WRONG_ALGORITHM = "wrong_algorithm"
    WRONG_KIND = "wrong_kind"
    UNKNOWN_KEY = "unknown_key"
    WRONG_SIGNATURE = "wrong_signature"
    WRONG_CLAIMS = "wrong_claims"
    WRONG_ISSUER = "wrong_issuer"
    TOO_LONG_LIVED = "too_long_lived"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    # What only the store knows.
    REVOKED = "revoked"
    NO_PORTAL = "no_portal"
    NOT_ACTIVE = "not_active"


_SENTENCES = {
    Reason.TOO_LONG: "The token is too long",
    Reason.MALFORMED: "This is no token",
    Reason.WRONG_HEADER: "The token's header is not one that is issued here",
    Reason.WRONG_ALGORITHM: "The token is signed in a way that is not used here",
    Reason.WRONG_KIND: "This token is of another kind",
    Reason.UNKNOWN_KEY: "The key that signed the token is not known here, or not any more",
    Reason.WRONG_SIGNATURE: "The token's signature does not fit",
    Reason.WRONG_CLAIMS: "The token does not say what a token must say",
    Reason.WRONG_ISSUER: "The token was issued by somebody else",
    Reason.TOO_LONG_LIVED: "The token lives longer than tokens may",
    Reason.NOT_YET_VALID: "The token is not valid yet",
    Reason.EXPIRED: "The token has expired",
    Reason.REVOKED: "The token was revoked",
    Reason.NO_PORTAL: "The token's portal does not exist",
    Reason.NOT_ACTIVE: "The token's portal is not active",
}


@dataclass(frozen=True)
class Refused:
    """A token that opens nothing. Where only its time was wrong, `claims` says whose it was."""

    reason: Reason
    claims: "Claims | None" = None

    @property
    def portal_id(self) -> str | None:
        return self.claims.portal_id if self.claims else None

    @property
    def sentence(self) -> str:
        return _SENTENCES[self.reason]
