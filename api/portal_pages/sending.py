"""How answers leave the door: a file, another page instead of one, or a way on; each with all its headers."""

import os
import re
from collections.abc import Iterable
from contextlib import ExitStack

from starlette.concurrency import run_in_threadpool
from starlette.types import Scope, Send

from api.answers import has_tag
from api.portal_pages.address import PageAddress, Place
from api.portal_pages.door_pages import STATUS, door_page
from api.portal_pages.files import PIECE_BYTES, SiteFile, SiteFiles, opened
from api.portal_pages.headers import KEPT_NOWHERE, Header, Headers, security
from core.portals.definition import Access
from core.settings import Settings
from core.sites import DoorPage, is_export

_HTML = b"text/html; charset=utf-8"
_CHALLENGE: Header = (b"www-authenticate", b'Bearer realm="proofline"')
_SECONDS_TO_RETRY = 10
# Named, and not with the quality that refuses it.
_GZIP = re.compile(rb"(?:^|[,\s])gzip\s*(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))(?:;|,|$)")


class Answer:
    """The one answer to a request at this place."""

    def __init__(self, settings: Settings, files: SiteFiles, place: Place, scope: Scope, send: Send) -> None:
        self._settings, self._files, self._place = settings, files, place
        self._headers = dict(scope["headers"])
        self._send = send

    async def file(self, found: SiteFile, kept: Header, access: Access | None) -> bool:
        """The file, or word that the browser has it; whether it was the file."""
        is_gzipped = found.gzipped is not None and _takes_gzip(self._headers.get(b"accept-encoding"))
        tags = (f'"{found.tag}"', f'"{found.tag}-gzip"')
        tagged: Headers = ((b"etag", tags[is_gzipped].encode()), kept, *security(self._place, access))
        if found.gzipped is not None:
            tagged = ((b"vary", b"Accept-Encoding"), *tagged)
        told = self._headers.get(b"if-none-match")
        if told is not None and any(has_tag(told.decode("latin-1"), tag) for tag in tags):
            await self._start(304, tagged)
            await self._send({"type": "http.response.body", "body": b""})
            return False
        typed = ((b"content-type", found.content_type), *_download(found), *tagged)
        if is_gzipped and found.gzipped is not None:
            await self._whole(200, ((b"content-encoding", b"gzip"), *typed), found.gzipped)
        elif found.body is not None:
            await self._whole(200, typed, found.body)
        else:
            await self._stream(found, typed, access)
        return True

    async def page(
        self,
        page: DoorPage,
        access: Access | None = None,
        *,
        status: int | None = None,
        more: Iterable[Header] = (),
    ) -> None:
        """Another page than the one that was asked for, kept by nobody. `access` says who may show it in a frame."""
        body = await door_page(page, self._settings, self._files)
        code = status or STATUS[page]
        headers: list[Header] = [(b"content-type", _HTML), KEPT_NOWHERE, *more]
        if code == 401:
            headers.append(_CHALLENGE)
        elif code == 503:
            headers.append((b"retry-after", b"%d" % _SECONDS_TO_RETRY))
        await self._whole(code, (*headers, *security(self._place, access)), body)

    async def see_other(self, address: PageAddress, cookies: Headers) -> None:
        """To the address without its query."""
        location: Header = (b"location", address.clean.encode("ascii"))
        await self._whole(303, (location, *cookies, KEPT_NOWHERE, *security(self._place, None)), b"")

    async def nothing(self) -> None:
        await self._start(204, (KEPT_NOWHERE, *security(self._place, None)))
        await self._send({"type": "http.response.body", "body": b""})

    async def _stream(self, found: SiteFile, headers: Headers, access: Access | None) -> None:
        with ExitStack() as stack:
            try:
                descriptor = stack.enter_context(opened(found.folder, found.name))
            except OSError:
                await self.page(DoorPage.NOT_FOUND, access)
                return
            left = os.fstat(descriptor).st_size
            await self._start(200, (*headers, (b"content-length", b"%d" % left)))
            while left > 0:
                piece = await run_in_threadpool(os.read, descriptor, min(PIECE_BYTES, left))
                left = left - len(piece) if piece else 0
                await self._send({"type": "http.response.body", "body": piece, "more_body": left > 0})

    async def _whole(self, status: int, headers: Headers, body: bytes) -> None:
        await self._start(status, (*headers, (b"content-length", b"%d" % len(body))))
        await self._send({"type": "http.response.body", "body": body})

    async def _start(self, status: int, headers: Headers) -> None:
        await self._send({"type": "http.response.start", "status": status, "headers": [*headers]})


def _takes_gzip(header: bytes | None) -> bool:
    return header is not None and _GZIP.search(header) is not None


def _download(found: SiteFile) -> Headers:
    name = found.name.rpartition("/")[2]
    return ((b"content-disposition", f'attachment; filename="{name}"'.encode()),) if is_export(name) else ()
