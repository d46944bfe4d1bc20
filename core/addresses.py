"""Addresses outside that somebody else named: which of them this service may be sent to.

Judged here is the text, when it is saved, and an IP address, when a connection is about to be made to it. Names
are not looked up here: what a name leads to may have changed by the time when something is sent.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from core.text import line

MAX_URL_CHARACTERS = 2000
_NOT_PLAIN = "must be an https address in ASCII, without spaces or backslashes"
IpAddress = IPv4Address | IPv6Address

# What older versions of the standard library take for public, and what carries other addresses inside.
_NOT_PUBLIC = tuple(
    ip_network(text)
    for text in (
        "168.63.129.16/32",  # a cloud's platform services, reachable from its machines only
        "192.88.99.0/24",
        "224.0.0.0/4",
        "::/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
        "ff00::/8",
    )
)
_MAPPED = IPv6Network("::ffff:0:0/96")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)
# Names that mean this machine or this network wherever they are asked.
_INTERNAL = (
    "local",
    "internal",
    "localhost",
    "localdomain",
    "lan",
    "intranet",
    "home",
    "corp",
    "arpa",
    "onion",
)


@dataclass(frozen=True)
class Reach:
    """How far out this installation's messages may go: never to itself, and inside only where it is allowed."""

    own_hosts: frozenset[str] = frozenset()
    allowed_networks: tuple[str, ...] = ()

    @classmethod
    def of(cls, own_urls: Iterable[str], allowed_networks: Collection[str] = ()) -> "Reach":
        hosts = (urlsplit(url).hostname for url in own_urls)
        return cls(frozenset(host for host in hosts if host), tuple(allowed_networks))

    def allows(self, address: IpAddress) -> bool:
        """Whether a connection may be made to this address."""
        return is_public(address) or self.is_excepted(address)

    def is_excepted(self, address: IpAddress) -> bool:
        plain = _unwrapped(address)
        networks = (ip_network(text, strict=False) for text in self.allowed_networks)
        return any(plain.version == network.version and plain in network for network in networks)


ANYWHERE_PUBLIC = Reach()


def check_url(text: str, reach: Reach = ANYWHERE_PUBLIC) -> str:
    """The address, if it is absolute, https and on the public internet; ValueError gives the reason."""
    # Before anything is made of it: an address is never mended into another one.
    if not text.isascii():
        raise ValueError(_NOT_PLAIN)
    url = line(text, most=MAX_URL_CHARACTERS)
    parts = _split(url)
    host = (parts.hostname or "").rstrip(".")
    if not host:
        raise ValueError("must name a host")
    if host.lower() in reach.own_hosts:
        raise ValueError("must not be a host of this service itself")
    address = _literal(host)
    if address is not None and reach.is_excepted(address):
        return url
    if parts.scheme != "https":
        raise ValueError("must begin with https://")
    if not (_is_public_name(host) if address is None else is_public(address)):
        raise ValueError("must be on the public internet")
    return url


def is_public(address: IpAddress) -> bool:
    """Whether an address belongs to the internet and to nothing nearer."""
    plain = _unwrapped(address)
    if not plain.is_global or plain.is_multicast or plain.is_reserved or plain.is_link_local:
        return False
    return not any(plain.version == network.version and plain in network for network in _NOT_PUBLIC)


def _split(url: str) -> SplitResult:
    # Where readers of addresses disagree, an address is refused.
    if any(c in '\\"<>^`{|}' or not "!" <= c <= "~" for c in url):
        raise ValueError(_NOT_PLAIN)
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  (reading it is what checks it)
    except ValueError:
        raise ValueError("must be an https address") from None
    if parts.scheme not in ("https", "http") or not parts.netloc:
        raise ValueError("must begin with https://")
    if "@" in parts.netloc:
        raise ValueError("must not hold a user name or password")
    if parts.netloc.endswith(":") or parts.port == 0:
        raise ValueError("must have a port that is a number, or none")
    return parts


def _literal(host: str) -> IpAddress | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _unwrapped(address: IpAddress) -> IpAddress:
    """An IPv4 address that came in IPv6's clothes."""
    if isinstance(address, IPv6Address) and address in _MAPPED and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _is_public_name(host: str) -> bool:
    """A name needs a dot and a last label that is no number: 127.1 and 0x7f.1 are addresses in disguise."""
    labels = host.lower().split(".")
    if len(host) > 253 or len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        return False
    return not labels[-1][:1].isdigit() and labels[-1] not in _INTERNAL
