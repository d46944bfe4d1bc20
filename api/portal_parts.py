"""The parts of a portal's configuration as bodies have them: cards, their places, sections, comparisons.

Numbers on the grid are described with their bounds and read without, because what lies outside is a fault of the
layout, to be told with the others. Whole bodies are `portal_bodies`.
"""

from typing import Annotated

from pydantic import Field, WithJsonSchema

from api.schemas import Line, Sent
from core.portals.check import MAX_COMPARISONS
from core.portals.definition import (
    GRID_COLUMNS,
    MAX_METRICS,
    BaselineSource,
    ChartType,
    ComparisonPeriod,
    RangeName,
)
from core.portals.grid import MAX_HEIGHT, MAX_ROWS, MAX_SECTIONS


def _grid_units(least: int, most: int) -> WithJsonSchema:
    return WithJsonSchema({"type": "integer", "minimum": least, "maximum": most})


class PositionSent(Sent):
    row: Annotated[int, _grid_units(0, MAX_ROWS - 1)]
    col: Annotated[int, _grid_units(0, max(GRID_COLUMNS) - 1)]


class SizeSent(Sent):
    width: Annotated[int, _grid_units(1, max(GRID_COLUMNS))]
    height: Annotated[int, _grid_units(1, MAX_HEIGHT)]


class TimeRangeSent(Sent):
    default: RangeName = Field(RangeName.MONTH, strict=False)
    allow_user_selection: bool = True


class ComparisonSent(Sent):
    enabled: bool
    period: ComparisonPeriod = Field(ComparisonPeriod.PREVIOUS, strict=False)


class TargetSent(Sent):
    value: float = Field(description="In the metric's unit; a percent is 0 to 100")
    label: Line


class PortalMetricSent(Sent):
    metric_id: Line
    display_name: Line
    position: PositionSent
    size: SizeSent
    chart_type: ChartType = Field(strict=False)
    time_range: TimeRangeSent | None = None
    comparison: ComparisonSent | None = None
    target: TargetSent | None = None


class SectionSent(Sent):
    metrics: Annotated[list[Line], Field(max_length=MAX_METRICS + MAX_COMPARISONS)]
    title: Line | None = None
    collapsible: bool | None = None


class LayoutSent(Sent):
    grid_columns: Annotated[int, WithJsonSchema({"type": "integer", "enum": list(GRID_COLUMNS)})] = 12
    sections: Annotated[list[SectionSent], Field(max_length=MAX_SECTIONS)] | None = None


class BaselineSent(Sent):
    label: Line
    value: float
    source: BaselineSource = Field(BaselineSource.MANUAL, strict=False)


class CurrentMetricSent(Sent):
    label: Line
    metric_id: Line


class ImprovementSent(Sent):
    show_percentage: bool = True
    show_absolute: bool = True
    highlight_positive: bool = True


class BeforeAfterSent(Sent):
    metric_id: Line = Field(description="This card's own name")
    display_name: Line
    baseline: BaselineSent
    current: CurrentMetricSent
    improvement: ImprovementSent | None = None
    position: PositionSent | None = None
    size: SizeSent | None = None
