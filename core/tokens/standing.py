"""What the store knows of a portal that decides who may see it, and what that means for a token.

One look into the store gives all of it; how long a look may be believed is the business of whoever took it.
"""

from dataclasses import dataclass, field

from sqlalchemy import Connection

from core.portals.definition import PortalDefinition, PortalStatus
from core.store.control.portals import find_portal, password_hash
from core.store.control.token_revocations import Revocations, revocations
from core.tokens.claims import Claims
from core.tokens.refusals import Reason


@dataclass(frozen=True)
class Standing:
    """A portal as the door needs it."""

    portal: PortalDefinition
    revoked: Revocations = field(default_factory=Revocations)
    password_hash: str | None = field(default=None, repr=False)

    @property
    def is_active(self) -> bool:
        return self.portal.status is PortalStatus.ACTIVE

    @property
    def asks_password(self) -> bool:
        return self.portal.access.password_protected

    @property
    def is_public(self) -> bool:
        """Whether it opens without a token."""
        return self.is_active and self.portal.access.public


def standing_of(connection: Connection, portal_id: str) -> Standing | None:
    """The portal's standing now; None where there is no such portal."""
    stored = find_portal(connection, portal_id, None)
    if stored is None:
        return None
    hashed = password_hash(connection, portal_id) if stored.has_password else None
    return Standing(stored.definition, revocations(connection, portal_id), hashed)


def fault_of(claims: Claims, standing: Standing | None) -> Reason | None:
    """Why this token, good by itself, opens nothing at this portal; None when it does."""
    if standing is None or standing.portal.portal_id != claims.portal_id:
        return Reason.NO_PORTAL
    if standing.portal.customer_id != claims.customer_id:
        return Reason.NO_PORTAL
    if standing.revoked.include(claims):
        return Reason.REVOKED
    is_draft = standing.portal.status is PortalStatus.DRAFT
    return None if standing.is_active or (is_draft and claims.is_preview) else Reason.NOT_ACTIVE
