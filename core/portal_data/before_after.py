"""Before and after: a metric of today beside what it was before the agent."""

from dataclasses import dataclass
from decimal import Decimal

from core.catalogue import Better
from core.measures import Direction, Number, relative_change
from core.measures.change import difference
from core.portal_data.answer import BeforeAfterData, CardData
from core.portals.definition import BaselineSource, BeforeAfter, ChartType, PortalMetric, Position, Size
from core.store.query import Query
from core.store.readers import Reader

_NEWEST = "(coalesce(valid_from, TIMESTAMP '0001-01-01'), baseline_id)"


@dataclass(frozen=True)
class Baseline:
    """How a metric was before, and what the events call that."""

    label: str
    value: Decimal


def newest_baselines(reader: Reader) -> dict[str, Baseline]:
    """The newest row of the baselines for each metric of the reader's customer."""
    columns = (f"arg_max(label, {_NEWEST})", f"arg_max(value, {_NEWEST})")
    rows = reader.rows(Query("dim_baselines", columns, ("metric_id",)))
    return {str(metric): Baseline(str(label), Decimal(str(value))) for metric, label, value in rows}


def current_card(comparison: BeforeAfter) -> PortalMetric:
    """The card of today's value alone; where a comparison stands is its own business."""
    return PortalMetric(
        comparison.current.metric_id,
        comparison.display_name,
        comparison.position or Position(0, 0),
        comparison.size or Size(1, 1),
        ChartType.NUMBER,
    )


def comparison_data(reader: Reader, comparison: BeforeAfter, current: CardData) -> BeforeAfterData:
    """The comparison's numbers beside today's; a historical one falls back on its own value without a row."""
    baseline: Number = Decimal(str(comparison.baseline.value))
    if comparison.baseline.source is BaselineSource.HISTORICAL:
        found = newest_baselines(reader).get(comparison.current.metric_id)
        baseline = found.value if found else baseline
    return compared_with(comparison, current, baseline)


def compared_with(comparison: BeforeAfter, current: CardData, baseline: Number) -> BeforeAfterData:
    """Today's value beside that baseline: how much more it is, in percent of it, and whether that is better."""
    value = current.value
    if isinstance(value, float):
        baseline = float(baseline)
    return BeforeAfterData(
        comparison,
        current,
        baseline,
        comparison.baseline.label,
        difference(value, baseline),
        relative_change(value, baseline),
        _direction(current.better, value, baseline),
    )


def _direction(better: Better, value: Number | None, baseline: Number) -> Direction | None:
    by = difference(value, baseline)
    if not by or better is Better.NEUTRAL:
        return None
    return Direction.BETTER if (by > 0) == (better is Better.HIGHER) else Direction.WORSE
