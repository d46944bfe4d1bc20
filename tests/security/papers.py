"""Reports of the two tenants, built for real and put into the archive as a delivery would find them."""

import secrets
from dataclasses import replace
from datetime import timedelta

from core.portal_data.customer import Overrides
from core.portal_data.stored import PortalInputs
from core.reports.archive import put, write_beside
from core.reports.built import BuiltReport
from core.reports.definition import ReportComparison, ReportContent
from core.settings import Settings
from core.store.control import ControlStore
from core.store.control.report_archives import Archived, add_archived
from core.store.metric_store import MetricStore
from site_build.report.build import made_of
from site_build.report.job import ReportJob
from site_build.report.numbers import read_numbers
from tests.builders import NOON
from tests.security.tenants import Tenant
from tests.site_build.report.papers import between

WEEK = between("2026-10-26", "2026-11-02", "UTC")
_CONTENT = ReportContent(include_raw_data=True, comparison_period=ReportComparison.PREVIOUS)


def archive(
    settings: Settings, store: ControlStore, tenant: Tenant, report_id: str, n: int = 1
) -> BuiltReport:
    """Builds the tenant's report of a week and keeps it as that version."""
    metrics = MetricStore.open(settings.published_dir)
    try:
        with metrics.for_customer(tenant.customer_id) as reader:
            job = ReportJob(
                PortalInputs(tenant.portals()[0], {}, Overrides()),
                tenant.canary("report"),
                _CONTENT,
                WEEK,
                NOON,
            )
            made, snapshot = made_of(read_numbers(reader, job)), reader.snapshot_name
    finally:
        metrics.close()
    written = write_beside(settings, report_id, made)
    put(settings, written, report_id, n)
    with store.writing() as connection:
        row = _row(tenant, report_id, made, snapshot, written.pdf_sha256, written.csv_sha256)
        add_archived(connection, replace(row, n=n))
    return made


def _row(
    tenant: Tenant, report_id: str, made: BuiltReport, snapshot: str, pdf_sha256: str, csv_sha256: str | None
) -> Archived:
    return Archived(
        archive_id=f"archive_{secrets.token_hex(8)}",
        report_id=report_id,
        portal_id=tenant.portal_id,
        customer_id=tenant.customer_id,
        n=1,
        name=tenant.canary("report"),
        occurrence_id=None,
        due_at=None,
        period_start=WEEK.start,
        period_end=WEEK.end,
        zone="UTC",
        snapshot=snapshot,
        compared_with=snapshot,
        data_as_of=NOON,
        built_at=NOON + timedelta(hours=1),
        pages=made.pages,
        seconds=made.seconds,
        pdf_sha256=pdf_sha256,
        pdf_bytes=len(made.pdf),
        csv_sha256=csv_sha256,
        csv_bytes=len(made.csv or b""),
        numbers={},
    )
