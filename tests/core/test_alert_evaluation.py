"""A rule fires at the first bucket that meets its condition, and is well again at the first that does not."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.alert_evaluation import MAX_BUCKETS, AlertState, Evaluation, State, due_edges, evaluate, state_of
from core.alerts import AlertRule, Operator
from core.measures import Number
from core.periods import wall_clock, zone

UNTIL = datetime(2026, 11, 4, 15, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def rule(operator: Operator = Operator.GT, threshold: float = 10.0) -> AlertRule:
    return AlertRule("alert_1", "Costs", "cost.total", operator, threshold, "1h", ())


def hours(count: int) -> tuple[datetime, ...]:
    return tuple(UNTIL.replace(minute=0) + n * HOUR for n in range(count + 1))


def found(values: list[Number | None], before: AlertState | None = None) -> Evaluation:
    return evaluate(rule(), before, hours(len(values)), values)


def seen(until: datetime, state: State = State.OK) -> AlertState:
    return AlertState(state, 1.0, until, until)


def test_it_fires_at_the_first_bucket_that_meets_the_condition_and_is_ok_at_the_first_that_does_not() -> None:
    edges = hours(5)
    told = evaluate(rule(), None, edges, [1, 11, 12, 9, 13])
    assert [(t.state, t.previous_state, t.value, t.at) for t in told.transitions] == [
        (State.FIRING, State.OK, 11, edges[2]),
        (State.OK, State.FIRING, 9, edges[4]),
        (State.FIRING, State.OK, 13, edges[5]),
    ]
    assert told.state == AlertState(State.FIRING, 13, edges[5], edges[5])


def test_a_state_that_lasts_keeps_the_instant_since_when() -> None:
    told = found([11, 12, 13])
    assert (told.state.changed_at, told.state.seen_until, told.state.value) == (hours(3)[1], hours(3)[3], 13)
    assert len(told.transitions) == 1


def test_null_is_no_data_and_zero_is_not() -> None:
    told = found([0, None, 0])
    assert [(t.state, t.previous_state, t.value) for t in told.transitions] == [
        (State.NO_DATA, State.OK, None),
        (State.OK, State.NO_DATA, 0),
    ]


@pytest.mark.parametrize(("value", "changes"), [(1, 0), (None, 0), (11, 1)])
def test_the_first_evaluation_is_news_only_where_it_fires(value: int | None, changes: int) -> None:
    told = found([value])
    assert len(told.transitions) == changes
    assert all(t.previous_state is None for t in told.transitions)


def test_no_bucket_twice_and_none_left_out_means_the_same_changes_whenever_one_looks() -> None:
    @settings(max_examples=100, deadline=None)
    @given(
        values=st.lists(st.none() | st.integers(0, 20), min_size=2, max_size=30),
        cut=st.integers(1, 29),
    )
    def holds(values: list[int | None], cut: int) -> None:
        cut = min(cut, len(values) - 1)
        edges = hours(len(values))
        once = evaluate(rule(), None, edges, values)
        first = evaluate(rule(), None, edges[: cut + 1], values[:cut])
        second = evaluate(rule(), first.state, edges[cut:], values[cut:])
        assert second.state == once.state
        assert first.transitions + second.transitions == once.transitions

    holds()


@pytest.mark.parametrize(
    ("operator", "below", "equal", "above"),
    [
        (Operator.GT, False, False, True),
        (Operator.GTE, False, True, True),
        (Operator.LT, True, False, False),
        (Operator.LTE, True, True, False),
        (Operator.EQ, False, True, False),
    ],
)
def test_money_is_compared_with_the_threshold_as_it_was_written(
    operator: Operator, below: bool, equal: bool, above: bool
) -> None:
    # The double 250.1 is a little less than 250.1, so comparing with it would fire on equal money.
    told = [
        state_of(rule(operator, 250.1), Decimal(text)) for text in ("250.099999999", "250.1", "250.100000001")
    ]
    assert told == [State.FIRING if fires else State.OK for fires in (below, equal, above)]


def test_hours_are_utc_hours_and_other_lengths_count_from_1970() -> None:
    edges = due_edges(
        "1h", zone("UTC"), seen(UNTIL.replace(hour=13, minute=0)), watched_since=UNTIL, until=UNTIL
    )
    assert [edge.hour for edge in edges] == [13, 14, 15]
    odd = due_edges("7m", zone("UTC"), seen(UNTIL - HOUR), watched_since=UNTIL, until=UNTIL)
    assert all(edge.timestamp() % 420 == 0 for edge in odd)


def test_days_are_the_zones_own_also_off_the_hour_and_when_the_clocks_change() -> None:
    half_past = due_edges(
        "1d", zone("Asia/Kolkata"), seen(UNTIL - timedelta(days=3)), watched_since=UNTIL, until=UNTIL
    )
    assert [(edge.hour, edge.minute) for edge in half_past] == [(18, 30)] * 3
    monday = datetime(2026, 10, 26, 12, tzinfo=UTC)
    berlin = due_edges(
        "1d", zone("Europe/Berlin"), seen(monday - timedelta(days=3)), watched_since=monday, until=monday
    )
    assert [after - before for before, after in pairwise(berlin)] == [24 * HOUR, 25 * HOUR]


def test_weeks_begin_on_mondays_and_24_hours_are_no_local_day() -> None:
    weeks = due_edges(
        "7d", zone("Asia/Tokyo"), seen(UNTIL - timedelta(days=30)), watched_since=UNTIL, until=UNTIL
    )
    assert {wall_clock(edge, zone("Asia/Tokyo")).strftime("%A %H:%M") for edge in weeks} == {"Monday 00:00"}
    spans = due_edges(
        "24h", zone("Asia/Tokyo"), seen(UNTIL - timedelta(days=3)), watched_since=UNTIL, until=UNTIL
    )
    assert {edge.hour for edge in spans} == {0}


def test_only_complete_buckets_are_looked_at_and_none_twice() -> None:
    until = UNTIL.replace(minute=0)
    assert due_edges("1h", zone("UTC"), seen(until), watched_since=UNTIL, until=until) == ()
    assert (
        due_edges(
            "1h", zone("UTC"), seen(until), watched_since=UNTIL, until=until + HOUR - timedelta(seconds=1)
        )
        == ()
    )
    assert len(due_edges("1h", zone("UTC"), seen(until), watched_since=UNTIL, until=until + HOUR)) == 2


def test_a_new_rule_begins_with_the_newest_bucket_or_with_those_since_it_is_watched() -> None:
    ahead = due_edges("1d", zone("UTC"), None, watched_since=UNTIL + timedelta(days=9), until=UNTIL)
    assert ahead == (UNTIL.replace(day=3, hour=0, minute=0), UNTIL.replace(day=4, hour=0, minute=0))
    since = due_edges("1d", zone("UTC"), None, watched_since=UNTIL - timedelta(days=4), until=UNTIL)
    assert since[0] == datetime(2026, 11, 1, tzinfo=UTC) and len(since) == 4


def test_who_was_not_evaluated_for_years_goes_on_with_the_newest_buckets() -> None:
    edges = due_edges("1m", zone("UTC"), seen(UNTIL - timedelta(days=3650)), watched_since=UNTIL, until=UNTIL)
    assert len(edges) == MAX_BUCKETS + 1 and edges[-1] == UNTIL


@settings(max_examples=60, deadline=None)
@given(
    days=st.integers(1, 31),
    name=st.sampled_from(["UTC", "Asia/Kathmandu", "America/New_York", "Pacific/Apia", "Africa/Cairo"]),
    until=st.datetimes(datetime(2011, 6, 1), datetime(2030, 1, 1)),
    back=st.integers(0, 200),
)
def test_buckets_of_days_go_on_where_they_ended(days: int, name: str, until: datetime, back: int) -> None:
    tz, end = zone(name), until.replace(tzinfo=UTC)
    first = due_edges(f"{days}d", tz, None, watched_since=end - timedelta(days=back), until=end)
    assert all(before < after <= end for before, after in pairwise(first))
    later = due_edges(
        f"{days}d", tz, seen(first[-1]), watched_since=end, until=end + timedelta(days=3 * days + 2)
    )
    assert later[0] == first[-1]
