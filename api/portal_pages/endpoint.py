"""The endpoint of pages, embedded pages and shared files: from the request to the bytes of a file, or to another page.

One request is one `_Visit`. What is decided lives in `visitors`, what is sent in `files` and `door_pages`, and the
headers in `headers`.
"""

import asyncio
import hashlib
import os
import secrets
from collections.abc import Iterable
from contextlib import ExitStack

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from api.answers import has_tag
from api.cross_origin import data_headers, preflight
from api.errors import too_many
from api.limits import Category
from api.portal_pages import headers as words
from api.portal_pages.address import PageAddress, Place, page_address
from api.portal_pages.door_pages import STATUS, door_page
from api.portal_pages.files import PIECE_BYTES, SiteFile, SiteFiles, opened
from api.portal_pages.headers import Header, Headers
from api.portal_pages.passwords import PasswordGuard, sent_password
from api.portal_pages.visitors import CameBy, Shown, TurnedAway, Visitor, judged, shown_by
from api.portal_tokens import Admitted
from api.services import Services
from core.errors import ProoflineError, RateLimited, Unavailable
from core.portals.definition import Access
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

_PREFIXES = ("/p/", "/embed/", "/assets/")
_ASSETS = "/assets/"
_HTML = b"text/html; charset=utf-8"
_CHALLENGE: Header = (b"www-authenticate", b'Bearer realm="proofline"')
_SECONDS_TO_PREPARE = 10
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
            return
        visit = _Visit(self, scope, receive, send)
        if scope["path"].startswith(_ASSETS):
            await visit.asset(scope["path"].removeprefix(_ASSETS))
            return
        try:
            await visit.answer()
        except RateLimited:
            await visit.turn_away(TurnedAway(DoorPage.TOO_MANY))
        except Unavailable:
            await visit.turn_away(TurnedAway(DoorPage.ERROR))
        except ProoflineError as problem:
            await visit.turn_away(TurnedAway(DoorPage.ERROR), status=problem.status)


