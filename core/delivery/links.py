"""Links in mails: into the portal, with a token of the longest life, made when the mail is.

The token's id is the delivery's, so that whoever comes with an old link can be mailed a fresh one: the recipient is
known, and nobody else's word is taken for it.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from core.settings import Settings
from core.tokens.claims import Claims, Permission
from core.tokens.issue import sign
from core.tokens.key_ring import KeyRing

_ID = re.compile(r"(dlv_[0-9a-f]{32})\.[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True)
class PortalLink:
    url: str
    until: datetime


class PortalLinks:
    """Makes them; good for one process."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._keys = settings, KeyRing(settings)

    def link(
        self, portal_id: str, customer_id: str, *, delivery_id: str, attempt: int, now: datetime
    ) -> PortalLink:
        """Opens the portal as a customer sees it, exports included, for as long as a token may."""
        issued_at = int(now.timestamp())
        claims = Claims(
            portal_id=portal_id,
            customer_id=customer_id,
            jti=f"{delivery_id}.{attempt}",
            issued_at=issued_at,
            expires_at=issued_at + self._settings.max_token_seconds,
            permissions=frozenset((Permission.READ_METRICS, Permission.EXPORT_DATA)),
        )
        token = sign(claims, self._keys.signing_key(now=now))
        url = f"{self._settings.page_url}/p/{portal_id}?token={token}"
        return PortalLink(url, datetime.fromtimestamp(claims.expires_at, UTC))


def delivery_of(jti: str) -> str | None:
    """The delivery that a token came with; None for a token from elsewhere."""
    match = _ID.fullmatch(jti)
    return match[1] if match else None
