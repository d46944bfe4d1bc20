"""How the text of one environment variable becomes a value, or a reason why not.

Reasons never repeat the text: it may be a secret. Which variables exist lives in `core.settings`.
"""

import re
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import SplitResult, urlsplit
from zoneinfo import available_timezones

Text = Callable[[str], object]


class SettingsError(Exception):
    """A setting that the program cannot or must not run with; says which and why, never its value."""

    def __init__(self, setting: str, reason: str) -> None:
        super().__init__(f"{setting}: {reason}")
        self.setting = setting
        self.reason = reason


def words(text: str) -> str:
    """One line of text as it is."""
    if not text.isprintable():
        raise ValueError("must be one line of printable text")
    return text


def path(text: str) -> Path:
    """An absolute folder; a relative one is taken from where the command runs."""
    if not text.isprintable():
        raise ValueError("must be a path without control characters")
    return Path(text).expanduser().resolve()


def switch(text: str) -> bool:
    """`on` or `off`."""
    states = {"on": True, "true": True, "1": True, "off": False, "false": False, "0": False}
    if text.lower() not in states:
        raise ValueError("must be on or off")
    return states[text.lower()]


def choice(*allowed: str) -> Text:
    """One word of a list."""

    def read(text: str) -> str:
        if text.lower() not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return text.lower()

    return read


def whole(least: int, most: int) -> Text:
    """A whole number within bounds, both inclusive."""

    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,18}", text, re.ASCII) or not least <= int(text) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(text)

    return read


def memory_size(text: str) -> str:
    """A size as DuckDB reads it; the form is checked because it becomes part of a connection's settings."""
    if not re.fullmatch(r"[1-9][0-9]{0,6} ?(KB|MB|GB|TB|KiB|MiB|GiB|TiB)", text, re.ASCII):
        raise ValueError("must be a size such as 512MB or 2GB")
    return text


def url(*schemes: str) -> Text:
    """An address without a trailing slash; `postgresql+psycopg` counts as postgresql."""

    def read(text: str) -> str:
        parts = _split(text)
        is_web = "http" in schemes
        if parts.scheme.split("+")[0] not in schemes or (is_web and not parts.hostname):
            raise ValueError(f"must be a URL that begins with {' or '.join(s + '://' for s in schemes)}")
        if is_web and (parts.query or parts.fragment or parts.username or parts.password):
            raise ValueError("must be an address without user, query or fragment")
        return text.rstrip("/") if is_web else text

    return read


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port  # read here because it is checked only when read
    except ValueError:
        # The library's own reason repeats parts of the text.
        raise ValueError("must be a URL") from None
    return parts


def names(text: str) -> tuple[str, ...]:
    """A comma separated list, each entry once."""
    found = tuple(entry.strip() for entry in text.split(",") if entry.strip())
    if not found or not text.isprintable():
        raise ValueError("must be a comma separated list")
    return tuple(dict.fromkeys(found))


def networks(text: str) -> tuple[str, ...]:
    """A comma separated list of addresses and networks, such as 10.1.0.0/16."""
    for name in names(text):
        try:
            is_everything = ip_network(name).prefixlen == 0
        except ValueError:
            raise ValueError("must be networks such as 10.1.0.0/16, comma separated") from None
        if is_everything:
            raise ValueError("must not be the whole internet")
    return names(text)


def pairs(separator: str) -> Text:
    """A comma separated list of `name<separator>value`, each name once."""

    def read(text: str) -> tuple[tuple[str, str], ...]:
        found = [entry.partition(separator) for entry in names(text)]
        if any(not key.strip() or not value.strip() for key, _, value in found):
            raise ValueError(f"must be a comma separated list of name{separator}value")
        if len({key.strip() for key, _, _ in found}) < len(found):
            raise ValueError("names the same name twice")
        return tuple((key.strip(), value.strip()) for key, _, value in found)

    return read


def zones(text: str) -> tuple[tuple[str, str], ...]:
    """`name=IANA zone` pairs; a zone must be spelt as the zone database spells it."""
    found = pairs("=")(text)
    assert isinstance(found, tuple)
    for name, zone in found:
        if zone not in available_timezones():
            raise ValueError(f"{name} has a zone that is not in the IANA zone database")
    return found


_MAIL_SCHEMES = {"smtps": 465, "smtp+starttls": 587, "smtp": 25}
_MAIL_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/^_`{|}~-]+)*@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*"
)


def mail_server(text: str) -> str:
    """`smtps://user:password@host:465`, `smtp+starttls://…`, or `smtp://host` without a password."""
    parts = _split(text)
    if parts.scheme not in _MAIL_SCHEMES or not parts.hostname or not text.isprintable():
        raise ValueError("must be a URL that begins with smtps://, smtp+starttls:// or smtp://")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("must be a mail server without path or query")
    if parts.scheme == "smtp" and parts.password:
        raise ValueError("must not send a password unencrypted; use smtps:// or smtp+starttls://")
    if bool(parts.username) != bool(parts.password):
        raise ValueError("must name both a user and a password, or neither")
    return text


def mail_port(scheme: str) -> int:
    """Where servers of that kind listen when nobody says otherwise."""
    return _MAIL_SCHEMES[scheme]


def mail_address(text: str) -> str:
    """One bare mail address."""
    if len(text) > 254 or "=?" in text or not _MAIL_ADDRESS.fullmatch(text):
        raise ValueError("must be one mail address, such as reports@example.com")
    return text


def mail_sender(text: str) -> str:
    """An address, or a name with it: `Acme Reports <reports@acme.com>`."""
    match = re.fullmatch(r"(?:([^<>]*)<([^<>]+)>|([^<>]+))", words(text))
    if match is None or "=?" in text or '"' in text:
        raise ValueError("must be a mail address, or `Name <address>`")
    mail_address((match[2] or match[3]).strip())
    return text
