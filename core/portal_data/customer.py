"""The customer that a portal is for: name, zone and locale. What the API has set wins over events."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from core.errors import ProoflineError
from core.periods import zone
from core.store.query import Query
from core.store.readers import Reader

DEFAULT_LOCALE = "en-US"
_UTC = zone("UTC")
_CUSTOMERS = Query("dim_customers", ("any_value(name)", "any_value(timezone)", "any_value(locale)"))


@dataclass(frozen=True)
class Overrides:
    """What somebody has set by the API; None leaves what events say."""

    name: str | None = None
    timezone: str | None = None
    locale: str | None = None


@dataclass(frozen=True)
class Customer:
    customer_id: str
    name: str
    zone: ZoneInfo
    locale: str = DEFAULT_LOCALE


def customer_of(reader: Reader, overrides: Overrides = Overrides()) -> Customer:
    """The reader's customer; one of whom events say nothing is called by its id and lives in UTC."""
    customer_id = str(reader.customer_id)
    rows = reader.rows(_CUSTOMERS)
    name, timezone, locale = rows[0] if rows else (None, None, None)
    return Customer(
        customer_id,
        str(overrides.name or name or customer_id),
        _zone(overrides.timezone) or _zone(timezone) or _UTC,
        str(overrides.locale or locale or DEFAULT_LOCALE),
    )


_BEGINNINGS = tuple(
    Query(f"measure_{name}_hourly", ("min(hour)",)) for name in ("llm_requests", "sessions", "outcomes")
)
_AGENTS = Query("dim_agents", ("any_value(name)",), ("agent_id",))


def data_since(reader: Reader) -> datetime | None:
    """The hour in which the data of the reader's customer begins; None where there is none."""
    found = [row[0] for query in _BEGINNINGS for row in reader.rows(query)]
    instants = [hour.replace(tzinfo=UTC) for hour in found if isinstance(hour, datetime)]
    return min(instants, default=None)


def agent_names(reader: Reader) -> dict[str, str]:
    """What people call the agents of the reader's customer, by id, where that is known."""
    return {str(agent_id): str(name) for agent_id, name in reader.rows(_AGENTS) if name}


def _zone(name: object) -> ZoneInfo | None:
    """The zone; None for a name that this machine's zones do not have, which harms no portal."""
    try:
        return zone(str(name)) if name else None
    except ProoflineError:
        return None
