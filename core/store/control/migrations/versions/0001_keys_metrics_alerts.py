"""Keys, custom metrics, alerts, answers to repeat, and what the API sets on customers."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Frozen: what `tables.Instant` was when this step was written.
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _api_keys()
    _custom_metrics()
    _alerts()
    _idempotency_records()
    _customers()


def _api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("hint", sa.Text, nullable=False),
        sa.Column("secret_sha256", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("customer_id", sa.Text),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("revoked_at", _INSTANT),
        sa.PrimaryKeyConstraint("key_id", name="pk_api_keys"),
        sa.UniqueConstraint("secret_sha256", name="uq_api_keys_secret_sha256"),
        sa.CheckConstraint("role IN ('read', 'write', 'admin')", name="ck_api_keys_role"),
    )


def _custom_metrics() -> None:
    op.create_table(
        "custom_metrics",
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("custom_metric_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("unit", sa.Text, nullable=False),
        sa.Column("formula_json", sa.Text, nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("owner", "custom_metric_id", name="pk_custom_metrics"),
    )


def _alerts() -> None:
    op.create_table(
        "alert_rules",
        sa.Column("alert_id", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("metric_id", sa.Text, nullable=False),
        sa.Column("operator", sa.Text, nullable=False),
        sa.Column("threshold", sa.Float, nullable=False),
        sa.Column("duration", sa.Text, nullable=False),
        sa.Column("actions_json", sa.Text, nullable=False),
        sa.Column("filters_json", sa.Text, nullable=False),
        sa.Column("is_enabled", sa.Boolean, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("alert_id", name="pk_alert_rules"),
        sa.CheckConstraint("operator IN ('gt', 'lt', 'gte', 'lte', 'eq')", name="ck_alert_rules_operator"),
    )
    op.create_index("ix_alert_rules_owner", "alert_rules", ["owner"])
    op.create_table(
        "alert_states",
        sa.Column("alert_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("value", sa.Float),
        sa.Column("changed_at", _INSTANT, nullable=False),
        sa.Column("seen_until", _INSTANT, nullable=False),
        sa.Column("snapshot", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("alert_id", name="pk_alert_states"),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alert_rules.alert_id"], name="fk_alert_states_alert_id", ondelete="CASCADE"
        ),
        sa.CheckConstraint("state IN ('ok', 'firing', 'no_data')", name="ck_alert_states_state"),
    )


def _idempotency_records() -> None:
    op.create_table(
        "idempotency_records",
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("idempotency_key", sa.Text, nullable=False),
        sa.Column("request_sha256", sa.Text, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key_id", "idempotency_key", name="pk_idempotency_records"),
    )
    op.create_index("ix_idempotency_records_created_at", "idempotency_records", ["created_at"])


def _customers() -> None:
    op.create_table(
        "customers",
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("timezone", sa.Text),
        sa.Column("locale", sa.Text),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name="pk_customers"),
    )
