"""Passwords of portals at the door: read from a form, checked a few at a time, and not guessed.

The check is slow and takes memory on purpose, so it runs in threads of its own, two at once; who waits too long
behind others is sent away.
"""

import asyncio
from collections import Counter
from urllib.parse import parse_qsl

import anyio
import anyio.to_thread
from starlette.types import Receive, Scope

from api.bounds import read_form
from api.limits import Category, RateLimits, Standing
from core.errors import Unavailable
from core.portals.passwords import is_password

AT_ONCE = 2
MAX_WAITING = 16
_SECONDS_TO_WAIT = 5.0


class PasswordGuard:
    """Counts failures for a portal and an address; tries that are still being checked count as well."""

    def __init__(self, limits: RateLimits, *, is_limiting: bool) -> None:
        self._limits = limits
        self._is_limiting = is_limiting
        self._trying: Counter[str] = Counter()
        self._threads: anyio.CapacityLimiter | None = None

    def refusal(self, who: str) -> Standing | None:
        """Where `who` stands when it may not try now; None when it may."""
        standing = self._limits.standing(Category.WRONG_PASSWORD, who)
        if not self._is_limiting or standing.remaining > self._trying[who]:
            return None
        return self._limits.refused(Category.WRONG_PASSWORD, who)

    async def is_right(self, who: str, stored_hash: str, text: str) -> bool:
        """Whether this is the password; counts it when it is not. Unavailable when too many wait."""
        self._trying[who] += 1
        try:
            is_right = await self._check(stored_hash, text)
        finally:
            self._trying[who] -= 1
            self._trying += Counter()  # without those that are at zero
        if not is_right:
            self._limits.spend(Category.WRONG_PASSWORD, who)
        return is_right

    async def _check(self, stored_hash: str, text: str) -> bool:
        # Made here because it belongs to the event loop that asks first.
        self._threads = self._threads or anyio.CapacityLimiter(AT_ONCE)
        if self._threads.statistics().tasks_waiting >= MAX_WAITING:
            raise Unavailable("Too many passwords are being checked; try again")
        try:
            async with asyncio.timeout(_SECONDS_TO_WAIT):
                await self._threads.acquire_on_behalf_of(who := object())
        except TimeoutError:
            raise Unavailable("Too many passwords are being checked; try again") from None
        try:
            return await anyio.to_thread.run_sync(is_password, stored_hash, text)
        finally:
            self._threads.release_on_behalf_of(who)


async def sent_field(scope: Scope, receive: Receive, wanted: str) -> str:
    """What the form's field of this name holds; empty where there is no such field, or two."""
    body = await read_form(scope, receive)
    pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    values = [value for name, value in pairs if name == wanted]
    return values[0] if len(values) == 1 else ""
