"""A job → the report's files, in this process. Who does not trust the job's size builds in `worker`."""

import time

from core.portals.definition import PortalDefinition
from core.reports.built import BuiltReport
from core.settings import Settings
from core.store.metric_store import MetricStore
from site_build.build_some import logos_of
from site_build.export import export_csv
from site_build.logos import Logo
from site_build.report.document import ReportDocument
from site_build.report.job import ReportJob
from site_build.report.numbers import ReportNumbers, report_numbers
from site_build.report.pdf import pdf


def build_report(settings: Settings, metrics: MetricStore, job: ReportJob) -> BuiltReport:
    """The report of that job from what is published now."""
    begun = time.monotonic()
    logo = logos_of(settings).of(job.inputs.portal.branding.logo_url)
    return made_of(report_numbers(metrics, job), logo, begun)


def made_of(numbers: ReportNumbers, logo: Logo | None = None, begun: float | None = None) -> BuiltReport:
    """The report of these numbers."""
    started = time.monotonic() if begun is None else begun
    document = ReportDocument(numbers, logo)
    portal: PortalDefinition = numbers.job.inputs.portal
    made = pdf(document.view(), portal.branding, numbers.customer.locale)
    return BuiltReport(
        pdf=made.data,
        csv=_csv(numbers),
        brief=document.brief(),
        pages=made.pages,
        seconds=round(time.monotonic() - started, 3),
    )


def _csv(numbers: ReportNumbers) -> bytes | None:
    if not numbers.job.content.include_raw_data:
        return None
    return export_csv(numbers.exported).encode()
