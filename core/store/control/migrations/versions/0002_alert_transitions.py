"""What became of alert rules, change by change."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Frozen: what `tables.Instant` was when this step was written.
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "alert_transitions",
        sa.Column("transition_id", sa.Text, nullable=False),
        sa.Column("alert_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("metric_id", sa.Text, nullable=False),
        sa.Column("customer_id", sa.Text),
        sa.Column("value", sa.Float),
        sa.Column("operator", sa.Text, nullable=False),
        sa.Column("threshold", sa.Float, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("previous_state", sa.Text),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("snapshot", sa.Text, nullable=False),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("transition_id", name="pk_alert_transitions"),
        sa.CheckConstraint("state IN ('ok', 'firing', 'no_data')", name="ck_alert_transitions_state"),
        sa.CheckConstraint(
            "previous_state IN ('ok', 'firing', 'no_data')", name="ck_alert_transitions_previous_state"
        ),
    )
    op.create_index("ix_alert_transitions_alert_id", "alert_transitions", ["alert_id"])
    op.create_index("ix_alert_transitions_recorded_at", "alert_transitions", ["recorded_at"])
