"""The tables of reports: which there are, when each was due and what became of that, and what was built.

One schema with `tables`, in a file of its own.
"""

from sqlalchemy import Boolean, CheckConstraint, Column, Float, ForeignKey, Index, Integer, Table, Text, text

from core.store.control.tables import METADATA as METADATA
from core.store.control.tables import Instant

# `definition_json` is a report's configuration but for what has a column of its own.
REPORTS = Table(
    "reports",
    METADATA,
    Column("report_id", Text, primary_key=True),
    Column(
        "portal_id", Text, ForeignKey("portals.portal_id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("name", Text, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("definition_json", Text, nullable=False),
    # Due times up to here are nobody's: the report was made, changed or switched on again then.
    Column("due_after", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("last_sent_at", Instant),
    Index("ix_reports_created_at", "created_at", "report_id"),
)

# Each time that a report was due or was asked for by hand: the truth of what has been done about it.
REPORT_OCCURRENCES = Table(
    "report_occurrences",
    METADATA,
    Column("occurrence_id", Text, primary_key=True),
    Column("report_id", Text, ForeignKey("reports.report_id", ondelete="CASCADE"), nullable=False),
    # By the schedule, or when somebody asked.
    Column("due_at", Instant, nullable=False),
    # The date that the schedule's clock showed; null by hand. One report a date, also when a zone's rules change.
    Column("due_on", Text),
    Column("is_by_hand", Boolean, nullable=False),
    Column("period_start", Instant, nullable=False),
    Column("period_end", Instant, nullable=False),
    Column("zone", Text, nullable=False),
    Column("state", Text, nullable=False),
    # Why it is in that state, for a person, where that is not plain.
    Column("reason", Text),
    # From when on it waits for its data; after a limit it is held.
    Column("waiting_since", Instant, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("next_attempt_at", Instant, nullable=False),
    # Who builds it, and until when that is believed without another word.
    Column("lease_owner", Text),
    Column("lease_until", Instant),
    # What was built.
    Column("archive_n", Integer),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    CheckConstraint(
        "state IN ('due', 'waiting', 'held', 'built', 'failed', 'skipped_missed', 'skipped_inactive')",
        name="state",
    ),
    Index("uq_report_occurrences_due_at", "report_id", "due_at", unique=True),
    Index(
        "uq_report_occurrences_due_on",
        "report_id",
        "due_on",
        unique=True,
        sqlite_where=text("due_on IS NOT NULL"),
        postgresql_where=text("due_on IS NOT NULL"),
    ),
    Index("ix_report_occurrences_state", "state", "due_at"),
)

# What was built, as it was; the files lie beside. It outlives its report, so nothing here refers to other tables.
REPORT_ARCHIVES = Table(
    "report_archives",
    METADATA,
    Column("archive_id", Text, primary_key=True),
    Column("report_id", Text, nullable=False),
    Column("portal_id", Text, nullable=False),
    Column("customer_id", Text, nullable=False, index=True),
    # Counts the reports of a portal, because its pages name them so.
    Column("n", Integer, nullable=False),
    Column("name", Text, nullable=False),
    # Null for a restated version, which nothing was due for.
    Column("occurrence_id", Text),
    Column("due_at", Instant),
    Column("period_start", Instant, nullable=False),
    Column("period_end", Instant, nullable=False),
    Column("zone", Text, nullable=False),
    Column("snapshot", Text, nullable=False),
    # The newest snapshot whose numbers were compared with these and were the same.
    Column("compared_with", Text, nullable=False),
    Column("data_as_of", Instant, nullable=False),
    Column("built_at", Instant, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("pdf_sha256", Text, nullable=False),
    Column("pdf_bytes", Integer, nullable=False),
    Column("csv_sha256", Text),
    Column("csv_bytes", Integer),
    # What it says, metric by metric, so that a later correction can be found and told.
    Column("numbers_json", Text, nullable=False),
    # The version that this one corrects, and in what.
    Column("restates", Integer),
    Column("changes_json", Text),
    Index("uq_report_archives_portal_id", "portal_id", "n", unique=True),
    Index("ix_report_archives_report_id", "report_id", "period_start"),
)
