"""The files of a report as they are sent: read from the archive, and never made anew."""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.delivery.message import NotComposed
from core.reports.built import ReportBrief
from core.settings import Settings

# Above this a webhook's message only links to the files.
MAX_ENCLOSED_BYTES = 1024 * 1024


@dataclass(frozen=True)
class ReportFiles:
    brief: ReportBrief
    pdf: bytes = field(repr=False)
    csv: bytes | None = field(repr=False)


def read_report_files(settings: Settings, report_id: str, archive_n: int) -> ReportFiles:
    """NotComposed where they cannot be read."""
    folder = settings.reports_dir / report_id / str(archive_n)
    try:
        brief = ReportBrief.from_json((folder / "report.json").read_text(encoding="utf-8"))
        return ReportFiles(brief, (folder / "report.pdf").read_bytes(), _read(folder / "report.csv"))
    except (OSError, ValueError, TypeError, KeyError) as problem:
        raise NotComposed(f"the report's files cannot be read: {type(problem).__name__}") from None


def report_data(
    files: ReportFiles, settings: Settings, *, report_id: str, archive_n: int, delivery_id: str
) -> dict[str, Any]:
    """What a webhook is told: the report in few words, where its files are, and the files where they are small."""
    brief = files.brief
    base = f"{settings.base_url}/v1/portal/reports/{report_id}/archive/{archive_n}"
    kinds = {"pdf": ("application/pdf", files.pdf), "csv": ("text/csv; charset=utf-8", files.csv)}
    there = {ending: (kind, data) for ending, (kind, data) in kinds.items() if data is not None}
    is_small = sum(len(data) for _, data in there.values()) <= MAX_ENCLOSED_BYTES
    plain: dict[str, Any] = json.loads(brief.to_json())
    return {
        "report_id": report_id,
        "delivery_id": delivery_id,
        "archive_n": archive_n,
        "portal_id": brief.portal_id,
        "title": brief.title,
        "customer_name": brief.customer_name,
        "period": brief.period_words,
        "summary": plain["sentences"],
        "headlines": plain["headlines"],
        "data_as_of": plain["data_as_of"],
        "snapshot": brief.snapshot,
        "portal_url": f"{settings.page_url}/p/{brief.portal_id}",
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


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
