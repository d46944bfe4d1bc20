"""The files of a report as they are sent: as they were built, or not at all."""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from core.delivery.message import NotComposed
from core.reports.archive import ArchiveDamaged, brief_of, csv_of, pdf_of
from core.reports.built import ReportBrief
from core.settings import Settings
from core.store.control import ControlStore
from core.store.control.report_archives import Archived, find_archived

# Above this a webhook's message only links to the files.
MAX_ENCLOSED_BYTES = 1024 * 1024


@dataclass(frozen=True)
class ReportFiles:
    archived: Archived
    brief: ReportBrief
    pdf: bytes = field(repr=False)
    csv: bytes | None = field(repr=False)


def read_report_files(settings: Settings, store: ControlStore, report_id: str, n: int) -> ReportFiles:
    """NotComposed where they are not what they were."""
    with store.reading() as connection:
        archived = find_archived(connection, report_id, n, None)
    if archived is None:
        raise NotComposed("the report is not in the archive")
    try:
        return ReportFiles(
            archived, brief_of(settings, archived), pdf_of(settings, archived), csv_of(settings, archived)
        )
    except ArchiveDamaged as damage:
        raise NotComposed(damage.message) from None


def report_data(files: ReportFiles, settings: Settings, *, delivery_id: str) -> dict[str, Any]:
    """What a webhook is told: the report in few words, where its files are, and the files where they are small."""
    brief, archived = files.brief, files.archived
    base = f"{settings.base_url}/v1/portal/reports/{archived.report_id}/archive/{archived.n}"
    kinds = {"pdf": ("application/pdf", files.pdf), "csv": ("text/csv; charset=utf-8", files.csv)}
    there = {ending: (kind, data) for ending, (kind, data) in kinds.items() if data is not None}
    is_small = sum(len(data) for _, data in there.values()) <= MAX_ENCLOSED_BYTES
    plain: dict[str, Any] = json.loads(brief.to_json())
    return {
        "report_id": archived.report_id,
        "delivery_id": delivery_id,
        "archive_id": archived.archive_id,
        "portal_id": archived.portal_id,
        "customer_id": archived.customer_id,
        "title": brief.title,
        "customer_name": brief.customer_name,
        "period": brief.period_words,
        "summary": plain["sentences"],
        "headlines": plain["headlines"],
        "data_as_of": plain["data_as_of"],
        "snapshot": archived.snapshot,
        "portal_url": f"{settings.page_url}/p/{archived.portal_id}",
        "files": [
            {
                "name": f"report.{ending}",
                "content_type": kind,
                "bytes": len(data),
                "sha256": hashlib.sha256(data).hexdigest(),
                "url": f"{base}.{ending}",
                "content_base64": base64.b64encode(data).decode() if is_small else None,
            }
            for ending, (kind, data) in there.items()
        ],
    }
