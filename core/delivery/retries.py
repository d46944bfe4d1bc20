"""When something that was not delivered is tried again, and when no more. Waits are lower bounds.

Webhooks: the schedule of Standard Webhooks, ten attempts over about three days. Mail: as mail servers do it, until two
days are over.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_SECOND, _MINUTE, _HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
# Before the second attempt, the third, …
WEBHOOK_WAITS = (
    5 * _SECOND,
    5 * _MINUTE,
    30 * _MINUTE,
    2 * _HOUR,
    5 * _HOUR,
    10 * _HOUR,
    14 * _HOUR,
    20 * _HOUR,
    24 * _HOUR,
)
MAIL_WAITS = (5 * _MINUTE, 15 * _MINUTE, _HOUR, 4 * _HOUR, 12 * _HOUR, 24 * _HOUR)
MAIL_LIMIT = 48 * _HOUR
LONGEST_RETRY_AFTER = 24 * _HOUR
# What fails together is not tried together again.
JITTER = 0.2
ENDPOINT_LIMIT = timedelta(days=5)

Random = Callable[[], float]


def next_webhook_attempt(
    attempts: int, *, now: datetime, random: Random, retry_after: timedelta | None = None
) -> datetime | None:
    """When to try again after so many attempts; None when that was the last. `random` is from 0 to 1."""
    if attempts > len(WEBHOOK_WAITS):
        return None
    return now + _wait(WEBHOOK_WAITS[attempts - 1], random, retry_after)


def next_mail_attempt(attempts: int, *, began: datetime, now: datetime, random: Random) -> datetime | None:
    """The same for mail that was first tried at `began`; the last attempt is when two days are over."""
    last = began + MAIL_LIMIT
    if now >= last:
        return None
    if attempts > len(MAIL_WAITS):
        return last
    return min(last, now + _wait(MAIL_WAITS[attempts - 1], random, None))


def _wait(planned: timedelta, random: Random, retry_after: timedelta | None) -> timedelta:
    jittered = planned * (1 - JITTER + 2 * JITTER * random())
    return max(jittered, min(retry_after or timedelta(0), LONGEST_RETRY_AFTER))


def read_retry_after(text: str | None, *, now: datetime) -> timedelta | None:
    """What a receiver asks for: seconds, or a date of HTTP; None where it is neither."""
    if text is None:
        return None
    if text.isascii() and text.strip().isdigit():
        return min(timedelta(seconds=int(text.strip()[:9])), LONGEST_RETRY_AFTER)
    try:
        then = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    then = then.replace(tzinfo=UTC) if then.tzinfo is None else then
    return max(timedelta(0), min(then - now, LONGEST_RETRY_AFTER))
