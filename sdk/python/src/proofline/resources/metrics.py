"""Metrics: their values, series and distributions. Custom ones are `custom_metrics`."""

from typing import Unpack

from .._call import Call
from .._operation import Mode, Resource, Sender, operation
from ..answers.metrics import Batch, Catalogue, Distribution, Metric, Series, Summary
from ..params.metrics import DistributionQuery, NewBatch, SeriesQuery, SummaryQuery, ValueQuery
from .custom_metrics import CustomMetrics

_ALL = "/v1/analytics/metrics"
_ONE = "/v1/analytics/metrics/{metric_id}"


class Metrics(Resource[Mode]):
    """Metrics: their values, series and distributions."""

    custom: CustomMetrics[Mode]

    def __init__(self, sender: Sender) -> None:
        super().__init__(sender)
        self.custom = CustomMetrics(sender)

    @operation
    def catalogue(self) -> Call[Catalogue]:
        """Every metric that this key can ask for: the standard ones, then business results."""
        return Call("GET", _ALL, Catalogue)

    @operation
    def get(self, metric_id: str, **query: Unpack[ValueQuery]) -> Call[Metric]:
        """The value of a metric at an instant: over the calendar month of that instant, until then."""
        return Call("GET", _ONE, Metric, {"metric_id": metric_id}, query)

    @operation
    def series(self, metric_id: str, **query: Unpack[SeriesQuery]) -> Call[Series]:
        """A metric bucket by bucket, every bucket of the range, grouped where that is asked."""
        return Call("GET", f"{_ONE}/series", Series, {"metric_id": metric_id}, query)

    @operation
    def distribution(self, metric_id: str, **query: Unpack[DistributionQuery]) -> Call[Distribution]:
        """Percentiles and a histogram of what a metric is made of."""
        return Call("GET", f"{_ONE}/distribution", Distribution, {"metric_id": metric_id}, query)

    @operation
    def batch(self, *, idempotency_key: str | None = None, **body: Unpack[NewBatch]) -> Call[Batch]:
        """Up to 50 metrics over one period."""
        return Call("POST", f"{_ALL}/batch", Batch, body=body, idempotency_key=idempotency_key)


class Dashboard(Resource[Mode]):
    """The numbers of a dashboard at once."""

    @operation
    def summary(self, **query: Unpack[SummaryQuery]) -> Call[Summary]:
        """Five numbers against the period before, and where the money went; left out, `period` is 30d."""
        return Call("GET", "/v1/analytics/dashboard/summary", Summary, query=query)
