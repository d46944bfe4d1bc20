"""Answers about value reports: what they are, what was built of them, what became of sending it."""

from .._answer import Answer
from ..words import DeliveryMethod, OccurrenceState, ReportComparison, ReportFrequency
from .common import Metadata, Pagination
from .portal_data import BeforeAfterFigures, PortalCard


class Schedule(Answer):
    frequency: ReportFrequency
    time: str
    """HH:MM."""
    day_of_week: int | None = None
    """0 is Sunday."""
    day_of_month: int | None = None
    timezone: str | None = None
    """Whose clocks; None: the time is UTC, and days are the customer's."""


class ReportDelivery(Answer):
    method: DeliveryMethod
    recipients: list[str]
    webhook_url: str | None = None
    webhook_headers: dict[str, str]
    """Their values are not read back."""


class ReportContent(Answer):
    include_summary: bool
    include_charts: bool
    include_raw_data: bool
    comparison_period: ReportComparison | None = None


class CoveredPeriod(Answer):
    start: str
    end: str
    timezone: str
    """Whose days, weeks and months it counts in."""


class Occurrence(Answer):
    """One time that a report was due, or was asked for."""

    delivery_id: str
    due_at: str
    by_hand: bool
    period: CoveredPeriod
    state: OccurrenceState
    reason: str | None
    """Why, for a person."""
    archive_n: int | None
    """What was built."""


class Report(Answer):
    report_id: str
    portal_id: str
    name: str
    schedule: Schedule
    delivery: ReportDelivery
    content: ReportContent
    is_active: bool
    next_scheduled: str | None
    """With the offset of the report's zone; None while it is not active."""
    last_sent_at: str | None
    created_at: str
    updated_at: str
    occurrences: list[Occurrence]
    """The newest first."""


class ReportListed(Answer):
    report_id: str
    portal_id: str
    name: str
    schedule: Schedule
    is_active: bool
    last_sent_at: str | None
    next_scheduled: str | None
    held: int
    """How many occurrences wait for somebody."""


class ReportPage(Answer):
    data: list[ReportListed]
    total: int
    pagination: Pagination


class ReportQueued(Answer):
    report_id: str
    status: str
    estimated_delivery: str
    delivery_id: str
    period: CoveredPeriod


class ReportDeleted(Answer):
    deleted: bool
    report_id: str


class ReportPreview(Answer):
    """The numbers that the report would show if it were sent now."""

    report_id: str
    portal_id: str
    name: str
    period: CoveredPeriod
    is_complete: bool
    """Whether everything that happened in the period has been loaded."""
    data: list[PortalCard]
    comparisons: list[BeforeAfterFigures]
    metadata: Metadata


class ArchivedFile(Answer):
    url: str
    bytes: int
    sha256: str


class CorrectedFigure(Answer):
    """A number that a restated version corrects: exact, as text."""

    metric_id: str
    name: str
    before: str | None
    after: str | None


class ArchivedReport(Answer):
    """One version that was built, as it was sent."""

    archive_id: str
    n: int
    name: str
    period: CoveredPeriod
    due_at: str | None
    """None for a restated version."""
    built_at: str
    data_as_of: str
    snapshot: str
    pages: int
    pdf: ArchivedFile
    csv: ArchivedFile | None
    restates: int | None
    """The version that this one corrects."""
    changes: list[CorrectedFigure]
    """In what."""


class ReportArchivePage(Answer):
    data: list[ArchivedReport]
    pagination: Pagination


class RotatedReportSecret(Answer):
    report_id: str
    signing_secret: str
    previous_valid_until: str
    """Until then messages carry the old signature too."""
