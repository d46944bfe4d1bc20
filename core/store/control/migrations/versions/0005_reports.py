"""Reports, each time that one was due, and what was built."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Frozen: what `tables.Instant` was when this step was written.
_INSTANT = sa.DateTime(timezone=True)
_STATES = "('due', 'waiting', 'held', 'built', 'failed', 'skipped_missed', 'skipped_inactive')"


def upgrade() -> None:
    _reports()
    _occurrences()
    _archives()


def _reports() -> None:
    op.create_table(
        "reports",
        sa.Column("report_id", sa.Text, nullable=False),
        sa.Column("portal_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("definition_json", sa.Text, nullable=False),
        sa.Column("due_after", _INSTANT, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("last_sent_at", _INSTANT),
        sa.PrimaryKeyConstraint("report_id", name="pk_reports"),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["portals.portal_id"], name="fk_reports_portal_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_reports_portal_id", "reports", ["portal_id"])
    op.create_index("ix_reports_created_at", "reports", ["created_at", "report_id"])


def _occurrences() -> None:
    op.create_table(
        "report_occurrences",
        sa.Column("occurrence_id", sa.Text, nullable=False),
        sa.Column("report_id", sa.Text, nullable=False),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.Column("due_on", sa.Text),
        sa.Column("is_by_hand", sa.Boolean, nullable=False),
        sa.Column("period_start", _INSTANT, nullable=False),
        sa.Column("period_end", _INSTANT, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("waiting_since", _INSTANT, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("next_attempt_at", _INSTANT, nullable=False),
        sa.Column("lease_owner", sa.Text),
        sa.Column("lease_until", _INSTANT),
        sa.Column("archive_n", sa.Integer),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("occurrence_id", name="pk_report_occurrences"),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["reports.report_id"],
            name="fk_report_occurrences_report_id",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint(f"state IN {_STATES}", name=op.f("ck_report_occurrences_state")),
    )
    op.create_index(
        "uq_report_occurrences_due_at", "report_occurrences", ["report_id", "due_at"], unique=True
    )
    is_scheduled = sa.text("due_on IS NOT NULL")
    op.create_index(
        "uq_report_occurrences_due_on",
        "report_occurrences",
        ["report_id", "due_on"],
        unique=True,
        sqlite_where=is_scheduled,
        postgresql_where=is_scheduled,
    )
    op.create_index("ix_report_occurrences_state", "report_occurrences", ["state", "due_at"])


def _archives() -> None:
    op.create_table(
        "report_archives",
        sa.Column("archive_id", sa.Text, nullable=False),
        sa.Column("report_id", sa.Text, nullable=False),
        sa.Column("portal_id", sa.Text, nullable=False),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("occurrence_id", sa.Text),
        sa.Column("due_at", _INSTANT),
        sa.Column("period_start", _INSTANT, nullable=False),
        sa.Column("period_end", _INSTANT, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("snapshot", sa.Text, nullable=False),
        sa.Column("compared_with", sa.Text, nullable=False),
        sa.Column("data_as_of", _INSTANT, nullable=False),
        sa.Column("built_at", _INSTANT, nullable=False),
        sa.Column("pages", sa.Integer, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("pdf_sha256", sa.Text, nullable=False),
        sa.Column("pdf_bytes", sa.Integer, nullable=False),
        sa.Column("csv_sha256", sa.Text),
        sa.Column("csv_bytes", sa.Integer),
        sa.Column("numbers_json", sa.Text, nullable=False),
        sa.Column("restates", sa.Integer),
        sa.Column("changes_json", sa.Text),
        sa.PrimaryKeyConstraint("archive_id", name="pk_report_archives"),
    )
    op.create_index("ix_report_archives_customer_id", "report_archives", ["customer_id"])
    op.create_index("uq_report_archives_portal_id", "report_archives", ["portal_id", "n"], unique=True)
    op.create_index("ix_report_archives_report_id", "report_archives", ["report_id", "period_start"])
