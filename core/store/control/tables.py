"""The control store's tables as they are now; how they came to be lives in `migrations`.

The control store keeps what people decide (keys, definitions, rules, names), never what is measured. One
schema serves SQLite and PostgreSQL, so there are no types that only one of them has.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    text,
)
from sqlalchemy.engine import Dialect

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# The owner of what belongs to no customer in particular. Not null, because two nulls never equal in a key.
EVERYBODY = ""


class Instant(TypeDecorator[datetime]):
    """A UTC instant; SQLite keeps no offset, so it is taken off on the way in and put on on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without offset cannot be stored")
        in_utc = value.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


API_KEYS = Table(
    "api_keys",
    METADATA,
    Column("key_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    # The first characters, so that a person can tell keys apart; the rest is nowhere.
    Column("hint", Text, nullable=False),
    Column("secret_sha256", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("customer_id", Text),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    CheckConstraint("role IN ('read', 'write', 'admin')", name="role"),
)

CUSTOM_METRICS = Table(
    "custom_metrics",
    METADATA,
    Column("owner", Text, primary_key=True),
    Column("custom_metric_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("formula_json", Text, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

ALERT_RULES = Table(
    "alert_rules",
    METADATA,
    Column("alert_id", Text, primary_key=True),
    Column("owner", Text, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("metric_id", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Column("threshold", Float, nullable=False),
    Column("duration", Text, nullable=False),
    Column("actions_json", Text, nullable=False),
    Column("filters_json", Text, nullable=False),
    Column("is_enabled", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    CheckConstraint("operator IN ('gt', 'lt', 'gte', 'lte', 'eq')", name="operator"),
)

# What the last evaluation found; a rule without a row here has not been evaluated yet.
ALERT_STATES = Table(
    "alert_states",
    METADATA,
    Column("alert_id", Text, ForeignKey("alert_rules.alert_id", ondelete="CASCADE"), primary_key=True),
    Column("state", Text, nullable=False),
    Column("value", Float),
    Column("changed_at", Instant, nullable=False),
    # The end of the newest bucket that was looked at; the next evaluation goes on from here.
    Column("seen_until", Instant, nullable=False),
    Column("snapshot", Text, nullable=False),
    CheckConstraint("state IN ('ok', 'firing', 'no_data')", name="state"),
)

# Every change of a rule's state, for good: what was said of it stays readable when the rule itself has
# changed or is gone, so nothing here refers to other tables.
ALERT_TRANSITIONS = Table(
    "alert_transitions",
    METADATA,
    Column("transition_id", Text, primary_key=True),
    Column("alert_id", Text, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("metric_id", Text, nullable=False),
    # Whose numbers crossed; null are everybody's.
    Column("customer_id", Text),
    Column("value", Float),
    Column("operator", Text, nullable=False),
    Column("threshold", Float, nullable=False),
    Column("state", Text, nullable=False),
    # Null for a rule that fired when it was first evaluated.
    Column("previous_state", Text),
    # The end of the bucket in which the state was found to be another one.
    Column("at", Instant, nullable=False),
    Column("snapshot", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False, index=True),
    CheckConstraint("state IN ('ok', 'firing', 'no_data')", name="state"),
    CheckConstraint("previous_state IN ('ok', 'firing', 'no_data')", name="previous_state"),
)

# Answers already given to requests with an Idempotency-Key, kept for a day.
IDEMPOTENCY_RECORDS = Table(
    "idempotency_records",
    METADATA,
    Column("key_id", Text, primary_key=True),
    Column("idempotency_key", Text, primary_key=True),
    Column("request_sha256", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    Index(None, "created_at"),
)

# What the API sets on a customer; it wins over events, and null leaves the events' word.
CUSTOMERS = Table(
    "customers",
    METADATA,
    Column("customer_id", Text, primary_key=True),
    Column("name", Text),
    Column("timezone", Text),
    Column("locale", Text),
    Column("updated_at", Instant, nullable=False),
)

# `definition_json` is a portal's configuration but for what has a column of its own.
PORTALS = Table(
    "portals",
    METADATA,
    Column("portal_id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    # What two names have in common that are one name to a person.
    Column("folded_name", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("definition_json", Text, nullable=False),
    # argon2id, with its salt and costs in it.
    Column("password_hash", Text),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("last_accessed_at", Instant),
    CheckConstraint("status IN ('draft', 'active', 'archived')", name="status"),
    Index("ix_portals_created_at", "created_at", "portal_id"),
    Index(
        "uq_portals_customer_id_folded_name",
        "customer_id",
        "folded_name",
        unique=True,
        sqlite_where=text("status <> 'archived'"),
        postgresql_where=text("status <> 'archived'"),
    ),
)

# Where word of what happens at a portal goes. The secrets sign what is sent, so they are kept as they are.
PORTAL_WEBHOOKS = Table(
    "portal_webhooks",
    METADATA,
    Column("webhook_id", Text, primary_key=True),
    Column(
        "portal_id", Text, ForeignKey("portals.portal_id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("url", Text, nullable=False),
    Column("events_json", Text, nullable=False),
    Column("headers_json", Text, nullable=False),
    Column("signing_secret", Text, nullable=False),
    # The one before the last rotation signs too, until then.
    Column("previous_secret", Text),
    Column("previous_until", Instant),
    Column("is_enabled", Boolean, nullable=False),
    # Why nothing is sent any more, where that was not a person's decision.
    Column("disabled_reason", Text),
    # The first failure since anything got through; null while all is well.
    Column("failing_since", Instant),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

# Tokens that open nothing any more. The jti "" is every token of the portal that was issued until then.
TOKEN_REVOCATIONS = Table(
    "token_revocations",
    METADATA,
    Column("portal_id", Text, primary_key=True),
    Column("jti", Text, primary_key=True),
    Column("revoked_at", Instant, nullable=False),
)

# Who looked at a portal, from the first request to the last; the address without its last part.
PORTAL_VIEWS = Table(
    "portal_views",
    METADATA,
    Column("view_id", Text, primary_key=True),
    # What tells one visitor from another; nothing that opens anything.
    Column("visit", Text, nullable=False),
    Column("portal_id", Text, nullable=False, index=True),
    Column("customer_id", Text, nullable=False, index=True),
    Column("address", Text, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Column("pages_viewed", Integer, nullable=False),
    # When the browser said that it leaves; another page right after takes it back.
    Column("left_at", Instant),
    # Null while the visitor may still be there.
    Column("ended_at", Instant, index=True),
    # When word of its end was put into the outbox, to however many webhooks; null while nobody has looked.
    Column("announced_at", Instant),
    Index(
        "uq_portal_views_visit",
        "visit",
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
)

# What is to be sent to one receiver, until it was, or cannot be. It refers to no other table: what was sent stays
# readable when whose it was is gone, and whether it may still be sent is looked up when it is claimed.
OUTBOX = Table(
    "outbox",
    METADATA,
    # Also the message's id at the receiver, the same for every attempt.
    Column("delivery_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    # The same thing for the same receiver is one delivery, however often somebody asks for it.
    Column("dedupe_key", Text, nullable=False, unique=True),
    # Who is slow together: one message at a time goes to each lane.
    Column("lane", Text, nullable=False),
    Column("payload_json", Text, nullable=False),
    Column("payload_sha256", Text, nullable=False),
    Column("customer_id", Text),
    Column("portal_id", Text),
    Column("report_id", Text),
    Column("webhook_id", Text),
    Column("alert_id", Text),
    Column("archive_n", Integer),
    Column("recipient", Text),
    Column("state", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    # Attempts before this one belong to an earlier round: a person had it sent again.
    Column("round_began", Integer, nullable=False),
    Column("enqueued_at", Instant, nullable=False),
    Column("next_attempt_at", Instant, nullable=False),
    Column("lease_owner", Text),
    Column("lease_until", Instant),
    # The receiver's last word: a status of HTTP or SMTP, and what kind of trouble it was.
    Column("last_status", Integer),
    Column("last_error_class", Text),
    Column("last_error", Text),
    # When it was delivered, given up or called off.
    Column("settled_at", Instant),
    CheckConstraint("state IN ('pending', 'delivered', 'dead', 'cancelled')", name="state"),
    Index("ix_outbox_due", "state", "next_attempt_at"),
    Index("ix_outbox_lane", "lane", "state"),
    Index("ix_outbox_report_id", "report_id", "enqueued_at"),
    Index("ix_outbox_webhook_id", "webhook_id", "enqueued_at"),
)

# Each time that a delivery was tried; one without an end was cut short with the process that made it.
DELIVERY_ATTEMPTS = Table(
    "delivery_attempts",
    METADATA,
    Column("delivery_id", Text, ForeignKey("outbox.delivery_id", ondelete="CASCADE"), primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("status", Integer),
    Column("error_class", Text),
    Column("error", Text),
)

# What signs messages to receivers that are no webhook of a portal: a report's, an alert rule's.
SENDER_SECRETS = Table(
    "sender_secrets",
    METADATA,
    Column("sender_id", Text, primary_key=True),
    Column("signing_secret", Text, nullable=False),
    Column("previous_secret", Text),
    Column("previous_until", Instant),
    Column("created_at", Instant, nullable=False),
)

# Who was erased, so that nothing brings them back: named by a digest, and kept for good.
ERASURES = Table(
    "erasures",
    METADATA,
    Column("erasure_id", Text, primary_key=True),
    Column("customer_digest", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    # The key that asked for it, or how else it was asked for.
    Column("requested_by", Text, nullable=False),
    Column("requested_at", Instant, nullable=False),
    # What the pipeline needs to finish it, and what is removed so far; nothing in it says who it was.
    Column("work_json", Text, nullable=False),
    Column("finished_at", Instant),
    # What was removed, signed; null until all is.
    Column("record_json", Text),
    CheckConstraint("state IN ('requested', 'done')", name="state"),
)
