"""The metrics of the catalogue and of the data as a formula sees them, to be checked and to be run."""

from collections.abc import Callable

from core.catalogue import CATALOGUE, OUTCOME_PREFIX, Kind, Metric, outcome_metric
from core.custom_metrics import MetricInfo, is_custom
from core.custom_metrics.definition import FILTER_KEYS
from core.custom_metrics.references import Definitions
from core.custom_metrics.references import info_of as custom_info
from core.errors import MetricNotFound
from core.measures import find_metric
from core.measures.question import MIXED_UNITS
from core.store.readers import Reader

FindMetric = Callable[[str], MetricInfo | None]


def info_of(metric: Metric) -> MetricInfo:
    """A metric of the catalogue, or a business result, as a formula sees it."""
    return MetricInfo(
        metric_id=metric.id,
        unit=None if metric.unit == MIXED_UNITS else metric.unit,
        dimensions=frozenset(metric.dimensions) & frozenset(FILTER_KEYS),
        aggregations=frozenset(a.value for a in metric.aggregations),
        is_zero_when_empty=metric.kind is Kind.SUM,
    )


def finder(open_reader: Callable[[], Reader]) -> FindMetric:
    """Finds metrics that exist; the published data is opened only for those that exist by being in it."""

    def find(metric_id: str) -> MetricInfo | None:
        if metric_id in CATALOGUE:
            return info_of(CATALOGUE[metric_id])
        if not metric_id.startswith(OUTCOME_PREFIX):
            return None
        try:
            with open_reader() as reader:
                return info_of(find_metric(reader, metric_id))
        except MetricNotFound:
            return None

    return find


def finder_of_all(open_reader: Callable[[], Reader], usable: Definitions) -> FindMetric:
    """Finds those too, and the custom metrics that whoever asks may use."""
    find = finder(open_reader)

    def found(metric_id: str) -> MetricInfo | None:
        if not is_custom(metric_id):
            return find(metric_id)
        return custom_info(usable[metric_id], find, usable) if metric_id in usable else None

    return found


def find_for_use(metric_id: str) -> MetricInfo | None:
    """Finds metrics for a definition that was accepted, also a business result that one customer lacks."""
    if metric_id in CATALOGUE:
        return info_of(CATALOGUE[metric_id])
    if metric_id.startswith(OUTCOME_PREFIX):
        return info_of(outcome_metric(metric_id.removeprefix(OUTCOME_PREFIX), MIXED_UNITS))
    return None
