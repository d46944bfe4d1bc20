"""Reports as answers have them, and what may be asked of their lists. Bodies are `report_bodies`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from api.answers import etag_of, to_json
from api.paging import Pagination
from api.report_examples import ARCHIVE, QUEUED, REPORT, REPORTS
from api.schemas import WHOLE, Asked, Line, QueryBool, Told
from api.webhooks import MASK
from core.periods import Period, format_instant
from core.reports.occurrence import Occurrence
from core.reports.plain import to_plain
from core.reports.schedule import Due, clock_zone
from core.store.control.report_archives import Archived
from core.store.control.reports import StoredReport

RECENT = 20
Plain = dict[str, Any]
_Limit = Annotated[int, Field(ge=1, le=1000), WHOLE]
_CURSOR = "`next_cursor` of the page before"


class ReportsAsked(Asked):
    portal_id: Line | None = Field(None, description="Only this portal's")
    is_active: QueryBool | None = Field(None, description="Only those that are, or are not")
    limit: _Limit = 50
    cursor: str | None = Field(None, description=_CURSOR)


class ArchiveAsked(Asked):
    limit: _Limit = 50
    cursor: str | None = Field(None, description=_CURSOR)


class CoveredTold(Told):
    start: str
    end: str
    timezone: str = Field(description="Whose days, weeks and months it counts in")


class OccurrenceTold(Told):
    delivery_id: str
    due_at: str
    by_hand: bool
    period: CoveredTold
    state: str = Field(
        description="due, waiting (for its data), held (has waited too long), built, failed, skipped_missed or"
        " skipped_inactive"
    )
    reason: str | None = Field(description="Why, for a person")
    archive_n: int | None = Field(description="What was built")


class ReportTold(Told):
    model_config = ConfigDict(json_schema_extra={"example": REPORT})
    report_id: str
    portal_id: str
    name: str
    schedule: dict[str, Any]
    delivery: dict[str, Any] = Field(description="The values of its headers are not read back")
    content: dict[str, Any]
    is_active: bool
    next_scheduled: str | None = Field(
        description="With the offset of the report's zone; null while not active"
    )
    last_sent_at: str | None
    created_at: str
    updated_at: str
    occurrences: list[OccurrenceTold] = Field(description=f"The newest {RECENT}, newest first")


class ReportListed(Told):
    report_id: str
    portal_id: str
    name: str
    schedule: dict[str, Any]
    is_active: bool
    last_sent_at: str | None
    next_scheduled: str | None
    held: int = Field(description="Occurrences that wait for somebody")


class ReportsTold(Told):
    model_config = ConfigDict(json_schema_extra={"example": REPORTS})
    data: list[ReportListed]
    total: int
    pagination: Pagination


class ReportQueued(Told):
    model_config = ConfigDict(json_schema_extra={"example": QUEUED})
    report_id: str
    status: str
    estimated_delivery: str
    delivery_id: str
    period: CoveredTold


class ReportDeleted(Told):
    deleted: bool
    report_id: str


class ArchivedFile(Told):
    url: str
    bytes: int
    sha256: str


class ArchivedTold(Told):
    archive_id: str
    n: int
    name: str
    period: CoveredTold
    due_at: str | None = Field(description="Null for a restated version")
    built_at: str
    data_as_of: str
    snapshot: str
    pages: int
    pdf: ArchivedFile
    csv: ArchivedFile | None
    restates: int | None = Field(description="The version that this one corrects")
    changes: list[dict[str, Any]] = Field(description="In what: exact values, as text")


class ArchiveTold(Told):
    model_config = ConfigDict(json_schema_extra={"example": ARCHIVE})
    data: list[ArchivedTold]
    pagination: Pagination


class PreviewTold(Told):
    report_id: str
    portal_id: str
    name: str
    period: CoveredTold
    is_complete: bool = Field(description="Whether everything that happened in the period has been loaded")
    data: list[dict[str, Any]] = Field(description="As in the portal's data")
    comparisons: list[dict[str, Any]]
    metadata: dict[str, Any]


@dataclass(frozen=True)
class ReportState:
    """What changes about a report without anybody changing it."""

    report: StoredReport
    next_due: Due | None
    occurrences: Sequence[Occurrence] = ()

    def told(self) -> Plain:
        """A report as answers have it; no header's value is in it."""
        plain = to_plain(self.report.definition)
        plain["delivery"]["webhook_headers"] = dict.fromkeys(
            self.report.definition.delivery.webhook_headers, MASK
        )
        return {
            **plain,
            "next_scheduled": self._next,
            "last_sent_at": _local(self.report, self.report.last_sent_at),
            "created_at": self.report.created_at,
            "updated_at": self.report.updated_at,
            "occurrences": [occurrence_told(one) for one in self.occurrences],
        }

    def told_briefly(self, held: int) -> Plain:
        """A report in a list."""
        definition = self.report.definition
        return {
            "report_id": definition.report_id,
            "portal_id": definition.portal_id,
            "name": definition.name,
            "schedule": to_plain(definition)["schedule"],
            "is_active": definition.is_active,
            "last_sent_at": _local(self.report, self.report.last_sent_at),
            "next_scheduled": self._next,
            "held": held,
        }

    @property
    def tag(self) -> str:
        """The ETag: its first part is the configuration's alone, the second goes with time too."""
        return f'"{config_tag(self.report)}-{etag_of(to_json(self.told()))[1:17]}"'

    @property
    def _next(self) -> str | None:
        return None if self.next_due is None else _local(self.report, self.next_due.at)


def config_tag(report: StoredReport) -> str:
    """Another text whenever somebody changes the report."""
    said = {**to_plain(report.definition), "updated_at": report.updated_at}
    return etag_of(to_json(said)).strip('"')


def occurrence_told(one: Occurrence) -> Plain:
    return {
        "delivery_id": one.occurrence_id,
        "due_at": one.due_at,
        "by_hand": one.is_by_hand,
        "period": period_told(one.period),
        "state": one.state.value,
        "reason": one.reason,
        "archive_n": one.archive_n,
    }


def period_told(period: Period) -> Plain:
    return {"start": period.start, "end": period.end, "timezone": period.zone.key}


def archived_told(archived: Archived, base_url: str) -> Plain:
    """A version of a report, and where its files are."""
    path = f"{base_url}/v1/portal/reports/{archived.report_id}/archive/{archived.n}"
    csv = {"url": f"{path}.csv", "bytes": archived.csv_bytes, "sha256": archived.csv_sha256}
    return {
        "archive_id": archived.archive_id,
        "n": archived.n,
        "name": archived.name,
        "period": period_told(archived.period),
        "due_at": archived.due_at,
        "built_at": archived.built_at,
        "data_as_of": archived.data_as_of,
        "snapshot": archived.snapshot,
        "pages": archived.pages,
        "pdf": {"url": f"{path}.pdf", "bytes": archived.pdf_bytes, "sha256": archived.pdf_sha256},
        "csv": csv if archived.csv_sha256 else None,
        "restates": archived.restates,
        "changes": [vars(change) for change in archived.changes],
    }


def _local(report: StoredReport, instant: datetime | None) -> str | None:
    """With the offset of the schedule's zone; Z where it has none."""
    if instant is None:
        return None
    if report.definition.schedule.timezone is None:
        return format_instant(instant)
    return instant.astimezone(clock_zone(report.definition.schedule)).replace(microsecond=0).isoformat()
