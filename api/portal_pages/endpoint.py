"""The endpoint of pages, embedded pages and shared files: from a request to the bytes of a file, or to another page.

One request is one `_Visit`. Who is let in is judged in `visitors`, what leaves is said in `sending`.
"""

import asyncio
import secrets
from dataclasses import replace

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from api.cross_origin import data_headers, preflight
from api.errors import too_many
from api.limits import Category, counted_as
from api.portal_pages.address import PageAddress, Place, page_address
from api.portal_pages.files import SiteFile, SiteFiles
from api.portal_pages.headers import KEPT_BUT_ASKED, KEPT_FOR_EVER, Header, cookie
from api.portal_pages.passwords import PasswordGuard, sent_field
from api.portal_pages.sending import Answer
from api.portal_pages.visitors import CameBy, Shown, TurnedAway, Visitor, judged, shown_by
from api.portal_pages.visits import Visits
from api.portal_tokens import Admitted
from api.services import Services
from core.delivery.fresh_links import mail_fresh_link
from core.errors import ProoflineError, RateLimited, Unavailable
from core.sites import ENTRY, INDEX, DoorPage, assets_dir, is_export, is_file_name, site_dir, suffix
from core.tokens import (
    PASSWORD_SECONDS,
    Claims,
    Permission,
    new_claims,
    password_mark,
    session_of,
    sign,
)
from core.tokens.standing import fault_of

_PREFIXES = ("/p/", "/embed/", "/assets/")
_ASSETS = "/assets/"
# Between two renames a site's folder is not there.
_SECONDS_TO_SWAP = 0.05


