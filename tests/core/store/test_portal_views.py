"""A view lasts from a visitor's first request to the last, whoever of several processes saw them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core.store.control import ControlStore
from core.store.control.portal_views import Seen, end_views, record, truncated
from core.store.control.tables import PORTAL_VIEWS

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def seen(
    first: float, last: float | None = None, *, visit: str = "v1", pages: int = 1, left: float | None = None
) -> Seen:
    end = at(first if last is None else last)
    has_left = None if left is None else at(left)
    return Seen(visit, "portal_a", "cust_a", "203.0.113.0", at(first), end, pages, has_left)


def write(store: ControlStore, *views: Seen, now: float) -> None:
    with store.writing() as connection:
        end_views(connection, now=at(now))
        for view in views:
            record(connection, view)


def rows(store: ControlStore) -> list[Any]:
    with store.reading() as connection:
        found = connection.execute(
            select(PORTAL_VIEWS).order_by(PORTAL_VIEWS.c.started_at, PORTAL_VIEWS.c.visit)
        ).all()
    return [(r.started_at, r.last_seen_at, r.pages_viewed, r.ended_at) for r in found]


def test_requests_of_one_visitor_are_one_view(store: ControlStore) -> None:
    write(store, seen(0), seen(0, visit="v2"), now=0)
    write(store, seen(2, 5, pages=3), now=5)
    assert rows(store) == [(at(0), at(5), 4, None), (at(0), at(0), 1, None)]


def test_after_half_an_hour_it_is_over_and_the_next_request_is_another_view(store: ControlStore) -> None:
    write(store, seen(0, 10), now=10)
    write(store, now=39.9)
    assert rows(store) == [(at(0), at(10), 1, None)]
    write(store, seen(41), now=41)
    assert rows(store) == [(at(0), at(10), 1, at(10)), (at(41), at(41), 1, None)]


def test_who_leaves_has_left_unless_another_page_follows(store: ControlStore) -> None:
    write(store, seen(0), now=0)
    write(store, seen(1, pages=0, left=1), now=1)
    write(store, seen(1.1), now=1.1)
    write(store, now=2)
    assert rows(store) == [(at(0), at(1.1), 2, None)]
    write(store, seen(5, pages=0, left=5), now=5)
    write(store, now=6)
    assert rows(store) == [(at(0), at(5), 2, at(5))]


def test_who_leaves_what_is_over_begins_nothing(store: ControlStore) -> None:
    write(store, seen(0, pages=0, left=0), now=0)
    assert rows(store) == []


def test_what_another_process_saw_earlier_belongs_to_the_same_view(store: ControlStore) -> None:
    write(store, seen(1, 2), now=2)
    write(store, seen(0, 1), now=2)
    assert rows(store) == [(at(0), at(2), 2, None)]


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("203.0.113.42", "203.0.113.0"),
        ("2001:db8:abcd:12::1", "2001:db8:abcd::"),
        ("::ffff:203.0.113.42", "203.0.113.0"),
        ("testclient", ""),
        ("", ""),
        ("fe80::1%eth0", "fe80::"),
    ],
)
def test_an_address_is_kept_without_what_tells_people_apart(address: str, kept: str) -> None:
    assert truncated(address) == kept
