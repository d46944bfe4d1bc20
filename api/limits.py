"""How often a caller may ask: the categories, their limits, and the headers that tell where a caller stands.

Windows move: never more than the limit in any 60 seconds. They are counted in each process by itself, so
several API processes allow several times as much; put a shared limiter before them if that matters.
"""

import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network

from limits import RateLimitItemPerMinute
from limits.strategies import MovingWindowRateLimiter

from api.windows import MonotonicWindows


class _PerMinute(RateLimitItemPerMinute):
    """So many in a minute, or in several. A name has one limit, so the name and who asks tell windows apart."""

    def key_for(self, *identifiers: bytes | str | float) -> str:
        # The library's own also writes down the limit, which takes longer than counting.
        return "/".join((self.namespace, *map(str, identifiers)))


class Category(Enum):
    """What is counted together, for one key or one address."""

    READ = _PerMinute(300, namespace="read")
    WRITE = _PerMinute(60, namespace="write")
    BATCH = _PerMinute(30, namespace="batch")
    PORTAL_READ = _PerMinute(300, namespace="portal-read")
    PORTAL_WRITE = _PerMinute(60, namespace="portal-write")
    # Whatever a portal token asks of the API counts here too, for each token by itself.
    PORTAL_DATA = _PerMinute(600, namespace="portal-data")
    TOKEN = _PerMinute(120, namespace="token")
    REPORT = _PerMinute(30, namespace="report")
    # Pages of portals, for one token, or for one address that has shown none.
    PAGE = _PerMinute(600, namespace="page")
    # Guessing keys: counted by address, and never against a key that is right.
    WRONG_KEY = _PerMinute(20, namespace="wrong-key")
    # Guessing a portal's password: five in fifteen minutes, for one portal and address.
    WRONG_PASSWORD = _PerMinute(5, 15, namespace="wrong-password")


BATCH_PATH = "/v1/analytics/metrics/batch"
PORTAL_PREFIX = "/v1/portal/"
REPORTS_PREFIX = "/v1/portal/reports"
# A customer's id may end in any word.
_PART_OF_PORTAL = re.compile(r"/v1/portal/configs/[^/]+/([a-z]+)")


def category_of(method: str, path: str) -> Category:
    """The category of a request that has shown a key."""
    if method == "POST" and path == BATCH_PATH:
        return Category.BATCH
    is_reading = method in ("GET", "HEAD", "OPTIONS")
    if path.startswith(PORTAL_PREFIX):
        return _portal_category(path, is_reading=is_reading)
    return Category.READ if is_reading else Category.WRITE


def _portal_category(path: str, *, is_reading: bool) -> Category:
    if path.startswith(REPORTS_PREFIX):
        return Category.REPORT
    part = _PART_OF_PORTAL.fullmatch(path)
    if is_reading:
        return Category.PORTAL_DATA if part and part[1] == "data" else Category.PORTAL_READ
    return Category.TOKEN if part and part[1] == "tokens" else Category.PORTAL_WRITE


def counted_as(address: str) -> str:
    """Under which name an address is counted: whoever has one of IPv6 has a whole /64 of them."""
    return _network(address) if ":" in address else address


@lru_cache(maxsize=10_000)
def _network(address: str) -> str:
    try:
        given = IPv6Address(address)
    except ValueError:
        return address
    if given.ipv4_mapped is not None:
        return str(given.ipv4_mapped)
    return str(IPv6Network((given.packed, 64), strict=False))


@dataclass(frozen=True)
class Standing:
    """Where a caller stands after a request; `reset_at` is epoch seconds, when the next place comes free."""

    is_allowed: bool
    limit: int
    remaining: int
    reset_at: int
    seconds_to_wait: int

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """The three headers of every answer, and Retry-After when this request was too much."""
        headers = [
            (b"x-ratelimit-limit", b"%d" % self.limit),
            (b"x-ratelimit-remaining", b"%d" % self.remaining),
            (b"x-ratelimit-reset", b"%d" % self.reset_at),
        ]
        return headers if self.is_allowed else [*headers, (b"retry-after", b"%d" % self.seconds_to_wait)]


class RateLimits:
    """Counts requests of one process; `clock` measures windows, `wall` only words the reset time."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time
    ) -> None:
        self._clock = clock
        self._wall = wall
        self._limiter = MovingWindowRateLimiter(MonotonicWindows(clock))

    def spend(self, category: Category, who: str) -> Standing:
        """Counts one request if it is within the limit; either way says where `who` stands."""
        return self._standing(category, who, is_allowed=self._limiter.hit(category.value, who))

    def standing(self, category: Category, who: str) -> Standing:
        """Where `who` stands, without counting."""
        return self._standing(category, who, is_allowed=True)

    def refused(self, category: Category, who: str) -> Standing:
        """Where `who` stands that is refused before it is counted."""
        return self._standing(category, who, is_allowed=False)

    def _standing(self, category: Category, who: str, *, is_allowed: bool) -> Standing:
        item = category.value
        stats = self._limiter.get_window_stats(item, who)
        seconds = max(0.0, stats.reset_time - self._clock())
        return Standing(
            is_allowed=is_allowed,
            limit=item.amount,
            remaining=stats.remaining,
            reset_at=math.ceil(self._wall() + seconds),
            seconds_to_wait=max(1, math.ceil(seconds)),
        )
