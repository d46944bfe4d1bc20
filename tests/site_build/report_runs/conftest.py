"""Two customers' reports, with a renderer of one line: what is tried here is what is kept, not how it looks."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.reports.built import BuiltReport, Headline, ReportBrief
from core.reports.definition import DeliveryMethod, ReportDelivery
from core.settings import Settings
from core.store.control import ControlStore, open_control_store
from core.store.metric_store import MetricStore
from site_build.report.job import ReportJob
from tests.builders import Events, call, card, customer, keep_portal, portal, publish
from tests.builders.reports import keep_report, report

NINE = datetime(2026, 11, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def events(cost: str = "1.5") -> Events:
    """A call an hour of each customer; those of the second cost 777."""
    hours = [NINE - timedelta(hours=n) for n in range(100)]
    return Events(
        customers=[customer(), customer(customer_id="cust_b", name="Globex 777")],
        llm_requests=[
            *(call(cost_usd=cost, started_at=at) for at in hours),
            *(call(customer_id="cust_b", cost_usd="777", started_at=at) for at in hours),
        ],
    )


@dataclass
class Stage:
    """An installation, its stores, and what was rendered."""

    settings: Settings
    store: ControlStore
    metrics: MetricStore
    jobs: list[ReportJob] = field(default_factory=list)

    def publish(self, events: Events, number: int = 1, data_as_of: datetime = NINE) -> None:
        publish(self.settings.home, events, number=number, data_as_of=data_as_of)
        self.metrics.refresh()

    def build(self, job: ReportJob) -> BuiltReport:
        """The renderer: the job in one line."""
        self.jobs.append(job)
        with self.metrics.for_customer(job.inputs.portal.customer_id) as reader:
            snapshot, until = reader.snapshot_name.removesuffix(".duckdb"), reader.data_as_of
        brief = ReportBrief(
            title=job.name,
            customer_name=job.inputs.portal.customer_id,
            period_words=f"{job.period.start:%d.%m.%Y}",
            locale="en-US",
            brand_colour="#2563eb",
            portal_id=job.inputs.portal.portal_id,
            sentences=("One sentence.",),
            headlines=(Headline("Cost", "1"),),
            data_as_of=until,
            snapshot=snapshot,
        )
        csv = b"metric,value\n" if job.content.include_raw_data else None
        return BuiltReport(f"%PDF {job.name} {job.period.start}".encode(), csv, brief, pages=1, seconds=0.01)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    settings = Settings(home=tmp_path)
    store = open_control_store(settings)
    made = Stage(settings, store, MetricStore.open(settings.published_dir, poll_seconds=0))
    made.publish(events())
    both = ReportDelivery(DeliveryMethod.BOTH, ("a@x.example", "b@x.example"), "https://hooks.x.example/")
    for customer_id in ("cust_a", "cust_b"):
        keep_portal(store, portal(card("cost.total"), customer_id=customer_id))
        keep_report(
            store,
            report(f"portal_{customer_id.replace('_', '')}", delivery=both),
            now=NINE - timedelta(minutes=1),
        )
    yield made
    made.metrics.close()
    store.close()
