"""One session, from its first message to what came of it, as rows of the events contract.

When sessions begin is in `pipeline.demo.rhythm`; what judges and accounts say afterwards in
`pipeline.demo.verdicts`.
"""

from dataclasses import dataclass
from random import Random

from pipeline.demo import instants, model_calls, tool_calls
from pipeline.demo.kinds import Intent
from pipeline.demo.run import Row, Run, Scene

_ABANDONED_SHARE = 0.28
_OUTCOME_UNKNOWN = 0.06
_SENTIMENT_UNKNOWN = 0.15


@dataclass(frozen=True)
class Session:
    """A played session. `ended_ms` is None while it is still running at the end of the history.

    `arguments` holds the arguments of its tool calls by their id, which only OpenTelemetry carries.
    """

    scene: Scene
    row: Row
    requests: list[Row]
    tool_calls: list[Row]
    arguments: dict[str, str]
    cost_nano_usd: int
    ended_ms: int | None

    @property
    def met_goal(self) -> bool:
        return self.row.get("outcome") == "goal_met"

    @property
    def is_test(self) -> bool:
        return bool(self.row.get("is_test"))


def play(scene: Scene, rng: Random) -> Session:
    """Plays one session; the same scene and the same random numbers give the same rows."""
    run = Run.begin(scene, rng)
    intent = rng.choices(scene.agent.kind.intents, [i.weight for i in scene.agent.kind.intents])[0]
    row = _opening(run, intent)
    turns = 1 + int(rng.expovariate(1.0) * (scene.agent.kind.turns - 1) + 0.5)
    is_answered = _converse(run, turns)
    closing = _closing(run, str(row["channel"]), intent, turns, is_answered=is_answered)
    if not run.is_over:
        row |= closing
    return Session(
        scene,
        row,
        run.requests,
        run.tool_calls,
        run.arguments,
        run.cost_nano_usd,
        None if run.is_over else run.now_ms,
    )


def _opening(run: Run, intent: Intent) -> Row:
    scene, rng = run.scene, run.rng
    channel = rng.choices([c for c, _ in scene.agent.channels], [w for _, w in scene.agent.channels])[0]
    row: Row = {
        "session_id": scene.session_id,
        "customer_id": scene.customer.customer_id,
        "agent_id": scene.agent.agent_id,
        "started_at": instants.text(scene.start_ms),
        "channel": channel,
        "intent": intent.name,
    }
    if rng.random() < scene.customer.test_share:
        row["is_test"] = True
    return row


def _converse(run: Run, turns: int) -> bool:
    """All turns of the user; false when the model stopped answering."""
    for turn in range(turns):
        if turn:
            run.wait(run.about(run.scene.agent.kind.pause_s))
        if not _take_turn(run):
            return False
    return True


def _take_turn(run: Run) -> bool:
    kind = run.scene.agent.kind
    run.context_tokens += run.about(kind.user_tokens)
    if run.scene.agent.embeds:
        model_calls.embed(run)
    if not model_calls.ask(run):
        return False
    rounds = int(run.rng.expovariate(1.0) * kind.tools_per_turn + 0.5)
    return all(tool_calls.look_up(run) for _ in range(rounds))


def _closing(run: Run, channel: str, intent: Intent, turns: int, *, is_answered: bool) -> Row:
    """The columns known only at the end, hand-over and outcome among them."""
    rng, scene = run.rng, run.scene
    outcome = _outcome(run, intent, is_answered=is_answered)
    if outcome == "abandoned" and rng.random() < 0.3:
        model_calls.cancel(run)
    closing: Row = {"ended_at": instants.text(run.now_ms)}
    closing["outcome"] = None if rng.random() < _OUTCOME_UNKNOWN else outcome
    closing |= _handoff(run, channel, outcome)
    if scene.agent.kind.has_user:
        closing |= {"user_turns": turns} | _sentiment(run, outcome)
    closing["agent_steps"] = sum(r["operation"] == "chat" for r in run.requests)
    return closing


def _outcome(run: Run, intent: Intent, *, is_answered: bool) -> str:
    chance = run.scene.conditions.goal_rate + intent.ease - 0.2 * _has_loop(run)
    if is_answered and run.rng.random() < chance:
        return "goal_met"
    can_leave = run.scene.agent.kind.has_user
    return "abandoned" if can_leave and run.rng.random() < _ABANDONED_SHARE else "goal_not_met"


def _has_loop(run: Run) -> bool:
    hashes = [call["args_hash"] for call in run.tool_calls]
    return any(a == b == c for a, b, c in zip(hashes, hashes[1:], hashes[2:], strict=False))


def _handoff(run: Run, channel: str, outcome: str) -> Row:
    """Whether a human took over: rarely after success, often after failure, null where nobody observes it."""
    kind, rng = run.scene.agent.kind, run.rng
    chance = run.scene.conditions.handoff_rate * {"goal_met": 0.3, "abandoned": 0.15}.get(outcome, 3.4)
    happened, reason = rng.random() < chance, rng.choice(kind.handoff_reasons or ("none",))
    if not kind.handoff_reasons or channel in run.scene.customer.silent_channels:
        return {}
    return {"handoff": happened, "handoff_reason": reason if happened else None}


def _sentiment(run: Run, outcome: str) -> Row:
    rng = run.rng
    start = rng.gauss(-0.12, 0.28)
    shift = run.scene.conditions.sentiment_lift + {"goal_met": 0.1, "abandoned": -0.25}.get(outcome, -0.35)
    end = start + rng.gauss(shift, 0.22)
    if rng.random() < _SENTIMENT_UNKNOWN:
        return {}
    return {"sentiment_start": _within_one(start), "sentiment_end": _within_one(end)}


def _within_one(value: float) -> float:
    return round(max(-1.0, min(1.0, value)), 2)
