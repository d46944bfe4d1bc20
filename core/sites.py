"""Where the files of portals lie, and which of them a visitor may be given: what the builder and the door agree on.

    <sites>/<portal_id>/…          one folder a portal, of nobody else; no name in it begins with . or _
    <sites>/assets/<name>.<hash>.… shared files, whose names change with what is in them
    <sites>/_pages/<page>.html     pages that are no portal, of the names of `DoorPage`

Nothing below <sites> is a symbolic link: the door follows none. A portal is shown at `/p/{portal_id}`, without a
slash at the end, and embedded at `/embed/{portal_id}`: there its first page, `INDEX`, is seen from beside the folder.
Its links into the folder begin with `./`, and `seen_from_beside` lets them lead there. Shared files are linked as
`/assets/…`.
"""

import re
from enum import StrEnum
from pathlib import Path

from core.settings import Settings

INDEX = "index.html"
# The first page as it is seen from beside its folder.
ENTRY = "entry.html"

CONTENT_TYPES = {
    "html": "text/html; charset=utf-8",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "woff2": "font/woff2",
}

# Around whatever on a page leads to raw data: the door leaves it out for those who may not take any.
FOR_EXPORT = ("<!--export-->", "<!--/export-->")

_INSIDE = re.compile(rb' (href|src)="\./')
_PART = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
_FILE = re.compile(rf"(?:{_PART}/){{0,3}}{_PART}", re.ASCII)


class DoorPage(StrEnum):
    """Pages that are no portal. What each says: why nothing is shown here, and what a person can do."""

    UNAUTHORIZED = "unauthorized"
    # With a form that posts the field `fresh` to where the page stands.
    EXPIRED = "expired"
    LINK_ASKED = "link_asked"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    # With a form that posts a field `password` to where the page stands: no action, no other field.
    PASSWORD = "password"  # noqa: S105
    WRONG_PASSWORD = "wrong_password"  # noqa: S105
    PREPARING = "preparing"
    TOO_MANY = "too_many"
    ERROR = "error"


def site_dir(settings: Settings, portal_id: str) -> Path:
    return settings.sites_dir / portal_id


def assets_dir(settings: Settings) -> Path:
    return settings.sites_dir / "assets"


def door_pages_dir(settings: Settings) -> Path:
    return settings.sites_dir / "_pages"


def seen_from_beside(page: bytes, portal_id: str) -> bytes:
    """The page with links that lead into the folder from beside it. In words and numbers there is no bare quote."""
    return _INSIDE.sub(rb' \1="%s/' % portal_id.encode(), page)


def is_file_name(name: str) -> bool:
    """Whether this can be a file inside a site: plain words, at most three folders deep, of a known kind."""
    return bool(_FILE.fullmatch(name)) and ".." not in name and suffix(name) in CONTENT_TYPES


def suffix(name: str) -> str:
    return name.rpartition(".")[2]


def is_export(name: str) -> bool:
    """Whether the file is raw data, which only some may take with them."""
    return suffix(name) == "csv"
