"""Custom metrics: formulas over metrics."""

from typing import Unpack

from .._call import Call, Pages
from .._operation import Mode, Resource, operation, paged
from ..answers.common import Deleted
from ..answers.custom_metrics import (
    CustomMetric,
    CustomMetricListed,
    CustomMetricPage,
    Evaluation,
    Validation,
)
from ..params.custom_metrics import (
    CustomMetricChanges,
    CustomMetricFilters,
    CustomMetricQuery,
    NewCustomMetric,
    NewTrial,
    WhoseMetric,
)
from ..params.metrics import SeriesQuery

_ALL = "/v1/analytics/metrics/custom"
_ONE = "/v1/analytics/metrics/custom/{custom_metric_id}"


class CustomMetrics(Resource[Mode]):
    """Custom metrics: formulas over metrics. `customer_id` says whose, where several customers have the id."""

    @operation
    def create(
        self, *, idempotency_key: str | None = None, **body: Unpack[NewCustomMetric]
    ) -> Call[CustomMetric]:
        """A new definition; made with a key of one customer it is that customer's, else everybody's."""
        return Call("POST", _ALL, CustomMetric, body=body, idempotency_key=idempotency_key)

    @operation
    def get(self, custom_metric_id: str, **query: Unpack[WhoseMetric]) -> Call[CustomMetric]:
        """One definition with its formula."""
        return Call("GET", _ONE, CustomMetric, {"custom_metric_id": custom_metric_id}, query)

    @operation
    def list(self, **query: Unpack[CustomMetricQuery]) -> Call[CustomMetricPage]:
        """One page of the definitions that this key can see; `iterate` goes through all pages."""
        return Call("GET", _ALL, CustomMetricPage, query=query)

    @paged
    def iterate(self, **query: Unpack[CustomMetricFilters]) -> Pages[CustomMetricListed]:
        """All definitions that this key can see, page by page."""
        return Pages(Call("GET", _ALL, CustomMetricPage, query=query), "custom_metrics", CustomMetricListed)

    @operation
    def update(
        self,
        custom_metric_id: str,
        *,
        customer_id: str | None = None,
        if_match: str | None = None,
        **changes: Unpack[CustomMetricChanges],
    ) -> Call[CustomMetric]:
        """Changes what is given; a formula is replaced whole."""
        at, query = {"custom_metric_id": custom_metric_id}, {"customer_id": customer_id}
        return Call("PATCH", _ONE, CustomMetric, at, query, changes, if_match=if_match)

    @operation
    def delete(
        self, custom_metric_id: str, *, if_match: str | None = None, **query: Unpack[WhoseMetric]
    ) -> Call[Deleted]:
        """Deletes a definition that nothing uses any more."""
        at = {"custom_metric_id": custom_metric_id}
        return Call("DELETE", _ONE, Deleted, at, query, if_match=if_match)

    @operation
    def evaluate(self, custom_metric_id: str, **query: Unpack[SeriesQuery]) -> Call[Evaluation]:
        """The value over a range, and what the formula saw; with `granularity` or `group_by` also a series."""
        at = {"custom_metric_id": custom_metric_id}
        return Call("GET", f"{_ONE}/evaluate", Evaluation, at, query)

    @operation
    def validate(self, *, idempotency_key: str | None = None, **body: Unpack[NewTrial]) -> Call[Validation]:
        """Tries a formula before a metric is made of it; all faults are told at once, none is raised."""
        return Call("POST", f"{_ALL}/validate", Validation, body=body, idempotency_key=idempotency_key)
