"""One message to one receiver by HTTP: what is sent, and what its answer means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from core import fault
from core.delivery.outcome import ErrorClass, Outcome, delivered, failed
from core.delivery.retries import read_retry_after
from core.delivery.signing import signed_headers
from core.outbound import Outbound, OutboundError, Trouble

_USER_AGENT = "Proofline-Webhooks/1"
# The same for every message to that receiver, at least for a while.
_EVERYBODYS = frozenset(Trouble) - {Trouble.CONNECTION_LOST, Trouble.NOT_HTTP}


@dataclass(frozen=True)
class Receiver:
    """Where a message goes, what stands beside it in every one, and what signs it; without secrets nothing does."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: Sequence[str] = field(default=(), repr=False)


def call(way: Outbound, receiver: Receiver, *, message_id: str, body: bytes, now: datetime) -> Outcome:
    """Sends it; whatever goes wrong is an outcome."""
    headers = {**receiver.headers, "Content-Type": "application/json", "User-Agent": _USER_AGENT}
    if receiver.secrets:
        headers |= signed_headers(receiver.secrets, message_id=message_id, body=body, now=now)
    try:
        answer = way.request(
            "POST", receiver.url, headers=headers, body=body, when_sent=lambda: fault.hit("outbox.after_DATA")
        )
    except OutboundError as error:
        return failed(
            ErrorClass(error.trouble.value), error.reason, is_everybodys=error.trouble in _EVERYBODYS
        )
    return _judged(answer.status, answer.headers.get("retry-after"), now)


def _judged(status: int, retry_after: str | None, now: datetime) -> Outcome:
    if 200 <= status < 300:
        return delivered(status)
    said = f"it answers {status}"
    if status == 410:
        return failed(ErrorClass.GONE, f"{said}: it wants nothing any more", status=status, is_final=True)
    if 300 <= status < 400:
        return failed(ErrorClass.REDIRECT, f"{said}; redirects are not followed", status=status)
    asked = read_retry_after(retry_after, now=now) if status in (429, 503) else None
    if status == 429:
        return failed(ErrorClass.RATE_LIMITED, said, status=status, retry_after=asked, is_everybodys=True)
    kind = ErrorClass.REFUSED if 400 <= status < 500 else ErrorClass.SERVER_ERROR
    return failed(kind, said, status=status, retry_after=asked, is_everybodys=asked is not None)
