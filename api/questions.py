"""What may be asked about metrics: the parameters and bodies, and the periods they stand for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Self

from pydantic import ConfigDict, Field, WithJsonSchema

from api.schemas import WHOLE, Asked, Line, Sent
from core.catalogue import GROUPS, Aggregation
from core.measures import Filters
from core.periods import Granularity, Period, requested_period, requested_point, zone
from core.store.readers import Reader

MAX_BATCH = 50
DEFAULT_PERIOD = "30d"


def _one_of(*words: str) -> WithJsonSchema:
    # For the reference only: the engine refuses other words with codes of its own.
    return WithJsonSchema({"type": "string", "enum": [str(word) for word in words]})


_Granularity = Annotated[str, _one_of("auto", *Granularity)]
_Aggregation = Annotated[str, _one_of(*Aggregation)]
_Group = Annotated[str, _one_of(*GROUPS)]

_AGENT = Field(None, description="Only this agent")
_MODEL = Field(None, description="Only this model, for metrics over model calls")
_CUSTOMER = Field(None, description="Only this customer; a key of one customer needs none")
_ZONE = Field("UTC", description="IANA zone of days and of instants without offset")
_START = Field(description="Start of the range, ISO 8601; a date alone is its first instant")
_END = Field(None, description="End of the range, not included; left out: now, as far as data reaches")


@dataclass(frozen=True)
class Moment:
    """When a question is answered: `now` by the clock, `data_as_of` by the data."""

    now: datetime
    data_as_of: datetime

    @classmethod
    def of(cls, reader: Reader, now: datetime) -> Self:
        return cls(now, reader.data_as_of)

    def is_settled(self, period: Period) -> bool:
        """Whether the same question has the same answer later: nothing in it was cut to now."""
        return period.end < self.now


class _Filtered(Asked):
    agent_id: Line | None = _AGENT
    customer_id: str | None = _CUSTOMER
    timezone: str = _ZONE


class ValueAsked(_Filtered):
    at: str | None = Field(None, description="The instant, ISO 8601; the value covers its month until then")
    model: Line | None = _MODEL

    @property
    def filters(self) -> Filters:
        return Filters.of(agent_id=self.agent_id, model=self.model)

    def period(self, moment: Moment) -> Period:
        return requested_point(self.at, zone(self.timezone), now=moment.now, data_as_of=moment.data_as_of)


class _RangeAsked(_Filtered):
    start: str = _START
    end: str | None = _END
    model: Line | None = _MODEL

    @property
    def filters(self) -> Filters:
        return Filters.of(agent_id=self.agent_id, model=self.model)

    def period(self, moment: Moment) -> Period:
        return range_of(self.start, self.end, None, self.timezone, moment)


class SeriesAsked(_RangeAsked):
    granularity: _Granularity = Field("auto", description="Left out: by the range")
    aggregation: _Aggregation | None = Field(None, description="Left out: the natural one")
    group_by: _Group | None = Field(None, description="One series for each value of this")
    limit: Annotated[int, Field(ge=1, le=10_000), WHOLE] = 1000


class DistributionAsked(_RangeAsked):
    buckets: Annotated[int, Field(ge=1, le=200), WHOLE] = 20


class SummaryAsked(_Filtered):
    period: str = Field(DEFAULT_PERIOD, description="24h, 7d, 30d, 90d, another Nd, or ytd")
    start: str | None = Field(None, description="Start of a range of its own; wins over period")
    end: str | None = _END

    @property
    def filters(self) -> Filters:
        return Filters.of(agent_id=self.agent_id)

    def asked_period(self, moment: Moment) -> Period:
        return range_of(self.start, self.end, self.period, self.timezone, moment)


class BatchFilters(Sent):
    agent_id: Line | None = _AGENT
    model: Line | None = _MODEL
    customer_id: str | None = _CUSTOMER
    start: str | None = Field(default=None, description="Left out: the start of the month of the end")
    end: str | None = _END
    timezone: str = _ZONE

    @property
    def filters(self) -> Filters:
        return Filters.of(agent_id=self.agent_id, model=self.model)

    def period(self, moment: Moment) -> Period:
        if self.start is None:
            zoned = zone(self.timezone)
            return requested_point(self.end, zoned, now=moment.now, data_as_of=moment.data_as_of)
        return range_of(self.start, self.end, None, self.timezone, moment)


class BatchSent(Sent):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "metric_ids": ["cost.total", "usage.requests.total", "perf.latency.avg"],
                "filters": {"agent_id": "agent_abc123", "start": "2025-01-01T00:00:00Z"},
            }
        }
    )
    metric_ids: Annotated[list[Line], Field(min_length=1, max_length=MAX_BATCH)]
    filters: BatchFilters = BatchFilters()


def range_of(start: str | None, end: str | None, period: str | None, timezone: str, moment: Moment) -> Period:
    """The range of a request, as `core.periods` reads it."""
    return requested_period(
        start=start,
        end=end,
        period=period,
        tz=zone(timezone),
        now=moment.now,
        data_as_of=moment.data_as_of,
    )
