"""What is to be sent, every attempt at it, and which views of portals have been told of."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Frozen: what `tables.Instant` was when this step was written.
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("delivery_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("dedupe_key", sa.Text, nullable=False),
        sa.Column("lane", sa.Text, nullable=False),
        sa.Column("payload_json", sa.Text, nullable=False),
        sa.Column("payload_sha256", sa.Text, nullable=False),
        sa.Column("customer_id", sa.Text),
        sa.Column("portal_id", sa.Text),
        sa.Column("report_id", sa.Text),
        sa.Column("webhook_id", sa.Text),
        sa.Column("alert_id", sa.Text),
        sa.Column("archive_n", sa.Integer),
        sa.Column("recipient", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("round_began", sa.Integer, nullable=False),
        sa.Column("enqueued_at", _INSTANT, nullable=False),
        sa.Column("next_attempt_at", _INSTANT, nullable=False),
        sa.Column("lease_owner", sa.Text),
        sa.Column("lease_until", _INSTANT),
        sa.Column("last_status", sa.Integer),
        sa.Column("last_error_class", sa.Text),
        sa.Column("last_error", sa.Text),
        sa.Column("settled_at", _INSTANT),
        sa.PrimaryKeyConstraint("delivery_id", name="pk_outbox"),
        sa.UniqueConstraint("dedupe_key", name="uq_outbox_dedupe_key"),
        sa.CheckConstraint(
            "state IN ('pending', 'delivered', 'dead', 'cancelled')", name=op.f("ck_outbox_state")
        ),
    )
    op.create_index("ix_outbox_due", "outbox", ["state", "next_attempt_at"])
    op.create_index("ix_outbox_lane", "outbox", ["lane", "state"])
    op.create_index("ix_outbox_report_id", "outbox", ["report_id", "enqueued_at"])
    op.create_index("ix_outbox_webhook_id", "outbox", ["webhook_id", "enqueued_at"])
    op.create_table(
        "delivery_attempts",
        sa.Column("delivery_id", sa.Text, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("started_at", _INSTANT, nullable=False),
        sa.Column("ended_at", _INSTANT),
        sa.Column("status", sa.Integer),
        sa.Column("error_class", sa.Text),
        sa.Column("error", sa.Text),
        sa.PrimaryKeyConstraint("delivery_id", "attempt", name="pk_delivery_attempts"),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["outbox.delivery_id"],
            name="fk_delivery_attempts_delivery_id",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "sender_secrets",
        sa.Column("sender_id", sa.Text, nullable=False),
        sa.Column("signing_secret", sa.Text, nullable=False),
        sa.Column("previous_secret", sa.Text),
        sa.Column("previous_until", _INSTANT),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("sender_id", name="pk_sender_secrets"),
    )
    op.add_column("portal_webhooks", sa.Column("failing_since", _INSTANT))
    op.add_column("portal_views", sa.Column("announced_at", _INSTANT))
    # What ended before there was anything to tell it with is no news any more.
    op.execute("UPDATE portal_views SET announced_at = ended_at WHERE ended_at IS NOT NULL")
