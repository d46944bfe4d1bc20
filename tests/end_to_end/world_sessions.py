"""The partial rows in which a random world tells its sessions."""

from collections.abc import Sequence
from datetime import timedelta

from tests.end_to_end.oracle_contract import Row
from tests.end_to_end.world_cast import World, an_instant


def tell_session(world: World, *, customer_id: str, agents: Sequence[str], session_id: str) -> None:
    """Partial rows of one session: what is said at one version is said once, by whichever row says it."""
    names = {"customer_id": customer_id, "session_id": session_id}
    is_whole = world.chance.random() < 0.9
    likely = {"is_test": 0.1, **dict.fromkeys(("agent_id", "started_at"), 0.95 if is_whole else 0.6)}
    for version in range(world.chance.choice((1, 1, 2, 3))):
        for source_system, piece in zip((None, "crm"), _pieces(world, agents, likely), strict=False):
            row = {**names, **piece, "source_system": source_system}
            row["record_version"] = version or world.maybe(0.5, 0)
            world.add("sessions", row)
            if world.chance.random() < 0.05:
                world.add("sessions", dict(row))
    if world.chance.random() < 0.05:
        faulty = {"record_version": 9, "sentiment_end": 1.5, "outcome": "goal_met"}
        world.add("sessions", names | faulty)


def _pieces(world: World, agents: Sequence[str], likely: dict[str, float]) -> list[Row]:
    """What one version says of a session, in one row or two."""
    pieces: list[Row] = [{} for _ in range(world.chance.choice((1, 1, 2)))]
    for name, value in _columns(world, agents).items():
        if world.chance.random() < likely.get(name, 0.7):
            world.chance.choice(pieces)[name] = value
    return pieces


def _columns(world: World, agents: Sequence[str]) -> Row:
    chance, started_at = world.chance, an_instant(world.chance)
    return {
        "agent_id": chance.choice(agents),
        "started_at": started_at,
        "ended_at": started_at + timedelta(minutes=5),
        "outcome": chance.choice(("goal_met", "goal_met", "goal_not_met", "abandoned")),
        "handoff": chance.random() < 0.3,
        "channel": chance.choice(("chat", "voice")),
        "intent": chance.choice(("refund", "order")),
        "user_turns": world.maybe(0.5, chance.randrange(9)),
        "agent_steps": chance.randrange(20),
        "sentiment_start": chance.choice((-1, -0.25, 0, 0.5, 1)),
        "sentiment_end": chance.choice((-1, -0.1, 0, 0.3, 1)),
        "is_test": chance.random() < 0.6,
    }
