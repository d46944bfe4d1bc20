"""A mail as it goes over the wire: headers that nobody can add to, a text part, an HTML part, and files.

Nothing that somebody typed becomes a header, or a second one: what mail programs could read as an encoded header is
refused, and every message is read back before it goes, its headers compared with those that were meant. Some versions
of the standard library write headers that they should not.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from core.delivery.letters import Words

_HEADERS_ALWAYS = ("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version")
_HEADERS_SOMETIMES = ("List-Unsubscribe", "Content-Type", "Content-Transfer-Encoding")
_NOT_ONE_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_POLICY = SMTP.clone(cte_type="7bit")


class NotComposed(Exception):  # noqa: N818  (an answer, not a fault)
    """Why there is no message that could be sent."""


@dataclass(frozen=True)
class Attachment:
    name: str
    kind: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Envelope:
    """Who writes to whom, when, and the name that every attempt has in common."""

    sender: str
    recipient: str
    message_id: str
    at: datetime
    unsubscribe: str | None = None


def one_line(text: str) -> str:
    """The text, if it may stand in a header; NotComposed where not."""
    if "=?" in text or _NOT_ONE_LINE.search(text) or not text.strip():
        raise NotComposed("a line of its header holds what mail programs could take for another header")
    return text


def message_bytes(envelope: Envelope, words: Words, attachments: Sequence[Attachment] = ()) -> bytes:
    """The message; NotComposed where it would not be the one that was meant."""
    message = EmailMessage(policy=_POLICY)
    message["From"] = address(envelope.sender)
    message["To"] = address(envelope.recipient)
    message["Subject"] = one_line(words.subject)
    message["Date"] = format_datetime(envelope.at)
    message["Message-ID"] = one_line(f"<{envelope.message_id}@{address(envelope.sender).domain}>")
    message["Auto-Submitted"] = "auto-generated"
    if envelope.unsubscribe is not None:
        message["List-Unsubscribe"] = one_line(f"<{envelope.unsubscribe}>")
    message.set_content(words.text, cte="quoted-printable")
    if words.html is not None:
        message.add_alternative(words.html, subtype="html", cte="quoted-printable")
    for one in attachments:
        main, _, sub = one.kind.partition("/")
        message.add_attachment(one.data, maintype=main, subtype=sub, filename=one_line(one.name))
    raw = bytes(message)
    _require_meant(raw)
    return raw


def address(text: str) -> Address:
    """One address, with or without a name before it; NotComposed where it is none."""
    name, plain = parseaddr(one_line(text))
    local, _, domain = plain.rpartition("@")
    if not local or not domain or any(c in plain for c in ' ,;:<>()"\\'):
        raise NotComposed("it is to go to what is no mail address")
    try:
        return Address(name, local, domain)
    except (ValueError, IndexError):
        raise NotComposed("it is to go to what is no mail address") from None


def _require_meant(raw: bytes) -> None:
    head, _, _ = raw.partition(b"\r\n\r\n")
    names = [
        line.partition(b":")[0].decode("latin-1") for line in head.split(b"\r\n") if line[:1] not in b" \t"
    ]
    meant = {*_HEADERS_ALWAYS, *_HEADERS_SOMETIMES}
    if (
        len(names) != len(set(names))
        or not set(_HEADERS_ALWAYS) <= set(names) <= meant
        or b"\n" in head.replace(b"\r\n", b"")
    ):
        raise NotComposed("its header came out as another one than was meant")
