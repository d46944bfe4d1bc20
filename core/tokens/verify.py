"""Whether a text is a token that was signed here and is good now, or the reason why not.

Nothing is looked up: what only the store knows (is it revoked, is its portal active) is judged by `standing`.
"""

import base64
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import jwt

from core.tokens.claims import (
    ISSUER,
    NOT_YET_LEEWAY_SECONDS,
    Claims,
    Kind,
    read_claims,
    read_object,
)
from core.tokens.refusals import Reason, Refused

ALGORITHM = "HS256"
MAX_TOKEN_BYTES = 4096

_FORM = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)", re.ASCII)
_HEADER = frozenset(("alg", "kid", "typ"))
# Times are judged below, by the clock that is handed in.
_OPTIONS: Any = {
    "require": ["exp", "iat", "nbf", "aud", "iss", "sub", "jti"],
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "enforce_minimum_key_length": True,
}


def verify(
    text: str, secrets: Mapping[str, str], *, kind: Kind, now: datetime, max_seconds: int
) -> Claims | Refused:
    """The claims of a token of this kind, signed with one of these secrets (by kid), that is good at `now`."""
    if len(text) > MAX_TOKEN_BYTES:
        return Refused(Reason.TOO_LONG)
    form = _FORM.fullmatch(text)
    header = read_object(_decoded(form[1])) if form else None
    if form is None or header is None:
        return Refused(Reason.MALFORMED)
    wrong = _header_fault(header, secrets, kind)
    if wrong is not None:
        return Refused(wrong)
    try:
        jwt.decode(text, secrets[header["kid"]], algorithms=[ALGORITHM], options=_OPTIONS, issuer=ISSUER)
    except jwt.InvalidTokenError as problem:
        return Refused(_reason(problem))
    # Read anew: of a name that stands twice the library takes the last.
    plain = read_object(_decoded(form[2]))
    claims = read_claims(plain, kind) if plain is not None else None
    if plain is None or claims is None:
        return Refused(Reason.WRONG_CLAIMS)
    fault = _time_fault(claims, plain["nbf"], now.timestamp(), max_seconds)
    return claims if fault is None else Refused(fault, claims)


def _decoded(segment: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except ValueError:
        return b""


def _header_fault(header: dict[str, Any], secrets: Mapping[str, str], kind: Kind) -> Reason | None:
    """Nothing but the three names: keys, addresses of keys and extensions that a header brings are not read."""
    if header.keys() != _HEADER:
        return Reason.WRONG_HEADER
    if type(header["alg"]) is not str or header["alg"] != ALGORITHM:
        return Reason.WRONG_ALGORITHM
    if type(header["typ"]) is not str or header["typ"] != kind.value:
        return Reason.WRONG_KIND
    if type(header["kid"]) is not str or header["kid"] not in secrets:
        return Reason.UNKNOWN_KEY
    return None


def _reason(problem: jwt.InvalidTokenError) -> Reason:
    if isinstance(problem, jwt.InvalidSignatureError):
        return Reason.WRONG_SIGNATURE
    if isinstance(problem, jwt.InvalidIssuerError):
        return Reason.WRONG_ISSUER
    # The library's word for a segment that is not what it was encoded from.
    return Reason.MALFORMED if type(problem) is jwt.DecodeError else Reason.WRONG_CLAIMS


def _time_fault(claims: Claims, not_before: int, now: float, max_seconds: int) -> Reason | None:
    latest = now + NOT_YET_LEEWAY_SECONDS
    if not 0 < claims.expires_at - claims.issued_at <= max_seconds or not_before > claims.expires_at:
        return Reason.TOO_LONG_LIVED
    if claims.issued_at > latest or not_before > latest:
        return Reason.NOT_YET_VALID
    return Reason.EXPIRED if claims.expires_at <= now else None
