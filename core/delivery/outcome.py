"""What came of one attempt to deliver something, in the kinds that decide what happens next."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class ErrorClass(StrEnum):
    """Why something was not delivered, for people and for counting."""

    # Nobody could be reached, or nothing came back.
    BLOCKED_ADDRESS = "BLOCKED_ADDRESS"
    NAME_NOT_FOUND = "NAME_NOT_FOUND"
    CONNECTION_FAILED = "CONNECTION_FAILED"
    CONNECTION_LOST = "CONNECTION_LOST"
    TIMEOUT = "TIMEOUT"
    TLS_ERROR = "TLS_ERROR"
    NOT_HTTP = "NOT_HTTP"
    # What a receiver of HTTP answered.
    REDIRECT = "REDIRECT"
    GONE = "GONE"
    RATE_LIMITED = "RATE_LIMITED"
    REFUSED = "REFUSED"
    SERVER_ERROR = "SERVER_ERROR"
    # What a mail server answered.
    MAIL_DEFERRED = "MAIL_DEFERRED"
    MAIL_REJECTED = "MAIL_REJECTED"
    MAIL_SERVER_REFUSED = "MAIL_SERVER_REFUSED"
    # What is wrong here.
    NOT_COMPOSED = "NOT_COMPOSED"
    INTERRUPTED = "INTERRUPTED"
    # Why nothing is sent any more.
    ENDPOINT_OFF = "ENDPOINT_OFF"
    NOT_WANTED = "NOT_WANTED"


@dataclass(frozen=True)
class Outcome:
    """One attempt's end. `is_final` will not be better next time; `is_everybodys` is no better for the next message
    to the same receiver either, so that one waits too."""

    is_delivered: bool
    status: int | None = None
    error_class: ErrorClass | None = None
    error: str | None = None
    retry_after: timedelta | None = None
    is_final: bool = False
    is_everybodys: bool = False


def delivered(status: int | None = None) -> Outcome:
    return Outcome(is_delivered=True, status=status)


def failed(
    error_class: ErrorClass,
    error: str,
    *,
    status: int | None = None,
    retry_after: timedelta | None = None,
    is_final: bool = False,
    is_everybodys: bool = False,
) -> Outcome:
    return Outcome(
        is_delivered=False,
        status=status,
        error_class=error_class,
        error=error,
        retry_after=retry_after,
        is_final=is_final,
        is_everybodys=is_everybodys,
    )
