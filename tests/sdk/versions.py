"""A version of a report as if it had been built and were to be sent; its files are small and no real ones."""

from datetime import UTC, datetime

from core.delivery.outbox import Item, OutboxKind, enqueue
from core.reports.archive import put, write_beside
from core.reports.built import BuiltReport, ReportBrief
from core.settings import Settings
from core.store.control import open_control_store
from core.store.control.report_archives import Archived, add_archived
from proofline.answers.reports import Report

PDF, CSV = b"%PDF-1.7 \xff\x00 not read here", b"metric_id,value\ncost.total,1.5\n"
_START, _END = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)


def keep_version(settings: Settings, report: Report, *, customer_id: str = "cust_a") -> str:
    """The id of its delivery to one recipient."""
    brief = ReportBrief(
        "Value", "Acme", "October", "en-US", "#2563EB", report.portal_id, (), (), _END, "snap-1"
    )
    written = write_beside(settings, report.report_id, BuiltReport(PDF, CSV, brief, 1, 0.1))
    put(settings, written, report.report_id, 1)
    archived = Archived(
        archive_id=f"rar_{report.report_id}",
        report_id=report.report_id,
        portal_id=report.portal_id,
        customer_id=customer_id,
        n=1,
        name=report.name,
        occurrence_id=None,
        due_at=None,
        period_start=_START,
        period_end=_END,
        zone="UTC",
        snapshot="snap-1",
        compared_with="snap-1",
        data_as_of=_END,
        built_at=_END,
        pages=1,
        seconds=0.1,
        pdf_sha256=written.pdf_sha256,
        pdf_bytes=len(PDF),
        csv_sha256=written.csv_sha256,
        csv_bytes=len(CSV),
        numbers={},
    )
    item = Item(
        kind=OutboxKind.MAIL_REPORT,
        dedupe_key=f"{report.report_id}|1|ceo@acme.com",
        now=datetime.now(UTC),
        customer_id=customer_id,
        portal_id=report.portal_id,
        report_id=report.report_id,
        archive_n=1,
        recipient="ceo@acme.com",
    )
    store = open_control_store(settings)
    try:
        with store.writing() as connection:
            add_archived(connection, archived)
            return enqueue(connection, item)
    finally:
        store.close()
