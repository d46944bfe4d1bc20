"""Rate limits are exact in any sixty seconds, by a clock that cannot be set."""

import math
from dataclasses import dataclass

import pytest

from api.limits import Category, RateLimits, category_of, counted_as


@dataclass
class Clocks:
    """Two clocks that a test moves: one that only runs, one that can be set."""

    running: float = 1000.0
    wall: float = 1_700_000_000.0

    def move(self, seconds: float) -> None:
        self.running += seconds
        self.wall += seconds


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def limits(clocks: Clocks) -> RateLimits:
    return RateLimits(clock=lambda: clocks.running, wall=lambda: clocks.wall)


@pytest.mark.parametrize(
    ("category", "limit"),
    [
        (Category.READ, 300),
        (Category.WRITE, 60),
        (Category.BATCH, 30),
        (Category.WRONG_KEY, 20),
        (Category.PORTAL_READ, 300),
        (Category.PORTAL_WRITE, 60),
        (Category.PORTAL_DATA, 600),
        (Category.TOKEN, 120),
        (Category.REPORT, 30),
    ],
)
def test_exactly_the_limit_is_answered(limits: RateLimits, category: Category, limit: int) -> None:
    standings = [limits.spend(category, "key_a") for _ in range(limit + 3)]
    assert [s.is_allowed for s in standings] == [True] * limit + [False] * 3
    assert [s.remaining for s in standings] == [*range(limit - 1, -1, -1), 0, 0, 0]
    assert {s.limit for s in standings} == {limit}


def test_a_burst_at_the_border_of_two_minutes_is_still_within_any_sixty_seconds(limits, clocks) -> None:
    answered: list[float] = []
    for _ in range(400):
        if limits.spend(Category.BATCH, "key_a").is_allowed:
            answered.append(clocks.running)
        clocks.move(0.7)
    for moment in answered:
        assert sum(moment <= other < moment + 60 for other in answered) <= 30


def test_reset_says_when_the_next_place_comes_free(limits: RateLimits, clocks: Clocks) -> None:
    limits.spend(Category.BATCH, "key_a")
    clocks.move(20.5)
    for _ in range(29):
        limits.spend(Category.BATCH, "key_a")
    refused = limits.spend(Category.BATCH, "key_a")
    assert not refused.is_allowed
    assert refused.seconds_to_wait == 40
    assert refused.reset_at == math.ceil(clocks.wall + 39.5)
    assert (b"retry-after", b"40") in refused.headers
    clocks.move(39.5)
    assert limits.spend(Category.BATCH, "key_a").is_allowed
    assert not limits.spend(Category.BATCH, "key_a").is_allowed


def test_a_clock_set_back_locks_nobody_out(limits: RateLimits, clocks: Clocks) -> None:
    for _ in range(60):
        limits.spend(Category.WRITE, "key_a")
    clocks.wall -= 3600
    clocks.running += 60
    standing = limits.spend(Category.WRITE, "key_a")
    assert standing.is_allowed
    assert standing.reset_at == math.ceil(clocks.wall + 60)


def test_one_key_does_not_use_up_another_or_another_category(limits: RateLimits) -> None:
    for _ in range(31):
        limits.spend(Category.BATCH, "key_a")
    assert limits.spend(Category.BATCH, "key_b").is_allowed
    assert limits.spend(Category.READ, "key_a").is_allowed


def test_keys_that_are_not_used_any_more_are_forgotten(limits: RateLimits, clocks: Clocks) -> None:
    for n in range(100):
        limits.spend(Category.READ, f"key_{n}")
    clocks.move(121)
    limits.spend(Category.READ, "key_last")
    assert len(limits._limiter.storage._windows) == 1


@pytest.mark.parametrize(
    ("method", "path", "category"),
    [
        ("GET", "/v1/analytics/metrics/cost.total", Category.READ),
        ("POST", "/v1/analytics/metrics/batch", Category.BATCH),
        ("POST", "/v1/analytics/metrics/custom/validate", Category.WRITE),
        ("PATCH", "/v1/analytics/alerts/alert_1", Category.WRITE),
        ("DELETE", "/v1/analytics/metrics/custom/cm_a", Category.WRITE),
        ("GET", "/v1/analytics/metrics/batch", Category.READ),
        ("GET", "/v1/portal/configs", Category.PORTAL_READ),
        ("GET", "/v1/portal/configs/portal_a/data", Category.PORTAL_DATA),
        ("POST", "/v1/portal/configs", Category.PORTAL_WRITE),
        ("PATCH", "/v1/portal/configs/portal_a", Category.PORTAL_WRITE),
        ("POST", "/v1/portal/configs/portal_a/tokens", Category.TOKEN),
        ("POST", "/v1/portal/configs/portal_a/tokens/revoke", Category.PORTAL_WRITE),
        ("GET", "/v1/portal/customers", Category.PORTAL_READ),
        ("POST", "/v1/portal/webhooks", Category.PORTAL_WRITE),
        ("GET", "/v1/portal/configs", Category.PORTAL_READ),
        ("GET", "/v1/portal/configs/portal_1", Category.PORTAL_READ),
        ("GET", "/v1/portal/configs/data", Category.PORTAL_READ),
        ("GET", "/v1/portal/configs/portal_1/data", Category.PORTAL_DATA),
        ("POST", "/v1/portal/configs", Category.PORTAL_WRITE),
        ("PATCH", "/v1/portal/configs/portal_1", Category.PORTAL_WRITE),
        ("POST", "/v1/portal/configs/portal_1/tokens", Category.TOKEN),
        ("POST", "/v1/portal/configs/portal_1/tokens/revoke", Category.PORTAL_WRITE),
        ("GET", "/v1/portal/presets", Category.PORTAL_READ),
        ("GET", "/v1/portal/customers/org/data", Category.PORTAL_READ),
        ("PATCH", "/v1/portal/customers/org/tokens", Category.PORTAL_WRITE),
        ("POST", "/v1/portal/webhooks/webhook_1/rotate", Category.PORTAL_WRITE),
        ("DELETE", "/v1/portal/webhooks/webhook_1", Category.PORTAL_WRITE),
        ("GET", "/v1/portal/reports", Category.REPORT),
        ("POST", "/v1/portal/reports/report_1/send", Category.REPORT),
    ],
)
def test_the_category_is_that_of_the_table(method: str, path: str, category: Category) -> None:
    assert category_of(method, path) is category


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("203.0.113.42", "203.0.113.42"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.42", "203.0.113.42"),
        ("::1", "::/64"),
        ("unknown", "unknown"),
        ("a:b", "a:b"),
    ],
)
def test_whoever_has_many_addresses_is_counted_as_one(address: str, name: str) -> None:
    assert counted_as(address) == name
