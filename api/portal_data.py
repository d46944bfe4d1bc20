"""A portal's numbers in the words of the answers: names and shapes only, no number is made here."""

from typing import Any

from pydantic import ConfigDict, Field

from api.metric_schemas import BreakdownTold, HistogramBucketTold, Metadata
from api.schemas import Asked, Told
from core.measures import BudgetState
from core.periods import Period
from core.portal_data.answer import BeforeAfterData, CardChange, CardData, PortalData, SeriesPoint, TableRow

Plain = dict[str, Any]


class PortalDataAsked(Asked):
    start: str | None = Field(
        None, description="Start of the range, ISO 8601; left out: 30 days before its end"
    )
    end: str | None = Field(None, description="End of the range; left out: now, as far as data reaches")
    metric_ids: str | None = Field(None, description="Only these metrics of the portal, separated by commas")

    @property
    def wanted(self) -> tuple[str, ...] | None:
        """The ids that were named; None for all."""
        if self.metric_ids is None:
            return None
        return tuple(metric_id.strip() for metric_id in self.metric_ids.split(","))


class PortalPeriodTold(Told):
    start: str
    end: str


class ChartPointTold(Told):
    timestamp: str = Field(description="The start of the bucket, which may lie before the range's")
    value: float | None


class PortalMetricTold(Told):
    metric_id: str
    display_name: str
    value: float | None = Field(description="Null where nothing was observed; metadata.state says why")
    unit: str
    change: float | None = Field(
        description="Percent of the previous value; null where the portal compares nothing"
    )
    change_period: str | None
    chart_data: list[ChartPointTold] | None = Field(description="Null where there is no series")
    breakdown: list[BreakdownTold] | None = None
    histogram: list[HistogramBucketTold] | None = None
    metadata: Metadata


class PortalDataTold(Told):
    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "example": {
                "portal_id": "portal_2hXq9sVd0aB7cR4kLm1TnZ",
                "customer_id": "cust_acme_123",
                "period": {"start": "2024-12-07T00:00:00Z", "end": "2025-01-06T10:00:00Z"},
                "data": [
                    {
                        "metric_id": "usage.requests.total",
                        "display_name": "Total Requests Handled",
                        "value": 45230,
                        "unit": "count",
                        "change": 12.5,
                        "change_period": "vs previous 30d",
                        "chart_data": [{"timestamp": "2024-12-07T00:00:00Z", "value": 1420}],
                        "metadata": {"state": "ok", "observations": 45230},
                    }
                ],
                "comparisons": [],
                "generated_at": "2025-01-06T10:00:00Z",
                "metadata": {"data_as_of": "2025-01-06T10:00:00Z", "snapshot": "snap-42-0f3c9a1b2d4e"},
            }
        },
    )
    portal_id: str
    customer_id: str
    period: PortalPeriodTold
    data: list[PortalMetricTold]
    comparisons: list[dict[str, Any]]
    generated_at: str
    metadata: Metadata


def told(found: PortalData, generated_at: Any) -> Plain:
    """Every number of the portal."""
    return {
        "portal_id": found.portal.portal_id,
        "customer_id": found.portal.customer_id,
        "period": _period(found.period),
        "data": [_card(card) for card in found.cards],
        "comparisons": [_comparison(comparison) for comparison in found.comparisons],
        "generated_at": generated_at,
        "metadata": {
            "timezone": found.period.zone.key,
            "data_as_of": found.data_as_of,
            "snapshot": found.snapshot,
        },
    }


def _period(period: Period) -> Plain:
    return {"start": period.start, "end": period.end}


def _card(card: CardData) -> Plain:
    return {
        "metric_id": card.card.metric_id,
        "display_name": card.card.display_name,
        "value": card.value,
        "unit": card.unit,
        **_change(card.change),
        "chart_data": None if card.series is None else [_point(card, point) for point in card.series],
        "granularity": card.granularity.value if card.granularity else None,
        "chart_type": card.card.chart_type.value,
        "better": card.better.value,
        "target": _target(card),
        **_parts(card),
        "metadata": _metadata(card),
    }


def _change(change: CardChange | None) -> Plain:
    if change is None:
        return {"change": None, "change_period": None}
    return {
        "change": change.percent,
        "change_period": change.label,
        "change_points": change.points,
        "previous_value": change.previous,
        "previous_period": _period(change.period),
        "previous_is_covered": change.is_covered,
        "is_within_noise": change.is_within_noise,
        "direction": change.direction.value if change.direction else None,
    }


def _point(card: CardData, point: SeriesPoint) -> Plain:
    if card.change is None or point.previous is None:
        return {"timestamp": point.timestamp, "value": point.value}
    return {"timestamp": point.timestamp, "value": point.value, "previous": point.previous}


def _target(card: CardData) -> Plain | None:
    if card.card.target is None:
        return None
    return {"value": card.card.target.value, "label": card.card.target.label, "share": card.target_share}


def _parts(card: CardData) -> Plain:
    """What only some cards have."""
    parts: Plain = {}
    if card.breakdown:
        parts["breakdown"] = [{"label": p.label, "value": p.value, "share": p.share} for p in card.breakdown]
    if card.histogram:
        parts["histogram"] = [
            {"bucket": b.label, "lower": b.lower, "upper": b.upper, "count": b.count} for b in card.histogram
        ]
    if card.rows is not None:
        parts["rows"] = [_row(row) for row in card.rows]
    return parts


def _row(row: TableRow) -> Plain:
    place: Plain = {"timestamp": row.timestamp} if row.timestamp is not None else {"label": row.label}
    return {**place, "value": row.value, "previous": row.previous, "change": row.change}


def _metadata(card: CardData) -> Plain:
    figures = card.figures
    return {
        "state": card.state.value,
        "numerator": figures.numerator if figures else None,
        "denominator": figures.denominator if figures else None,
        "observations": figures.observations if figures else None,
        "coverage": card.coverage,
        "is_small_sample": card.is_small_sample,
        "is_partial": card.is_partial,
        "unpriced_share": card.unpriced_share,
        "period_start": card.period.start,
        "period_end": card.period.end,
        **({} if card.mean_per_day is None else {"mean_per_day": card.mean_per_day}),
        **({} if card.p95 is None else {"p95": card.p95}),
        **_budget(card.budget),
    }


def _budget(budget: BudgetState | None) -> Plain:
    if budget is None:
        return {}
    return {
        "budget_id": budget.budget_id,
        "limit_usd": budget.limit_usd,
        "spend_usd": budget.spend_usd,
        "projected_usd": budget.projected_usd,
        "budget_period_start": budget.period_start,
        "budget_period_end": budget.period_end,
    }


def _comparison(found: BeforeAfterData) -> Plain:
    comparison, shown = found.comparison, found.comparison.improvement
    return {
        "metric_id": comparison.metric_id,
        "display_name": comparison.display_name,
        "unit": found.current.unit,
        "baseline": {
            "label": found.baseline_label,
            "value": found.baseline,
            "source": comparison.baseline.source.value,
        },
        "current": {
            "label": comparison.current.label,
            "metric_id": comparison.current.metric_id,
            "value": found.current.value,
        },
        "improvement": {
            "absolute": found.absolute if shown.show_absolute else None,
            "percentage": found.percent if shown.show_percentage else None,
            "direction": found.direction.value if found.direction and shown.highlight_positive else None,
        },
    }
