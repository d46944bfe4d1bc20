"""Who may embed a portal: patterns of hosts, and what they mean for a browser.

A pattern is a host, or `*.` and a host for everything below it but not itself, and perhaps a port. `https://` is
implied, so no pattern has a scheme; `localhost` is `http://`, for development. A host has a label of its own
below a public suffix: whoever could register a neighbour must not be let in with it.
"""

import re
from functools import cache
from typing import TYPE_CHECKING

import idna

from core.portals.definition import Access

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

MAX_DOMAINS = 50
MAX_HOST_CHARACTERS = 253
LOCALHOST = "localhost"

_PATTERN = re.compile(r"(\*\.)?([^*:/?#@\\\[\]\s]+)(?::([1-9][0-9]{0,4}))?")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_ORIGIN = re.compile(r"(https?)://([a-z0-9_-]+(?:\.[a-z0-9_-]+)*)(?::([1-9][0-9]{0,4}))?")
_DEFAULT_PORTS = {"https": 443, "http": 80}
_SHAPE = "must be a host such as acme.com, *.acme.com or localhost:3000, without a scheme or path"


def check_domain(text: str) -> str:
    """The pattern as it is kept: lower case, ASCII, without a port that is implied. ValueError says why not."""
    match = _PATTERN.fullmatch(text)
    if match is None:
        raise ValueError(_SHAPE)
    below, name, port_text = match.groups()
    host = _ascii(name)
    port = int(port_text) if port_text else None
    if port is not None and port > 65_535:
        raise ValueError("must have a port of at most 65535")
    if host == LOCALHOST and below:
        raise ValueError("must name localhost itself; nothing is below it")
    if host != LOCALHOST:
        _require_owned(host)
    return f"{below or ''}{host}" + ("" if port in (None, _implied_port(host)) else f":{port}")


def frame_ancestors(access: Access) -> tuple[str, ...]:
    """The sources of the header's directive, as a browser wants them; none where nobody may embed."""
    return tuple(_source(pattern) for pattern in _patterns(access))


def allows_origin(access: Access, origin: str) -> bool:
    """Whether a page of this origin, as browsers write it in the header Origin, may embed and read the portal."""
    match = _ORIGIN.fullmatch(origin)
    if match is None:
        return False
    scheme, host, port_text = match.groups()
    port = int(port_text) if port_text else None
    if port == _DEFAULT_PORTS[scheme]:
        # Browsers leave it out, so whoever writes it is no browser.
        return False
    return any(_meets(pattern, scheme, host, port) for pattern in _patterns(access))


def _patterns(access: Access) -> tuple[str, ...]:
    return access.allowed_domains if access.embed_enabled else ()


def _source(pattern: str) -> str:
    return f"{_scheme(pattern.partition(':')[0])}://{pattern}"


def _meets(pattern: str, scheme: str, host: str, port: int | None) -> bool:
    name, _, port_text = pattern.partition(":")
    if scheme != _scheme(name) or port != (int(port_text) if port_text else None):
        return False
    if name.startswith("*."):
        return host.endswith(name[1:]) and host != name[1:]
    return host == name


def _scheme(host: str) -> str:
    return "http" if host == LOCALHOST else "https"


def _implied_port(host: str) -> int:
    return _DEFAULT_PORTS[_scheme(host)]


def _ascii(name: str) -> str:
    """The host as it is looked up: `bücher.example` is `xn--bcher-kva.example`."""
    if len(name) > MAX_HOST_CHARACTERS:
        raise ValueError(f"must have at most {MAX_HOST_CHARACTERS} characters")
    try:
        host = name.lower() if name.isascii() else idna.encode(name, uts46=True).decode("ascii")
        labels = host.split(".")
        for label in labels:
            if label.startswith("xn--"):
                idna.decode(label)
    except (idna.IDNAError, UnicodeError):
        raise ValueError("must be a host name") from None
    if len(host) > MAX_HOST_CHARACTERS or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError(_SHAPE)
    return host


def _require_owned(host: str) -> None:
    labels = host.split(".")
    if labels[-1][:1].isdigit():
        raise ValueError("must be a name, not an address")
    if len(labels) < 2 or not _public_suffixes().is_private(host):
        raise ValueError("must have a label of its own below a public suffix, such as acme.com or acme.co.uk")


@cache
def _public_suffixes() -> "PublicSuffixList":
    # Read at first use: ten thousand lines take a fifth of a second.
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()
