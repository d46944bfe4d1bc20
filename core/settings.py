"""Settings: every environment variable the program reads, its meaning, its default and its check.

What may differ between two installations lives here. What a customer chooses lives in the control store,
and what a request asks for lives in the request. Only the standard library is imported: the command line
reads settings before anything heavy is loaded.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from core.settings_text import (
    SettingsError,
    Text,
    choice,
    mail_address,
    mail_sender,
    mail_server,
    memory_size,
    names,
    networks,
    pairs,
    path,
    switch,
    url,
    whole,
    words,
    zones,
)

__all__ = ["SETTINGS", "Setting", "Settings", "SettingsError", "load"]

GIB = 1024**3
OTLP_CUSTOMER_ATTRIBUTES = ("customer.id", "tenant.id", "enduser.id", "user.id")


@dataclass(frozen=True)
class Setting:
    """One environment variable: how it is called, read and explained."""

    env: str
    read: Text
    description: str
    is_secret: bool = False


def _setting(env: str, read: Text, default: object, description: str, *, secret: bool = False) -> Any:
    setting = Setting(env, read, description, is_secret=secret)
    return field(default=default, repr=not secret, metadata={"setting": setting})


def _default_home() -> Path:
    return Path("var").resolve()


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One installation's settings; a value that is left out has its default."""

    home: Path = field(
        default_factory=_default_home,
        metadata={
            "setting": Setting(
                "PROOFLINE_HOME", path, "Folder of all state: stores, snapshots, sites, reports"
            )
        },
    )
    env: str = _setting(
        "PROOFLINE_ENV",
        choice("development", "production"),
        "development",
        "`production` makes the start refuse unsafe settings also on loopback",
    )
    database_url: str = _setting(
        "PROOFLINE_DATABASE_URL",
        url("sqlite", "postgresql"),
        "",
        "Control store; empty is the file control.sqlite in PROOFLINE_HOME, PostgreSQL by its URL",
        secret=True,
    )
    dagster_database_url: str = _setting(
        "PROOFLINE_DAGSTER_DATABASE_URL",
        url("postgresql"),
        "",
        "Dagster's runs, events and schedules; empty is SQLite files in PROOFLINE_HOME/dagster, PostgreSQL by its URL,"
        " which may be the control store's, since they have the schema `dagster` for themselves",
        secret=True,
    )
    base_url: str = _setting(
        "PROOFLINE_BASE_URL",
        url("http", "https"),
        "http://127.0.0.1:8000",
        "Where people reach this service; links in answers begin with it",
    )
    portal_url: str = _setting(
        "PROOFLINE_PORTAL_URL",
        url("http", "https"),
        "",
        "A host of their own for portal pages; empty is PROOFLINE_BASE_URL",
    )
    signing_keys: tuple[tuple[str, str], ...] = _setting(
        "PROOFLINE_SIGNING_KEYS",
        pairs(":"),
        (),
        "Keys of portal tokens as `id:secret`, comma separated, at least 32 characters each; the first signs,"
        " all verify; empty on loopback makes one in PROOFLINE_HOME",
        secret=True,
    )
    max_token_seconds: int = _setting(
        "PROOFLINE_MAX_TOKEN_SECONDS",
        whole(60, 30 * 86_400),
        86_400,
        "Longest life of a portal token, at most 30 days; links in mails live that long",
    )
    rate_limits: bool = _setting(
        "PROOFLINE_RATE_LIMITS",
        switch,
        True,
        "`off` answers without limits, for tests and benchmarks; refused off loopback",
    )
    trusted_proxies: tuple[str, ...] = _setting(
        "PROOFLINE_TRUSTED_PROXIES",
        names,
        (),
        "Addresses whose X-Forwarded-For and X-Forwarded-Proto are believed; empty believes nobody",
    )
    private_targets: tuple[str, ...] = _setting(
        "PROOFLINE_PRIVATE_TARGETS",
        networks,
        (),
        "Networks that webhooks and logos may reach though they are not public, by http too, such as 10.1.0.0/16; comma"
        " separated; empty is none",
    )
    smtp_url: str = _setting(
        "PROOFLINE_SMTP_URL",
        mail_server,
        "",
        "Mail server, such as smtps://user:password@host:465 or smtp+starttls://user:password@host:587; smtp:// only"
        " without a password; empty sends no mail",
        secret=True,
    )
    mail_from: str = _setting(
        "PROOFLINE_MAIL_FROM",
        mail_sender,
        "",
        "Who mails are from: an address, or `Name <address>`; needed with PROOFLINE_SMTP_URL",
    )
    mail_sink: Path | None = field(
        default=None,
        metadata={
            "setting": Setting(
                "PROOFLINE_MAIL_SINK",
                path,
                "Folder that mails are written to where there is no mail server; in development empty is mails in"
                " PROOFLINE_HOME",
            )
        },
    )
    operator_mail: str = _setting(
        "PROOFLINE_OPERATOR_MAIL",
        mail_address,
        "",
        "Who is told by mail when a webhook is switched off because it fails; empty is nobody",
    )
    max_connections: int = _setting(
        "PROOFLINE_MAX_CONNECTIONS",
        whole(1, 100_000),
        512,
        "Open connections of one API process; more are answered 503",
    )
    query_seconds: int = _setting(
        "PROOFLINE_QUERY_SECONDS", whole(1, 600), 2, "Longest time of one question; longer is answered 503"
    )
    answer_cache_bytes: int = _setting(
        "PROOFLINE_ANSWER_CACHE_BYTES",
        whole(0, 16 * GIB),
        64 * 1024**2,
        "Memory for ready answers about one snapshot; 0 keeps none",
    )
    log_level: str = _setting(
        "PROOFLINE_LOG_LEVEL",
        choice("debug", "info", "warning", "error"),
        "info",
        "Least level that is logged",
    )
    duckdb_memory: str = _setting(
        "PROOFLINE_DUCKDB_MEMORY", memory_size, "1GB", "Memory limit of DuckDB in one process, such as 2GB"
    )
    duckdb_threads: int = _setting(
        "PROOFLINE_DUCKDB_THREADS",
        whole(0, 1024),
        0,
        "Threads of a pipeline run; 0 is one a core. The API always uses one a question",
    )
    build_memory: str = _setting(
        "PROOFLINE_BUILD_MEMORY", memory_size, "2GB", "Memory limit of DuckDB while the pipeline builds"
    )
    build_spill: str = _setting(
        "PROOFLINE_BUILD_SPILL",
        memory_size,
        "",
        "Disk that a step of the pipeline may use for what does not fit in memory; empty is up to half of what is free",
    )
    build_interval_minutes: int = _setting(
        "PROOFLINE_BUILD_INTERVAL_MINUTES",
        whole(1, 525_600),
        1440,
        "How often a new snapshot is expected; /health is degraded after twice that",
    )
    report_wait_hours: int = _setting(
        "PROOFLINE_REPORT_WAIT_HOURS",
        whole(1, 168),
        48,
        "How long a report that is due waits for the data of its period; after that it is held, and says so",
    )
    keep_snapshots: int = _setting(
        "PROOFLINE_KEEP_SNAPSHOTS", whole(1, 1000), 3, "Published snapshots that are kept"
    )
    source_zones: tuple[tuple[str, str], ...] = _setting(
        "PROOFLINE_SOURCE_ZONES",
        zones,
        (),
        "Zone of event times without offset, as `source_system=IANA zone`, comma separated; others are UTC",
    )
    late_days: int = _setting(
        "PROOFLINE_LATE_DAYS",
        whole(0, 36_500),
        35,
        "A row whose day ended more days than this before the newest published one waits for a backfill",
    )
    loop_length: int = _setting(
        "PROOFLINE_LOOP_LENGTH", whole(2, 1000), 3, "Equal tool calls in a row that count as a loop"
    )
    otlp_customer_attributes: tuple[str, ...] = _setting(
        "PROOFLINE_OTLP_CUSTOMER_ATTRIBUTES",
        names,
        OTLP_CUSTOMER_ATTRIBUTES,
        "Span or resource attributes that name the customer, first found wins, comma separated",
    )
    otlp_customer: str = _setting(
        "PROOFLINE_OTLP_CUSTOMER",
        words,
        "",
        "Customer of OpenTelemetry files directly in otlp/ whose spans name none; empty rejects them",
    )
    max_decompression_ratio: int = _setting(
        "PROOFLINE_MAX_DECOMPRESSION_RATIO",
        whole(1, 100_000),
        200,
        "A file that grows more than this when decompressed is quarantined",
    )
    max_decompressed_bytes: int = _setting(
        "PROOFLINE_MAX_DECOMPRESSED_BYTES",
        whole(1, 1024 * GIB),
        8 * GIB,
        "A file longer than this when decompressed is quarantined",
    )

    @property
    def is_production(self) -> bool:
        return self.env == "production"

    @property
    def control_url(self) -> str:
        """The control store's SQLAlchemy URL; holds a password, so never log it."""
        return self.database_url or f"sqlite:///{self.control_path}"

    @property
    def control_path(self) -> Path:
        """Where the control store lies that no URL has put elsewhere."""
        return self.home / "control.sqlite"

    @property
    def page_url(self) -> str:
        return self.portal_url or self.base_url

    @property
    def landing_dir(self) -> Path:
        return self.home / "landing"

    @property
    def published_dir(self) -> Path:
        return self.home / "published"

    @property
    def warehouse_path(self) -> Path:
        """Belongs to the pipeline alone; nothing else opens it."""
        return self.home / "warehouse.duckdb"

    @property
    def sites_dir(self) -> Path:
        return self.home / "sites"

    @property
    def reports_dir(self) -> Path:
        return self.home / "reports"

    @property
    def mail_folder(self) -> Path | None:
        """Where mails are written that no server takes; None where they go to a server, or wait for one."""
        if self.smtp_url:
            return None
        return self.mail_sink or (None if self.is_production else self.home / "mails")

    @property
    def erasures_dir(self) -> Path:
        """Records of what was erased; they name nobody."""
        return self.home / "erasures"


# By field name, in the order in which people read them.
SETTINGS: dict[str, Setting] = {f.name: f.metadata["setting"] for f in fields(Settings)}


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings of this environment; SettingsError names the first variable that cannot be read."""
    given = os.environ if environ is None else environ
    texts = {name: given.get(setting.env, "").strip() for name, setting in SETTINGS.items()}
    return Settings(**{name: _value(SETTINGS[name], text) for name, text in texts.items() if text})


def _value(setting: Setting, text: str) -> Any:
    try:
        return setting.read(text)
    except ValueError as problem:
        # A reason is written without the value, so a secret cannot reach a log through it.
        raise SettingsError(setting.env, str(problem)) from None
