"""The newest sessions of a customer: when, which agent, how it ended. No message text is here, or anywhere."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from core.store.query import Query
from core.store.readers import Reader

MOST_SESSIONS = 50
_COLUMNS = (
    "started_at",
    "session_id",
    "agent_id",
    "outcome",
    "has_handoff",
    "steps",
    "request_count",
    "cost_usd",
)
_STEPS = "coalesce(user_turns, agent_steps) AS steps"


@dataclass(frozen=True)
class SessionSeen:
    """None is not observed. `steps` are the user's turns, else the agent's steps."""

    started_at: datetime
    session_id: str
    agent_id: str
    outcome: str | None
    has_handoff: bool | None
    steps: int | None
    request_count: int
    cost_usd: Decimal | None


def newest_sessions(reader: Reader, *, until: datetime, limit: int = MOST_SESSIONS) -> list[SessionSeen]:
    """The newest first, of those that began before that instant."""
    columns = tuple(_STEPS if name == "steps" else name for name in _COLUMNS)
    query = Query(
        "fact_sessions",
        columns,
        where=("started_at < $until",),
        values=(("until", until.astimezone(UTC).replace(tzinfo=None)),),
        order_by=("started_at DESC", "session_id DESC"),
        limit=limit,
    )
    return [_seen(dict(zip(_COLUMNS, row, strict=True))) for row in reader.rows(query)]


def _seen(row: dict[str, object]) -> SessionSeen:
    values: dict[str, object] = {**row, "started_at": _utc(row["started_at"])}
    return SessionSeen(**values)  # type: ignore[arg-type]


def _utc(instant: object) -> datetime:
    assert isinstance(instant, datetime)
    return instant.replace(tzinfo=UTC)
