"""The headers of pages: what a browser may do with one, how long it may keep it, and the cookie of a visit."""

from functools import lru_cache

from api.portal_pages.address import PageAddress, Place
from core.portals.definition import Access
from core.portals.domains import frame_ancestors

Header = tuple[bytes, bytes]
Headers = tuple[Header, ...]

COOKIE = "portal_session"

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; base-uri 'none'; form-action 'self'; object-src 'none'; frame-ancestors "
)
_NOTHING_OF_THE_DEVICE = (
    "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), fullscreen=(self),"
    " geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(),"
    " publickey-credentials-get=(), screen-wake-lock=(), usb=(), xr-spatial-tracking=()"
)
_ALWAYS: Headers = (
    (b"permissions-policy", _NOTHING_OF_THE_DEVICE.encode()),
    (b"x-robots-tag", b"noindex, nofollow"),
)
# A frame of another origin may hold an embedded portal, also where that origin isolates itself.
_APART: dict[Place, Headers] = {
    Place.PAGE: (
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
    ),
    Place.EMBED: ((b"cross-origin-resource-policy", b"cross-origin"),),
}
KEPT_BUT_ASKED: Header = (b"cache-control", b"private, no-cache")
KEPT_NOWHERE: Header = (b"cache-control", b"no-store")
KEPT_FOR_EVER: Header = (b"cache-control", b"public, max-age=31536000, immutable")


@lru_cache(maxsize=4096)
def security(place: Place, access: Access | None) -> Headers:
    """What a browser may do with a page here; `access` is None where nobody may embed, or even know of, a portal."""
    sources = frame_ancestors(access) if place is Place.EMBED and access is not None else ()
    policy = _POLICY + (" ".join(sources) or "'none'")
    return ((b"content-security-policy", policy.encode("ascii")), *_ALWAYS, *_APART[place])


def cookie(address: PageAddress, value: str, *, seconds: int) -> Header:
    """The cookie of a visit: for this portal at this place, until the token ends."""
    site = "SameSite=Lax" if address.place is Place.PAGE else "SameSite=None; Partitioned"
    text = f"{COOKIE}={value}; Path={address.home}; Max-Age={max(0, seconds)}; HttpOnly; Secure; {site}"
    return (b"set-cookie", text.encode("ascii"))


def cookies(header: bytes | None) -> list[str]:
    """The values of our cookie that a browser sent; a neighbouring host may have slipped in some of its own."""
    if header is None:
        return []
    pairs = (pair.strip().partition(b"=") for pair in header.split(b";"))
    return [value.decode("latin-1") for name, _, value in pairs if name == COOKIE.encode()]
