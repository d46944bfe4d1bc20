"""Portals, and the webhooks that hear of them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Frozen: what `tables.Instant` was when this step was written.
_INSTANT = sa.DateTime(timezone=True)
_STANDS = sa.text("status <> 'archived'")


def upgrade() -> None:
    _portals()
    _portal_webhooks()


def _portals() -> None:
    op.create_table(
        "portals",
        sa.Column("portal_id", sa.Text, nullable=False),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("folded_name", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("definition_json", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("last_accessed_at", _INSTANT),
        sa.PrimaryKeyConstraint("portal_id", name="pk_portals"),
        sa.CheckConstraint("status IN ('draft', 'active', 'archived')", name="ck_portals_status"),
    )
    op.create_index("ix_portals_created_at", "portals", ["created_at", "portal_id"])
    op.create_index(
        "uq_portals_customer_id_folded_name",
        "portals",
        ["customer_id", "folded_name"],
        unique=True,
        sqlite_where=_STANDS,
        postgresql_where=_STANDS,
    )


def _portal_webhooks() -> None:
    op.create_table(
        "portal_webhooks",
        sa.Column("webhook_id", sa.Text, nullable=False),
        sa.Column("portal_id", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("events_json", sa.Text, nullable=False),
        sa.Column("headers_json", sa.Text, nullable=False),
        sa.Column("signing_secret", sa.Text, nullable=False),
        sa.Column("previous_secret", sa.Text),
        sa.Column("previous_until", _INSTANT),
        sa.Column("is_enabled", sa.Boolean, nullable=False),
        sa.Column("disabled_reason", sa.Text),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("webhook_id", name="pk_portal_webhooks"),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["portals.portal_id"], name="fk_portal_webhooks_portal_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_portal_webhooks_portal_id", "portal_webhooks", ["portal_id"])
