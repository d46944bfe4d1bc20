"""Who stands at the door of a portal, by what they show, and whether they are let in.

What is shown is read first, without a look into the store; the judgement is a pure function of that and of how
the portal stands. Whatever is wrong, somebody who knows nothing learns nothing: not even that the portal exists.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from urllib.parse import parse_qsl

from starlette.types import Scope

from api.portal_pages.address import PageAddress
from api.portal_pages.headers import cookies
from api.portal_tokens import PortalTokens
from core.sites import DoorPage, is_export
from core.tokens import Claims, Kind, Permission, Reason, Refused, password_mark
from core.tokens.standing import Standing, fault_of

_BEARER = re.compile(rb"[Bb][Ee][Aa][Rr][Ee][Rr] ([\x21-\x7e]{1,5000})")
_MAX_COOKIES = 4
_AS_PUBLIC = frozenset((Permission.READ_METRICS,))


class CameBy(Enum):
    """What a visitor shows."""

    LINK = "link"
    HEADER = "header"
    COOKIE = "cookie"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Shown:
    """What was shown and what it is by itself; `earlier` is the browser's session beside a link."""

    came_by: CameBy
    found: Claims | Refused | None = None
    earlier: Claims | None = None

    @property
    def claims(self) -> Claims | None:
        return self.found if isinstance(self.found, Claims) else None

    @property
    def ended(self) -> Claims | None:
        """What a token said that was good until it ended."""
        is_over = isinstance(self.found, Refused) and self.found.reason is Reason.EXPIRED
        return self.found.claims if isinstance(self.found, Refused) and is_over else None


@dataclass(frozen=True)
class Visitor:
    """Somebody who is let in; `claims` is None for whoever needs no token."""

    came_by: CameBy
    standing: Standing
    claims: Claims | None

    def may(self, permission: Permission) -> bool:
        return permission in (self.claims.permissions if self.claims else _AS_PUBLIC)


@dataclass(frozen=True)
class TurnedAway:
    """Somebody who is shown another page. `standing` is there for those who may know that the portal exists;
    `visitor` for whom a password is all that is missing."""

    page: DoorPage
    standing: Standing | None = None
    visitor: Visitor | None = None
    why: str | None = None


def shown_by(scope: Scope, headers: Mapping[bytes, bytes], tokens: PortalTokens) -> Shown:
    """What the request shows: a token in the address before one in the header before a session in a cookie."""
    header = headers.get(b"authorization")
    in_address = _tokens_in(scope["query_string"]) if scope["query_string"] else []
    if not in_address and header is not None:
        bearer = _BEARER.fullmatch(header)
        found = tokens.read(bearer[1].decode("ascii")) if bearer else Refused(Reason.MALFORMED)
        return Shown(CameBy.HEADER, found)
    session = _session(headers.get(b"cookie"), tokens)
    if len(in_address) > 1:
        return Shown(CameBy.LINK, Refused(Reason.MALFORMED))
    if in_address:
        earlier = session if isinstance(session, Claims) else None
        return Shown(CameBy.LINK, tokens.read(in_address[0]), earlier)
    return Shown(CameBy.NOTHING if session is None else CameBy.COOKIE, session)


def judged(shown: Shown, address: PageAddress, standing: Standing | None) -> Visitor | TurnedAway:
    """Whether who shows this is let in at this address of a portal that stands so."""
    visitor = _visitor(shown, address, standing)
    if isinstance(visitor, TurnedAway):
        return visitor
    needed = Permission.READ_METRICS
    if address.file is not None and is_export(address.file):
        needed = Permission.EXPORT_DATA
    if not visitor.may(needed):
        return TurnedAway(DoorPage.FORBIDDEN, visitor.standing)
    if visitor.standing.asks_password and not _knows_password(visitor):
        return TurnedAway(DoorPage.PASSWORD, visitor.standing, visitor)
    return visitor


def _visitor(shown: Shown, address: PageAddress, standing: Standing | None) -> Visitor | TurnedAway:
    claims, fault = shown.claims, None
    if claims is not None and claims.portal_id == address.portal_id:
        fault = fault_of(claims, standing)
        if fault is None and standing is not None and (standing.is_public or not claims.is_public):
            return Visitor(shown.came_by, standing, claims)
    if standing is not None and standing.is_public:
        return Visitor(CameBy.NOTHING, standing, None)
    if claims is not None and claims.portal_id != address.portal_id:
        # A token of one portal learns nothing of the others.
        return TurnedAway(DoorPage.NOT_FOUND)
    if shown.ended is not None and shown.ended.portal_id == address.portal_id:
        return TurnedAway(DoorPage.EXPIRED, standing, why=Reason.EXPIRED)
    refused = shown.found.reason if isinstance(shown.found, Refused) else fault
    return TurnedAway(DoorPage.UNAUTHORIZED, why=refused)


def _knows_password(visitor: Visitor) -> bool:
    given = visitor.claims.password_mark if visitor.claims else None
    kept = visitor.standing.password_hash
    return visitor.came_by is CameBy.COOKIE and kept is not None and given == password_mark(kept)


def _tokens_in(query: bytes) -> list[str]:
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    return [value for name, value in pairs if name == "token"]


def _session(header: bytes | None, tokens: PortalTokens) -> Claims | Refused | None:
    """The first good session of those in the cookie; a refused one only where there is no other."""
    refused: Refused | None = None
    for value in cookies(header)[:_MAX_COOKIES]:
        found = tokens.read(value, Kind.SESSION)
        if isinstance(found, Claims):
            return found
        refused = refused or found
    return refused
