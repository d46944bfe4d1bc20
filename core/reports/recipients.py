"""Addresses that mail is sent to: one plain address each, nothing that a header or a server could read otherwise.

Refused is also what the standards allow and nobody has: quoted names, comments, literal addresses of machines.
"""

import re
from collections.abc import Iterable

import idna

MAX_ADDRESS_CHARACTERS = 254
_LOCAL = re.compile(
    r"[A-Za-z0-9_+&'=~^$*#{}/](?:[A-Za-z0-9_+&'=?~^$*#{}/.-]{0,62}[A-Za-z0-9_+&'=?~^$*#{}/-])?"
)
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_SHAPE = "must be one bare address such as ceo@acme.com"


def check_recipient(text: str) -> str:
    """The address as it is kept, its domain in lower case and ASCII; ValueError gives the reason."""
    local, at, domain = text.rpartition("@")
    if not at or not _LOCAL.fullmatch(local) or ".." in local or "=?" in local:
        raise ValueError(_SHAPE)
    address = f"{local}@{_domain(domain)}"
    if len(address) > MAX_ADDRESS_CHARACTERS:
        raise ValueError(f"must be at most {MAX_ADDRESS_CHARACTERS} characters")
    return address


def each_once(addresses: Iterable[str]) -> tuple[str, ...]:
    """Without those that differ from an earlier one only in case: they are one mailbox to everybody's server."""
    return tuple({address.lower(): address for address in reversed([*addresses])}.values())[::-1]


def check_subject(text: str) -> str:
    """A line that will stand in a mail's subject; ValueError where mail programs could read a header out of it."""
    if "=?" in text:
        raise ValueError("must not hold =?, which mail programs take for the beginning of encoded text")
    return text


def _domain(text: str) -> str:
    try:
        domain = text.lower() if text.isascii() else idna.encode(text, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise ValueError(_SHAPE) from None
    labels = domain.split(".")
    if len(domain) > 253 or len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError(_SHAPE)
    # A last label that begins with a digit is an address of a machine.
    if labels[-1][0].isdigit():
        raise ValueError(_SHAPE)
    return domain
