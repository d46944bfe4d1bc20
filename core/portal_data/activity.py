"""The newest sessions of a customer: when, which agent, how it ended. No message text is here, or anywhere."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from core.store.query import Query
from core.store.readers import Reader

MOST_SESSIONS = 50
# As `SessionSeen` has them.
_COLUMNS = (
    "started_at",
    "session_id",
    "agent_id",
    "outcome",
    "has_handoff",
    "coalesce(user_turns, agent_steps)",
    "request_count",
    "cost_usd",
)


class SessionSeen(NamedTuple):
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
    query = Query(
        "fact_sessions",
        _COLUMNS,
        where=("started_at < $until",),
        values=(("until", until.astimezone(UTC).replace(tzinfo=None)),),
        order_by=("started_at DESC", "session_id DESC"),
        limit=limit,
    )
    return [_seen(*row) for row in reader.rows(query)]


def _seen(started_at: object, *rest: Any) -> SessionSeen:
    assert isinstance(started_at, datetime)
    return SessionSeen(started_at.replace(tzinfo=UTC), *rest)
