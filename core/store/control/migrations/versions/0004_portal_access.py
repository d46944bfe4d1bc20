"""Tokens that open nothing any more, and who looked at portals."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Frozen: what `tables.Instant` was when this step was written.
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "token_revocations",
        sa.Column("portal_id", sa.Text, nullable=False),
        sa.Column("jti", sa.Text, nullable=False),
        sa.Column("revoked_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("portal_id", "jti", name="pk_token_revocations"),
    )
    op.create_table(
        "portal_views",
        sa.Column("view_id", sa.Text, nullable=False),
        sa.Column("visit", sa.Text, nullable=False),
        sa.Column("portal_id", sa.Text, nullable=False),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("started_at", _INSTANT, nullable=False),
        sa.Column("last_seen_at", _INSTANT, nullable=False),
        sa.Column("pages_viewed", sa.Integer, nullable=False),
        sa.Column("left_at", _INSTANT),
        sa.Column("ended_at", _INSTANT),
        sa.PrimaryKeyConstraint("view_id", name="pk_portal_views"),
    )
    op.create_index("ix_portal_views_portal_id", "portal_views", ["portal_id"])
    op.create_index("ix_portal_views_customer_id", "portal_views", ["customer_id"])
    op.create_index("ix_portal_views_ended_at", "portal_views", ["ended_at"])
    # A visit has at most one view that has not ended.
    open_view = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_portal_views_visit",
        "portal_views",
        ["visit"],
        unique=True,
        sqlite_where=open_view,
        postgresql_where=open_view,
    )
