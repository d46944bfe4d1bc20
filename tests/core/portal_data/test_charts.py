"""Charts of a portal have the buckets, parts and bars of their metric, and say which bucket is unfinished."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from core.measures import Point, distribution, series, value
from core.periods import Period, zone
from core.portal_data.answer import CardData
from core.store.readers import Reader
from tests.builders import (
    NOON,
    card,
)
from tests.core.portal_data.two_years import month, shown


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
