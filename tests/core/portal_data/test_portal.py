"""Every number of a portal is the number that its definition gives, for its own customer alone."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from core.catalogue import CATALOGUE
from core.custom_metrics import CustomMetricDefinition, Formula, FormulaInput, FormulaType
from core.custom_values import custom_series, custom_value
from core.errors import InvalidMetricId
from core.measures import Point, change, distribution, series, value
from core.measures.question import EVERYTHING
from core.periods import Comparison, Period, named_period, zone
from core.portal_data.answer import CardData, State
from core.portal_data.portal import planned_data, portal_data, portal_plan
from core.portal_data.source import NumberSource, SharedNeeds
from core.portals.definition import RangeName, Target, TimeRange
from core.store.readers import CustomerReaders, Reader
from core.store.snapshot import Snapshot
from tests.builders import (
    NOON,
    Events,
    baseline,
    before_after,
    call,
    card,
    customer,
    evaluation,
    outcome,
    portal,
    reader_of,
    session,
    snapshot_of,
    tool_call,
)
from tests.core.measures.oracle import Oracle

BERLIN, KATHMANDU = zone("Europe/Berlin"), zone("Asia/Kathmandu")
RATIO = CustomMetricDefinition(
    "cm_cost_per_session",
    "Cost per session",
    Formula(
        FormulaType.ARITHMETIC,
        "$a / $b",
        (FormulaInput("$a", "cost.total"), FormulaInput("$b", "usage.sessions.total")),
    ),
    "usd",
)
DEFINITIONS = {RATIO.id: RATIO}
CHARTS = ("line", "bar", "number", "table")


def two_years() -> Events:
    """Two customers, every few hours for the last weeks and for the same weeks a year before."""
    hours = [NOON - timedelta(hours=5 * n) for n in range(300)]
    hours += [at - timedelta(days=365) for at in hours[:100]]
    events = Events(
        customers=[
            customer(timezone="Europe/Berlin", locale="de-DE"),
            customer(customer_id="cust_b", name="Globex 777", timezone="Asia/Kathmandu"),
        ]
    )
    for number, at in enumerate(hours):
        _one_conversation(events, number, at)
    return events


def _one_conversation(events: Events, number: int, at: datetime) -> None:
    is_b = number % 3 == 0
    who = {"customer_id": "cust_b", "agent_id": "agent-777"} if is_b else {"agent_id": f"agent_{number % 2}"}
    name, model = f"ses_{number}", "model-777" if is_b else f"model-{number % 4}"
    outcomes: list[Any] = ["goal_met", "abandoned", None]
    is_met = outcomes[number % 3 if is_b else number % 7 // 3]
    events.sessions.append(
        session(
            **who,
            session_id=name,
            started_at=at,
            outcome=is_met,
            handoff=[True, False, False, None][number % 4],
            sentiment_start=-0.5,
            sentiment_end=(number % 5) / 5,
        )
    )
    events.llm_requests.append(
        call(
            **who,
            session_id=name,
            started_at=at,
            model=model,
            cost_usd=f"{1 + number % 7}.000000777" if is_b else f"0.{number % 9}1",
            latency_ms=777.0 if is_b else 100.0 + number % 50,
        )
    )
    events.tool_calls.append(
        tool_call(**who, session_id=name, started_at=at, status="error" if number % 6 == 1 else "ok")
    )
    events.evaluations.append(evaluation(**who, session_id=name, evaluated_at=at, passed=number % 8 != 1))
    events.outcomes.append(
        outcome(**who, occurred_at=at, **({"name": "hours_777", "unit": "hours"} if is_b else {}))
    )


@pytest.fixture(scope="module")
def events() -> Events:
    return two_years()


@pytest.fixture(scope="module")
def snapshot(events: Events) -> Iterator[Snapshot]:
    with duckdb.connect(":memory:") as connection:
        yield snapshot_of(events, into=connection)


@pytest.fixture
def reader(snapshot: Snapshot) -> Iterator[Reader]:
    with reader_of(snapshot, "cust_a") as reader:
        yield reader


def month(tz: Any = BERLIN) -> Period:
    return named_period("30d", NOON, tz)


def shown(reader: Reader, *cards: Any, period: Period | None = None, **more: Any) -> tuple[CardData, ...]:
    return portal_data(reader, portal(*cards), period or month(), DEFINITIONS, **more).cards


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


def test_a_day_of_the_clock_change_is_one_bucket(reader: Reader) -> None:
    (one,) = shown(reader, card("usage.requests.total", "bar"))
    assert one.series is not None
    starts = [p.timestamp for p in one.series]
    widths = {b - a for a, b in pairwise(starts)}
    assert widths == {timedelta(hours=24), timedelta(hours=25)}
    assert sum(p.value for p in one.series) == one.value  # type: ignore[misc]


def test_the_unfinished_last_bucket_is_marked(reader: Reader) -> None:
    (one,) = shown(reader, card("usage.requests.total"))
    assert one.is_partial
    whole = Period(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 31, tzinfo=UTC), zone("UTC"))
    (one,) = shown(reader, card("usage.requests.total"), period=whole)
    assert not one.is_partial


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


def test_a_pie_has_parts_and_no_series(reader: Reader) -> None:
    models, agents = shown(reader, card("cost.by_model", "pie"), card("usage.sessions.total", "pie"))
    for one in (models, agents):
        assert one.series is None
        assert sum(p.value for p in one.breakdown) == one.value  # type: ignore[misc]
        assert sum(p.share or 0 for p in one.breakdown) == pytest.approx(1)
    assert {p.label for p in agents.breakdown} == {"agent_0", "agent_1"}


def test_a_bar_of_the_distribution_is_its_histogram(reader: Reader) -> None:
    (one,) = shown(reader, card("perf.latency.distribution", "bar"))
    found = distribution(reader, "perf.latency.distribution", month())
    assert one.histogram == found.histogram and one.series is None
    assert (one.value, one.p95) == (dict(found.percentiles)["p50"], dict(found.percentiles)["p95"])


def test_a_daily_metric_knows_its_mean_per_day(reader: Reader) -> None:
    (one,) = shown(reader, card("cost.daily"))
    assert one.mean_per_day == value(reader, "cost.daily", month(), aggregation="avg").value
    assert one.value == value(reader, "cost.total", month()).value


def test_a_table_has_a_row_a_bucket_or_a_part(reader: Reader) -> None:
    days, parts = shown(
        reader,
        card("usage.requests.total", "table", compare="previous"),
        card("cost.by_model", "table", compare="previous"),
    )
    assert days.rows is not None and parts.rows is not None and days.series is not None
    assert [(r.timestamp, r.value) for r in days.rows] == [(p.timestamp, p.value) for p in days.series]
    assert [r.label for r in parts.rows] == [p.label for p in parts.breakdown]
    before = {p.dimensions[0][1]: p.value for p in _total_by_model(reader, days)}
    assert {r.label: r.previous for r in parts.rows} == {r.label: before[str(r.label)] for r in parts.rows}


def _total_by_model(reader: Reader, one: CardData) -> Any:
    assert one.change is not None
    period = one.change.period
    table = series(reader, "cost.by_model", period, "month").points
    totals: dict[str, Decimal] = {}
    for point in table:
        totals[point.dimensions[0][1]] = totals.get(point.dimensions[0][1], Decimal(0)) + point.value  # type: ignore[operator]
    return [Point(NOON, total, (("model", model),)) for model, total in totals.items()]


def test_a_card_that_is_not_the_visitors_keeps_its_range(reader: Reader) -> None:
    own = card("cost.total", time_range=TimeRange(RangeName.WEEK, allow_user_selection=False))
    free = card("cost.total", time_range=TimeRange(RangeName.WEEK))
    period = named_period("90d", NOON, BERLIN)
    kept, followed = shown(reader, own, free, period=period, for_page=True)
    assert kept.period.name == "7d" and followed.period.name == "90d"
    assert {one.period.name for one in shown(reader, own, free, period=period)} == {"90d"}


def test_a_target_is_a_share_of_itself(reader: Reader) -> None:
    (one,) = shown(reader, card("autonomy.goal_completion_rate", target=Target(50, "Half")))
    assert one.target_share == pytest.approx(float(one.value or 0) / 50)


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
        needs = SharedNeeds(need for plan in plans for need in plan.needs())
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
        needs = SharedNeeds(need for plan in plans for need in plan.needs())
        weeks, year = (next(n for n in plan.cards[0].needs() if n.is_series) for plan in (plans[1], plans[4]))
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
