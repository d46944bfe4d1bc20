"""A portal's password cannot be guessed, and checking it keeps nobody else waiting."""

import asyncio
import threading
import time
from dataclasses import dataclass

import pytest

from api.limits import RateLimits
from api.portal_pages import passwords
from api.portal_pages.passwords import AT_ONCE, MAX_WAITING, PasswordGuard
from core.errors import Unavailable
from core.portals.passwords import hash_password

RIGHT = "correct horse"


@dataclass
class Clock:
    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def guard(clock: Clock) -> PasswordGuard:
    return PasswordGuard(RateLimits(clock=clock, wall=clock), is_limiting=True)


@pytest.fixture(scope="module")
def kept() -> str:
    return hash_password(RIGHT)


def tried(guard: PasswordGuard, kept: str, *texts: str, who: str = "portal_a:1.2.3.4") -> list[bool | None]:
    """What becomes of each try, None for one that was not allowed."""

    async def run() -> list[bool | None]:
        return [
            None if guard.refusal(who) is not None else await guard.is_right(who, kept, text)
            for text in texts
        ]

    return asyncio.run(run())


def test_after_five_failures_nothing_is_tried_until_fifteen_minutes_are_over(
    guard: PasswordGuard, clock: Clock, kept: str
) -> None:
    assert tried(guard, kept, *["a wrong one"] * 5, RIGHT) == [False] * 5 + [None]
    refusal = guard.refusal("portal_a:1.2.3.4")
    assert refusal is not None and refusal.seconds_to_wait == 900
    clock.seconds += 899
    assert tried(guard, kept, RIGHT) == [None]
    clock.seconds += 2
    assert tried(guard, kept, RIGHT) == [True]


def test_right_passwords_are_not_counted_and_others_not_kept_out(guard: PasswordGuard, kept: str) -> None:
    assert tried(guard, kept, *[RIGHT] * 7) == [True] * 7
    tried(guard, kept, *["a wrong one"] * 5)
    assert tried(guard, kept, RIGHT, who="portal_a:1.2.3.5") == [True]
    assert tried(guard, kept, RIGHT, who="portal_b:1.2.3.4") == [True]


def test_tries_at_the_same_time_are_no_way_round_the_limit(guard: PasswordGuard, kept: str) -> None:
    async def one() -> bool | None:
        return None if guard.refusal("x") is not None else await guard.is_right("x", kept, "a wrong one")

    async def run() -> list[bool | None]:
        return await asyncio.gather(*(one() for _ in range(12)))

    assert sorted(asyncio.run(run()), key=str) == [False] * 5 + [None] * 7


def test_only_a_few_are_checked_at_once_and_too_many_are_sent_away(
    guard: PasswordGuard, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, most = 0, 0
    lock = threading.Lock()

    def slow(*_: object) -> bool:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.02)
        with lock:
            running -= 1
        return True

    monkeypatch.setattr(passwords, "is_password", slow)

    async def run() -> list[bool | BaseException]:
        tries = (guard.is_right(f"who {n}", "", "") for n in range(AT_ONCE + MAX_WAITING + 5))
        return await asyncio.gather(*tries, return_exceptions=True)

    found = asyncio.run(run())
    assert most <= AT_ONCE
    assert found.count(True) == AT_ONCE + MAX_WAITING
    assert sum(isinstance(one, Unavailable) for one in found) == 5
