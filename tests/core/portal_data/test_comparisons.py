"""Comparisons of a portal say against what: the time before, a year ago, a target, and what was before the agents."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.measures import Question, change, series, value
from core.measures.question import resolved
from core.periods import Comparison, compared_periods, named_period
from core.portal_data.portal import portal_data
from core.portal_data.standard_needs import standard_needs
from core.portals.definition import ChartType, Target
from core.store.readers import Reader
from tests.builders import (
    NOON,
    Events,
    baseline,
    before_after,
    call,
    card,
    customer,
    portal,
    reader_of,
    snapshot_of,
)
from tests.core.portal_data.two_years import BERLIN, month, shown


@pytest.mark.parametrize("word", list(Comparison))
def test_each_comparison_is_the_analytics_one_and_says_against_what(reader: Reader, word: Comparison) -> None:
    (one,) = shown(reader, card("usage.sessions.total", "line", compare=word.value))
    against = change(reader, "usage.sessions.total", month(), word)
    assert one.change is not None
    assert (one.change.percent, one.change.previous, one.change.label) == (
        against.change,
        against.previous.value,
        against.label,
    )
    assert one.value == value(reader, "usage.sessions.total", month()).value


def test_without_comparison_there_is_no_change(reader: Reader) -> None:
    plain, off = shown(
        reader, card("cost.total"), replace(card("cost.total", compare="previous"), comparison=None)
    )
    assert plain.change is None and off.change is None


def test_a_comparison_with_a_time_before_the_data_begins_is_said(reader: Reader) -> None:
    covered, late = (
        shown(
            reader, card("usage.requests.total", compare="previous"), period=named_period(name, NOON, BERLIN)
        )
        for name in ("7d", "365d")
    )
    assert covered[0].change is not None and covered[0].change.is_covered
    assert late[0].change is not None and not late[0].change.is_covered


@pytest.mark.parametrize(("name", "is_judged"), [("24h", False), ("6d", False), ("30d", True)])
def test_days_are_read_where_they_are_judged_and_nowhere_else(
    reader: Reader, name: str, is_judged: bool
) -> None:
    period = named_period(name, NOON, BERLIN)
    compared = compared_periods(period, Comparison.PREVIOUS)
    asked = resolved(reader, Question("usage.requests.total"))
    needs = standard_needs(asked, ChartType.NUMBER, period, compared, has_series=True, buckets="auto")
    assert [side.days is not None for side in needs.sides] == [is_judged, is_judged]
    (one,) = shown(reader, card("usage.requests.total", compare="previous"), period=period)
    assert one.change is not None and (one.change.is_within_noise is not None) == is_judged


def test_previous_buckets_stand_beside_their_own(reader: Reader) -> None:
    (one,) = shown(reader, card("usage.requests.total", "line", compare="previous"))
    assert one.series is not None and one.change is not None
    before = series(reader, "usage.requests.total", one.change.period, "day").points
    assert [p.previous for p in one.series] == [p.value for p in before]


def test_a_year_back_a_leap_day_shifts_nothing(reader: Reader) -> None:
    end = datetime(2028, 3, 10, 12, tzinfo=UTC)
    (one,) = shown(
        reader, card("usage.requests.total", "line", compare="yoy"), period=named_period("30d", end, BERLIN)
    )
    assert one.series is not None and one.change is not None
    starts = [p.timestamp for p in one.series]
    assert datetime(2028, 2, 28, 23, tzinfo=UTC) in starts
    assert len(starts) == 31


def test_a_target_is_a_share_of_itself(reader: Reader) -> None:
    (one,) = shown(reader, card("autonomy.goal_completion_rate", target=Target(50, "Half")))
    assert one.target_share == pytest.approx(float(one.value or 0) / 50)


def test_before_and_after_is_the_difference_by_what_is_better(reader: Reader) -> None:
    one = portal(card("cost.total"), comparisons=(before_after(value=1000),))
    (found,) = portal_data(reader, one, month(), {}).comparisons
    now = value(reader, "perf.latency.avg", month()).value
    assert now is not None and found.current.value == now
    assert found.absolute == pytest.approx(float(now) - 1000)
    assert found.percent == pytest.approx((float(now) - 1000) / 10)
    assert found.direction == "better"


def test_a_historical_baseline_is_the_newest_row_of_this_customer_and_metric() -> None:
    rows = [
        baseline(baseline_id="old", value="3000", valid_from=NOON - timedelta(days=90)),
        baseline(baseline_id="new", value="2000", valid_from=NOON - timedelta(days=30)),
        baseline(baseline_id="undated", value="1"),
        baseline(baseline_id="foreign", customer_id="cust_b", value="777", valid_from=NOON),
        baseline(baseline_id="other", metric_id="cost.total", value="5", valid_from=NOON),
    ]
    events = Events(llm_requests=[call()], baselines=rows, customers=[customer()])
    one = portal(comparisons=(before_after(source="historical", value=9),))
    manual = portal(comparisons=(before_after(source="manual", value=9),))
    unknown = portal(comparisons=(before_after("perf.latency.p95", source="historical", value=9),))
    with reader_of(snapshot_of(events), "cust_a") as reader:
        found = [portal_data(reader, p, month(), {}).comparisons[0].baseline for p in (one, manual, unknown)]
    assert found == [2000, 9, 9]