class _Visit:
    """One request at the door."""

    def __init__(self, door: PortalPages, scope: Scope, receive: Receive, send: Send) -> None:
        self._door, self._services = door, door.services
        self._scope, self._receive, self._send = scope, receive, send
        self._headers = dict(scope["headers"])
        self._address = page_address(scope["path"])
        self._place = self._address.place if self._address else Place.PAGE
        self._client: str = scope["client"][0] if scope.get("client") else "unknown"
        scope["state"]["route"] = self._address.route if self._address else "(no page)"

    async def answer(self) -> None:
        method, address = self._scope["method"], self._address
        if address is None:
            self._count(self._client)
            await self.turn_away(TurnedAway(DoorPage.NOT_FOUND))
        elif method == "GET":
            await self._get(address)
        elif method == "POST":
            await (self._leave(address) if address.is_leaving else self._post(address))
        elif (asked := await self._preflight()) is not None:
            self._scope["state"]["cross_origin"] = asked
            await self._respond(204, (), b"")
        else:
            allowed = ((b"allow", b"GET, HEAD, POST"),)
            await self.turn_away(TurnedAway(DoorPage.ERROR), status=405, more=allowed)

    async def _get(self, address: PageAddress) -> None:
        shown, visitor = await self._judge(address)
        if shown.came_by is CameBy.LINK and self._may_enter(visitor) and address.file is not None:
            await self._exchange(address, shown, visitor)
        elif isinstance(visitor, TurnedAway):
            await self.turn_away(visitor)
        else:
            await self._show(address, visitor)

    async def _judge(self, address: PageAddress) -> tuple[Shown, Visitor | TurnedAway]:
        """Who is there, counted, and whether they are let in."""
        shown = shown_by(self._scope, self._headers, self._services.tokens)
        claims = shown.claims
        self._count(f"{claims.portal_id}:{claims.jti}" if claims else self._client)
        standing = await self._services.standings.of(address.portal_id)
        visitor = judged(shown, address, standing)
        if isinstance(visitor, Visitor):
            self._scope["state"]["portal_id"] = address.portal_id
        elif visitor.why is not None:
            self._scope["state"]["refused_token"] = visitor.why
        admitted = None
        if isinstance(visitor, Visitor) and visitor.claims and shown.came_by is CameBy.HEADER:
            admitted = Admitted(visitor.claims, visitor.standing)
        shared = data_headers(self._scope["path"], self._headers, admitted)
        self._scope["state"]["cross_origin"] = shared
        return shown, visitor

    def _may_enter(self, visitor: Visitor | TurnedAway) -> bool:
        """Whether a link has led here, so that what is left to do happens at the clean address."""
        return isinstance(visitor, Visitor) or visitor.visitor is not None

    async def _exchange(self, address: PageAddress, shown: Shown, visitor: Visitor | TurnedAway) -> None:
        """Puts what the link shows into a cookie; the token itself goes no further than this."""
        inside = visitor.visitor if isinstance(visitor, TurnedAway) else visitor
        claims = inside.claims if inside else None
        cookies = (
            (self._session_cookie(address, session_of(claims, earlier=shown.earlier)),) if claims else ()
        )
        await self._see_other(address, cookies)

    async def _see_other(self, address: PageAddress, cookies: Headers) -> None:
        location: Header = (b"location", address.clean.encode("ascii"))
        policy = words.security(self._place, None)
        await self._respond(303, (location, *cookies, words.KEPT_NOWHERE, *policy), b"")

    def _session_cookie(self, address: PageAddress, session: Claims) -> Header:
        seconds = session.expires_at - int(self._services.now().timestamp())
        return words.cookie(address, sign(session, self._services.tokens.signing_key()), seconds=seconds)

    async def _show(self, address: PageAddress, visitor: Visitor) -> None:
        access = visitor.standing.portal.access
        found = await self._file(address)
        if found is None:
            is_first = address.file in (ENTRY, INDEX)
            page = DoorPage.PREPARING if is_first else DoorPage.NOT_FOUND
            await self.turn_away(TurnedAway(page, visitor.standing))
            return
        is_page = address.file is not None and suffix(address.file) == "html"
        self._note(visitor, pages=1 if is_page else 0)
        await self._send_file(found, (words.KEPT_BUT_ASKED, *words.security(self._place, access)))

    async def _file(self, address: PageAddress) -> SiteFile | None:
        if address.file is None:
            return None
        folder = site_dir(self._services.settings, address.portal_id)
        names = (ENTRY, INDEX) if address.file == ENTRY else (address.file,)
        for wait in (0.0, _SECONDS_TO_SWAP):
            await asyncio.sleep(wait)
            for name in names:
                found = await self._door.files.find(folder, name)
                if found is not None:
                    return found
            if address.file not in (ENTRY, INDEX):
                break
        return None

    async def asset(self, name: str) -> None:
        """A shared file: the same for everybody, and for ever."""
        self._scope["state"]["route"] = "/assets/{file}"
        if self._scope["method"] != "GET":
            allowed = ((b"allow", b"GET, HEAD"),)
            await self.turn_away(TurnedAway(DoorPage.ERROR), status=405, more=allowed)
            return
        folder = assets_dir(self._services.settings)
        found = await self._door.files.find(folder, name) if is_file_name(name) else None
        if found is None:
            await self.turn_away(TurnedAway(DoorPage.NOT_FOUND))
            return
        await self._send_file(found, (words.KEPT_FOR_EVER, *words.security(Place.PAGE, None)))

    async def _post(self, address: PageAddress) -> None:
        """A password, from whoever lacks nothing else."""
        _, visitor = await self._judge(address)
        if isinstance(visitor, Visitor):
            await self._see_other(address, ())
        elif visitor.visitor is None:
            await self.turn_away(visitor)
        else:
            await self._try_password(address, visitor.visitor)

    async def _try_password(self, address: PageAddress, visitor: Visitor) -> None:
        who = f"{address.portal_id}:{self._client}"
        refused = self._door.guard.refusal(who)
        if refused is not None:
            self._scope["state"]["headers"] = refused.headers
            await self.turn_away(TurnedAway(DoorPage.TOO_MANY, visitor.standing))
            return
        kept = visitor.standing.password_hash
        text = await sent_password(self._scope, self._receive)
        if kept is None or not await self._door.guard.is_right(who, kept, text):
            await self.turn_away(TurnedAway(DoorPage.WRONG_PASSWORD, visitor.standing))
            return
        claims = visitor.claims or self._public_claims(visitor)
        session = session_of(claims, earlier=claims, password_mark=password_mark(kept))
        await self._see_other(address, (self._session_cookie(address, session),))

    def _public_claims(self, visitor: Visitor) -> Claims:
        portal = visitor.standing.portal
        seconds = min(PASSWORD_SECONDS, self._services.settings.max_token_seconds)
        now = self._services.now()
        return new_claims(
            portal.portal_id, portal.customer_id, (Permission.READ_METRICS,), seconds=seconds, now=now
        )

    async def _leave(self, address: PageAddress) -> None:
        """A browser says that its visitor leaves; it is told nothing, whoever it is."""
        _, visitor = await self._judge(address)
        if isinstance(visitor, Visitor):
            self._note(visitor, pages=0, has_left=True)
        await self._respond(204, (words.KEPT_NOWHERE, *words.security(self._place, None)), b"")

    async def _preflight(self) -> Headers | None:
        self._count(self._client)
        return await preflight(self._scope, self._headers, self._services.standings)

    def _note(self, visitor: Visitor, *, pages: int, has_left: bool = False) -> None:
        if self._scope["state"].get("is_head"):
            return
        portal = visitor.standing.portal
        self._services.views.saw(
            self._visit_of(visitor),
            portal.portal_id,
            portal.customer_id,
            self._client,
            pages=pages,
            has_left=has_left,
        )

    def _visit_of(self, visitor: Visitor) -> str:
        claims = visitor.claims
        if claims is not None and claims.session_id is not None:
            return claims.session_id
        token = claims.jti if claims else visitor.standing.portal.portal_id
        agent = self._headers.get(b"user-agent", b"")
        told = b"\0".join((token.encode(), self._client.encode(), agent))
        return hashlib.blake2b(told, digest_size=16, key=self._door.visit_secret).hexdigest()

    async def turn_away(
        self, away: TurnedAway, *, status: int | None = None, more: Iterable[Header] = ()
    ) -> None:
        """Another page than the one that was asked for, kept by nobody."""
        body = await door_page(away.page, self._services.settings, self._door.files)
        code = status or STATUS[away.page]
        access: Access | None = away.standing.portal.access if away.standing else None
        headers: list[Header] = [(b"content-type", _HTML), words.KEPT_NOWHERE, *more]
        if code == 401:
            headers.append(_CHALLENGE)
        elif code == 503:
            headers.append((b"retry-after", b"%d" % _SECONDS_TO_PREPARE))
        await self._respond(code, (*headers, *words.security(self._place, access)), body)

    async def _send_file(self, found: SiteFile, headers: Headers) -> None:
        tagged = ((b"etag", found.etag), *headers)
        told = self._headers.get(b"if-none-match")
        if told is not None and has_tag(told.decode("latin-1"), found.etag.decode()):
            await self._respond(304, tagged, b"", has_body=False)
            return
        typed = ((b"content-type", found.content_type), *_download(found), *tagged)
        if found.body is not None:
            await self._respond(200, typed, found.body)
        else:
            await self._stream(found, typed)

    async def _stream(self, found: SiteFile, headers: Headers) -> None:
        with ExitStack() as stack:
            try:
                descriptor = stack.enter_context(opened(found.folder, found.name))
            except OSError:
                await self.turn_away(TurnedAway(DoorPage.NOT_FOUND))
                return
            left = os.fstat(descriptor).st_size
            length: Header = (b"content-length", b"%d" % left)
            await self._send({"type": "http.response.start", "status": 200, "headers": [*headers, length]})
            while left > 0:
                piece = await run_in_threadpool(os.read, descriptor, min(PIECE_BYTES, left))
                left = left - len(piece) if piece else 0
                await self._send({"type": "http.response.body", "body": piece, "more_body": left > 0})

    async def _respond(self, status: int, headers: Headers, body: bytes, *, has_body: bool = True) -> None:
        all_headers = [*headers]
        if has_body and status != 204:
            all_headers.append((b"content-length", b"%d" % len(body)))
        await self._send({"type": "http.response.start", "status": status, "headers": all_headers})
        await self._send({"type": "http.response.body", "body": body})

    def _count(self, who: str) -> None:
        if not self._services.settings.rate_limits:
            return
        standing = self._services.limits.spend(Category.PAGE, who)
        self._scope["state"]["headers"] = standing.headers
        if not standing.is_allowed:
            raise too_many(standing.seconds_to_wait)


def _download(found: SiteFile) -> Headers:
    name = found.name.rpartition("/")[2]
    return ((b"content-disposition", f'attachment; filename="{name}"'.encode()),) if is_export(name) else ()
