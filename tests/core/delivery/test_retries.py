"""When something is tried again: never earlier than said, never in step with the others, and not for ever."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.delivery.retries import (
    MAIL_LIMIT,
    WEBHOOK_WAITS,
    next_mail_attempt,
    next_webhook_attempt,
    read_retry_after,
)

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
CHANCES = st.floats(0, 1, exclude_max=True)


@given(attempts=st.integers(1, 12), chance=CHANCES, asked=st.none() | st.integers(0, 10**6))
def test_a_wait_is_the_planned_one_give_or_take_a_fifth_or_what_was_asked_for(
    attempts: int, chance: float, asked: int | None
) -> None:
    retry_after = None if asked is None else timedelta(seconds=asked)
    then = next_webhook_attempt(attempts, now=NOW, random=lambda: chance, retry_after=retry_after)
    if attempts > len(WEBHOOK_WAITS):
        assert then is None
        return
    assert then is not None
    planned = WEBHOOK_WAITS[attempts - 1]
    least = max(0.8 * planned, min(retry_after or timedelta(0), timedelta(hours=24)))
    assert least <= then - NOW <= max(1.2 * planned, least)


@given(chances=st.lists(CHANCES, min_size=20, max_size=20))
def test_mail_is_tried_at_most_for_two_days_whatever_chance_says(chances: list[float]) -> None:
    now, attempts, random = NOW, 0, iter(chances).__next__
    while True:
        attempts += 1
        then = next_mail_attempt(attempts, began=NOW, now=now, random=random)
        if then is None:
            break
        assert then > now
        now = then
    assert now == NOW + MAIL_LIMIT and attempts <= 8


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        (" 120 ", 120),
        ("999999999999", 86_400),
        (format_datetime(NOW + timedelta(hours=1), usegmt=True), 3600),
        (format_datetime(NOW - timedelta(hours=1), usegmt=True), 0),
        (format_datetime(NOW + timedelta(days=400), usegmt=True), 86_400),
        (None, None),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("soon", None),
        ("Mon, 99 Foo 2026", None),
        ("1" * 5000, 86_400),
    ],
)
def test_what_receivers_ask_for_is_read_or_ignored(text: str | None, seconds: int | None) -> None:
    found = read_retry_after(text, now=NOW)
    assert found == (None if seconds is None else timedelta(seconds=seconds))