class PortalPages:
    """ASGI: answers under /p, /embed and /assets, and lets everything else pass."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._app = app
        self.services = services
        self.files = SiteFiles()
        self.guard = PasswordGuard(services.limits, is_limiting=services.settings.rate_limits)
        # Tells visitors without a session apart, and means nothing outside this process.
        self.visit_secret = secrets.token_bytes(32)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_PREFIXES):
            await self._app(scope, receive, send)
        elif scope["path"].startswith(_ASSETS):
            await self._asset(scope, send)
        else:
            await _Visit(self, scope, receive, send).answer()

    async def _asset(self, scope: Scope, send: Send) -> None:
        """A shared file: the same for everybody, and for ever."""
        scope["state"]["route"] = "/assets/{file}"
        answer = Answer(self.services.settings, self.files, Place.PAGE, scope, send)
        name = scope["path"].removeprefix(_ASSETS)
        if scope["method"] != "GET":
            await answer.page(DoorPage.ERROR, status=405, more=((b"allow", b"GET, HEAD"),))
            return
        folder = assets_dir(self.services.settings)
        found = await self.files.find(folder, name) if is_file_name(name) else None
        if found is None:
            await answer.page(DoorPage.NOT_FOUND)
        else:
            await answer.file(found, KEPT_FOR_EVER, None)


class _Visit:
    """One request at the door of a portal."""

    def __init__(self, door: PortalPages, scope: Scope, receive: Receive, send: Send) -> None:
        self._door, self._services = door, door.services
        self._scope, self._receive = scope, receive
        self._headers = dict(scope["headers"])
        self._address = page_address(scope["path"])
        self._client: str = scope["client"][0] if scope.get("client") else "unknown"
        self._counted = counted_as(self._client)
        self._visits = Visits(self._services, scope, self._client, door.visit_secret)
        place = self._address.place if self._address else Place.PAGE
        self._answer = Answer(door.services.settings, door.files, place, scope, send)
        scope["state"]["route"] = self._address.route if self._address else "(no page)"

    async def answer(self) -> None:
        try:
            await self._route()
        except RateLimited:
            await self._answer.page(DoorPage.TOO_MANY)
        except Unavailable:
            await self._answer.page(DoorPage.ERROR)
        except ProoflineError as problem:
            await self._answer.page(DoorPage.ERROR, status=problem.status)

    async def _route(self) -> None:
        method, address = self._scope["method"], self._address
        if address is None:
            self._count(self._counted)
            await self._answer.page(DoorPage.NOT_FOUND)
        elif method == "GET":
            await self._get(address)
        elif method == "POST":
            await (self._leave(address) if address.is_leaving else self._post(address))
        else:
            await self._other_method()

    async def _get(self, address: PageAddress) -> None:
        shown, visitor = await self._judge(address)
        inside = visitor.visitor if isinstance(visitor, TurnedAway) else visitor
        if shown.came_by is CameBy.LINK and inside is not None and address.file is not None:
            # What the link shows goes into a cookie; the token itself goes no further than this.
            session = session_of(inside.claims, earlier=shown.earlier) if inside.claims else None
            await self._answer.see_other(address, (self._cookie(address, session),) if session else ())
        elif isinstance(visitor, TurnedAway):
            await self._turn_away(visitor)
        else:
            await self._show(address, visitor)

    async def _judge(self, address: PageAddress) -> tuple[Shown, Visitor | TurnedAway]:
        """Who is there, counted, and whether they are let in."""
        shown = shown_by(self._scope, self._headers, self._services.tokens)
        claims, state = shown.claims, self._scope["state"]
        self._count(f"{claims.portal_id}:{claims.jti}" if claims else self._counted)
        visitor = judged(shown, address, await self._services.standings.of(address.portal_id))
        admitted = None
        if isinstance(visitor, TurnedAway):
            state |= {"refused_token": visitor.why} if visitor.why else {}
        else:
            state["portal_id"] = address.portal_id
            if visitor.claims and shown.came_by is CameBy.HEADER:
                admitted = Admitted(visitor.claims, visitor.standing)
        state["cross_origin"] = data_headers(self._scope["path"], self._headers, admitted)
        return shown, visitor

    async def _show(self, address: PageAddress, visitor: Visitor) -> None:
        access = visitor.standing.portal.access
        found = await self._file(address)
        if found is None:
            page = DoorPage.PREPARING if self._is_to_come(address) else DoorPage.NOT_FOUND
            await self._answer.page(page, access)
            return
        self._visits.saw(visitor, pages=1 if suffix(found.name) == "html" else 0)
        shown = found.shown_to(may_export=visitor.may(Permission.EXPORT_DATA))
        is_sent = await self._answer.file(shown, KEPT_BUT_ASKED, access)
        if is_sent and is_export(found.name):
            self._visits.took(visitor, found)

    def _is_to_come(self, address: PageAddress) -> bool:
        """Whether the next build makes the file: the first page, and one that was damaged."""
        folder = site_dir(self._services.settings, address.portal_id)
        is_first = address.file in (ENTRY, INDEX)
        return is_first or (address.file is not None and self._door.files.is_damaged(folder, address.file))

    async def _file(self, address: PageAddress) -> SiteFile | None:
        if address.file is None:
            return None
        folder = site_dir(self._services.settings, address.portal_id)
        found = await self._door.files.find(folder, address.file)
        if found is None and address.file in (ENTRY, INDEX):
            await asyncio.sleep(_SECONDS_TO_SWAP)
            found = await self._door.files.find(folder, address.file)
        return found

    async def _post(self, address: PageAddress) -> None:
        """A password, from whoever lacks nothing else; or the wish for a fresh link, from whoever had one."""
        shown, visitor = await self._judge(address)
        if isinstance(visitor, Visitor):
            await self._answer.see_other(address, ())
        elif visitor.page is DoorPage.EXPIRED and shown.ended is not None:
            await self._send_link(shown.ended, visitor)
        elif visitor.visitor is None:
            await self._turn_away(visitor)
        else:
            await self._try_password(address, visitor.visitor)

    async def _send_link(self, ended: Claims, away: TurnedAway) -> None:
        """Whatever comes of it, the answer is the same."""
        if await sent_field(self._scope, self._receive, "fresh") != "1":
            await self._turn_away(away)
            return
        if fault_of(ended, away.standing) is None:
            await run_in_threadpool(self._queue_link, ended)
        await self._answer.page(DoorPage.LINK_ASKED, away.standing.portal.access if away.standing else None)

    def _queue_link(self, ended: Claims) -> None:
        with self._services.store.writing() as connection:
            mail_fresh_link(connection, ended, now=self._services.now())

    async def _try_password(self, address: PageAddress, visitor: Visitor) -> None:
        who, standing = f"{address.portal_id}:{self._counted}", visitor.standing
        refused = self._door.guard.refusal(who)
        if refused is not None:
            self._scope["state"]["headers"] = refused.headers
            await self._answer.page(DoorPage.TOO_MANY, standing.portal.access)
            return
        kept = standing.password_hash
        text = await sent_field(self._scope, self._receive, "password")
        if kept is None or not await self._door.guard.is_right(who, kept, text):
            await self._answer.page(DoorPage.WRONG_PASSWORD, standing.portal.access)
            return
        claims = visitor.claims or self._public_claims(visitor)
        session = session_of(claims, earlier=claims, password_mark=password_mark(kept))
        await self._answer.see_other(address, (self._cookie(address, session),))

    def _public_claims(self, visitor: Visitor) -> Claims:
        portal = visitor.standing.portal
        seconds = min(PASSWORD_SECONDS, self._services.settings.max_token_seconds)
        reads = (Permission.READ_METRICS,)
        claims = new_claims(
            portal.portal_id, portal.customer_id, reads, seconds=seconds, now=self._services.now()
        )
        return replace(claims, is_public=True)

    def _cookie(self, address: PageAddress, session: Claims) -> Header:
        seconds = session.expires_at - int(self._services.now().timestamp())
        return cookie(address, sign(session, self._services.tokens.signing_key()), seconds=seconds)

    async def _leave(self, address: PageAddress) -> None:
        """A browser says that its visitor leaves; it is told nothing, whoever it is."""
        _, visitor = await self._judge(address)
        if isinstance(visitor, Visitor):
            self._visits.saw(visitor, pages=0, has_left=True)
        await self._answer.nothing()

    async def _other_method(self) -> None:
        self._count(self._counted)
        asked = await preflight(self._scope, self._headers, self._services.standings)
        if asked is None:
            await self._answer.page(DoorPage.ERROR, status=405, more=((b"allow", b"GET, HEAD, POST"),))
            return
        self._scope["state"]["cross_origin"] = asked
        await self._answer.nothing()

    async def _turn_away(self, away: TurnedAway) -> None:
        await self._answer.page(away.page, away.standing.portal.access if away.standing else None)

    def _count(self, who: str) -> None:
        if not self._services.settings.rate_limits:
            return
        standing = self._services.limits.spend(Category.PAGE, who)
        self._scope["state"]["headers"] = standing.headers
        if not standing.is_allowed:
            raise too_many(standing.seconds_to_wait)
