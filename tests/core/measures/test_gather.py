"""The SQL that tells buckets apart, against bisection; and which table is read."""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from itertools import accumulate, groupby

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.catalogue import EVALUATIONS, OUTCOMES, REQUESTS, SESSIONS, TOOL_CALLS
from core.measures.gather import Window, bucket_sql, decision
from core.periods import Granularity, Period, bucket_edges, zone
from tests.builders.columns import COLUMNS

START = datetime(2026, 10, 20, tzinfo=UTC)
DATABASE = duckdb.connect(":memory:")


def numbered(edges: list[datetime], instants: list[datetime]) -> list[int]:
    naive = [instant.replace(tzinfo=None) for instant in instants]
    query = f"SELECT {bucket_sql('t', edges)} FROM (SELECT unnest($instants::TIMESTAMP[]) AS t)"
    return [int(number) for (number,) in DATABASE.execute(query, {"instants": naive}).fetchall()]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([1, 23, 24, 24, 24, 25]), min_size=1, max_size=60), st.data())
def test_every_instant_is_in_the_bucket_between_its_edges(hours: list[int], data: st.DataObject) -> None:
    edges = [START + timedelta(hours=h) for h in accumulate([0, *hours])]
    length = (edges[-1] - edges[0]) // timedelta(microseconds=1)
    offsets = data.draw(st.lists(st.integers(0, length - 1), min_size=1, max_size=20))
    inside = [*(edges[0] + timedelta(microseconds=o) for o in offsets), *edges[:-1]]
    assert numbered(edges, inside) == [bisect_right(edges, instant) - 1 for instant in inside]


def test_days_of_one_length_are_a_division_and_a_clock_change_costs_a_comparison() -> None:
    winter = Period(
        datetime(2026, 11, 1, 23, tzinfo=UTC), datetime(2026, 12, 1, 23, tzinfo=UTC), zone("Europe/Berlin")
    )
    assert "CASE" not in bucket_sql("t", bucket_edges(winter, Granularity.DAY))
    autumn = Period(
        datetime(2026, 10, 1, 22, tzinfo=UTC), datetime(2026, 11, 1, 23, tzinfo=UTC), zone("Europe/Berlin")
    )
    assert bucket_sql("t", bucket_edges(autumn, Granularity.DAY)).count("CASE WHEN") == 2


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=40, unique=True), st.integers(0, 1000))
def test_a_decision_is_the_last_start_that_is_not_above(starts: list[int], value: int) -> None:
    ordered = sorted(starts)
    row = DATABASE.execute(f"SELECT {decision(str(value), ordered, str)}").fetchone()
    assert row is not None
    assert row[0] == max(bisect_right(ordered, value) - 1, 0)


@pytest.mark.parametrize(
    ("start", "end", "inner", "is_hourly"),
    [
        ("00:00", "05:00", "03:00", True),
        ("00:00", "05:00", "03:30", False),
        ("00:30", "05:00", "03:00", False),
        ("00:00", "04:59:59.999999", "03:00", False),
    ],
)
def test_only_cuts_on_full_utc_hours_can_be_served_from_hours(
    start: str, end: str, inner: str, is_hourly: bool
) -> None:
    cuts = [datetime.fromisoformat(f"2026-10-20T{text}").replace(tzinfo=UTC) for text in (start, inner, end)]
    # The outer edges lie outside the window, so they do not cut anything.
    edges = (START - timedelta(minutes=7), cuts[1], START + timedelta(days=1, minutes=7))
    assert Window(cuts[0], cuts[2], edges).is_hourly is is_hourly


def test_a_bucket_is_as_long_as_its_part_inside_the_window() -> None:
    window = Window(
        START + timedelta(hours=1),
        START + timedelta(hours=30),
        (START, START + timedelta(days=1), START + timedelta(days=2)),
    )
    assert [window.seconds(0), window.seconds(1)] == [23 * 3600, 6 * 3600]


@pytest.mark.parametrize("fact", [REQUESTS, SESSIONS, TOOL_CALLS, EVALUATIONS, OUTCOMES])
def test_facts_and_measures_have_the_columns_that_the_catalogue_reads(fact: object) -> None:
    assert isinstance(fact, type(REQUESTS))
    assert {fact.event_time, *fact.dimensions} <= COLUMNS[fact.table].keys()
    assert {"hour", *fact.measured} <= COLUMNS[fact.measure].keys()
    assert not [key for key, group in groupby(sorted(fact.dimensions)) if len(list(group)) > 1]
