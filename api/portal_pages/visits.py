"""What one request at the door leaves in the log of views: a page that was seen, data that was taken along."""

import hashlib
from pathlib import Path

from starlette.types import Scope

from api.exports import Taken
from api.portal_pages.files import SiteFile
from api.portal_pages.visitors import Visitor
from api.services import Services


class Visits:
    """`secret` tells visitors without a session apart, and means nothing outside this process."""

    def __init__(self, services: Services, scope: Scope, client: str, secret: bytes) -> None:
        self._services, self._client, self._secret = services, client, secret
        self._user_agent = dict(scope["headers"]).get(b"user-agent", b"")
        # A HEAD looks at nothing and takes nothing.
        self._is_head = bool(scope["state"].get("is_head"))

    def saw(self, visitor: Visitor, *, pages: int, has_left: bool = False) -> None:
        if self._is_head:
            return
        portal, visit = visitor.standing.portal, self._visit_of(visitor)
        self._services.views.saw(
            visit, portal.portal_id, portal.customer_id, self._client, pages=pages, has_left=has_left
        )

    def took(self, visitor: Visitor, found: SiteFile) -> None:
        if self._is_head:
            return
        portal, path = visitor.standing.portal, Path(found.folder) / found.name
        now = self._services.now()
        self._services.views.took(Taken(portal.portal_id, portal.customer_id, now, path, found.body))

    def _visit_of(self, visitor: Visitor) -> str:
        claims = visitor.claims
        if claims is not None and claims.session_id is not None:
            return claims.session_id
        token = claims.jti if claims else visitor.standing.portal.portal_id
        told = b"\0".join((token.encode(), self._client.encode(), self._user_agent))
        return hashlib.blake2b(told, digest_size=16, key=self._secret).hexdigest()
