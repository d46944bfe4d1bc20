"""Everything that a report says, read once: the portal's numbers over the report's period, for whom, from what.

They are what the portal and the API give for that period. Every card covers the report's period, also one that
keeps a range of its own on the page.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from core.custom_metrics import CustomMetricDefinition
from core.periods import Period
from core.portal_data.answer import PortalData
from core.portal_data.customer import Customer, agent_names, customer_of
from core.portal_data.portal import portal_data
from core.reports.shown import over_one_period
from core.store.metric_store import MetricStore
from core.store.readers import Reader
from site_build.pages import with_agent_names
from site_build.report.job import ReportJob
from site_build.words import Words, words_of


@dataclass(frozen=True)
class ReportNumbers:
    """`data` names agents as people call them; `exported` is the same as machines read it."""

    job: ReportJob
    customer: Customer
    data: PortalData
    exported: PortalData
    definitions: Mapping[str, CustomMetricDefinition]
    price_list: str

    @property
    def words(self) -> Words:
        return words_of(self.customer.locale, self.job.period.zone)

    @property
    def data_as_of(self) -> datetime:
        return self.data.data_as_of

    @property
    def is_complete(self) -> bool:
        """Whether everything that happened in the period has been loaded."""
        return self.job.period.is_complete(self.data_as_of)


def report_numbers(metrics: MetricStore, job: ReportJob) -> ReportNumbers:
    """NothingPublished when there is no snapshot."""
    with metrics.for_customer(job.inputs.portal.customer_id) as reader:
        return read_numbers(reader, job)


def read_numbers(reader: Reader, job: ReportJob) -> ReportNumbers:
    """From the rows of the portal's customer."""
    portal = over_one_period(job.inputs.portal, job.content)
    period = _known_part(job.period, reader.data_as_of)
    data = portal_data(reader, portal, period, job.inputs.definitions, for_page=True)
    return ReportNumbers(
        job=job,
        customer=customer_of(reader, job.inputs.overrides),
        data=with_agent_names(data, agent_names(reader)),
        exported=data,
        definitions=job.inputs.definitions,
        price_list=reader.info.price_list_version,
    )


def _known_part(period: Period, data_as_of: datetime) -> Period:
    """A preview of a period that is not over shows what is known of it."""
    if period.start < data_as_of < period.end:
        return replace(period, end=data_as_of)
    return period
