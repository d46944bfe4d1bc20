"""Who was erased, and what was removed."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Frozen: what `tables.Instant` was when this step was written.
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("erasure_id", sa.Text, nullable=False),
        sa.Column("customer_digest", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("requested_by", sa.Text, nullable=False),
        sa.Column("requested_at", _INSTANT, nullable=False),
        sa.Column("work_json", sa.Text, nullable=False),
        sa.Column("finished_at", _INSTANT),
        sa.Column("record_json", sa.Text),
        sa.PrimaryKeyConstraint("erasure_id", name="pk_erasures"),
        sa.UniqueConstraint("customer_digest", name="uq_erasures_customer_digest"),
        sa.CheckConstraint("state IN ('requested', 'done')", name="ck_erasures_state"),
    )
