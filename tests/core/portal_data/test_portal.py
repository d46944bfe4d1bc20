"""Every number of a portal is the number that its definition gives, for its own customer alone."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.catalogue import CATALOGUE
from core.custom_metrics import CustomMetricDefinition, Formula, FormulaInput, FormulaType
from core.custom_values import custom_series, custom_value
from core.errors import InvalidMetricId
from core.measures import change, series, value
from core.measures.question import EVERYTHING
from core.periods import Period, named_period, zone
from core.portal_data.answer import State
from core.portal_data.portal import planned_data, portal_data, portal_plan
from core.portal_data.source import NumberSource, SharedNeeds
from core.portals.definition import RangeName, TimeRange
from core.store.readers import CustomerReaders, Reader
from core.store.snapshot import Snapshot
from tests.builders import (
    NOON,
    Events,
    before_after,
    card,
    customer,
    portal,
    reader_of,
    session,
    snapshot_of,
)
from tests.core.measures.oracle import Oracle
from tests.core.portal_data.two_years import BERLIN, DEFINITIONS, KATHMANDU, RATIO, month, shown

CHARTS = ("line", "bar", "number", "table")


@pytest.mark.parametrize("name", list(RangeName))
@pytest.mark.parametrize("tz", [BERLIN, KATHMANDU], ids=str)
def test_every_value_is_the_oracles(events: Events, reader: Reader, name: RangeName, tz: Any) -> None:
    period = named_period(name.value, NOON, tz)
    oracle = Oracle(events, period.start, period.end, "cust_a")
    ids = [metric_id for metric_id in CATALOGUE if metric_id not in ("cost.burn_rate", "cost.cache_savings")]
    found = shown(reader, *(card(metric_id) for metric_id in ids), period=period)
    for one in found:
        expected = oracle.value(one.card.metric_id)
        if isinstance(expected, float):
            expected = pytest.approx(expected, rel=1e-12)
        assert one.value == expected, one.card.metric_id


@pytest.mark.parametrize("chart_type", CHARTS)
def test_a_card_is_the_analytics_answer_whatever_its_chart(reader: Reader, chart_type: str) -> None:
    for one in shown(reader, *(card(metric_id, chart_type, compare="previous") for metric_id in CATALOGUE)):
        answer = value(reader, one.card.metric_id, month())
        against = change(reader, one.card.metric_id, month())
        assert (one.value, one.figures) == (answer.value, answer.figures)
        assert one.change is not None
        assert (one.change.percent, one.change.points) == (against.change, against.points)
        assert (one.change.is_within_noise, one.change.direction) == (
            against.is_within_noise,
            against.direction,
        )
        assert one.change.label == "vs previous 30d"
        if one.series is not None:
            total = series(reader, one.card.metric_id, month()).points
            if not CATALOGUE[one.card.metric_id].own_dimension:
                assert [(p.timestamp, p.value) for p in one.series] == [(p.timestamp, p.value) for p in total]


def test_a_custom_metric_is_what_evaluate_gives(reader: Reader) -> None:
    for name in RangeName:
        period = named_period(name.value, NOON, BERLIN)
        (one,) = shown(reader, card(RATIO.id, "line", compare="previous"), period=period)
        alone = custom_value(reader, RATIO.formula, DEFINITIONS, period, EVERYTHING)
        points = custom_series(reader, RATIO.formula, DEFINITIONS, period, EVERYTHING).points
        assert one.value == alone.value and one.unit == "usd"
        assert one.series is not None and one.change is not None
        assert [(p.timestamp, p.value) for p in one.series] == [(p.timestamp, p.value) for p in points]
        before = custom_value(reader, RATIO.formula, DEFINITIONS, one.change.period, EVERYTHING)
        assert one.change.previous == before.value
        assert one.change.is_within_noise is None and one.change.direction is None


def test_a_card_that_is_not_the_visitors_keeps_its_range(reader: Reader) -> None:
    own = card("cost.total", time_range=TimeRange(RangeName.WEEK, allow_user_selection=False))
    free = card("cost.total", time_range=TimeRange(RangeName.WEEK))
    period = named_period("90d", NOON, BERLIN)
    kept, followed = shown(reader, own, free, period=period, for_page=True)
    assert kept.period.name == "7d" and followed.period.name == "90d"
    assert {one.period.name for one in shown(reader, own, free, period=period)} == {"90d"}


def test_why_there_is_no_value_is_said(reader: Reader) -> None:
    empty = named_period("7d", NOON - timedelta(days=150), BERLIN)
    ids = ("perf.latency.avg", "cost.burn_rate", "custom.nothing", "cm_gone", "usage.requests.total")
    found = shown(reader, *(card(metric_id) for metric_id in ids), period=empty)
    assert [one.state for one in found] == [
        State.NO_DATA,
        State.NO_BUDGET,
        State.NO_DATA,
        State.UNAVAILABLE,
        State.OK,
    ]
    assert [one.value for one in found] == [None, None, None, None, 0]


def test_rows_that_say_nothing_are_not_observed() -> None:
    blind = Events(sessions=[session(outcome=None)], customers=[customer()])
    with reader_of(snapshot_of(blind), "cust_a") as reader:
        rate, cost = shown(
            reader,
            card("autonomy.goal_completion_rate"),
            card("cost.per_completion"),
            period=named_period("7d", NOON + timedelta(hours=1), BERLIN),
        )
    assert rate.state is State.NOT_OBSERVED
    assert cost.state is State.NO_DATA


def test_a_formula_whose_metric_is_gone_leaves_its_own_card_empty(reader: Reader) -> None:
    formula = Formula(FormulaType.ARITHMETIC, "$a", (FormulaInput("$a", "cm_gone"),))
    broken = CustomMetricDefinition("cm_broken", "Broken", formula, "usd")
    found = portal_data(
        reader, portal(card("cm_broken"), card("cost.total")), month(), {broken.id: broken}
    ).cards
    assert found[0].state is State.UNAVAILABLE and found[1].value is not None


def test_metric_ids_narrow_a_portal_and_all_strangers_are_named(reader: Reader) -> None:
    one = portal(card("cost.total"), card("usage.sessions.total"), comparisons=(before_after(),))
    found = portal_data(reader, one, month(), {}, metric_ids=["usage.sessions.total"])
    assert [c.card.metric_id for c in found.cards] == ["usage.sessions.total"]
    assert found.comparisons == ()
    with pytest.raises(InvalidMetricId, match="perf.latency.avg, nonsense"):
        portal_data(reader, one, month(), {}, metric_ids=["cost.total", "perf.latency.avg", "nonsense"])


def test_many_portals_from_shared_passes_show_what_each_shows_alone(snapshot: Snapshot) -> None:
    portals = [
        portal(card("cost.total", "line", compare="previous"), card(RATIO.id), card("cost.by_model", "pie")),
        portal(
            card("perf.latency.p95"), card("usage.sessions.total", "table", compare="yoy"), portal_id="p2"
        ),
        portal(
            card("cost.total"),
            card("custom.hours_777", "bar"),
            card("autonomy.deflection_rate", "line"),
            customer_id="cust_b",
            comparisons=(before_after(),),
        ),
    ]
    assert snapshot.pin()
    with CustomerReaders(snapshot, {"cust_a", "cust_b"}) as shared:
        readers = {c: shared.customer(c) for c in ("cust_a", "cust_b")}
        plans = [portal_plan(readers[p.customer_id], p, month(), DEFINITIONS) for p in portals]
        needs = SharedNeeds(need for plan in plans for need in plan.needs)
        found = [planned_data(plan, NumberSource(readers[plan.portal.customer_id], needs)) for plan in plans]
        passes = len(shared._answers)
        for reader in readers.values():
            reader.close()
    for one, together in zip(portals, found, strict=True):
        with reader_of(snapshot, one.customer_id) as reader:
            assert portal_data(reader, one, month(), DEFINITIONS) == together
    assert passes <= 20


@pytest.mark.parametrize(("tz", "end"), [(BERLIN, NOON), (KATHMANDU, NOON + timedelta(minutes=15))])
def test_series_that_end_alike_are_read_once_and_say_what_each_says_alone(
    snapshot: Snapshot, tz: ZoneInfo, end: datetime
) -> None:
    cards = [card(metric_id, "line", compare="previous") for metric_id in CATALOGUE]
    shown = portal(*cards, card(RATIO.id, "line", compare="previous"))
    periods = [named_period(name, end, tz) for name in ("24h", "7d", "30d", "90d", "ytd")]
    with reader_of(snapshot, "cust_a") as reader:
        plans = [portal_plan(reader, shown, p, DEFINITIONS, for_page=True) for p in periods]
        needs = SharedNeeds(need for plan in plans for need in plan.needs)
        weeks, year = (next(n for n in plan.cards[0].needs if n.is_series) for plan in (plans[1], plans[4]))
        assert needs.read_for(weeks) is not weeks and needs.read_for(year) is year
        together = [planned_data(plan, NumberSource(reader, needs)) for plan in plans]
        alone = [portal_data(reader, shown, p, DEFINITIONS, for_page=True) for p in periods]
    assert together == alone


def test_nothing_of_another_customer_is_in_any_number(reader: Reader) -> None:
    everything = [
        card(metric_id, chart) for metric_id in CATALOGUE for chart in ("line", "pie", "table", "bar")
    ]
    everything += [card("custom.hours_777"), card(RATIO.id, "line")]
    found = portal_data(
        reader, portal(*(c for c in everything if c.metric_id != "custom.hours_777")), month(), DEFINITIONS
    )
    assert "777" not in repr(found)


def test_a_mean_is_added_up_in_the_same_order_whatever_stands_beside_it(snapshot: Snapshot) -> None:
    """A percentile needs single rows; the mean beside it goes on reading the hours that it reads alone."""
    period = Period(NOON - timedelta(days=9), NOON, zone("UTC"))
    shown = portal(
        card("perf.latency.avg", "line"),
        card("perf.latency.p95", "line"),
        card("perf.latency.distribution", "line"),
    )
    with reader_of(snapshot) as reader:
        found = portal_data(reader, shown, period, {}).cards[0]
        alone = series(reader, "perf.latency.avg", period)
        assert found.value == value(reader, "perf.latency.avg", period).value
    assert [point.value for point in found.series or ()] == [point.value for point in alone.points]


def test_a_metric_that_is_switched_off_says_so_in_its_own_name_and_unit(snapshot: Snapshot) -> None:
    period = Period(NOON - timedelta(days=9), NOON, zone("UTC"))
    off = replace(RATIO, is_active=False)
    lost = replace(
        RATIO,
        id="cm_lost",
        name="Lost",
        formula=Formula(FormulaType.ARITHMETIC, "$a", (FormulaInput("$a", "cm_nowhere"),)),
    )
    shown = portal(card(off.id), card(lost.id), card("cm_gone"))
    with reader_of(snapshot) as reader:
        found = portal_data(reader, shown, period, {off.id: off, lost.id: lost}).cards
    assert [one.state for one in found] == [State.INACTIVE, State.UNAVAILABLE, State.UNAVAILABLE]
    assert [(one.name, one.unit) for one in found[:2]] == [(off.name, "usd"), ("Lost", "usd")]
    said = [one.description for one in found]
    assert "switched off" in said[0] and "uses" in said[1] and "not exist" in said[2]
