"""The SQL that tells buckets apart, against bisection; and which table is read."""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import accumulate, groupby

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.catalogue import (
    CATALOGUE,
    EVALUATIONS,
    OUTCOMES,
    REQUESTS,
    SESSIONS,
    TOOL_CALLS,
    Aggregation,
)
from core.measures.gather import Cut, gather, gather_cuts
from core.measures.parts import row_statistic, summed
from core.measures.question import EVERYTHING
from core.measures.window import Window, bucket_sql, decision
from core.periods import Granularity, Period, bucket_edges, zone
from core.store.query import Query, Row
from core.store.readers import CustomerReaders, Reader
from tests.builders import Events, call, snapshot_of
from tests.builders.columns import COLUMNS

START = datetime(2026, 10, 20, tzinfo=UTC)
DATABASE = duckdb.connect(":memory:")


def numbered(edges: list[datetime], instants: list[datetime]) -> list[int]:
    naive = [instant.replace(tzinfo=None) for instant in instants]
    number, values = bucket_sql("t", tuple(edges), "edge")
    query = f"SELECT {number} FROM (SELECT unnest($instants::TIMESTAMP[]) AS t)"
    bound = {"instants": naive, **dict(values)}
    return [int(number) for (number,) in DATABASE.execute(query, bound).fetchall()]


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
    assert "CASE" not in bucket_sql("t", bucket_edges(winter, Granularity.DAY), "edge")[0]
    autumn = Period(
        datetime(2026, 10, 1, 22, tzinfo=UTC), datetime(2026, 11, 1, 23, tzinfo=UTC), zone("Europe/Berlin")
    )
    assert bucket_sql("t", bucket_edges(autumn, Granularity.DAY), "edge")[0].count("CASE WHEN") == 2


def test_the_same_days_of_another_month_are_the_same_sql() -> None:
    months = [
        Period(datetime(2026, m, 2, tzinfo=UTC), datetime(2026, m, 20, tzinfo=UTC), zone("UTC"))
        for m in (4, 5)
    ]
    april, may = (bucket_sql("t", bucket_edges(month, Granularity.DAY), "edge") for month in months)
    assert april[0] == may[0] and april[1] != may[1]


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


class Counting(Reader):
    """A reader that knows how often it read."""

    reads = 0

    def rows(self, query: Query) -> list[Row]:
        self.reads += 1
        return super().rows(query)


def world() -> Events:
    hours = [START + timedelta(hours=7 * n) for n in range(40)]
    own = [
        call(
            agent_id=f"agent_{n % 3}",
            model=f"model_{n % 2}",
            cost_usd=f"0.{n}1",
            latency_ms=n * 1.1,
            started_at=at,
        )
        for n, at in enumerate(hours)
    ]
    return Events(llm_requests=[*own, call(customer_id="cust_b", agent_id="agent_777", cost_usd="777")])


def cuts() -> list[Cut]:
    period = Period(START, START + timedelta(days=12), zone("UTC"))
    whole, days = Window.of(period), Window.of(period, bucket_edges(period, Granularity.DAY))
    return [Cut(whole), Cut(days), Cut(whole, "agent_id"), Cut(days, "agent_id"), Cut(whole, "model")]


PARTS = [
    summed(REQUESTS, "cost_usd"),
    summed(REQUESTS, "measured_latency_ms"),
    row_statistic(CATALOGUE["perf.latency.avg"], Aggregation.P95),
]


def test_several_cuts_of_one_stretch_are_one_pass_and_say_what_each_says_alone() -> None:
    snapshot = snapshot_of(world())
    assert snapshot.pin()
    with Counting(snapshot, "cust_a") as reader:
        together = gather_cuts(reader, dict.fromkeys(cuts(), PARTS), EVERYTHING)
        assert reader.reads == 1
        for cut in cuts():
            alone = gather(reader, PARTS, EVERYTHING, cut.window, group_by=cut.group_by)
            assert together[cut] == alone and alone
    with CustomerReaders(snapshot, ["cust_a", "cust_b"]) as many, many.customer("cust_a") as slice_:
        assert gather_cuts(slice_, dict.fromkeys(cuts(), PARTS), EVERYTHING) == together


class Remembering(Reader):
    """A reader that keeps what it read."""

    def rows(self, query: Query) -> list[Row]:
        self.seen = query
        return super().rows(query)


def test_cuts_at_the_same_edges_share_their_rows_whether_they_need_single_rows_or_not() -> None:
    period = Period(START, START + timedelta(days=12, minutes=15), zone("UTC"))
    days = Window.of(period, bucket_edges(period, Granularity.DAY))
    sums, rows = Cut(days), Cut(days, of_rows=True)
    with Remembering(snapshot_of(world()), "cust_a") as reader:
        found = gather_cuts(reader, {sums: PARTS[:1], rows: PARTS[2:]}, EVERYTHING)
        assert len(reader.seen.group_by) == 1 and len(reader.seen.sets) == 1
        for cut, parts in ((sums, PARTS[:1]), (rows, PARTS[2:])):
            alone = gather(reader, parts, EVERYTHING, days)
            assert found[cut].keys() == alone.keys()
            assert all(found[cut][key][parts[0]] == alone[key][parts[0]] for key in alone)


def test_a_cut_off_the_hour_reads_rows_and_leaves_the_others_their_hours() -> None:
    period = Period(START, START + timedelta(days=2), zone("Asia/Kathmandu"))
    days = Window.of(period, bucket_edges(period, Granularity.DAY))
    with Counting(snapshot_of(world()), "cust_a") as reader:
        found = gather_cuts(reader, {Cut(Window.of(period)): PARTS[:1], Cut(days): PARTS[:1]}, EVERYTHING)
        assert reader.reads == 2
    whole, by_day = (sum(cell[PARTS[0]] for cell in cells.values()) for cells in found.values())
    assert whole == by_day > 0


@pytest.mark.parametrize(("minutes_before", "minutes_after"), [(0, 20), (20, 0), (20, 40)])
def test_of_a_long_stretch_only_the_hours_it_cuts_are_read_from_the_rows(
    minutes_before: int, minutes_after: int
) -> None:
    inside = [(0, 59), (1, 1), (30, 0), (71, 59)]
    outside = [(-1, 59 - minutes_before), (72, minutes_after)]
    calls = [call(cost_usd="1.777", started_at=START + timedelta(hours=h, minutes=m)) for h, m in inside]
    window = Window(
        START - timedelta(minutes=minutes_before), START + timedelta(hours=72, minutes=minutes_after)
    )
    edges = [call(cost_usd="0.010", started_at=START + timedelta(hours=h, minutes=m)) for h, m in outside]
    within = [
        call(cost_usd="0.500", started_at=at) for at in (window.start, window.end - timedelta(seconds=1))
    ]
    snapshot = snapshot_of(Events(llm_requests=[*calls, *edges, *within]))
    with Counting(snapshot, None) as reader:
        whole = gather(reader, PARTS[:1], EVERYTHING, window)
        assert reader.reads == 1
        # Nothing that lies in its full hours is asked of the rows.
        cursor = snapshot.cursor()
        cursor.execute(
            "DELETE FROM fact_llm_requests WHERE started_at >= $1 AND started_at < $2",
            [moment.replace(tzinfo=None) for moment in window.full_hours],
        )
        assert gather(reader, PARTS[:1], EVERYTHING, window) == whole
    assert whole[0, None][PARTS[0]] == Decimal("1.777") * 4 + Decimal("0.500") * 2
